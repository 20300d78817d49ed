#!/bin/bash
# Negotiate with MIT's SPNEGO at the other end, both ways, with Kerberos and with gss-ntlmssp inside it; and what no peer here does by
# itself: the wrong Kerberos identifier of Windows 2000, a server's first word.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_pam unix
world_sshd
gss_server_up

export NTLM_USER_FILE=$W/users
for name in $PEOPLE; do printf '%s\n' "$REALM:$name:$(password_of "$name")" "BOX:$name:$(password_of "$name")"; done >$NTLM_USER_FILE
password_of bob >$W/bob.password
password_of carla | as carla sh -c 'KRB5CCNAME=FILE:/tmp/carla.cc kinit carla >/dev/null'
install -m 644 $NTLM_USER_FILE /tmp/users

ok "alice logs in" session_open one alice
ok "alice has a ticket" wait_for 10 has_tgt one

# theirs PORT INNER OPTIONS…: MIT's acceptor with the keys of sample/HOST, which takes the mechanisms INNER.
theirs() {
    KRB5_KTNAME=FILE:$W/sample.keytab gss-acceptor --mech spnego --echo --port "$1" --inner "$2" "${@:3}" </dev/null >"$W/theirs-$1.log" 2>&1 &
    wait_for 5 ss_listening "$1" || die "gss-acceptor does not listen: $(cat "$W/theirs-$1.log")"
}
# ours PORT OPTIONS…: our acceptor.
ours() {
    sspi-server --package Negotiate --echo --port "$@" </dev/null >>"$W/ours-$1.log" 2>&1 &
    wait_for 5 ss_listening "$1" || die "sspi-server does not listen: $(cat "$W/ours-$1.log")"
}
alice() { session_run one "sspi-client --package Negotiate $(printf '%q ' "$@")" 2>&1; }
# negotiates PACKAGE COMMAND…: it succeeds with that package, and all its messages are good.
negotiates() {
    local package=$1
    shift
    out=$("$@" 2>&1) && grep -q "^negotiated: $package\$" <<<"$out" && grep -q '^reply: .*good' <<<"$out" || { echo "$out"; return 1; }
}
carla() { as carla env KRB5CCNAME=FILE:/tmp/carla.cc NTLM_USER_FILE=/tmp/users gss-initiator --mech spnego --service "host@$WORLD_HOST" "$@" 'from carla'; }
# The last context of our acceptor on PORT was negotiated to be that package's.
was() { wait_for 3 eval "grep '^negotiated' $W/ours-$1.log | tail -n 1 | grep -q ': $2\$'" || { cat "$W/ours-$1.log"; return 1; }; }
becomes() { # port package command…
    local port=$1 package=$2
    shift 2
    : >"$W/ours-$port.log"
    "$@" && was "$port" "$package"
}

# ---- Kerberos, our initiator ------------------------------------------------------------------------

interop "$MIT" server Negotiate/Kerberos "gss-server accepts SPNEGO of the logon session" negotiates Kerberos alice --target "$SPN" 'a message from alice'
like "$(gss_server_log)" 'Accepted connection: "alice@CREDMGR.TEST"' "gss-server says it was alice"
for flags in "--integrity" "--confidentiality" "--mutual" "--mutual --integrity"; do
    # shellcheck disable=SC2086
    interop "$MIT" server Negotiate/Kerberos "gss-server, asking for $flags" negotiates Kerberos alice --target "$SPN" $flags hello
done
theirs 4601 kerberos
interop "$MIT" server Negotiate/Kerberos "an acceptor of Kerberos alone, messages both ways" negotiates Kerberos alice --target "$SPN" --port 4601 --echo hello
theirs 4602 kerberos,ntlm
interop "$MIT" server Negotiate/Kerberos "an acceptor of both takes Kerberos" negotiates Kerberos alice --target "$SPN" --port 4602 --echo hello
interop "$MIT" server Negotiate/Kerberos "of the server's first word (NegTokenInit2 with hints)" negotiates Kerberos alice --target "$SPN" --port 4602 --server-first --echo hello
interop "$MIT" server Negotiate/Kerberos "three legs (DCE style)" negotiates Kerberos alice --target "$SPN" --port 4602 --dce --mutual --integrity hello
theirs 4603 kerberos --bindings 'tls-unique:one'
interop "$MIT" server Negotiate/Kerberos "on the same channel" negotiates Kerberos alice --target "$SPN" --port 4603 --bindings 'tls-unique:one' --echo hello
interop "$MIT" server Negotiate/Kerberos "on another channel it refuses" refused alice --target "$SPN" --port 4603 --bindings 'tls-unique:other' --echo hello

# ---- NTLM, our initiator ----------------------------------------------------------------------------

