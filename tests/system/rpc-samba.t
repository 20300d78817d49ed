#!/bin/bash
# DCE/RPC with Samba, both ways: three legs in messages of the protocol's own, pieces of a message that are signed and not sealed, and SPNEGO
# that has to end when the protocol does. Our initiator at the domain controller's endpoint mapper, Samba's client at our acceptor.
# shellcheck disable=SC2154
. "$(dirname "$0")/world.sh"

world_addc
world_lsad
SAMBA="Samba $(interop_version samba)"
LIB=$world_source/tests/system/lib
wait_for 20 wbinfo --ping || die "winbind does not answer: $(tail -n 20 $W/addc.log)"
ok "the endpoint mapper listens" wait_for 10 ss_listening_at 135

# ---- our initiator ---------------------------------------------------------------------------------------------------------

# called NEGOTIATED PACKAGE LEVEL DOMAIN: three calls, answered.
called() {
    local out
    out=$(python3 $LIB/rpc_client.py $AD_HOST "$2" "$3" --user alice --domain "$4" 2>&1 <<<"$(ad_password_of alice)")
    echo "$out"
    grep -q "^context: $1, headers signed\$" <<<"$out" && [ "$(grep -c '^entries: [1-9]' <<<"$out")" = 3 ]
}
for level in integrity privacy; do
    interop "$SAMBA" server NTLM/RPC "DCE/RPC, $level" called NTLM NTLM $level $AD_DOMAIN
    interop "$SAMBA" server Negotiate/NTLM/RPC "DCE/RPC, $level" called NTLM Negotiate $level $AD_DOMAIN
    interop "$SAMBA" server Kerberos/RPC "DCE/RPC, $level" called Kerberos Kerberos $level $AD_REALM
    interop "$SAMBA" server Negotiate/Kerberos/RPC "DCE/RPC, $level" called Kerberos Negotiate $level $AD_REALM
done

# ---- our acceptor ----------------------------------------------------------------------------------------------------------

ad_password_of alice >$W/alice.password
python3 $LIB/impacket_rpc.py serve 4460 $AD_DOMAIN alice <$W/alice.password >$W/rpc-server.log 2>&1 &
ok "our server listens" wait_for 10 ss_listening 4460
# calls CLIENT OPTIONS DOMAIN KERBEROS: whom our server says that it was.
calls() {
    local out
    out=$(python3 $LIB/rpc_samba.py $WORLD_HOST 4460 "$2" alice "$3" "$4" $ADDC 2>&1 <<<"${PASSWORD:-$(ad_password_of alice)}")
    echo "$out"
    grep -q "^the server says: $1\$" <<<"$out"
}
for level in connect sign seal; do
    interop "$SAMBA" client NTLM/RPC "DCE/RPC, $level" calls "$AD_DOMAIN.alice" $level,ntlm $AD_DOMAIN no
    interop "$SAMBA" client Negotiate/NTLM/RPC "DCE/RPC, $level" calls "$AD_DOMAIN.alice" $level,spnego $AD_DOMAIN no
    interop "$SAMBA" client Kerberos/RPC "DCE/RPC, $level" calls "$AD_REALM.alice" $level,krb5 $AD_REALM yes
    interop "$SAMBA" client Negotiate/Kerberos/RPC "DCE/RPC, $level" calls "$AD_REALM.alice" $level,spnego $AD_REALM yes
done
refusals=0
for mechanism in ntlm spnego; do
    PASSWORD=wrong not_ok "a wrong password: $mechanism" calls . seal,$mechanism $AD_DOMAIN no
    refusals=$((refusals + 1))
    log_says $W/rpc-server.log '^refused: .*8009030C' "is refused" $refusals
done

done_testing
