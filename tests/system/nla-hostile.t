#!/bin/bash
# CredSSP with a peer that is python-gssapi inside, speaks any version of the protocol, and does what no version allows: to our server, and to our
# client.
# Some sixty handshakes, each with a peer that has to start.
WORLD_LIMIT=${WORLD_LIMIT:-240}
. "$(dirname "$0")/world.sh"

policy() {
    sed -i '/^\[tspkg\]/,$d' /etc/credmgr/lsa.conf
    printf '%s\n' '[tspkg]' 'allow_fresh_credentials_ntlm_only = TERMSRV/*' "$@" >>/etc/credmgr/lsa.conf
}
lsad_configure
printf '%s\n' '[acceptors]' 'NTLM = root' >>/etc/credmgr/lsa.conf
policy
lsad_start
password_of bob >$W/bob.password
echo not-it >$W/wrong.password
credmgr account add --password-fd 0 bob <$W/bob.password
nla_build >$W/build.log 2>&1 || die "the example does not build: $(cat $W/build.log)"
nla_certificates >$W/openssl.log 2>&1 || die "the certificates cannot be made: $(cat $W/openssl.log)"
# What gss-ntlmssp verifies with.
echo "BOX:bob:$(cat $W/bob.password)" >$W/users
export NTLM_USER_FILE=$W/users

peer="Python TSRequests over $GSS_NTLMSSP"
theirs() { peer_client bob.password "$1" --user bob --domain BOX "${@:2}"; } # PORT [OPTION…]
ours() { nla_client bob.password -k -u bob -d BOX "$@"; }                    # [OPTION…] PORT
says() { # PATTERN COMMAND…
    local pattern=$1
    shift
    out=$("$@")
    echo "$out"
    grep -qE -- "$pattern" <<<"$out"
}

# several OPTION…: all of these in one run of the peer, whose lines are then asked one by one.
several() { theirs "$@" >$W/several; }
several_say() { # VERSION:TWIST PATTERN DESCRIPTION
    like "$(grep "^$1 " $W/several)" "^$1 ($2)" "$3"
}

# ---- at our server ------------------------------------------------------------------------------------

nla_server 3401 self
for mech in spnego ntlm; do
    interop "$peer" client "CredSSP 6/$mech" "a client that offers $mech, at our server" says '^accepted' theirs 3401 --mech $mech
done
is "$(grep -c '^delegated: BOX.bob and a password' $W/nla-3401.log)" 2 "who delegated the password"
# errorCode: versions 3, 4 and 6 are told what it was ([MS-CSSP] 2.2.1).
several 3401 --version 5,7,2,3,4
several_say 5: accepted "at our server: a client of version 5"
several_say 7: accepted "a client of version 7, whatever that will be"
several_say 2: 'alert|closed' "a client of version 2 is too old, and no more than that is said"
several_say 3: 'error 0xc' "a client of version 3 is too old, and told"
several_say 4: 'error 0xc' "a client of version 4 is too old, and told"
log_says $W/nla-3401.log 'AcceptSecurityContext: 0x80090302' "SEC_E_UNSUPPORTED_FUNCTION" 3

# refuses CODE TWIST…: our server does, with that code.
refuses() {
    local code=$1 twist
    shift
    several 3401 --twist "$(tr ' ' , <<<"$*")"
    for twist; do several_say "6:$twist" 'error 0xc|closed|alert' "at our server: $twist"; done
    log_says $W/nla-3401.log "AcceptSecurityContext: $code" "which is $code" $#
}
refuses 0x8009030f key reflected
refuses 0x80090308 no-nonce short-nonce changed-version garbage oversized early bad-credentials
ok "at our server: truncated" says '^closed' theirs 3401 --twist truncated
log_says $W/nla-3401.log 'AcceptSecurityContext: 0x80090318' "which is SEC_E_INCOMPLETE_MESSAGE" 1
ok "at our server: a client that delegates nothing" says '^accepted' theirs 3401 --twist nothing
log_says $W/nla-3401.log '^delegated: nothing' "it has nothing" 1
ok "at our server: a smart card's PIN" says '^accepted' theirs 3401 --twist smartcard
log_says $W/nla-3401.log '^delegated: no password' "which is no password" 1
ok "at our server: a user's name with lines in it" says '^accepted' theirs 3401 --twist lines
log_says $W/nla-3401.log '^delegated: BOX.bob.PAM: yes.*and a password' "which is one line of its log" 1
is "$(grep -c '^PAM:' $W/nla-3401.log)" 0 "and no other"
exec {silent}<>"/dev/tcp/$WORLD_HOST/3401" # says nothing, and stays
ok "at our server: who says nothing is in nobody's way" says '^accepted' theirs 3401
not_ok "and has not been sent away for that" read -r -t 0 -u $silent
exec {silent}>&-
ok "at our server: a wrong password" says '^error 0xc000006d' peer_client wrong.password 3401 --user bob --domain BOX
ok "and it goes on serving" says '^accepted' theirs 3401

