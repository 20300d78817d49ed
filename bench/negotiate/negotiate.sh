#!/bin/bash
# What Negotiate costs over NTLM and over Kerberos, for bench/table.sh; Kerberos with bob's own ticket cache and keytab.
WORLD_VOICE=plain
. "$(dirname "$0")/../../tests/system/world.sh"

world_kdc
export KRB5_KTNAME=FILE:$W/sample.keytab KRB5CCNAME=FILE:/tmp/bob.cache
password_of bob | kinit bob >/dev/null || die "bob gets no ticket"
"$BUILD/bench/negotiate/negotiate" || die "Negotiate with NTLM could not be measured"
"$BUILD/bench/negotiate/negotiate" "$SPN" || die "Negotiate with Kerberos could not be measured"
exit 0
