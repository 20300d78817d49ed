#!/bin/bash
# LDAP with Samba's AD domain controller: libldap with the SASL functions of libsspi and the tickets of the logon session, with every security layer; and
# OpenLDAP's ldapsearch, which knows nothing of the LSA, with the tickets that lsad exports. Then names, as winbind knows them.
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
    interop "$SAMBA" server Kerberos/SASL "libldap binds and searches through libsspi: $layer" test $? -eq 0 || diag "$out" "$(tail -n 5 $W/addc.log $ADDC/log)"
    like "$out" "^layer: $layer" "$layer: the layer that was asked for"
    like "$out" '^sAMAccountName: alice' "$layer: and answers"
done
out=$(ldap none '*')
isnt $? 0 "without a layer"
like "$out" 'Strong.*auth.*required' "Active Directory refuses the bind" || diag "$out"
# An answer of many messages.
out=$(session_run one "sspi-ldap ldap://$AD_HOST ldap/$AD_HOST confidentiality CN=Schema,CN=Configuration,$BASE '(objectClass=attributeSchema)' lDAPDisplayName" 2>&1)
is $? 0 "an answer that takes many messages" || diag "$(tail -n 3 <<<"$out")"
interop "$SAMBA" server Kerberos/SASL "an answer that takes many messages comes whole" grep -qE -- '^[0-9]{3,}$' <<<"$(grep -c '^lDAPDisplayName: ' <<<"$out")"
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

# ---- names -----------------------------------------------------------------------------------------------------------

# The formats of secext.h: 2 DOMAIN\\user, 8 user@realm, 10 a service, 12 the domain by its DNS name.
cat >$W/names.py <<'END'
import ctypes
import sys

size, name = ctypes.c_uint32(256), ctypes.create_string_buffer(256)
function = getattr(ctypes.CDLL("libsspi.so.0"), sys.argv[1])
function.restype = ctypes.c_ubyte
arguments = [int(a) if a.isdigit() else a.encode() for a in sys.argv[2:]]
print(name.value.decode() if function(*arguments, name, ctypes.byref(size)) else "none")
END
names() { python3 $W/names.py "$@" 2>&1; }
winbind_up() { wbinfo --ping >/dev/null 2>&1; }
ok "winbind answers" wait_for 20 winbind_up
is "$(names TranslateNameA "$AD_DOMAIN\\alice" 2 8)" "alice@$AD_REALM" "TranslateName: a user of the domain, as user principal name"
is "$(names TranslateNameA "alice@$AD_DNS" 8 2)" "$AD_DOMAIN\\alice" "and back"
is "$(names TranslateNameA "$AD_DNS\\Alice" 12 12)" "$AD_REALM\\alice" "by the domain's DNS name"
is "$(names TranslateNameA "$AD_DOMAIN\\nobody" 2 8)" none "nobody has no name"
uid=$(wbinfo --sid-to-uid="$(wbinfo --name-to-sid="$AD_DOMAIN\\alice" | cut -d' ' -f1)")
is "$(setpriv --reuid="$uid" --regid=65534 --clear-groups python3 $W/names.py GetUserNameExA 2)" "$AD_DOMAIN\\alice" "GetUserNameEx: who runs with her uid"
is "$(setpriv --reuid="$uid" --regid=65534 --clear-groups python3 $W/names.py GetUserNameExA 8)" "alice@$AD_REALM" "in another format"
is "$(names GetComputerObjectNameA 2)" "$AD_DOMAIN\\DC\$" "GetComputerObjectName: the account of the machine"
is "$(names GetComputerObjectNameA 10)" "host/$WORLD_HOST@$AD_REALM" "its service"

done_testing
