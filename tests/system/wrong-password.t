#!/bin/bash
# A wrong password leaves nothing: no session, no key, staged or stored.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_pam krb5
world_sshd

for stack in unix krb5; do
    world_pam $stack
    for method in password keyboard-interactive; do
        LOGIN_METHOD=$method LOGIN_PASSWORD=not-her-password not_ok "$stack, $method: a wrong password is refused" login_as alice true
        is "$(session_count)" 0 "$stack, $method: there is no session"
        ok "$stack, $method: there is no key" wait_for 5 no_keys
    done
done
# pam_credmgr.so must not make a login of what was none, even where it is `required` and first.
printf 'auth required pam_credmgr.so\nauth required pam_unix.so\naccount required pam_unix.so\n' >/etc/pam.d/wrong
not_ok "nor is it accepted where pam_credmgr.so stands first" pamtester wrong alice authenticate <<<not-her-password
is "$(session_count)" 0 "there is no session"
unlike "$(cat $W/syslog $W/lsad.log)" 'not-her-password' "the wrong password is in no log"
# The right one still works after all that.
ok "the right password" login_as alice true
ok "no session is left" wait_for 5 no_sessions
ok "no key is left" wait_for 5 no_keys

done_testing
