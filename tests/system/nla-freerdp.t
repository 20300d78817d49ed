#!/bin/bash
# CredSSP with FreeRDP: xfreerdp at the NLA server of examples/nla, its client at freerdp-shadow-cli, and the one between the other two, as a
# gateway. Right and wrong passwords, what lsa.conf lets a server have, certificates, and somebody in between.
. "$(dirname "$0")/world.sh"

# policy LINE…: what [tspkg] says from here on; programs read it when they begin.
policy() {
    sed -i '/^\[tspkg\]/,$d' /etc/credmgr/lsa.conf
    printf '%s\n' '[tspkg]' "$@" >>/etc/credmgr/lsa.conf
}
any="allow_fresh_credentials_ntlm_only = TERMSRV/*"

lsad_configure
printf '%s\n' '[acceptors]' 'NTLM = root' >>/etc/credmgr/lsa.conf
policy "$any"
lsad_start
password_of alice >$W/alice.password
echo not-it >$W/wrong.password
credmgr account add --password-fd 0 alice <$W/alice.password
credmgr account add --password-fd 0 carla <$W/alice.password
credmgr account disable carla
freerdp_accounts $W/sam <<END
alice $(password_of alice)
END
ok "the example builds with the installed headers" nla_build
nla_certificates >$W/openssl.log 2>&1 || die "the certificates cannot be made: $(cat $W/openssl.log)"

freerdp() { freerdp_client "$1" "$2" /d:BOX "${@:4}" <"$W/$3.password"; } # USER PORT PASSWORD [OPTION…]
ours() { nla_client "$1.password" -u alice -d BOX "${@:2}"; }             # PASSWORD [OPTION…] PORT
# says STATUS PATTERN COMMAND…: the command ends with that status and says so.
says() {
    local wanted=$1 pattern=$2 status
    shift 2
    out=$("$@") && status=0 || status=$?
    echo "$out"
    [ "$status" = "$wanted" ] && grep -qE -- "$pattern" <<<"$out"
}
# told PATTERN COMMAND…: it fails, and says so; the status of xfreerdp has many names.
told() {
    out=$("${@:2}") && return 1
    echo "$out"
    grep -qE -- "$1" <<<"$out"
}
# NLA succeeds; that there is nothing for the gateway to go on with is why xfreerdp is not content.
restricted_admin() {
    freerdp alice 3392 alice /restricted-admin
    wait_for 10 log_has_lines $W/nla-3392.log '^delegated: nothing' 1
}
client="CredSSP/Negotiate/NTLM"

# ---- our client at its server ------------------------------------------------------------------------

freerdp_server 3391 /sam-file:$W/sam
interop "$FREERDP" server "$client" "our client passes NLA at freerdp-shadow-cli" says 0 'by NTLM' ours alice -k 3391
interop "$FREERDP" server "$client" "with a wrong password it is refused" says 1 '^InitializeSecurityContext: 0x80090317' ours wrong -k 3391
log_says $W/freerdp-3391.log 'core.nla.*CompleteAuthToken status SEC_E_MESSAGE_ALTERED' "which FreeRDP tells its log, not the client" 1
ok "without -k its certificate, signed by nobody, is no proof: SEC_E_MUTUAL_AUTH_FAILED" says 1 '0x80090363' ours alice 3391
policy "allow_fresh_credentials = TERMSRV/*"
ok "a rule that asks for a proof: SEC_E_POLICY_NLTM_ONLY" says 1 '0x8009035f' ours alice -k 3391
policy "allow_fresh_credentials_ntlm_only = TERMSRV/elsewhere.*"
ok "no rule: SEC_E_DELEGATION_POLICY" says 1 '0x8009035e' ours alice -k 3391
policy "$any" "deny_fresh_credentials = TERMSRV/$WORLD_HOST"
ok "a rule against it: SEC_E_DELEGATION_POLICY" says 1 '0x8009035e' ours alice -k 3391
policy "$any"

# ---- its client at our server ------------------------------------------------------------------------

# On the other side of it is the server from above: xfreerdp is content when it has a whole remote desktop connection.
nla_server 3392 server -k -b "$WORLD_HOST:3391"
interop "$FREERDP" client "$client" "xfreerdp +auth-only at our server, and on to freerdp-shadow-cli with what it has delegated" freerdp alice 3392 alice
log_says $W/nla-3392.log '^client: BOX.alice' "our server knows the client" 1
log_says $W/nla-3392.log "^delegated: BOX.alice and a password of $(($(wc -c <$W/alice.password) - 1)) bytes" "and has the password" 1
log_says $W/nla-3392.log '^behind: let in' "the desktop was there" 1
interop "$FREERDP" client "$client" "with a wrong password it is refused, and told why" told 'ERRCONNECT_LOGON_FAILURE' freerdp alice 3392 wrong
log_says $W/nla-3392.log 'AcceptSecurityContext: 0x8009030c' "SEC_E_LOGON_DENIED" 1
interop "$FREERDP" client "$client" "Restricted Admin: xfreerdp is let in with nothing delegated" restricted_admin
interop "$FREERDP" client "$client" "a disabled account is refused, and told why" told 'ERRCONNECT_ACCOUNT_DISABLED' freerdp carla 3392 alice
log_says $W/nla-3392.log 'AcceptSecurityContext: 0x8009030c' "SEC_E_LOGON_DENIED" 2

# ---- certificates -------------------------------------------------------------------------------------

nla_server 3393 server
nla_server 3394 other
policy "allow_fresh_credentials = TERMSRV/*"
ok "a certificate of its name is a proof" says 0 'a certificate of its name' ours alice -r $W/ca.pem -m hello 3393
ok "of another name it is none: SEC_E_POLICY_NLTM_ONLY" says 1 '0x8009035f' ours alice -r $W/ca.pem 3394
ok "nor of a root that nobody trusts" says 1 '0x8009035f' ours alice 3393
policy "$any"
ok "the same where no rule wants a proof, but the client does: SEC_E_WRONG_PRINCIPAL" says 1 '0x80090322' ours alice -r $W/ca.pem 3394
ok "and SEC_E_MUTUAL_AUTH_FAILED" says 1 '0x80090363' ours alice 3393

# ---- somebody in between ------------------------------------------------------------------------------

peer_relay 3395 3391
ok "our client at freerdp-shadow-cli through a relay" refused ours alice -k 3395
log_says $W/freerdp-3391.log 'SEC_E_MESSAGE_ALTERED' "which notices the other channel"
peer_relay 3396 3393
interop "$FREERDP" client "$client" "xfreerdp at our server through a relay is refused" refused freerdp alice 3396 alice
log_says $W/nla-3393.log 'AcceptSecurityContext: 0x8009030f' "SEC_E_MESSAGE_ALTERED" 1
ok "our client at our server through a relay" refused ours alice -k 3396
log_says $W/nla-3393.log 'AcceptSecurityContext: 0x8009030f' "SEC_E_MESSAGE_ALTERED" 2

unlike "$(cat $W/*.log $W/syslog)" "$(cat $W/alice.password)" "no password is in a log"
done_testing
