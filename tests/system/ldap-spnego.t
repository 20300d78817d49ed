#!/bin/bash
# LDAP with the SASL mechanism GSS-SPNEGO, which is Negotiate: libldap over libsspi at Samba's AD domain controller, with every layer; and
# OpenLDAP's ldapsearch, with MIT's SPNEGO, at a small directory on our acceptor (lib/ldap_server.py).
# shellcheck disable=SC2154
. "$(dirname "$0")/world.sh"

world_addc
world_lsad
world_pam unix
world_sshd
SAMBA="Samba $(interop_version samba)"
LDAPSEARCH="OpenLDAP ldapsearch $(interop_version ldap-utils)"
BASE="DC=${AD_DNS//./,DC=}"

# ---- our initiator ---------------------------------------------------------------------------------------------------------

# found PACKAGE LAYER OUTPUT: that was negotiated, and the answer is there.
found() {
    echo "$3"
    grep -q "^negotiated: $1\$" <<<"$3" && grep -q "^layer: $2\$" <<<"$3" && grep -q '^sAMAccountName: alice$' <<<"$3"
}
# By the logon session; the server's name, or its address, which no ticket is for.
ldap() { session_run one "sspi-ldap --mechanism GSS-SPNEGO ldap://$AD_HOST ldap/$1 $2 $BASE '(sAMAccountName=alice)' sAMAccountName" 2>&1; }
# With a password.
ldap_as() { sspi-ldap --mechanism GSS-SPNEGO --user alice --domain "$1" --password-fd 0 ldap://$AD_HOST ldap/$AD_HOST "$2" $BASE '(sAMAccountName=alice)' sAMAccountName 2>&1; }

ok "alice logs in" session_open one alice
ok "she has a ticket" wait_for 10 has_tgt one
for layer in integrity confidentiality; do
    interop "$SAMBA" server Negotiate/Kerberos/SASL "GSS-SPNEGO and a search, by the logon session: $layer" \
        found Kerberos $layer "$(ldap $AD_HOST $layer)"
    interop "$SAMBA" server Negotiate/NTLM/SASL "GSS-SPNEGO and a search, by the logon session: $layer" \
        found NTLM $layer "$(ldap $AD_ADDRESS $layer)"
    interop "$SAMBA" server Negotiate/Kerberos/SASL "with a password: $layer" \
        found Kerberos $layer "$(ldap_as $AD_REALM $layer <<<"$(ad_password_of alice)")"
    interop "$SAMBA" server Negotiate/NTLM/SASL "with a password: $layer" \
        found NTLM $layer "$(ldap_as $AD_DOMAIN $layer <<<"$(ad_password_of alice)")"
done
out=$(ldap $AD_ADDRESS none)
isnt $? 0 "NTLM without a layer"
like "$out" 'Strong.*auth.*required' "Active Directory refuses the bind"
out=$(ldap_as $AD_DOMAIN integrity <<<wrong)
isnt $? 0 "a wrong password"
like "$out" 'bind: Invalid credentials' "is refused by the domain controller"
# An answer of many messages.
for target in $AD_HOST $AD_ADDRESS; do
    out=$(session_run one "sspi-ldap --mechanism GSS-SPNEGO ldap://$AD_HOST ldap/$target confidentiality CN=Schema,CN=Configuration,$BASE '(objectClass=attributeSchema)' lDAPDisplayName" 2>&1)
    is $? 0 "an answer that takes many messages, from ldap/$target" || diag "$(tail -n 3 <<<"$out")"
    like "$(grep -c '^lDAPDisplayName: ' <<<"$out")" '^[0-9]{3,}$' "comes whole"
done
ok "alice logs out" session_close one

# ---- our acceptor ----------------------------------------------------------------------------------------------------------

# One with the machine's credentials, one that verifies alice by the password that it was given.
server() { # port options…: the password on standard input
    python3 "$world_source/tests/system/lib/ldap_server.py" "$@" <&0 >"$W/ldap-server-$1.log" 2>&1 &
    wait_for 10 ss_listening "$1"
}
ok "a directory with the machine's credentials" server 3389 </dev/null
ad_password_of alice >$W/alice.password
ok "and one with hers" server 3390 --user alice --domain $AD_DOMAIN <$W/alice.password
# search PORT STRENGTH: all of the entry, which takes more than one message.
search() {
    local out
    out=$(ldapsearch -Q -LLL -o ldif-wrap=no -Y GSS-SPNEGO -O "minssf=$2,maxssf=$(($2 > 1 ? 256 : $2))" -H "ldap://$WORLD_HOST:$1" -b cn=entry -s base 2>&1)
    grep -q '^description: an entry behind our acceptor' <<<"$out" && [ "$(grep -c '^member: ' <<<"$out")" = 4000 ] && return
    head -n 5 <<<"$out"
    return 1
}
came() { tail -n 1 "$W/ldap-server-$1.log"; }

export KRB5CCNAME=FILE:$W/alice.cc
ok "alice has a ticket" kinit alice <<<"$(ad_password_of alice)"
for strength in 0 1 56; do
    interop "$LDAPSEARCH" client Negotiate/Kerberos/SASL "GSS-SPNEGO and a search, strength $strength" search 3389 $strength
    like "$(came 3389)" '^bind: Kerberos, .*alice, layer: ' "strength $strength: it was alice, by Kerberos"
done
unset KRB5CCNAME

# gss-ntlmssp is the client's NTLM.
credentials() { echo "$AD_DOMAIN:alice:$1" >$W/ntlm-user; }
export NTLM_USER_FILE=$W/ntlm-user
credentials "$(ad_password_of alice)"
for port in 3389 3390; do
    [ $port = 3389 ] && who="the domain controller verifies" || who="we verify"
    for strength in 1 56; do
        interop "$LDAPSEARCH" client Negotiate/NTLM/SASL "GSS-SPNEGO with gss-ntlmssp, which $who, strength $strength" search $port $strength
        like "$(came $port)" '^bind: NTLM, .*alice, layer: ' "strength $strength: it was alice, by NTLM"
    done
done
credentials wrong
for port in 3389 3390; do
    not_ok "a wrong password" search $port 56
    like "$(came $port)" '^refused: .*8009030C' "is refused"
done

done_testing
