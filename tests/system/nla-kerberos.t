#!/bin/bash
# CredSSP with Kerberos inside: our own client and server (FreeRDP 2 as Debian builds it has none), and MIT Kerberos at either end. Who proves what,
# what a KDC that says no comes to, and somebody in between.
. "$(dirname "$0")/world.sh"

policy() {
    sed -i '/^\[tspkg\]/,$d' /etc/credmgr/lsa.conf
    printf '%s\n' '[tspkg]' "$@" >>/etc/credmgr/lsa.conf
}
proven="allow_fresh_credentials = TERMSRV/*.$WORLD_DOMAIN" # who has proven to be the server

world_kdc
kadmin.local addprinc -randkey "TERMSRV/$WORLD_HOST" >>$W/kadmin.log 2>&1
kadmin.local ktadd -k /etc/krb5.keytab "TERMSRV/$WORLD_HOST" >>$W/kadmin.log 2>&1
policy "$proven"
world_lsad
nla_build >$W/build.log 2>&1 || die "the example does not build: $(cat $W/build.log)"
nla_certificates >$W/openssl.log 2>&1 || die "the certificates cannot be made: $(cat $W/openssl.log)"
for name in alice bob; do password_of $name >$W/$name.password; done
echo not-it >$W/wrong.password

ours() { nla_client "$1.password" -u "$1" -d "$REALM" "${@:2}"; } # USER [OPTION…] PORT
wrong() { nla_client wrong.password -u alice -d "$REALM" "$@"; }
with_root() { nla_client alice.password -u alice -d "$REALM" -r $W/ca.pem -m hello 3504; }
unknown_service() { nla_client alice.password -u alice -d "$REALM" -k -t "TERMSRV/nobody.$WORLD_DOMAIN" 3501; }
cheated() { # twist
    cheats=$((${cheats:-3510} + 1))
    peer_server $cheats --twist "$1"
    ours alice $cheats
}
says() {
    local pattern=$1
    out=$("${@:2}")
    echo "$out"
    grep -qE -- "$pattern" <<<"$out"
}

# ---- ours at ours -------------------------------------------------------------------------------------

nla_server 3501 self
nla_server 3504 server
ok "our client at our server" says 'by Kerberos' ours alice -k -m hello 3501
log_says $W/nla-3501.log '^by Kerberos' "by Kerberos" 1
log_says $W/nla-3501.log "^client: $REALM.alice" "the server knows the client" 1
log_says $W/nla-3501.log "^delegated: $REALM.alice and a password of $(($(wc -c <$W/alice.password) - 1)) bytes" "and has the password" 1
log_says $W/nla-3501.log '^text: hello' "what is said afterwards goes through the same channel" 1
ok "Kerberos proves the server, whatever its certificate is" says 'the server has proven itself to the package$' ours alice -m hello 3501
ok "a certificate may do so besides" says 'the server has a certificate of its name' with_root
ok "with -n nothing is delegated" says 'by Kerberos' ours alice -k -n -m hello 3501
log_says $W/nla-3501.log '^delegated: nothing' "the server has nothing" 1
ok "a wrong password is refused by the KDC: SEC_E_LOGON_DENIED" says '0x8009030c' wrong -k 3501
policy "$proven" '[negotiate]' 'packages = Kerberos'
ok "a service that the KDC does not know, and no other package: SEC_E_TARGET_UNKNOWN" says '0x80090303' unknown_service
policy 'deny_fresh_credentials = *' "$proven"
ok "a rule against it: SEC_E_DELEGATION_POLICY" says '0x8009035e' ours alice -k 3501
policy "$proven"

# ---- in a login, with nothing typed -------------------------------------------------------------------

default="allow_default_credentials = TERMSRV/*.$WORLD_DOMAIN"
policy "$proven"
world_pam krb5
world_sshd
session_open one alice || die "alice cannot log in"
lsad_policy() { policy "$@" && lsad_stop && lsad_start; }
theirs_in_login() { session_run one "nla-client -k $* -m single-sign-on $WORLD_HOST 3501" 2>&1; }
ok "no rule for default credentials: SEC_E_DELEGATION_POLICY" says '0x8009035e' theirs_in_login
ok "Remote Credential Guard needs none: no password is handed over" says 'by Kerberos' theirs_in_login -g
log_says $W/nla-3501.log '^delegated: tickets of a redirected logon, and no password' "the server has tickets" 1
ok "nor does delegating nothing" says 'by Kerberos' theirs_in_login -n
log_says $W/nla-3501.log '^delegated: nothing' "the server has nothing" 2
ok "supplied credentials cannot be redirected: SEC_E_NO_CREDENTIALS" says '0x8009030e' ours alice -k -g 3501
lsad_policy "$default"
session_close one
session_open one alice || die "alice cannot log in again"
ok "a rule for them: the server gets the password of the logon" says 'by Kerberos' theirs_in_login
log_says $W/nla-3501.log "^delegated: $REALM.alice and a password" "which lsad has encrypted for it" 3
lsad_policy "$default" 'restrict_delegation = remote_credential_guard'
ok "where lsa.conf wants Remote Credential Guard, passwords stay here: SEC_E_DELEGATION_POLICY" says '0x8009035e' theirs_in_login
ok "and Remote Credential Guard goes on" says 'by Kerberos' theirs_in_login -g
log_says $W/nla-3501.log '^delegated: tickets' "the server has tickets" 2
session_close one
policy "$proven"

# ---- the KDC says no ----------------------------------------------------------------------------------

kadmin.local modprinc +needchange bob >>$W/kadmin.log 2>&1
ok "a password that must be changed" says '0x8009030c.*Password has expired' ours bob -k 3501
kadmin.local modprinc -needchange -expire 2020-01-01 bob >>$W/kadmin.log 2>&1
ok "an account that has expired" says '0x8009030c.*has expired' ours bob -k 3501

# ---- MIT Kerberos at the other end --------------------------------------------------------------------

theirs() { peer_client alice.password 3501 --user alice "$@"; }
for mech in krb5 spnego; do
    interop "Python TSRequests over $MIT" client "CredSSP 6/$mech" "a client that offers $mech, at our server" says '^accepted' theirs --mech $mech
done
peer_server 3502
interop "Python TSRequests over $MIT" server "CredSSP 6/Kerberos" "our client at a server" says 'by Kerberos' ours alice 3502
log_says $W/peer-3502.log "^delegated $REALM alice $(cat $W/alice.password)$" "which has the password" 1
ok "a server that shows another public key: SEC_E_MESSAGE_ALTERED" says '0x8009030f' cheated key
ok "that sends our own hash back: SEC_E_MESSAGE_ALTERED" says '0x8009030f' cheated reflected

# ---- somebody in between ------------------------------------------------------------------------------

peer_relay 3503 3504
ok "through a relay" says '0x8009030f: CredSSP: the peer refused' ours alice -k 3503
log_says $W/nla-3504.log 'AcceptSecurityContext: 0x8009030f' "SEC_E_MESSAGE_ALTERED" 1

unlike "$(cat $W/nla-*.log $W/lsad.log $W/kdc.log $W/syslog)" "$(cat $W/alice.password)" "no password is in a log of ours"
done_testing
