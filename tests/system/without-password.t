#!/bin/bash
# Logins without a password (a public key, su by root) make a logon session and are told to credential managers only when the administrator says
# so, with an empty password; and the stations of services, which the administrator names, too.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_recorder
world_pam unix
world_sshd
sshd_key alice
manager_order logon recorder lsa

printf 'carla ALL=(ALL:ALL) NOPASSWD: ALL\n' >/etc/sudoers.d/carla
chmod 440 /etc/sudoers.d/carla
sed -i "s/@include common-session.*/@include common-session/" /etc/pam.d/sudo

# ---- notify_without_password --------------------------------------------------------------------------------------

LOGIN_METHOD=publickey
for setting in unset no; do
    [ $setting = unset ] || credmgr_setting notify_without_password $setting
    ok "$setting: alice logs in with her key" session_open one alice
    is "$(heard)" "" "$setting: nobody hears of it"
    is "$(session_key one)" "" "$setting: her processes have no logon session"
    ok "$setting: and lsad has none" no_sessions
    session_close one
done

credmgr_setting notify_without_password yes
log_clear
ok "yes: alice logs in with her key" session_open one alice
heard_logon "yes" alice WinSta_0 "" ""
luid=$(session_key one)
like "$luid" '^[0-9a-f]{16}$' "yes: her processes have a logon session"
is "$(heard_value logon luid)" "$luid" "yes: the one that was told"
is "$(logon_sessions alice | cut -d' ' -f1)" "$luid" "yes: which lsad knows"
not_ok "yes: it has no password, nor an empty one" ntlm_in_session one
is "$(log_count 'pam_credmgr|mpnotify')" 0 "yes: nobody had trouble" || diag "$(grep -E 'pam_credmgr|mpnotify' $W/syslog)"
ok "yes: alice logs in a second time" session_open two alice
isnt "$(session_key two)" "$luid" "yes: which is another session"
session_close one
alone() { [ "$(logon_sessions alice | cut -d' ' -f1)" = "$1" ]; }
ok "yes: and goes on without the first" wait_for 5 alone "$(session_key two)"
session_close two
ok "yes: both end" wait_for 5 no_sessions
unset LOGIN_METHOD

heard_forget
is "$(su alice -c 'keyctl pipe $(keyctl search @s user lsa:logon)' </dev/null)" "$(heard_value logon luid)" "su from root: its own session"
heard_logon "su from root" alice WinSta_0 "" ""

ok "carla logs in" session_open one carla
heard_forget
is "$(session_run one 'sudo -u bob id -un')" bob "sudo without a password"
is "$(session_run one 'sudo -u carla id -un')" carla "sudo to oneself"
is "$(heard)" "" "sudo: is no login; nobody hears of it"
is "$(session_count)" 1 "sudo: makes no session"
session_close one

# ---- the lists of services ----------------------------------------------------------------------------------------

credmgr_setting notify_without_password no
credmgr_setting interactive_services login
credmgr_setting noninteractive_services sshd
heard_forget
ok "noninteractive_services = sshd: alice logs in" session_open one alice
heard_logon "noninteractive_services = sshd" alice SvcCtl "" "$(password_of alice)"
session_close one

credmgr_setting noninteractive_services login
credmgr_setting interactive_services sshd
heard_forget
ok "interactive_services = sshd: alice logs in" session_open one alice
heard_logon "interactive_services = sshd" alice WinSta_0 "" "$(password_of alice)"
session_close one
heard_forget
tty_login alice true >/dev/null
heard_logon "noninteractive_services = login" alice SvcCtl "" "$(password_of alice)"

credmgr_setting interactive_services login
credmgr_setting noninteractive_services
credmgr_setting silent_services sshd
heard_forget
log_clear
ok "silent_services = sshd: alice logs in" session_open one alice
is "$(heard)" "" "silent_services = sshd: nobody hears of it"
is "$(session_key one)$(session_count)" 0 "silent_services = sshd: no session"
is "$(staged_keys)" "" "silent_services = sshd: nothing stays staged"
is "$(log_count 'pam_credmgr|mpnotify')" 0 "silent_services = sshd: there is nothing to say" || diag "$(grep -E 'pam_credmgr|mpnotify' $W/syslog)"
session_close one

ok "no session is left" wait_for 5 no_sessions
ok "no key is left" wait_for 5 no_keys
unlike "$(cat $W/syslog $W/lsad.log)" "$(password_of alice)" "her password is in no log"
done_testing
