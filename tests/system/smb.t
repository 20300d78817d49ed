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

# SPNEGO: what the server says of its mechanisms before anybody else is the first token, or is not looked at. Without a KDC of that
# name ADTEST it is NTLM.
interop "$PEER" server Negotiate/NTLM "a signed session of SMB 3.1.1, and a file" alice Negotiate NTLM
interop "$PEER" server Negotiate/NTLM "a session, our initiator having heard of its mechanisms first" alice Negotiate NTLM --hints
kerberos() { smb_read Negotiate Kerberos --user alice --domain $AD_REALM "$@" <<<"$(ad_password_of alice)"; }
for dialect in 2.1 3.0.2 3.1.1; do
    interop "$PEER" server Negotiate/Kerberos "a signed session of SMB $dialect, and a file" kerberos --dialect $dialect
done
interop "$PEER" server Negotiate/Kerberos "a session, our initiator having heard of its mechanisms first" kerberos --hints
interop "$PEER" server Negotiate/NTLM "by its address, which no ticket is for" \
    smb_read Negotiate NTLM --target cifs/$AD_ADDRESS --user alice --domain $AD_REALM <<<"$(ad_password_of alice)"
out=$(python3 $LIB/smb_client.py $AD_HOST 'IPC$' '' --package Negotiate --user '' --wants null 2>&1 </dev/null)
interop "$PEER" server Negotiate/NTLM "an anonymous session" grep -q '^session: NTLM, anonymous' <<<"$out"
ok "she has a ticket" wait_for 10 has_tgt one
out=$(session_run one "python3 $LIB/smb_client.py $AD_HOST public file --package Negotiate" 2>&1)
interop "$PEER" server Negotiate/Kerberos "a file over SMB, with the credentials of the logon session" \
    grep -q '^session: Kerberos, signed' <<<"$out"
like "$out" '^file: a file of the domain' "which comes whole"
out=$(session_run one "python3 $LIB/smb_client.py $AD_HOST public file --package Negotiate --target cifs/$AD_ADDRESS" 2>&1)
interop "$PEER" server Negotiate/NTLM "the same by its address" grep -q '^session: NTLM, signed' <<<"$out"

ok "alice logs out" session_close one
# ---- our acceptor ----------------------------------------------------------------------------------------------------------

# smbclient's account is one that the server brings along; for Kerberos it has the machine's keytab.
SMB_PORT=4450
ad_password_of alice >$W/alice.password
python3 $LIB/smb_server.py $SMB_PORT --user alice --domain $AD_DOMAIN <$W/alice.password >$W/smb-server.log 2>&1 &
ok "our server listens" wait_for 10 ss_listening $SMB_PORT
# smbclient_reads NAME OPTIONS…: the file, whose packets smbclient has signed and verified.
smbclient_reads() {
    smbclient -p $SMB_PORT --client-protection=sign "//$1/public" -c 'get file -' "${@:2}" 2>&1 | tee $W/smbclient.out
    grep -q 'a file behind our acceptor' $W/smbclient.out
}
authentication() { printf 'username = alice\ndomain = %s\npassword = %s\n' $AD_DOMAIN "$1" >$W/smbclient.auth; }
authentication "$(ad_password_of alice)"
for dialect in SMB2_10 SMB3_02 SMB3_11; do
    interop "$PEER" client Negotiate/NTLM "smbclient, $dialect: a file, every packet signed" \
        smbclient_reads 127.0.0.1 -m $dialect -A $W/smbclient.auth --use-kerberos=off
done
log_says $W/smb-server.log '^session: NTLM, .*alice' "our server says that it was alice, by NTLM"
authentication wrong
out=$(smbclient_reads 127.0.0.1 -A $W/smbclient.auth --use-kerberos=off)
isnt $? 0 "with a wrong password"
like "$out" 'NT_STATUS_LOGON_FAILURE' "smbclient is refused"

# The machine's own credentials: its keytab, and for NTLM whoever lsad asks, which is winbind here.
SMB_PORT=4451
python3 $LIB/smb_server.py $SMB_PORT </dev/null >$W/smb-server-2.log 2>&1 &
ok "our server listens, with the machine's credentials" wait_for 10 ss_listening $SMB_PORT
export KRB5CCNAME=FILE:$W/alice.cc
ad_password_of alice | kinit alice >/dev/null
for dialect in SMB2_10 SMB3_02 SMB3_11; do
    interop "$PEER" client Negotiate/Kerberos "smbclient, $dialect: a file, every packet signed" \
        smbclient_reads $WORLD_HOST -m $dialect --use-krb5-ccache=$KRB5CCNAME
done
log_says $W/smb-server-2.log "^session: Kerberos, .*alice" "our server says that it was alice, by Kerberos"
like "$(klist)" "cifs/$WORLD_HOST" "with a ticket for it"
authentication "$(ad_password_of alice)"
interop "$PEER" client Negotiate/NTLM "smbclient, whose password the domain controller verifies for us" \
    smbclient_reads 127.0.0.1 -A $W/smbclient.auth --use-kerberos=off

log_says $W/smb-server-2.log "^session: NTLM, $AD_DOMAIN.alice" "our server says that it was alice of the domain, by NTLM"

done_testing
