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

done_testing