# ---- at our client ------------------------------------------------------------------------------------

peer_server 3410 --version 6,6,5,7,2,3,4
interop "$peer" server "CredSSP 6/spnego" "our client at a server of version 6" says 'by NTLM' ours 3410
log_says $W/peer-3410.log "^delegated BOX bob $(cat $W/bob.password)$" "which has the password" 1
ok "at our client: with -n nothing is delegated" says 'by NTLM' ours -n 3410
log_says $W/peer-3410.log '^delegated nothing' "nothing came" 1
for version in 5 7; do
    ok "at our client: a server of version $version" says 'by NTLM' ours 3410
done
log_says $W/peer-3410.log '^delegated BOX bob' "which have the password" 3
for version in 2 3 4; do
    ok "at our client: a server of version $version is too old: SEC_E_UNSUPPORTED_FUNCTION" says '0x80090302' ours 3410
done
twists="key:0x8009030f reflected:0x8009030f error:0x8009030c no-key:0x80090308 late-token:0x80090308 changed-version:0x80090308 garbage:0x80090308
oversized:0x80090308"
# shellcheck disable=SC2086
set -- $twists
peer_server 3411 --twist "$(printf '%s\n' "${@%:*}" | paste -sd,)"
for twist; do
    ok "at our client: ${twist%:*}: ${twist#*:}" says "${twist#*:}" ours 3411
done
log_says $W/peer-3411.log '^(closed|broken: the client goes on|alert)' "each connection is over" $#
unlike "$(cat $W/peer-3411.log)" '^delegated' "nothing was delegated to any of them"

# ---- what the policy lets in --------------------------------------------------------------------------

policy 'oldest_peer_version = 2'
nla_server 3402 self
peer_server 3412 --version 2,2,3,3,4,4 --twist ,key,,key,,key
for version in 2 3 4; do
    interop "$peer" client "CredSSP $version/spnego" "a client of version $version at our server, where lsa.conf allows it" says '^accepted' theirs 3402 --version $version
    ok "version $version: another public key" says '^(error 0xc|closed|alert)' theirs 3402 --version $version --twist key
    interop "$peer" server "CredSSP $version/spnego" "our client at a server of version $version, where lsa.conf allows it" says 'by NTLM' ours 3412
    ok "at our client: version $version: another public key" says '0x8009030f' ours 3412
done
log_says $W/peer-3412.log '^delegated BOX bob' "servers of old versions have the password, where they prove the key" 3

# Its port is a matter of fact; what it says at the end is what it makes of being let in.
rdp_check=/usr/share/doc/python3-impacket/examples/rdp_check.py
rdp_check() { python3 $rdp_check "BOX/bob@$WORLD_HOST" <"$W/$1.password" 2>&1; }
nla_server 3389 self
if [ -e $rdp_check ]; then
    # no row of docs/interop.md, since systems without documentation have not got it
    ok "rdp_check.py at our server, where lsa.conf allows version 2" says 'Access Granted' rdp_check bob
    log_says $W/nla-3389.log '^delegated: BOX.bob and a password' "which has the password" 1
    ok "with a wrong password it is refused" says '^\[-\]' rdp_check wrong
    log_says $W/nla-3389.log 'AcceptSecurityContext: 0x8009030c' "SEC_E_LOGON_DENIED" 1
else
    skip "rdp_check.py of impacket" "its documentation is not installed"
fi

is "$(grep -c 'AcceptSecurityContext: 0x8009030f' $W/nla-3402.log)" 3 "SEC_E_MESSAGE_ALTERED"

unlike "$(cat $W/nla-*.log $W/lsad.log $W/syslog)" "$(cat $W/bob.password)" "no password is in a log of ours"
done_testing
