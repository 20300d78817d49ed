#!/bin/bash
# Kerberos handshakes against MIT's GSSAPI, for bench/table.sh: with bob's own ticket cache, then with alice's logon session.
WORLD_VOICE=plain
. "$(dirname "$0")/../../tests/system/world.sh"

world_kdc
world_lsad
world_pam krb5
world_sshd
bench=$BUILD/bench/kerberos/kerberos

install -m 644 $W/sample.keytab /tmp/sample.keytab
export KRB5_KTNAME=FILE:/tmp/sample.keytab KRB5CCNAME=FILE:/tmp/bob.cache
password_of bob | kinit bob >/dev/null || die "bob gets no ticket"
"$bench" "$SPN" || die "the handshakes in process failed"
"$BUILD/bench/kerberos/messages" "$SPN" || die "the messages failed"

session_open bench alice || die "alice cannot log in: $(tail -n 3 $W/ssh.log)"
wait_for 10 has_tgt bench || die "no ticket came for alice"
# GSSAPI needs a cache of its own; our client does not look at it while there is a logon session.
password_of alice | session_feed bench "kinit -c /tmp/alice.cache alice >/dev/null &&
    KRB5_KTNAME=FILE:/tmp/sample.keytab KRB5CCNAME=FILE:/tmp/alice.cache $bench $SPN lsa" ||
    die "the handshakes through lsad failed: $(tail -n 3 $W/lsad.log)"
session_close bench
exit 0
