#!/bin/bash
# Handshakes of other forms, with the tickets of lsad: DCE style and extended protection with programs of MIT's GSSAPI at the other end, both
# ways; from user to user between two people who have tickets and no keys.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_pam unix
world_sshd
gss_server_up

ok "alice logs in" session_open one alice
ok "bob logs in" session_open two bob

# mit PORT OPTIONS…: gss-initiator with tickets of carla's own, to our acceptor on that port.
password_of carla | as carla sh -c 'KRB5CCNAME=FILE:/tmp/carla.cc; export KRB5CCNAME; kinit carla >/dev/null'
mit() {
    local port=$1
    shift
    as carla env KRB5CCNAME=FILE:/tmp/carla.cc gss-initiator --mech kerberos --service "host@$WORLD_HOST" --port "$port" "$@" 'from carla' 2>&1
}
# serve PORT OPTIONS…: our acceptor, with the machine's keytab.
serve() {
    sspi-server --package Kerberos --port "$@" </dev/null >"$W/server-$1.log" 2>&1 &
    wait_for 5 ss_listening "$1" || die "sspi-server does not listen"
}
# accept_as_mit PORT OPTIONS…: gss-acceptor, with the keys of sample/HOST.
accept_as_mit() {
    KRB5_KTNAME=FILE:$W/sample.keytab gss-acceptor --mech kerberos --port "$@" </dev/null >"$W/acceptor-$1.log" 2>&1 &
    wait_for 5 ss_listening "$1" || die "gss-acceptor does not listen"
}
alice() { session_run one "sspi-client $(printf '%q ' "$@")" 2>&1; }

# said PORT REGULAR-EXPRESSION DESCRIPTION: our acceptor there prints that (what it prints in a login comes through sshd, a moment later).
said() {
    wait_for 5 grep -qE -- "$2" "$W/server-$1.log"
    like "$(cat "$W/server-$1.log")" "$2" "$3"
}

# Three legs.
serve 4460
# Sealed messages of DCE style have a form of their own (Windows rotates them twice), which gss_unwrap does not know; signed ones have not.
out=$(alice --target "$SPN" --dce --mutual --integrity 'in dce style')
interop "$MIT" server Kerberos "DCE style with gss-server" test $? -eq 0 || diag "$out"
like "$out" "context: Kerberos to $SPN, 2 legs, .*mutual authentication" "DCE style: two tokens of ours, mutual authentication"
interop "$MIT" server Kerberos "DCE style: gss-server opens the message" grep -qE -- 'Received message: "in dce style"' <<<"$(gss_server_log)"
out=$(mit 4460 --dce)
interop "$MIT" client Kerberos "DCE style from MIT's GSSAPI to our acceptor" test $? -eq 0 || diag "$out"
said 4460 'carla@CREDMGR.TEST' "DCE style: our acceptor says who it was"
said 4460 'received: .*sealed: from carla' "DCE style: and opens the message"
out=$(alice --target "host/$WORLD_HOST" --port 4460 --dce --extended-error 'both ours')
is $? 0 "DCE style between our own" || diag "$out"
out=$(alice --target "host/$WORLD_HOST" --port 4460 --datagram 'a datagram')
is $? 0 "a context for datagrams" || diag "$out"

# The channel below.
accept_as_mit 4461 --bindings 'tls-unique:one'
out=$(alice --target "$SPN" --port 4461 --bindings 'tls-unique:one' bound)
interop "$MIT" server Kerberos "bound to the channel that MIT's acceptor is on" test $? -eq 0 || diag "$out"
like "$(cat $W/acceptor-4461.log)" 'received: .*bound' "it has the message"
out=$(alice --target "$SPN" --port 4461 --bindings 'tls-unique:other' bound)
interop "$MIT" server Kerberos "not bound to another channel" test $? -ne 0
ok "which MIT's acceptor gives as the reason" wait_for 5 grep -q 'channel bindings' $W/acceptor-4461.log
serve 4462 --bindings 'tls-unique:one'
out=$(mit 4462 --bindings 'tls-unique:one')
interop "$MIT" client Kerberos "MIT's initiator on the channel of our acceptor" test $? -eq 0 || diag "$out"
for other in '--bindings tls-unique:other' ''; do
    # shellcheck disable=SC2086
    out=$(mit 4462 $other)
    interop "$MIT" client Kerberos "MIT's initiator is refused with ${other:-no channel}" test $? -ne 0
done
is "$(grep -c SEC_E_BAD_BINDINGS $W/server-4462.log)" 2 "SEC_E_BAD_BINDINGS"
out=$(alice --target "host/$WORLD_HOST" --port 4462 --bindings 'tls-unique:one' 'both ours')
is $? 0 "and both ours" || diag "$out"

# A server whose clock is an hour ahead tells the time to who wants to know: lsad makes the request again.
serve_ahead() {
    CLOCK_AHEAD=3600 LD_PRELOAD=$BUILD/tests/system/clock-ahead.so sspi-server --package Kerberos --port "$@" </dev/null >"$W/server-$1.log" 2>&1 &
    wait_for 5 ss_listening "$1" || die "sspi-server does not listen"
}
serve_ahead 4465 --extended-error
out=$(alice --target "host/$WORLD_HOST" --port 4465 --extended-error 'what time is it')
is $? 0 "a server with another clock is reached" || diag "$out"
like "$out" 'context: .* 2 legs' "at the second try"
said 4465 'received: .*sealed: what time is it' "and has the message"
out=$(alice --target "host/$WORLD_HOST" --port 4465 'unasked')
isnt $? 0 "not by a program that does not ask for errors"
like "$out" 'SEC_E_TIME_SKEW' "SEC_E_TIME_SKEW"
serve_ahead 4466
out=$(alice --target "host/$WORLD_HOST" --port 4466 --extended-error 'untold')
isnt $? 0 "and not where none are told"
said 4466 'SEC_E_TIME_SKEW' "SEC_E_TIME_SKEW"

# Bob has no key, only the tickets of his session, and they stay at lsad.
session_run two "sspi-server --package Kerberos --port 4463" </dev/null >$W/server-4463.log 2>&1 &
ok "bob's program accepts, without a keytab" wait_for 5 ss_listening 4463
out=$(alice --target "bob@$REALM" --port 4463 --user-to-user 'from alice to bob')
is $? 0 "alice makes a context with it, from user to user" || diag "$out"
said 4463 'alice@CREDMGR.TEST' "it says that it was she"
said 4463 "server: bob@$REALM" "and that it is bob"
said 4463 'received: .*sealed: from alice to bob' "and has the message"
out=$(alice --target "bob@$REALM" --port 4463 'with a key of his')
isnt $? 0 "what takes a key, it cannot accept"
said 4463 'SEC_E_NO_CREDENTIALS' "SEC_E_NO_CREDENTIALS"
session_run two "sspi-server --package Kerberos --port 4464 --user-to-user" </dev/null >$W/server-4464.log 2>&1 &
wait_for 5 ss_listening 4464
out=$(alice --target "bob@$REALM" --port 4464 'as he wants it')
is $? 0 "an acceptor that demands it is understood" || diag "$out"
said 4464 'received: .*sealed: as he wants it' "and has the message"
out=$(alice --target "carla@$REALM" --port 4463 --user-to-user 'for carla')
isnt $? 0 "the ticket for carla is not to be had with bob's"
unlike "$(cat $W/server-4463.log)" 'for carla' "and bob has not seen the message"

ok "alice logs out" session_close one
ok "bob logs out" session_close two
ok "no key is left" wait_for 5 no_keys
done_testing
