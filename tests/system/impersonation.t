#!/bin/bash
# Servers that act as their clients: the sample of examples/sspi, built from what is installed, as root, as a service of lsa.conf's [acceptors]
# that may not change identity, and as one that lsa.conf lets be content with knowing its client; and what clients delegate, ours and MIT's.
. "$(dirname "$0")/world.sh"

world_kdc
lsad_configure
cat >>/etc/credmgr/lsa.conf <<END
[acceptors]
host = bob
END
lsad_start
world_pam unix
world_sshd

cp -r /usr/share/doc/credmgr/examples/sspi $W/sspi
ok "the sample builds with the installed headers" env -u MAKEFLAGS make -C $W/sspi BUILD=$W/sample CFLAGS='-O2 -Werror'
chmod -R a+rX $W/sspi $W/sample
chmod a+x $W

# serve USER PORT: the sample's server.
serve() {
    if [ "$1" = root ]; then
        $W/sample/sample-server "$2" </dev/null >"$W/server-$2.log" 2>&1 &
    else
        as "$1" $W/sample/sample-server "$2" </dev/null >"$W/server-$2.log" 2>&1 &
    fi
    wait_for 5 ss_listening "$2"
}
# The server writes its log when the client has gone.
served() { wait_for 5 grep -qF -- "$2" "$W/server-$1.log"; }

ok "alice logs in" session_open one alice
ok "a server of root's" serve root 4460
out=$(session_run one "$W/sample/sample-client $WORLD_HOST 4460" 2>&1)
is $? 0 "she is its client" || diag "$out"
like "$out" "as $REALM.alice, and the server is who it says" "mutual authentication"
like "$out" 'hello, this thread is alice' "its thread is she"
ok "it verifies her signature" served 4460 'signed: thank you'
like "$(cat $W/server-4460.log)" "client: $REALM.alice" "and knows her name"
unlike "$(cat $W/server-4460.log)" 'delegated' "she delegated nothing"
out=$(session_run one "$W/sample/sample-client -g $WORLD_HOST 4460" 2>&1)
is $? 0 "she delegates" || diag "$out"
ok "and the server has a credential of hers" served 4460 "delegated by $REALM\\alice"
out=$(session_feed one "$W/sample/sample-client -u bob -d $REALM $WORLD_HOST 4460" <<<"$(password_of bob)" 2>&1)
like "$out" 'hello, this thread is bob' "with bob's password the thread is bob"
not_ok "with a wrong one there is no client" session_feed one "$W/sample/sample-client -u bob -d $REALM $WORLD_HOST 4460" <<<"not-his"

# bob may accept as host with lsad's keys, and is nobody else than bob.
ok "a server of bob's" serve bob 4461
out=$(session_run one "$W/sample/sample-client -g $WORLD_HOST 4461" 2>&1)
like "$out" 'you are nobody on this machine' "cannot act as alice"
ok "and is told so" served 4461 'ImpersonateSecurityContext: 0x8009030b'
out=$(session_feed one "$W/sample/sample-client -u bob -d $REALM $WORLD_HOST 4461" <<<"$(password_of bob)" 2>&1)
like "$out" 'hello, this thread is bob' "as himself he can"

cat >>/etc/credmgr/lsa.conf <<END
[service host]
identification_level = yes
END
ok "another one, when lsa.conf says that knowing is enough" serve bob 4462
out=$(session_run one "$W/sample/sample-client -g $WORLD_HOST 4462" 2>&1)
like "$out" 'hello, this thread is bob' "it stays bob, and is content"
ok "what she delegated is in lsad, and his to use" served 4462 "delegated by $REALM\\alice"
ok "the client's session ends with its context" wait_for 5 no_sessions "alice@$REALM"

# A process that goes away takes what was delegated to it along.
as bob sspi-server --package Kerberos --port 4463 </dev/null >$W/server-4463.log 2>&1 &
wait_for 5 ss_listening 4463
password_of alice | as alice sh -c 'KRB5CCNAME=FILE:/tmp/alice.cc; export KRB5CCNAME; kinit -f alice >/dev/null'
gss() { as alice sh -c "KRB5CCNAME=FILE:/tmp/alice.cc gss-client -port $* 127.0.0.1 host@$WORLD_HOST 'for host'" 2>&1; }
out=$(gss 4463 -d)
is $? 0 "MIT's gss-client delegates" || diag "$out"
ok "to a server that can use it as its own" served 4463 "delegated: $REALM\\alice, with a token for host/$WORLD_HOST@$REALM"
ok "no session of hers is left" wait_for 5 no_sessions "alice@$REALM"
out=$(gss 4463)
unlike "$(tail -n 5 $W/server-4463.log)" 'delegated:' "without -d it does not"

ok "alice logs out" session_close one
done_testing
