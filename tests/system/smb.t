#!/bin/bash
# SMB both ways, every packet signed with the session key that SSPI gives: our initiator reads a file of Samba's domain controller; smbclient
# reads one of a small server of ours (lib/smb_server.py).
# shellcheck disable=SC2154
. "$(dirname "$0")/world.sh"

world_addc
world_lsad
world_pam unix
world_sshd
PEER="Samba $(interop_version samba)"
LIB=$world_source/tests/system/lib

# ---- our initiator ---------------------------------------------------------------------------------------------------------

ok "alice logs in" session_open one alice
ok "the domain controller serves files" wait_for 10 addc_serves_files
# smb_read PACKAGE NAME OPTIONS…: with the password on standard input, when there is a user.
smb_read() {
    local out
    out=$(python3 $LIB/smb_client.py $AD_HOST public file --package "$1" "${@:3}" 2>&1)
    echo "$out"
    grep -q "^session: ${2}, signed" <<<"$out" && grep -q '^file: a file of the domain' <<<"$out"
}
alice() { smb_read "$@" --user alice --domain $AD_DOMAIN <<<"$(ad_password_of alice)"; }
for dialect in 2.1 3.0.2 3.1.1; do
    interop "$PEER" server NTLM "a signed session of SMB $dialect, and a file" alice NTLM NTLM --dialect $dialect
done
out=$(smb_read NTLM NTLM --user alice --domain $AD_DOMAIN 2>&1 <<<wrong)
isnt $? 0 "a wrong password"
like "$out" '0xC000006D' "is refused by the domain controller"
interop "$PEER" server NTLM "a file over SMB, with the credentials of the logon session" \
    session_run one "python3 $LIB/smb_client.py $AD_HOST public file --package NTLM"

ok "alice logs out" session_close one
done_testing
