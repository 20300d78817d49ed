#!/bin/bash
# NTLM with two other implementations at the other end: gss-ntlmssp in both directions, and Samba's ntlm_auth as the client.
. "$(dirname "$0")/world.sh"

world_lsad
world_pam unix
world_sshd

ok "alice logs in" session_open one alice
ok "bob logs in" session_open two bob
out=$(ntlm_in_session one 2>&1)
is $? 0 "alice makes a context with gss-ntlmssp, without a password" || diag "$out"
like "$out" '^sent: .*sealed' "a sealed message there"
like "$out" '^reply: .*signature .* good' "its signature back, verified"
like "$out" '^echo: .*unchanged' "and a sealed message back"
acceptor=$W/gss-acceptor-$GSS_ACCEPTOR_PORT.log
like "$(cat $acceptor)" 'client: .*alice' "the acceptor says it was alice"
like "$(cat $acceptor)" 'received: .*sealed: a message from one' "and has the message"
ok "bob, too" ntlm_in_session two
NTLM_PASSWORD=another-password not_ok "an acceptor that has another password for her refuses" ntlm_in_session one
ok "twenty messages over one context" session_run one "$(ntlm_client $GSS_ACCEPTOR_PORT one) --count 20"
out=$(as carla sh -c "$(ntlm_client $GSS_ACCEPTOR_PORT carla)" 2>&1)
isnt $? 0 "carla, logged in nowhere, gets no context"
like "$out" 'SEC_E_NO_CREDENTIALS' "but SEC_E_NO_CREDENTIALS"
ok "explicit credentials" session_feed one \
    "sspi-client --package NTLM --target cifs/box --port $GSS_ACCEPTOR_PORT --user carla --domain BOX --password-fd 0 --echo --integrity --confidentiality hello" \
    <<<"$(password_of carla)"
like "$(cat $acceptor)" 'client: .*carla' "are carla for the acceptor"

# gss-ntlmssp as the client of our acceptor, which verifies bob.
password_of bob >$W/bob.password
sspi-server --package NTLM --port 4448 --user bob --domain BOX --password-file $W/bob.password --echo </dev/null >$W/sspi-server.log 2>&1 &
ok "sspi-server listens" wait_for 5 ss_listening 4448
initiate() { # password
    echo "BOX:bob:$1" >$W/initiator
    NTLM_USER_FILE=$W/initiator gss-initiator --mech ntlm --port 4448 --echo --user 'BOX\bob' --password-fd 8 'a message from gss-ntlmssp' 8<<<"$1"
}
out=$(initiate "$(password_of bob)" 2>&1)
is $? 0 "gss-ntlmssp makes a context with our acceptor" || diag "$out"
like "$(cat $W/sspi-server.log)" 'received: .*sealed: a message from gss-ntlmssp' "which opened its sealed message"
not_ok "with a wrong password it does not" initiate not-his
# gss-ntlmssp seals every message; messages that are signed only go between our own two ends.
ok "bob's login and our acceptor" session_run two "sspi-client --package NTLM --target cifs/box --port 4448 --echo hello"

# Samba
mkdir -p /var/lib/samba/private /run/samba
out=$(ntlm-auth-accept --user bob --domain BOX --password-fd 0 <<<"$(password_of bob)" 2>&1)
is $? 0 "Samba's ntlm_auth makes a context with our acceptor" || diag "$out"
like "$out" 'session key' "both sides hold the same session key"
out=$(ntlm-auth-accept --user bob --domain BOX --password-fd 0 --helper-password-fd 8 <<<"$(password_of bob)" 8<<<wrong 2>&1)
isnt $? 0 "with a wrong password it does not"
unlike "$out" '[^0-9]127[^0-9]|not found' "and not because it could not run"

session_close one
session_close two
ok "no key is left" wait_for 5 no_keys

done_testing
