#!/bin/bash
# lsad dies (kill -9) and comes back in the middle of logins: logon sessions still authenticate, since their credentials are in the
# kernel; contexts that were established go on, since they live in their program.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_pam unix
world_sshd
gss_server_up

ok "alice logs in" session_open one alice
ok "bob logs in" session_open two bob
luid=$(session_luid alice)
ok "alice: Kerberos" wait_for 10 kerberos_in_session one
ok "alice: NTLM" ntlm_in_session one

# Programs that are in the middle of a conversation.
for talk in during after; do
    conversation_open one $talk-kerberos
    ok "a Kerberos context of alice's is established" wait_for 10 conversation_established $talk-kerberos
    conversation_open one $talk-ntlm NTLM
    ok "an NTLM context, too" wait_for 10 conversation_established $talk-ntlm
done
lsad_kill
ok "lsad is gone" lsad_gone
goes_on() { like "$(conversation_goes_on "$1" 2>&1)" 'signature of the message is good' "$2"; }
goes_on during-kerberos "the Kerberos context goes on without lsad"
goes_on during-ntlm "so does the NTLM context"
not_ok "alice: no new context without lsad" ntlm_in_session one
begin=$(milliseconds)
lsad_start
diag "lsad was back after $(($(milliseconds) - begin)) ms"
goes_on after-kerberos "another Kerberos context goes on with the new lsad"
goes_on after-ntlm "so does another NTLM context"
is "$(session_luid alice)" "$luid" "alice's logon session is the one it was"
is "$(session_count)" 2 "so is bob's"
ok "alice: Kerberos" kerberos_in_session one
ok "alice: NTLM" ntlm_in_session one
ok "bob: NTLM" ntlm_in_session two
ok "carla logs in at the new lsad" login_as carla true

# Who logs out, or dies, while lsad is down is gone when it comes back.
lsad_kill
session_close two
lsad_start
ok "bob logged out in the meantime: his session is gone" wait_for 5 no_sessions bob
ok "alice: NTLM, as before" ntlm_in_session one
ok "alice logs out" session_close one
ok "no session is left" wait_for 5 no_sessions
ok "no key is left" wait_for 5 no_keys

done_testing
