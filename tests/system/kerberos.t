#!/bin/bash
# Kerberos with MIT at the other end: with the credentials of the logon session to gss-server (mutual authentication, a sealed message there,
# its signature back), gss-client to our acceptor, and who has no logon session gets none of it.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_pam unix
world_sshd
gss_server_up

ok "alice logs in" session_open one alice
out=$(kerberos_in_session one 2>&1)
interop "$MIT" server Kerberos "gss-server accepts a context of the logon session, without a password" test $? -eq 0 || diag "$out"
like "$out" 'mutual authentication' "mutual authentication"
like "$out" '^sent: .*sealed' "a sealed message there"
interop "$MIT" server Kerberos "gss-server opens a sealed message and signs it back" grep -qE -- "^reply: .*signature .* good" <<<"$out"
like "$(gss_server_log)" 'Accepted connection: "alice@CREDMGR.TEST"' "gss-server says it was alice"
like "$(gss_server_log)" 'Received message: "a message from one"' "and has the message"
like "$(session_run one credmgr tickets)" "$SPN@$REALM" "lsad keeps the service's ticket"
tgs=$(grep -c 'TGS_REQ' $W/kdc.log)
ok "a second context" kerberos_in_session one
is "$(grep -c TGS_REQ $W/kdc.log)" "$tgs" "takes no new ticket"
interop "$MIT" server Kerberos "twenty messages over one context" session_run one "sspi-client --target $SPN --count 20 hello"
for flags in "--integrity" "--confidentiality" "--mutual" "--mutual --integrity"; do
    interop "$MIT" server Kerberos "gss-server, asking for $flags" session_run one "sspi-client --target $SPN $flags hello"
done
out=$(session_run one "sspi-client --target nobody/$WORLD_HOST hello" 2>&1)
isnt $? 0 "a service that the KDC does not know"
like "$out" 'SEC_E_TARGET_UNKNOWN' "is an unknown target"
out=$(kerberos_as bob 2>&1)
isnt $? 0 "bob, logged in nowhere, gets no context"
like "$out" 'SEC_E_NO_CREDENTIALS' "but SEC_E_NO_CREDENTIALS"
like "$out" 'log' "and a line that says what to do"
# Our acceptor. It runs as root and has the machine's keytab from lsad.
sspi-server --package Kerberos --port 4447 </dev/null >$W/sspi-server.log 2>&1 &
ok "sspi-server listens" wait_for 5 ss_listening 4447
gss_client() { # gss-client's own tickets, in a cache of its own
    password_of bob | as bob sh -c "KRB5CCNAME=FILE:/tmp/bob.cc; export KRB5CCNAME
        kinit bob >/dev/null && gss-client -port 4447 $* 127.0.0.1 host@$WORLD_HOST 'a message from gss-client'"
}
out=$(gss_client 2>&1)
interop "$MIT" client Kerberos "MIT's gss-client makes a context with our acceptor" test $? -eq 0 || diag "$out"
interop "$MIT" client Kerberos "gss-client verifies our signature" grep -qE -- 'Signature verified' <<<"$out"
like "$(cat $W/sspi-server.log)" 'bob@CREDMGR.TEST' "we say it was bob"
interop "$MIT" client Kerberos "we open the sealed message of gss-client" grep -qE -- 'received: .*sealed: a message from gss-client' <<<"$(cat $W/sspi-server.log)"
for flags in "-nomutual" "-seq" "-noreplay" "-nx -nw" "-ccount 3 -mcount 5"; do
    out=$(gss_client "$flags" 2>&1)
    interop "$MIT" client Kerberos "gss-client $flags" test $? -eq 0 || diag "$out"
done
# Both ends ours.
ok "our client with our acceptor" session_run one "sspi-client --target host/$WORLD_HOST --port 4447 hello"
# Explicit credentials, which never go to lsad.
ok "explicit credentials" session_feed one "sspi-client --target host/$WORLD_HOST --user bob --domain $REALM --password-fd 0 --port 4447 hello" \
    <<<"$(password_of bob)"
like "$(tac $W/sspi-server.log | sed '/^context/q')" 'client: bob@CREDMGR.TEST' "make a context as somebody else"
not_ok "with a wrong password they make none" session_feed one \
    "sspi-client --target host/$WORLD_HOST --user bob --domain $REALM --password-fd 0 --port 4447 hello" <<<"not-his"

ok "alice logs out" session_close one
ok "no key is left" wait_for 5 no_keys
not_ok "after the logout there is no context" kerberos_as alice

done_testing
