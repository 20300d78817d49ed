#!/bin/bash
# su and sudo: there PAM_USER, the real uid and the session keyring belong to different people. Who becomes somebody else with a
# password of that person's gets a logon session of its own; the one outside stays what it was; sudo, which asks for the
# caller's own password, makes none.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_pam unix
world_sshd
printf 'carla ALL=(ALL:ALL) ALL\nDefaults:carla !lecture\n' >/etc/sudoers.d/carla
chmod 440 /etc/sudoers.d/carla

inside='echo "who $(id -un)"; echo "luid $(keyctl pipe $(keyctl search @s user lsa:logon) 2>/dev/null)"; credmgr sessions'

ok "carla logs in" session_open one carla
luid=$(session_luid carla)
is "$(session_key one)" "$luid" "her processes know their session"

# su with alice's password
out=$(session_feed one "su alice -c '$inside'" <<<"$(password_of alice)" 2>&1)
like "$out" 'who alice$' "carla becomes alice with su"
like "$out" '^luid [0-9a-f]{16}$' "alice's processes know a session"
inner=$(sed -n 's/^luid //p' <<<"$out")
isnt "$inner" "$luid" "which is not carla's"
like "$out" "$inner" "credmgr sessions shows it to alice"
unlike "$out" "$luid" "and not carla's"
is "$(session_key one)" "$luid" "afterwards carla's processes know hers, as before"
ok "alice's session has ended with su" wait_for 5 no_sessions alice
is "$(session_count carla)" 1 "carla's has not"

# su to oneself: the inner session must not end the outer
out=$(session_feed one "su carla -c '$inside'" <<<"$(password_of carla)" 2>&1)
like "$out" 'who carla$' "carla becomes carla with su"
is "$(session_key one)" "$luid" "afterwards her processes know their session, as before"
is "$(logon_sessions carla | cut -d' ' -f1)" "$luid" "and it is the only one"

# a wrong password
out=$(session_feed one "su alice -c '$inside'" <<<"nonsense" 2>&1)
unlike "$out" '^who alice$' "with a wrong password she does not become alice"
is "$(session_count alice)" 0 "and there is no session of alice's"

# sudo: with Debian's stack, and with one whose session part has pam_credmgr.so too
for sessions in common-session-noninteractive common-session; do
    sed -i "s/@include common-session.*/@include $sessions/" /etc/pam.d/sudo
    for target in bob root; do
        out=$(session_feed one "sudo -k -S -p '' -u $target sh -c '$inside'" <<<"$(password_of carla)" 2>&1)
        like "$out" "^who $target\$" "$sessions: carla becomes $target with sudo"
        is "$(session_count $target)" 0 "$sessions: no session of $target is left"
        unlike "$out" "$target  +BOX|$target  +$REALM" "$sessions: and there was none"
        is "$(logon_sessions carla | cut -d' ' -f1)" "$luid" "$sessions: carla has the one session she had"
        is "$(session_key one)" "$luid" "$sessions: and her processes know it"
    done
done
is "$(staged_keys)" "" "nothing stays staged"

# root needs no password, so there is nothing to log on with
sshd_key root
LOGIN_METHOD=publickey session_open root root
out=$(session_run root "su alice -c '$inside'" 2>&1)
like "$out" '^who alice$' "root becomes alice with su"
unlike "$out" '^luid [0-9a-f]' "without a logon session"
out=$(session_run root "su - alice -c '$inside'" 2>&1)
like "$out" '^who alice$' "root becomes alice with su -"
unlike "$out" '^luid [0-9a-f]' "without a logon session"

ok "carla logs out" session_close one
session_close root
ok "no session is left" wait_for 5 no_sessions
ok "no key is left" wait_for 5 no_keys

done_testing
