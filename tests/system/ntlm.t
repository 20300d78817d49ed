#!/bin/bash
# NTLM with two other implementations at the other end: gss-ntlmssp in both directions, and Samba's ntlm_auth as the client.
. "$(dirname "$0")/world.sh"

world_lsad
world_pam unix
world_sshd

ok "alice logs in" session_open one alice
ok "bob logs in" session_open two bob
out=$(ntlm_in_session one 2>&1)
interop "$GSS_NTLMSSP" server NTLM "a context of the logon session, without a password" test $? -eq 0 || diag "$out"
interop "$GSS_NTLMSSP" server NTLM "a sealed message to gss-ntlmssp" grep -qE -- '^sent: .*sealed' <<<"$out"
interop "$GSS_NTLMSSP" server NTLM "its signature back, verified" grep -qE -- '^reply: .*signature .* good' <<<"$out"
interop "$GSS_NTLMSSP" server NTLM "a sealed message back" grep -qE -- '^echo: .*unchanged' <<<"$out"
acceptor=$W/gss-acceptor-$GSS_ACCEPTOR_PORT.log
like "$(cat $acceptor)" 'client: .*alice' "the acceptor says it was alice"
like "$(cat $acceptor)" 'received: .*sealed: a message from one' "and has the message"
ok "bob, too" ntlm_in_session two
NTLM_PASSWORD=another-password interop "$GSS_NTLMSSP" server NTLM "gss-ntlmssp refuses with another password for her" refused ntlm_in_session one
interop "$GSS_NTLMSSP" server NTLM "twenty messages over one context" session_run one "$(ntlm_client $GSS_ACCEPTOR_PORT one) --count 20"
out=$(as carla sh -c "$(ntlm_client $GSS_ACCEPTOR_PORT carla)" 2>&1)
isnt $? 0 "carla, logged in nowhere, gets no context"
like "$out" 'SEC_E_NO_CREDENTIALS' "but SEC_E_NO_CREDENTIALS"
interop "$GSS_NTLMSSP" server NTLM "explicit credentials" session_feed one \
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
interop "$GSS_NTLMSSP" client NTLM "gss-ntlmssp makes a context with our acceptor" test $? -eq 0 || diag "$out"
interop "$GSS_NTLMSSP" client NTLM "we open the sealed message of gss-ntlmssp" grep -qE -- 'received: .*sealed: a message from gss-ntlmssp' <<<"$(cat $W/sspi-server.log)"
interop "$GSS_NTLMSSP" client NTLM "with a wrong password gss-ntlmssp is refused" refused initiate not-his
# gss-ntlmssp seals every message; messages that are signed only go between our own two ends.
ok "bob's login and our acceptor" session_run two "sspi-client --package NTLM --target cifs/box --port 4448 --echo hello"

# Samba
mkdir -p /var/lib/samba/private /run/samba
out=$(ntlm-auth-accept --user bob --domain BOX --password-fd 0 <<<"$(password_of bob)" 2>&1)
interop "$SAMBA" client NTLM "Samba's ntlm_auth makes a context with our acceptor" test $? -eq 0 || diag "$out"
interop "$SAMBA" client NTLM "ntlm_auth holds the same session key" grep -qE -- 'session key' <<<"$out"
out=$(ntlm-auth-accept --user bob --domain BOX --password-fd 0 --helper-password-fd 8 <<<"$(password_of bob)" 8<<<wrong 2>&1)
interop "$SAMBA" client NTLM "with a wrong password ntlm_auth is refused" test $? -ne 0
unlike "$out" '[^0-9]127[^0-9]|not found' "and not because it could not run"

session_close one
session_close two
ok "no key is left" wait_for 5 no_keys

done_testing
