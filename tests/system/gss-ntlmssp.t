#!/bin/bash
# gss-ntlmssp at the other end of NTLM, with every combination that it has: what is asked of the context, flags of the first
# message that turn the newer forms off, LAN Manager compatibility levels, channel bindings, and datagrams.
. "$(dirname "$0")/world.sh"

# A password that LM can write.
echo Short-Pw-1 >$W/bob.password
echo "BOX:bob:Short-Pw-1" >$W/users
export NTLM_USER_FILE=$W/users

# ntlm_settings 'NAME = VALUE'…: [ntlm] of lsa.conf, for programs that begin after it.
install -m 644 /etc/credmgr/lsa.conf $W/lsa.conf
ntlm_settings() {
    local line
    install -m 644 $W/lsa.conf /etc/credmgr/lsa.conf
    for line; do sed -i "s/^\[ntlm\]\$/&\n$line/" /etc/credmgr/lsa.conf; done
}
# accept PORT OPTIONS…: our acceptor; accept_gss PORT OPTIONS…: theirs.
accept() {
    sspi-server --package NTLM --user bob --domain BOX --password-file $W/bob.password --echo --port "$@" </dev/null >>"$W/ours-$1.log" 2>&1 &
    wait_for 5 ss_listening "$1" || die "sspi-server does not listen: $(cat "$W/ours-$1.log")"
}
accept_gss() {
    gss-acceptor --mech ntlm --echo --port "$@" </dev/null >"$W/gss-$1.log" 2>&1 &
    wait_for 5 ss_listening "$1" || die "gss-acceptor does not listen: $(cat "$W/gss-$1.log")"
}
gss() { gss-initiator --mech ntlm --user 'BOX\bob' --password-fd 8 --port "$@" 8<$W/bob.password 2>&1; }
ours() { sspi-client --package NTLM --user bob --domain BOX --password-fd 8 --target cifs/box --port "$@" 8<$W/bob.password 2>&1; }
# What our acceptor on PORT has said since the last forget.
says() { wait_for 3 grep -qE -- "$2" "$W/ours-$1.log"; }
forget() { : >"$W/ours-$1.log"; }

# ---- gss-ntlmssp as the client: what is asked for --------------------------------------------------

accept 4510
interop "$GSS_NTLMSSP" client NTLM "confidentiality and integrity: sealed messages and signatures both ways" gss 4510 --echo
interop "$GSS_NTLMSSP" client NTLM "integrity alone: our signature" gss 4510 --no-wrap --flags integrity
# gss_wrap of gss-ntlmssp encrypts here, too, and so does EncryptMessage, as on Windows.
interop "$GSS_NTLMSSP" client NTLM "integrity alone: sealed messages and signatures both ways" gss 4510 --echo --flags integrity
interop "$GSS_NTLMSSP" client NTLM "integrity, replay and sequence: our signature" gss 4510 --no-wrap --flags integrity,replay,sequence
interop "$GSS_NTLMSSP" client NTLM "confidentiality alone: sealed messages both ways" gss 4510 --echo-only --flags confidentiality
interop "$GSS_NTLMSSP" client NTLM "nothing asked for: the dummy signature" gss 4510 --no-wrap --flags none
interop "$GSS_NTLMSSP" client NTLM "identify" gss 4510 --echo --flags integrity,confidentiality,identify
log_says $W/ours-4510.log '^done' "our acceptor saw them all to the end" 7

# ---- …and which forms ------------------------------------------------------------------------------

refuses_old() {
    refused gss 4510 --neg-flags "$1" --echo && says 4510 SEC_E_UNSUPPORTED_FUNCTION
}
interop "$GSS_NTLMSSP" client NTLM "without 128-bit keys it is refused" refuses_old 82088233
ntlm_settings 'minimum_server_security = none' 'minimum_client_security = none' 'lm_compatibility_level = 3'
accept 4511
# gss-ntlmssp adds the key exchange where messages are sealed, and does without extended session security at level 0 alone,
# where it asks for a key of LM if messages are to be sealed.
while read -r level flags messages bits what; do
    asked="--echo"
    [ "$messages" = sealed ] || asked="--no-wrap --flags integrity"
    forget 4511
    # shellcheck disable=SC2086
    LM_COMPAT_LEVEL=$level interop "$GSS_NTLMSSP" client NTLM "$what, messages $messages" gss 4511 --neg-flags "$flags" $asked
    ok "$what: $bits bits" says 4511 "protection: .*, $bits bits"
