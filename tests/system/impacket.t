#!/bin/bash
# impacket, which has an NTLM, a SPNEGO and a Kerberos of its own, at the other end: as the client of our acceptors with DCE/RPC (signed and sealed
# messages) and with LDAP, and as an SMB server, which signs its answers with the session key that our initiator has, too.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_pam unix
world_sshd
lib=$world_source/tests/system/lib
peer() { python3 -B "$lib/impacket_$1.py" "${@:2}"; } # impacket's side, or the server for it
peer_up() { # name port arguments…
    peer "$1" serve "${@:3}" <$W/bob >"$W/$1.log" 2>&1 &
    wait_for 20 ss_listening "$2" || die "the server for $1 does not start: $(cat "$W/$1.log")"
}
password_of bob >$W/bob
echo "not his" >$W/wrong

# ---- DCE/RPC ---------------------------------------------------------------------------------------------------------

peer_up rpc 4500 4500 BOX bob
rpc() { peer rpc call "$1" bob "${DOMAIN:-BOX}" "$WORLD_HOST" "${@:2}" 2>&1; } # port ways…
said() { grep -qE -- "^$1: the server says: ${DOMAIN:-BOX}.bob" <<<"$out"; } # way: it is done, and we say that it was bob
out=$(rpc 4500 NTLM/{connect,integrity,privacy} <$W/bob)
for level in connect integrity privacy; do
    interop "$IMPACKET" client NTLM "DCE/RPC, level $level" said "NTLM/$level" || diag "$out"
done
out=$(rpc 4500 NTLM/privacy <$W/wrong)
interop "$IMPACKET" client NTLM "DCE/RPC with a wrong password is refused" grep -q 'NTLM/privacy: failed' <<<"$out"
log_says $W/rpc.log 'refused: .*0x8009030C' "SEC_E_LOGON_DENIED"

# Older versions: what the level allows, and no other.
set_level() { sed -i "/^lm_compatibility_level/d; /^minimum_server_security/d; /^\[ntlm\]/a lm_compatibility_level = $1\nminimum_server_security = none" /etc/credmgr/lsa.conf; }
for level in 5 2 0; do
    set_level $level
    peer rpc serve 451$level BOX bob <$W/bob >$W/rpc-$level.log 2>&1 &
    wait_for 20 ss_listening 451$level || die "no server for level $level: $(cat $W/rpc-$level.log)"
    out=$(rpc 451$level {NTLMv1,NTLM2-session}/{integrity,privacy} NTLM/privacy <$W/bob)
    for version in NTLMv1 NTLM2-session; do
        for protection in integrity privacy; do
            if [ $level = 5 ]; then
                like "$out" "^$version/$protection: failed" "$version and $protection, level 5"
            else
                interop "$IMPACKET" client NTLM "DCE/RPC with $version and $protection, lm_compatibility_level $level" said $version/$protection || diag "$out" "$(cat $W/rpc-$level.log)"
            fi
        done
    done
    ok "NTLMv2, level $level" said NTLM/privacy
done
sed -i '/^lm_compatibility_level/d; /^minimum_server_security/d' /etc/credmgr/lsa.conf

# Kerberos in SPNEGO, under the wrong identifier of Microsoft's and no other, in DCE style though framed; its messages are of RPC's form. (Those that are
# only signed, with the keys of AES, impacket 0.10 cannot make.)
kadmin.local addprinc -randkey "ldap/$WORLD_HOST" >/dev/null
kadmin.local ktadd -k /etc/krb5.keytab "ldap/$WORLD_HOST" >/dev/null
kinit -c $W/bob.cc bob <$W/bob >/dev/null
kvno -q -c $W/bob.cc "host/$WORLD_HOST" "ldap/$WORLD_HOST"
export KRB5CCNAME=$W/bob.cc
out=$(DOMAIN=$REALM rpc 4500 Kerberos/{connect,privacy} </dev/null)
for level in connect privacy; do
    DOMAIN=$REALM interop "$IMPACKET" client Negotiate/Kerberos "DCE/RPC, level $level" said Kerberos/$level || diag "$out" "$(cat $W/rpc.log)"
done

# ---- LDAP ------------------------------------------------------------------------------------------------------------

peer_up ldap 389 bob BOX Negotiate
interop "$IMPACKET" client NTLM "LDAP's sicily bind" peer ldap bind sicily bob BOX "$WORLD_HOST" <$W/bob
log_says $W/ldap.log 'sicilyResponse: NTLM: BOX.bob' "we say it was bob"
interop "$IMPACKET" client NTLM "LDAP's sicily bind with a wrong password is refused" refused peer ldap bind sicily bob BOX "$WORLD_HOST" <$W/wrong

