#!/bin/bash
# What a credential manager is told of a logon by each way in: every argument of NPLogonNotify, as the program that let the person in really
# brings it about. sshd by password, keyboard-interactive and public key, login on a terminal, su, sudo, and services of the admin's own.
. "$(dirname "$0")/world.sh"

world_lsad
world_recorder
world_pam unix
world_sshd
sshd_key alice
manager_order logon recorder lsa

# ---- without a realm: the account is the machine's ----------------------------------------------------------------

HEARD_TYPE=MSV1_0
ok "no realm: alice logs in" session_open one alice
heard_logon "no realm" alice WinSta_0 "" "$(password_of alice)"
is "$(heard_value logon luid)" "$(session_key one)" "no realm: with the LUID that her processes know"
session_close one
unset HEARD_TYPE

# ---- sshd, with a realm -------------------------------------------------------------------------------------------

world_kdc
lsad_stop
lsad_start
for LOGIN_METHOD in password keyboard-interactive; do
    heard_forget
    ok "$LOGIN_METHOD: alice logs in" session_open one alice
    heard_logon "$LOGIN_METHOD" alice WinSta_0 "" "$(password_of alice)"
    is "$(heard_value logon luid)" "$(session_key one)" "$LOGIN_METHOD: with the LUID that her processes know"
    session_close one
    is "$(heard | wc -l)" 1 "$LOGIN_METHOD: nothing is told of the logout"
done

heard_forget
LOGIN_PASSWORD=not-hers not_ok "a wrong password" login_as alice true
is "$(heard)" "" "a wrong password: nobody hears of it"

LOGIN_METHOD=publickey
ok "publickey: alice logs in" session_open one alice
is "$(heard)" "" "publickey: nobody hears of it"
session_close one
unset LOGIN_METHOD

# ---- login --------------------------------------------------------------------------------------------------------

out=$(tty_login alice 'echo "luid $(keyctl pipe $(keyctl search @s user lsa:logon))"')
heard_logon "login" alice WinSta_0 "" "$(password_of alice)"
is "luid $(heard_value logon luid)" "$out" "login: with the LUID that her processes know"

# ---- su and sudo --------------------------------------------------------------------------------------------------

ok "carla logs in" session_open one carla
for su in su "su -"; do
    heard_forget
    out=$(session_feed one "$su alice -c 'keyctl pipe \$(keyctl search @s user lsa:logon)'" <<<"$(password_of alice)" 2>/dev/null)
    heard_logon "$su" alice WinSta_0 "" "$(password_of alice)"
    is "$(heard_value logon luid)" "$out" "$su: with the LUID that her processes know"
done
heard_forget
is "$(as alice true; su alice -c 'id -un' </dev/null)" alice "su from root"
is "$(heard)" "" "su from root: no password, nobody hears of it"

printf 'carla ALL=(ALL:ALL) ALL\nDefaults:carla !lecture\n' >/etc/sudoers.d/carla
chmod 440 /etc/sudoers.d/carla
for sessions in common-session-noninteractive common-session; do
    sed -i "s/@include common-session.*/@include $sessions/" /etc/pam.d/sudo
    is "$(session_feed one "sudo -k -S -p '' -u bob id -un" <<<"$(password_of carla)" 2>&1)" bob "sudo, $sessions: carla becomes bob"
    is "$(heard)" "" "sudo, $sessions: nobody hears of it"
done
session_close one

ok "no session is left" wait_for 5 no_sessions
ok "no key is left" wait_for 5 no_keys
unlike "$(cat $W/syslog $W/lsad.log)" "$(password_of alice)" "her password is in no log"
done_testing
