#!/bin/bash
# A password changed with PAM against the KDC (pamtester chauthtok, pam_krb5) reaches the logon sessions that are open: the new
# password authenticates at once, without a new login, and the old one no longer does.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_pam krb5
world_sshd

new="Another-Pw-$WORLD_ID"
change() { # old new
    printf '%s\n%s\n%s\n' "$1" "$2" "$2" | pamtester sshd alice chauthtok
}

ok "alice logs in" session_open one alice
ok "and a second time" session_open two alice
ok "bob logs in" session_open three bob
luid=$(session_luid alice)
ok "NTLM knows her password" ntlm_in_session one
NTLM_PASSWORD=$new not_ok "and not the one to come" ntlm_in_session one

not_ok "a change with a wrong old password fails" change not-hers "$new"
ok "and changes nothing" ntlm_in_session one

ok "she changes it at the KDC" change "$(password_of alice)" "$new"
is "$(LOGIN_PASSWORD=$new login_as alice id -un)" alice "the KDC has the new password"
LOGIN_PASSWORD=$(password_of alice) not_ok "and not the old one" login_as alice true
NTLM_PASSWORD=$new ok "in the first session NTLM has the new password" ntlm_in_session one
not_ok "and no longer the old one" ntlm_in_session one
NTLM_PASSWORD=$new ok "in the second session, too" ntlm_in_session two
ok "bob's is what it was" ntlm_in_session three
is "$(logon_sessions alice | cut -d' ' -f1 | grep -c "$luid")" 1 "all without a new login"
gss_server_up
ok "Kerberos goes on" wait_for 10 kerberos_in_session one
unlike "$(cat $W/syslog $W/lsad.log)" "$new|$(password_of alice)" "neither password is in a log"
for name in one two three; do ok "logout: $name" session_close $name; done
ok "no key is left" wait_for 5 no_keys

done_testing
