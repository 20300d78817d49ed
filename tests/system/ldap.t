#!/bin/bash
# LDAP with Samba's AD domain controller: libldap with the SASL functions of libsspi and the tickets of the logon session, with every security layer; and
# OpenLDAP's ldapsearch, which knows nothing of the LSA, with the tickets that lsad exports.
. "$(dirname "$0")/world.sh"

world_addc
world_lsad
world_pam unix
world_sshd
sed -i "/^\[kerberos\]/a export_ccache = FILE:/tmp/krb5cc_%{uid}_%{luid}" /etc/credmgr/lsa.conf
grep -q '^\[kerberos\]' /etc/credmgr/lsa.conf || printf '[kerberos]\nexport_ccache = FILE:/tmp/krb5cc_%%{uid}_%%{luid}\n' >>/etc/credmgr/lsa.conf
lsad_stop
lsad_start
BASE="DC=${AD_DNS//./,DC=}"
ldap() { session_run one "sspi-ldap ldap://$AD_HOST ldap/$AD_HOST $1 $BASE '(sAMAccountName=${2:-alice})' sAMAccountName" 2>&1; }

ok "alice logs in" session_open one alice
ok "she has a ticket" wait_for 10 has_tgt one
for layer in integrity confidentiality; do
    out=$(ldap $layer)
    is $? 0 "libldap binds and searches through libsspi: $layer" || diag "$out" "$(tail -n 5 $W/addc.log $ADDC/log)"
    like "$out" "^layer: $layer" "$layer: the layer that was asked for"
    like "$out" '^sAMAccountName: alice' "$layer: and answers"
done
out=$(ldap none '*')
isnt $? 0 "without a layer"
like "$out" 'Strong.*auth.*required' "Active Directory refuses the bind" || diag "$out"
# An answer of many messages.
out=$(session_run one "sspi-ldap ldap://$AD_HOST ldap/$AD_HOST confidentiality CN=Schema,CN=Configuration,$BASE '(objectClass=attributeSchema)' lDAPDisplayName" 2>&1)
is $? 0 "an answer that takes many messages" || diag "$(tail -n 3 <<<"$out")"
like "$(grep -c '^lDAPDisplayName: ' <<<"$out")" '^[0-9]{3,}$' "comes whole"
out=$(session_run one "sspi-ldap ldap://$AD_HOST ldap/nobody.$AD_DNS integrity $BASE '(sAMAccountName=alice)' cn" 2>&1)
like "$out" 'SEC_E_TARGET_UNKNOWN' "a service that the domain does not know"
out=$(as bob sspi-ldap "ldap://$AD_HOST" "ldap/$AD_HOST" integrity "$BASE" '(sAMAccountName=bob)' cn 2>&1)
like "$out" 'SEC_E_NO_CREDENTIALS' "bob, logged in nowhere, gets no context"

# ---- ldapsearch ------------------------------------------------------------------------------------------------------

exported() { session_run one klist 2>/dev/null | grep -q "krbtgt/$REALM@$REALM"; }
ok "the exported ticket is there" wait_for 10 exported
for ssf in 1 56; do
    out=$(session_run one "ldapsearch -Q -LLL -Y GSSAPI -O minssf=$ssf,maxssf=$((ssf > 1 ? 256 : 1)) -H ldap://$AD_HOST -b $BASE '(sAMAccountName=alice)' sAMAccountName" 2>&1)
    is $? 0 "ldapsearch -Y GSSAPI with it, strength $ssf" || diag "$out"
    like "$out" '^sAMAccountName: alice' "strength $ssf: finds her"
done

ok "alice logs out" session_close one

done_testing