# Kerberos is what we begin with; an acceptor that knows NTLM alone asks for the MIC of the list (request-mic).
theirs 4604 ntlm
interop "$MIT" server Negotiate/NTLM "an acceptor of NTLM alone, with the MIC of the list" negotiates NTLM alice --target "$SPN" --port 4604 --echo hello
ok "which says it was alice" wait_for 5 grep -qE 'client: .*alice' $W/theirs-4604.log
interop "$MIT" server Negotiate/NTLM "twenty messages" negotiates NTLM alice --target "$SPN" --port 4604 --echo --count 20 hello
interop "$MIT" server Negotiate/NTLM "of the server's first word (NegTokenInit2 with hints)" negotiates NTLM alice --target "$SPN" --port 4604 --server-first --echo hello
theirs 4606 ntlm --bindings 'tls-unique:one'
interop "$MIT" server Negotiate/NTLM "on the same channel" negotiates NTLM alice --target "$SPN" --port 4606 --bindings 'tls-unique:one' --echo hello
interop "$MIT" server Negotiate/NTLM "on another channel it refuses" refused alice --target "$SPN" --port 4606 --bindings 'tls-unique:other' --echo hello
# Where no ticket can be had NTLM comes bare, without SPNEGO.
gss-acceptor --mech ntlm --echo --port 4605 </dev/null >$W/theirs-4605.log 2>&1 &
wait_for 5 ss_listening 4605
interop "$GSS_NTLMSSP" server Negotiate/NTLM "an unknown service: NTLM, bare" negotiates NTLM alice --target "nobody/$WORLD_HOST" --port 4605 --echo hello
supplied() { sspi-client --package Negotiate --user bob --domain BOX --password-fd 8 --port "$@" 8<$W/bob.password; }
interop "$GSS_NTLMSSP" server Negotiate/NTLM "credentials of a machine account: NTLM, bare" negotiates NTLM supplied 4605 --target "nobody/$WORLD_HOST" --echo hello

# ---- our acceptor -------------------------------------------------------------------------------------

# Root's, with the machine's keytab, and NTLM for people who are logged in.
ours 4610
gss_client() { as carla env KRB5CCNAME=FILE:/tmp/carla.cc gss-client -spnego -port 4610 "$@" 127.0.0.1 "host@$WORLD_HOST" 'from carla'; }
interop "$MIT" client Negotiate/Kerberos "gss-client -spnego, messages both ways" becomes 4610 Kerberos gss_client
ok "we say it was carla" wait_for 5 grep -qE 'client: carla@CREDMGR.TEST' $W/ours-4610.log
ok "and open her message" wait_for 5 grep -qE 'received: .*sealed: from carla' $W/ours-4610.log
interop "$MIT" client Negotiate/Kerberos "gss-client -spnego -nomutual" becomes 4610 Kerberos gss_client -nomutual
interop "$MIT" client Negotiate/Kerberos "an initiator of Kerberos alone" becomes 4610 Kerberos carla --port 4610 --inner kerberos --echo
interop "$MIT" client Negotiate/Kerberos "an initiator of both that prefers Kerberos" becomes 4610 Kerberos carla --port 4610 --inner kerberos,ntlm --echo
interop "$MIT" client Negotiate/Kerberos "integrity alone: our signature" becomes 4610 Kerberos carla --port 4610 --inner kerberos --no-wrap --flags integrity
interop "$MIT" client Negotiate/Kerberos "nothing asked for" becomes 4610 Kerberos carla --port 4610 --inner kerberos,ntlm --no-wrap --flags none
# (What comes back sealed in DCE style gss_unwrap does not know.)
interop "$MIT" client Negotiate/Kerberos "three legs (DCE style)" becomes 4610 Kerberos carla --port 4610 --inner kerberos --dce
ours 4611 --bindings 'tls-unique:one'
interop "$MIT" client Negotiate/Kerberos "on the channel of our acceptor" becomes 4611 Kerberos carla --port 4611 --inner kerberos --echo --bindings 'tls-unique:one'
interop "$MIT" client Negotiate/Kerberos "on another channel it is refused" refused carla --port 4611 --inner kerberos --echo --bindings 'tls-unique:other'

# One that verifies bob.
ours 4612 --user bob --domain BOX --password-file $W/bob.password
bob() { gss-initiator --mech spnego --user 'BOX\bob' --password-fd 8 --port 4612 "$@" 'from bob' 8<$W/bob.password; }
interop "$MIT" client Negotiate/NTLM "an initiator of NTLM alone, with the MIC of the list" becomes 4612 NTLM bob --inner ntlm --echo
ok "we say it was bob" wait_for 5 grep -qE 'client: BOX.bob' $W/ours-4612.log
interop "$MIT" client Negotiate/NTLM "integrity alone: our signature" becomes 4612 NTLM bob --inner ntlm --no-wrap --flags integrity
interop "$MIT" client Negotiate/NTLM "confidentiality alone: sealed messages both ways" becomes 4612 NTLM bob --inner ntlm --echo-only --flags confidentiality
interop "$MIT" client Negotiate/NTLM "nothing asked for" becomes 4612 NTLM bob --inner ntlm --no-wrap --flags none
bare() { gss-initiator --mech ntlm --user 'BOX\bob' --password-fd 8 --port 4612 --echo 'from bob' 8<$W/bob.password; }
interop "$GSS_NTLMSSP" client Negotiate/NTLM "NTLM without SPNEGO around it" becomes 4612 NTLM bare
echo not-his >$W/wrong.password
wrong() { gss-initiator --mech spnego --user 'BOX\bob' --password-fd 8 --port 4612 --inner ntlm 'from bob' 8<$W/wrong.password; }
interop "$MIT" client Negotiate/NTLM "with a wrong password it is refused" refused wrong
kerberos_alone() { as carla env KRB5CCNAME=FILE:/tmp/carla.cc gss-initiator --mech kerberos --service "host@$WORLD_HOST" --port 4610 --echo; }
interop "$MIT" client Negotiate/Kerberos "Kerberos without SPNEGO around it" becomes 4610 Kerberos kerberos_alone

