#!/bin/bash
# NTLM with Samba at the other end, both ways: its GENSEC with every setting that it has of the handshake and of messages, against our
# lm_compatibility_level and minimum security; and its ntlm_auth as a client. The domain's database is there, the domain controller is not needed.
# shellcheck disable=SC2154
. "$(dirname "$0")/world.sh"

addc_files
PEER="Samba $(interop_version samba)"
LIB=$world_source/tests/system/lib

# ntlm_policy LEVEL [MINIMUM]: lsa.conf, for processes that begin after it.
ntlm_policy() {
    sed -i -E '/^(lm_compatibility_level|minimum_(client|server)_security) =/d' /etc/credmgr/lsa.conf
    sed -i "/^\[ntlm\]/a lm_compatibility_level = $1\nminimum_client_security = ${2:-ntlmv2 128}\nminimum_server_security = ${2:-ntlmv2 128}" \
        /etc/credmgr/lsa.conf
}

# samba NAME [WHAT]: the rows of standard input (lib/gensec.py), each an assertion ("both" for either role, @ for its name). With a
# WHAT, together they are what the matrix says of Samba as the client, and as the server.
samba() {
    local name=$1 what=${2:-} rows line role answers bad
    rows=$(grep -v '^#')
    for role in client server; do
        line=$(sed -n "s/@/$role/g; s/| both |/| $role |/; /| $role |/p" <<<"$rows")
        [ -n "$line" ] || continue
        answers=$(python3 $LIB/gensec.py $ADDC <<<"$line" 2>$W/gensec.err)
        bad=$(($(wc -l <<<"$line") - $(grep -c '^yes' <<<"$answers")))
        while IFS= read -r line; do
            [ "${line%% *}" = yes ]
            tap_result $? "$name: Samba as $role: ${line#* }"
        done <<<"$answers"
        if [ -n "$what" ]; then
            interop "$PEER" "$role" NTLM "$what" test "$bad" = 0
        else
            is "$bad" 0 "$name: Samba as $role: that was all of them"
        fi
    done
    [ ! -s $W/gensec.err ] || [ "$tap_failed" = 0 ] || diag "$(grep -v deprecated $W/gensec.err)"
}

# ---- as it is installed: level 5, 128 bits and extended session security for whoever signs -------------------------------------

ntlm_policy 5
samba "level 5" "NTLMv2, signed and sealed messages both ways" <<END
sealed | both | ntlmssp | NTLM | confidentiality | | good
signed | both | ntlmssp | NTLM | integrity | | good
neither | both | ntlmssp | NTLM | key | | good
without an exchange of keys | both | ntlmssp | NTLM | confidentiality | ntlmssp_@:keyexchange=no | good
without ALWAYS_SIGN | both | ntlmssp | NTLM | confidentiality | ntlmssp_@:alwayssign=no | good
names in an OEM code page | both | ntlmssp | NTLM | confidentiality | ntlmssp_@:unicode=no | good
END

done_testing
