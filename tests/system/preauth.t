#!/bin/bash
# First authentication other than with a password alone, with a real KDC: certificates (PKINIT) of a test CA, in files that
# krb5.conf names; and passwords in a tunnel under the machine's key (FAST), as lsa.conf says.
# shellcheck disable=SC2154
. "$(dirname "$0")/world.sh"

# certificate NAME EXTENSIONS: $W/NAME.pem and $W/NAME.key, by the CA.
certificate() {
    openssl req -new -newkey rsa:2048 -nodes -subj "/CN=$1" -keyout "$W/$1.key" -out "$W/$1.csr" 2>>$W/openssl.log &&
        openssl x509 -req -in "$W/$1.csr" -CA $W/ca.pem -CAkey $W/ca.key -CAcreateserial -days 2 -out "$W/$1.pem" \
            -extfile <(echo "$2") 2>>$W/openssl.log
}
# The name of a principal in a certificate (RFC 4556 3.2.2), of the type given.
principal_name() { # type component…
    local type=$1 i=0
    shift
    echo "subjectAltName=otherName:1.3.6.1.5.2.2;SEQUENCE:name
[name]
realm=EXP:0,GeneralString:$REALM
principal=EXP:1,SEQUENCE:principal
[principal]
type=EXP:0,INTEGER:$type
names=EXP:1,SEQUENCE:names
[names]"
    for name; do echo "$((i++))=GeneralString:$name"; done
}
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout $W/ca.key -out $W/ca.pem 2>$W/openssl.log
ok "a certificate for the KDC" certificate kdc "basicConstraints=CA:FALSE
keyUsage=digitalSignature,keyEncipherment,keyAgreement
extendedKeyUsage=1.3.6.1.5.2.3.5
$(principal_name 2 krbtgt $REALM)"
ok "and for alice" certificate alice "basicConstraints=CA:FALSE
keyUsage=digitalSignature,keyEncipherment,keyAgreement
extendedKeyUsage=1.3.6.1.5.2.3.4
$(principal_name 1 alice)"
chmod 644 $W/*.pem

mkdir -p /etc/krb5kdc
world_kdc
kdc_down
sed -i "s,^\( *\)acl_file,\1pkinit_identity = FILE:$W/kdc.pem\,$W/kdc.key\n\1pkinit_anchors = FILE:$W/ca.pem\n&," /etc/krb5kdc/kdc.conf
kadmin.local -q 'modprinc +requires_preauth alice' >/dev/null
sed -i "s,^\( *\)admin_server,\1pkinit_anchors = FILE:$W/ca.pem\n\1pkinit_identities = FILE:$W/alice.pem\,$W/alice.key\n&," /etc/krb5.conf
kdc_up
gss_server_up

client() { sspi-client --target "$SPN" --domain $REALM --password-fd 0 "$@" x </dev/null; }
out=$(client --user alice 2>&1)
is $? 0 "alice makes a context with her certificate, and no password" || diag "$out" "$(cat $W/openssl.log)"
like "$(gss_server_log)" '"alice@CREDMGR.TEST"' "gss-server says it was alice"
out=$(client --user bob 2>&1)
isnt $? 0 "it is not bob's"
like "$out" 'SEC_E_' "he gets a status"
out=$(password_of bob | sspi-client --target "$SPN" --user bob --domain $REALM --password-fd 0 x 2>&1)
is $? 0 "bob's password is good beside it" || diag "$out"
sed -i "s,alice.pem\,,ca.pem\,," /etc/krb5.conf
out=$(client --user alice 2>&1)
isnt $? 0 "another certificate than hers"
like "$out" SEC_E_PKINIT_CLIENT_FAILURE "is refused"
sed -i '/pkinit/d' /etc/krb5.conf

# From here on a password is of use in a tunnel only.
sed -i "s,^\( *\)admin_server,\1disable_encrypted_timestamp = true\n&," /etc/krb5.conf
world_pam unix
world_sshd
lsad_configure
fast() { # no|try|demand
    sed -i "/^#*fast = /d; s/^\\[kerberos\\]/&\\nfast = $1/" /etc/credmgr/lsa.conf
    lsad_start
    ok "fast = $1: alice logs in" session_open one alice
}
log_out() {
    ok "she logs out" session_close one
    ok "no key is left" wait_for 5 no_keys
    lsad_stop
}
for how in demand try; do
    fast $how
    ok "she has a ticket" wait_for 10 has_tgt one
    ok "and makes a context" kerberos_in_session one
    log_out
done
mv /etc/krb5.keytab $W/away.keytab
for how in no try demand; do
    fast $how
    out=$(kerberos_in_session one 2>&1)
    isnt $? 0 "without the machine's keytab she has no ticket"
    like "$out" 'SEC_E_' "but a status"
    log_out
done

done_testing