# The AP-REQ that impacket puts into SPNEGO here is not framed, and has no checksum: it asks for nothing, and gets no answer but the result.
interop "$IMPACKET" client Negotiate/Kerberos "LDAP's GSS-SPNEGO bind" peer ldap bind kerberos bob "$REALM" "$WORLD_HOST" </dev/null ||
    diag "$(cat $W/ldap.log)"
log_says $W/ldap.log "sasl: Kerberos: $REALM.bob" "we say it was bob"
unset KRB5CCNAME

# ---- SMB -------------------------------------------------------------------------------------------------------------

mkdir $W/files
echo "the text of a file" >$W/files/text
peer_up smb 4501 4501 $W/files bob
out=$(peer smb get 4501 NTLM bob BOX text <$W/bob 2>&1)
interop "$IMPACKET" server NTLM "SMB 2: a session, a file, every answer signed with our key" test $? -eq 0 || diag "$out"
like "$out" 'read: the text of a file' "its text"
out=$(peer smb get 4501 Negotiate bob BOX text <$W/bob 2>&1)
interop "$IMPACKET" server Negotiate/NTLM "SMB 2: a session, a file, every answer signed with our key" test $? -eq 0 || diag "$out"
interop "$IMPACKET" server NTLM "SMB 2 with a wrong password is refused" refused peer smb get 4501 NTLM bob BOX text <$W/wrong
# With the credentials of a login. The server looks at no domain.
mkdir -p /usr/local/lib/peers
cp -r "$lib/pywin32" "$lib/impacket_smb.py" /usr/local/lib/peers
ok "bob logs in" session_open two bob
for package in NTLM Negotiate; do
    out=$(session_run two "python3 -B /usr/local/lib/peers/impacket_smb.py get 4501 $package bob BOX text </dev/null" 2>&1)
    interop "$IMPACKET" server ${package/iate/iate\/NTLM} "SMB 2 with the credentials of the login" test $? -eq 0 || diag "$out"
    like "$out" 'read: the text of a file' "$package: the text again"
    like "$out" 'signed in: NTLM' "$package: by NTLM"
done
ok "bob logs out" session_close two

# Its client, at a small server of ours (which smb.t has for smbclient).
python3 -B "$lib/smb_server.py" 4502 --user bob --domain BOX <$W/bob >$W/smb-ours.log 2>&1 &
ok "our server listens" wait_for 20 ss_listening 4502
out=$(peer smb fetch 4502 bob BOX public file <$W/bob 2>&1)
interop "$IMPACKET" client Negotiate/NTLM "SMB: a file" grep -q '^read: a file behind our acceptor' <<<"$out" || diag "$out" "$(cat $W/smb-ours.log)"
log_says $W/smb-ours.log '^session: NTLM, .*bob' "we say it was bob, by NTLM"
interop "$IMPACKET" client Negotiate/NTLM "SMB with a wrong password is refused" refused peer smb fetch 4502 bob BOX public file <$W/wrong
kadmin.local addprinc -randkey "cifs/$WORLD_HOST" >/dev/null
kadmin.local ktadd -k /etc/krb5.keytab "cifs/$WORLD_HOST" >/dev/null
kvno -q -c $W/bob.cc "cifs/$WORLD_HOST"
python3 -B "$lib/smb_server.py" 4503 </dev/null >$W/smb-ours-2.log 2>&1 &
ok "our server listens, with the machine's keytab" wait_for 20 ss_listening 4503
out=$(KRB5CCNAME=$W/bob.cc peer smb fetch 4503 bob "$REALM" public file </dev/null 2>&1)
interop "$IMPACKET" client Negotiate/Kerberos "SMB: a file" grep -q '^read: a file behind our acceptor' <<<"$out" || diag "$out" "$(cat $W/smb-ours-2.log)"
log_says $W/smb-ours-2.log '^session: Kerberos, .*bob' "we say it was bob, by Kerberos"

# Its server has NTLM instead of the ticket that there is for it, asks for the MIC of the list (request-mic), and grants nothing to make one with: it
# could be that somebody between has struck Kerberos out.
out=$(peer smb get 4501 Negotiate bob "$REALM" text <$W/bob 2>&1)
interop "$IMPACKET" server Negotiate/NTLM "where there is a ticket for it: it cannot sign the list, and is refused" grep -q '0x80090302.*signatures' <<<"$out" || diag "$out"

done_testing
