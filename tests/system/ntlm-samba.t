#!/bin/bash
# NTLM with Samba at the other end, both ways: its GENSEC with every setting that it has of the handshake and of messages, against our
# lm_compatibility_level and minimum security; and its ntlm_auth as a client. The domain's database is there, the domain controller is not needed.
# shellcheck disable=SC2154
. "$(dirname "$0")/world.sh"

addc_files

# ntlm_policy LEVEL [MINIMUM]: lsa.conf, for processes that begin after it.
ntlm_policy() {
    sed -i -E '/^(lm_compatibility_level|minimum_(client|server)_security) =/d' /etc/credmgr/lsa.conf
    sed -i "/^\[ntlm\]/a lm_compatibility_level = $1\nminimum_client_security = ${2:-ntlmv2 128}\nminimum_server_security = ${2:-ntlmv2 128}" \
        /etc/credmgr/lsa.conf
}

# ---- as it is installed: level 5, 128 bits and extended session security for whoever signs -------------------------------------

gensec NTLM "as installed" "NTLMv2: signed and sealed messages, both ways" <<END
sealed | both | ntlmssp | NTLM | confidentiality | | good
signed | both | ntlmssp | NTLM | integrity | | good
neither | both | ntlmssp | NTLM | key | | good
without an exchange of keys | both | ntlmssp | NTLM | confidentiality | ntlmssp_@:keyexchange=no | good
without ALWAYS_SIGN | both | ntlmssp | NTLM | confidentiality | ntlmssp_@:alwayssign=no | good
names in an OEM code page | both | ntlmssp | NTLM | confidentiality | ntlmssp_@:unicode=no | good
END
gensec NTLM "as installed" "an anonymous session" <<END
signed | server | ntlmssp | NTLM | integrity nobody null | | good
neither | server | ntlmssp | NTLM | key nobody null | | good
in SPNEGO | server | spnego | NTLM | integrity nobody null | | good
END
gensec NTLM "as installed" "weak sessions and NTLMv1 are refused" <<END
keys of 56 bits | both | ntlmssp | NTLM | confidentiality | ntlmssp_@:128bit=no,ntlmssp_@:56bit=yes | 128-bit keys
that sign alone | both | ntlmssp | NTLM | integrity | ntlmssp_@:128bit=no,ntlmssp_@:56bit=yes | 128-bit keys
no extended session security | both | ntlmssp | NTLM | confidentiality | ntlmssp_@:ntlm2=no | NTLMv2 session security
NTLMv1 | client | ntlmssp | NTLM | confidentiality | client ntlmv2 auth=no | NTLMv1 response
END

# ---- NTLMv2 with any keys, for peers of long ago --------------------------------------------------------------------------------

ntlm_policy 5 none
gensec NTLM "no minimum" "NTLMv2 with keys of 56 and of 40 bits" <<END
56 bits | both | ntlmssp | NTLM | confidentiality | ntlmssp_@:128bit=no,ntlmssp_@:56bit=yes | good
56 bits, signed | both | ntlmssp | NTLM | integrity | ntlmssp_@:128bit=no,ntlmssp_@:56bit=yes | good
56 bits without an exchange of keys | both | ntlmssp | NTLM | confidentiality | ntlmssp_@:128bit=no,ntlmssp_@:56bit=yes,ntlmssp_@:keyexchange=no | good
40 bits | both | ntlmssp | NTLM | confidentiality | ntlmssp_@:128bit=no,ntlmssp_@:56bit=no | good
40 bits without an exchange of keys | both | ntlmssp | NTLM | confidentiality | ntlmssp_@:128bit=no,ntlmssp_@:56bit=no,ntlmssp_@:keyexchange=no | good
END
# Samba's client has extended session security always, or NTLMv1.
gensec NTLM "no minimum" "NTLMv2 without extended session security" <<END
sealed | server | ntlmssp | NTLM | confidentiality | ntlmssp_@:ntlm2=no | good
signed | server | ntlmssp | NTLM | integrity | ntlmssp_@:ntlm2=no | good
without an exchange of keys | server | ntlmssp | NTLM | confidentiality | ntlmssp_@:ntlm2=no,ntlmssp_@:keyexchange=no | good
56 bits | server | ntlmssp | NTLM | confidentiality | ntlmssp_@:ntlm2=no,ntlmssp_@:128bit=no,ntlmssp_@:56bit=yes | good
40 bits, signed | server | ntlmssp | NTLM | integrity | ntlmssp_@:ntlm2=no,ntlmssp_@:128bit=no,ntlmssp_@:56bit=no | good
END

gensec NTLM "no minimum" "an anonymous session where one is let in" <<END
signed | client | ntlmssp | NTLM | integrity nobody null | | good
in SPNEGO | client | spnego | NTLM | integrity nobody null | | good
nobody is let in who has no name | client | ntlmssp | NTLM | integrity nobody | | 0x8009030C
END

# ---- lm_compatibility_level -------------------------------------------------------------------------------------------------------
# LM_KEY is not here: with it, Samba 4.17 signs by none of the keys that [MS-NLMP] 3.4.5.3 knows.

# All that a level does as a server: v1 and v2 responses. As a client: what Samba with "ntlm auth" of some value makes of what is sent.
WRONG_PASSWORD=3221225578 # STATUS_WRONG_PASSWORD, for an NTLMv1 response
for level in 0 1 2 3 4; do
    ntlm_policy $level none
    [ $level -lt 3 ] && v2_only=$WRONG_PASSWORD || v2_only=good
    gensec NTLM "level $level" "lm_compatibility_level $level" <<END
NTLMv2 | client | ntlmssp | NTLM | confidentiality | | good
NTLM2 session | client | ntlmssp | NTLM | confidentiality | client ntlmv2 auth=no | good
NTLMv1 | client | ntlmssp | NTLM | confidentiality | client ntlmv2 auth=no,ntlmssp_client:ntlm2=no | good
NTLMv1 and LM, signed | client | ntlmssp | NTLM | integrity | client ntlmv2 auth=no,ntlmssp_client:ntlm2=no,client lanman auth=yes | good
NTLMv1, 40 bits, no exchange of keys | client | ntlmssp | NTLM | confidentiality | client ntlmv2 auth=no,ntlmssp_client:ntlm2=no,ntlmssp_client:128bit=no,ntlmssp_client:56bit=no,ntlmssp_client:keyexchange=no | good
where NTLMv1 is taken | server | ntlmssp | NTLM | confidentiality | ntlm auth=ntlmv1-permitted | good
where it is taken, without extended session security | server | ntlmssp | NTLM | confidentiality | ntlm auth=ntlmv1-permitted,ntlmssp_server:ntlm2=no | good
where it is taken, without an exchange of keys | server | ntlmssp | NTLM | integrity | ntlm auth=ntlmv1-permitted,ntlmssp_server:ntlm2=no,ntlmssp_server:keyexchange=no | good
where NTLMv2 alone is taken | server | ntlmssp | NTLM | confidentiality | ntlm auth=ntlmv2-only | $v2_only
where nothing is taken | server | ntlmssp | NTLM | confidentiality | ntlm auth=disabled | (322122
END
done

done_testing