# ---- what the real ones do not do by themselves ----------------------------------------------------------

crafted() { /usr/bin/python3 -I "$world_source/tests/system/lib/spnego_peer.py" "$@"; }
crafted_accepts() { # case port
    KRB5_KTNAME=FILE:$W/sample.keytab crafted accept "$1" "$2" </dev/null >"$W/crafted-$2.log" 2>&1 &
    wait_for 5 ss_listening "$2" || die "no crafted acceptor: $(cat "$W/crafted-$2.log")"
}
crafted_between() { # case port to
    crafted between "$1" "$2" "$3" </dev/null >"$W/crafted-$2.log" 2>&1 &
    wait_for 5 ss_listening "$2" || die "nobody between: $(cat "$W/crafted-$2.log")"
}
of_carla() { as carla env KRB5CCNAME=FILE:/tmp/carla.cc /usr/bin/python3 -I "$world_source/tests/system/lib/spnego_peer.py" initiate "$1" 4610 "host@$WORLD_HOST"; }
out=$(of_carla wrong-oid 2>&1)
is $? 0 "an initiator that offers the wrong identifier of Windows 2000 first" || diag "$out" "$(cat $W/ours-4610.log)"
ok "gets Kerberos" was 4610 Kerberos
out=$(of_carla negoex 2>&1)
is $? 0 "one that offers NEGOEX first, with a token" || diag "$out" "$(cat $W/ours-4610.log)"
ok "gets Kerberos, too" was 4610 Kerberos
like "$out" 'the MIC is good' "with the MIC of the list"
out=$(of_carla late 2>&1)
is $? 0 "one without an optimistic token" || diag "$out" "$(cat $W/ours-4610.log)"
not_ok "one that offers nothing we have" of_carla unoffered
crafted_accepts request-mic 4620
out=$(alice --target "$SPN" --port 4620 'with a MIC')
is $? 0 "an acceptor that requests the MIC of the list though it took our first mechanism" || diag "$out"
ok "gets it" wait_for 5 grep -q "the MIC is good" $W/crafted-4620.log
crafted_accepts bad-mic 4621
out=$(alice --target "$SPN" --port 4621 'with a MIC')
isnt $? 0 "one whose own MIC is wrong is not believed"
like "$out" 'SEC_E_MESSAGE_ALTERED' "SEC_E_MESSAGE_ALTERED"
crafted_accepts wrong-oid 4622
out=$(alice --target "$SPN" --port 4622 'by another name')
is $? 0 "one that answers with the wrong identifier of Windows 2000" || diag "$out"

# Somebody between takes Kerberos out of the offer, or turns it round: the MIC of the list tells.
for case in strip swap; do
    crafted_between $case "463${#case}" 4604
    out=$(alice --target "$SPN" --port "463${#case}" hello)
    isnt $? 0 "$case: MIT's acceptor and our initiator do not agree"
done
log_says $W/theirs-4604.log 'invalid Message Integrity' "which has seen it" 2
# gss-ntlmssp's own account is bob's, and Kerberos' carla's: our acceptor could take either.
echo "BOX:bob:$(password_of bob)" >$W/user
password_of carla | kinit -c FILE:$W/root.cc carla >/dev/null
ours 4642 --user bob --domain BOX --password-file $W/bob.password
either() { KRB5CCNAME=FILE:$W/root.cc NTLM_USER_FILE=$W/user gss-initiator --mech spnego --inner "$2" --service "host@$WORLD_HOST" --port "$1" --echo 'from either'; }
interop "$MIT" client Negotiate/NTLM "an initiator of both that prefers NTLM" becomes 4642 NTLM either 4642 ntlm,kerberos
interop "$MIT" client Negotiate/NTLM "an initiator that prefers Kerberos, at an acceptor that has no key: the MIC of the list" becomes 4642 NTLM either 4642 kerberos,ntlm
: >$W/ours-4642.log
for case in strip swap; do
    crafted_between $case "464${#case}" 4642
    not_ok "$case: nor do MIT's initiator and our acceptor" either "464${#case}" kerberos,ntlm
done
log_says $W/ours-4642.log 'SEC_E_MESSAGE_ALTERED' "which has seen it" 2
unlike "$(cat $W/ours-4642.log)" '^context' "which has no context"

session_close one
ok "no key is left" wait_for 5 no_keys
done_testing
