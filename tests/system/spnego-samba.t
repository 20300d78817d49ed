#!/bin/bash
# Samba's ntlm_auth with a domain controller and winbind behind it, as server and as client, by each of its helper protocols.
# shellcheck disable=SC2154
. "$(dirname "$0")/world.sh"

world_addc
PEER="Samba $(interop_version samba)"
HELPER="python3 $world_source/tests/system/lib/ntlm_auth.py"
CONF=--helper=--configfile=$ADDC/etc/smb.conf
winbind_up() { wbinfo --ping >/dev/null 2>&1; }
ok "winbind answers" wait_for 20 winbind_up

# helper WORDS EXTENDED-REGULAR-EXPRESSION…: ntlm_auth.py succeeds, and each matches its output.
helper() {
    local out status line
    out=$($HELPER $1 $CONF 2>&1)
    status=$?
    echo "$out"
    [ $status = 0 ] || return $status
    for line in "${@:2}"; do
        grep -qE "$line" <<<"$out" || return 1
    done
}
ALICE="--user alice --domain $AD_DOMAIN"
CLIENT="--helper=--username=alice --helper=--domain=$AD_DOMAIN"
hers=$(ad_password_of alice)

# ---- NTLM ----------------------------------------------------------------------------------------------------------------

interop "$PEER" server NTLM "ntlm_auth squid-2.5-ntlmssp, which winbind has verify: the same session key on both sides" \
    helper "initiate squid-2.5-ntlmssp $ALICE" "^client: $AD_DOMAIN.alice" <<<"$hers"
out=$(helper "initiate squid-2.5-ntlmssp $ALICE" 2>&1 <<<wrong)
isnt $? 0 "a wrong password"
like "$out" 'NT_STATUS_LOGON_FAILURE' "is refused by winbind"
interop "$PEER" client NTLM "ntlm_auth ntlmssp-client-1: the same session key on both sides" \
    helper "accept ntlmssp-client-1 $ALICE $CLIENT" "^client: $AD_DOMAIN.alice" <<<"$hers"

# ---- SPNEGO --------------------------------------------------------------------------------------------------------------

# As a server: Samba's SPNEGO with Kerberos and NTLM behind it; and NTLM bare, which Negotiate speaks to who knows nothing else.
REALM_ALICE="--package Negotiate --user alice --domain $AD_REALM"
interop "$PEER" server Negotiate/Kerberos "ntlm_auth gss-spnego: the same session key on both sides" \
    helper "initiate gss-spnego $REALM_ALICE --target host/$AD_HOST" '^package: Kerberos' "^client: $AD_DOMAIN.alice" <<<"$hers"
interop "$PEER" server Negotiate/Kerberos "ntlm_auth gss-spnego, mutual authentication" \
    helper "initiate gss-spnego $REALM_ALICE --target host/$AD_HOST --wants mutual,integrity,confidentiality" '^package: Kerberos' <<<"$hers"
interop "$PEER" server Negotiate/NTLM "ntlm_auth gss-spnego, for a service that the domain does not know" \
    helper "initiate gss-spnego $REALM_ALICE --target cifs/nobody.$AD_DNS" '^package: NTLM' "^client: $AD_DOMAIN.alice" <<<"$hers"
interop "$PEER" server Negotiate/NTLM "ntlm_auth gss-spnego, an address in place of a name" \
    helper "initiate gss-spnego $REALM_ALICE --target host/$AD_ADDRESS" '^package: NTLM' <<<"$hers"
interop "$PEER" server Negotiate/NTLM "ntlm_auth squid-2.5-ntlmssp, which knows no SPNEGO" \
    helper "initiate squid-2.5-ntlmssp --package Negotiate $ALICE" '^package: NTLM' "^client: $AD_DOMAIN.alice" <<<"$hers"
out=$(helper "initiate gss-spnego $REALM_ALICE --target host/$AD_HOST" 2>&1 <<<wrong)
isnt $? 0 "a wrong password"
like "$out" '8009030C' "is told by the KDC, and no reason to try NTLM"
out=$(helper "initiate gss-spnego --package Negotiate $ALICE" 2>&1 <<<wrong)
isnt $? 0 "a wrong password with NTLM"
like "$out" 'NT_STATUS_LOGON_FAILURE' "is refused by winbind"

# As a client. It uses Kerberos for who has a ticket and says what is wanted of which host.
interop "$PEER" client Negotiate/NTLM "ntlm_auth gss-spnego-client: the same session key on both sides" \
    helper "accept gss-spnego-client --package Negotiate $ALICE $CLIENT" '^package: NTLM' "^client: $AD_DOMAIN.alice" <<<"$hers"
interop "$PEER" client Negotiate/NTLM "ntlm_auth ntlmssp-client-1, bare NTLM at Negotiate" \
    helper "accept ntlmssp-client-1 --package Negotiate $ALICE $CLIENT" '^package: NTLM' "^client: $AD_DOMAIN.alice" <<<"$hers"
out=$(helper "accept gss-spnego-client --package Negotiate $ALICE $CLIENT" 2>&1 <<<"$hers"$'\nwrong')
isnt $? 0 "a client with a wrong password"
like "$out" '8009030C' "is refused by us"
export KRB5CCNAME=FILE:$W/alice.cc
ok "alice has a ticket" kinit alice <<<"$hers"
HOST="--helper=--target-service=host --helper=--target-hostname=$WORLD_HOST --helper=--username=alice --helper=--domain=$AD_REALM"
interop "$PEER" client Negotiate/Kerberos "ntlm_auth gss-spnego-client: the same session key on both sides" \
    helper "accept gss-spnego-client --package Negotiate $HOST" '^package: Kerberos' 'alice' <<<"$hers"
unset KRB5CCNAME

# ---- its GENSEC: messages after SPNEGO, and peers of long ago -----------------------------------------------------------------

gensec Negotiate/NTLM SPNEGO "mechListMIC, signed and sealed messages both ways" <<END
NTLM, sealed | both | spnego | NTLM | confidentiality | | good
NTLM, signed | both | spnego | NTLM | integrity | | good
NTLM, neither | both | spnego | NTLM | key | | good
NTLM, without an exchange of keys | both | spnego | NTLM | confidentiality | ntlmssp_@:keyexchange=no | good
END
gensec Negotiate/NTLM "SPNEGO of Windows 2000" "a peer that signs neither its NTLM messages nor the list of mechanisms" <<END
without a MIC in NTLM | both | spnego | NTLM | confidentiality | ntlmssp_@:force_old_spnego=yes | good
without any MIC | both | spnego | NTLM | confidentiality | ntlmssp_@:force_old_spnego=yes,spnego:simulate_w2k=yes | good
a MIC in NTLM and then none in SPNEGO: somebody took it out | client | spnego | NTLM | integrity | spnego:simulate_w2k=yes | 0x8009030F
END
gensec Negotiate/Kerberos SPNEGO "signed and sealed messages both ways" <<END
Kerberos, sealed | both | spnego | Kerberos | confidentiality | | good
Kerberos, signed | both | spnego | Kerberos | integrity | | good
Kerberos, neither | both | spnego | Kerberos | key | | good
Windows 2000 | both | spnego | Kerberos | confidentiality | spnego:simulate_w2k=yes | good
END
gensec Kerberos GSSAPI "GENSEC's gssapi_krb5: signed and sealed messages both ways" <<END
sealed | both | gssapi_krb5 | Kerberos | confidentiality | | good
signed | both | gssapi_krb5 | Kerberos | integrity | | good
neither | both | gssapi_krb5 | Kerberos | key | | good
END

done_testing