done <<'END_OF_FORMS'
3 e2088233 sealed 128 all flags
3 62088233 sealed 128 128-bit keys alone
3 c2088233 sealed 56 56-bit keys
3 42088233 sealed 40 40-bit keys
3 e2088232 sealed 128 OEM strings
3 e0088233 sealed 128 without a version
3 a2088213 signed 128 without the key exchange
0 a2008213 signed 128 without extended session security and key exchange
0 e20082b3 sealed 56 a key of LM with 56 bits
0 620082b3 sealed 40 a key of LM with 40 bits
0 a2008293 signed 56 a key of LM without the key exchange
END_OF_FORMS

# ---- …by which version of the protocol -----------------------------------------------------------------

# With LAN Manager compatibility level 0 to 2 gss-ntlmssp answers with NTLMv1 (beside LM, or as "NTLM2 session"), from 3 on with NTLMv2.
level() { # client server accept|refuse
    if [ "$3" = accept ]; then
        LM_COMPAT_LEVEL=$1 gss "452$2" --echo
    else
        forget "452$2"
        LM_COMPAT_LEVEL=$1 refused gss "452$2" --echo && says "452$2" SEC_E_LOGON_DENIED
    fi
}
for server in 0 3 4 5; do
    ntlm_settings 'minimum_server_security = none' "lm_compatibility_level = $server"
    accept 452$server
    for client in 0 1 2 3; do
        what=accept
        [ $server$client != 50 ] && [ $server$client != 51 ] && [ $server$client != 52 ] || what=refuse
        interop "$GSS_NTLMSSP" client NTLM "of level $client our acceptor of level $server ${what}s it" level $client $server $what
    done
done
ntlm_settings

# ---- gss-ntlmssp as the server ---------------------------------------------------------------------------

accept_gss 4540
interop "$GSS_NTLMSSP" server NTLM "confidentiality and integrity: sealed messages and signatures both ways" ours 4540 --echo
interop "$GSS_NTLMSSP" server NTLM "integrity alone: its signature" ours 4540 --integrity
interop "$GSS_NTLMSSP" server NTLM "confidentiality alone: sealed messages both ways" ours 4540 --confidentiality --echo
interop "$GSS_NTLMSSP" server NTLM "identify" ours 4540 --identify --echo
accept_gss 4541 --bindings 'tls-unique:one'
interop "$GSS_NTLMSSP" server NTLM "on the same channel" ours 4541 --bindings 'tls-unique:one' --echo
interop "$GSS_NTLMSSP" server NTLM "on another channel it refuses" refused ours 4541 --bindings 'tls-unique:other' --echo
# It takes NTLMv1 at level 0 to 2 (Windows: up to 4), NTLMv2 at all.
for server in 0 2 3 5; do
    LM_COMPAT_LEVEL=$server accept_gss 456$server
done
for client in 0 1 2 3 5; do
    ntlm_settings "lm_compatibility_level = $client" 'minimum_client_security = none'
    for server in 0 2 3 5; do
        if [ $client -lt 3 ] && [ $server -gt 2 ]; then
            interop "$GSS_NTLMSSP" server NTLM "our initiator of level $client is refused by its acceptor of level $server" refused ours 456$server --echo
        else
            interop "$GSS_NTLMSSP" server NTLM "our initiator of level $client at its acceptor of level $server" ours 456$server --echo
        fi
    done
done
ntlm_settings

# ---- channels and datagrams -------------------------------------------------------------------------------

accept 4550 --bindings 'tls-unique:one'
interop "$GSS_NTLMSSP" client NTLM "on the channel of our acceptor" gss 4550 --bindings 'tls-unique:one' --echo
interop "$GSS_NTLMSSP" client NTLM "on another channel it is refused" refused gss 4550 --bindings 'tls-unique:other' --echo
ok "which is SEC_E_BAD_BINDINGS" says 4550 SEC_E_BAD_BINDINGS
interop "$GSS_NTLMSSP" client NTLM "without a channel it is refused" refused gss 4550 --echo

# Of sealed datagrams gss-ntlmssp (1.2) encrypts the text with the stream of the one before; and its acceptor cannot be reached
# with a first word that is empty, which MIT's mechanism glue takes for Kerberos'.
accept 4551 --datagram
interop "$GSS_NTLMSSP" client NTLM "datagrams: our signature" gss 4551 --no-wrap --flags integrity,sequence,datagram --sequence 0

done_testing
