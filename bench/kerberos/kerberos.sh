#!/bin/bash
# Kerberos for bench/table.sh: handshakes and messages against MIT's GSSAPI, with bob's own ticket cache and keytab; then with alice's
# logon session, her credentials in lsad and the service's, against GSSAPI with the same credentials in gssproxy.
WORLD_VOICE=plain
. "$(dirname "$0")/../../tests/system/world.sh"

# A gssproxy for alice: one service that has her ticket cache, and one that has the service's keytab as well.
proxy_up() {
    local uid
    uid=$(id -u alice)
    mkdir -p $W/gssproxy.d /var/lib/gssproxy/rcache
    cat >$W/gssproxy.conf <<END
[gssproxy]
    worker threads = 2
[service/client]
    socket = /tmp/proxy-client.sock
    mechs = krb5
    cred_usage = initiate
    cred_store = ccache:FILE:/tmp/alice.cache
    euid = $uid
[service/both]
    socket = /tmp/proxy-both.sock
    mechs = krb5
    cred_usage = both
    cred_store = ccache:FILE:/tmp/alice.cache
    cred_store = keytab:FILE:$W/sample.keytab
    euid = $uid
END
    chmod 600 $W/gssproxy.conf
    gssproxy -i -c $W/gssproxy.conf -C $W/gssproxy.d -s $W/gssproxy.sock </dev/null >$W/gssproxy.log 2>&1 &
    wait_for 10 test -S /tmp/proxy-both.sock || die "gssproxy does not start: $(tail -n 3 $W/gssproxy.log)"
}

# Our client's credentials do not come from the cache that the environment names, for there is a logon session; GSSAPI's cannot,
# for that one is empty.
through_services() { # client|both keytab
    session_run bench "GSS_USE_PROXY=yes GSSPROXY_BEHAVIOR=REMOTE_FIRST GSSPROXY_SOCKET=/tmp/proxy-$1.sock \
        KRB5CCNAME=MEMORY:nothing KRB5_KTNAME=FILE:$2 $handshakes $SPN $1" ||
        die "the handshakes through lsad and gssproxy failed: $(tail -n 3 $W/lsad.log $W/gssproxy.log)"
}

world_kdc
sed -i "s|^\[acceptors\]|&\nsample = alice keytab=$W/sample.keytab|" /etc/credmgr/lsa.conf
world_lsad
world_pam krb5
world_sshd
handshakes=$BUILD/bench/kerberos/kerberos messages=$BUILD/bench/kerberos/messages

install -m 644 $W/sample.keytab /tmp/sample.keytab
export KRB5_KTNAME=FILE:/tmp/sample.keytab KRB5CCNAME=FILE:/tmp/bob.cache
password_of bob | kinit bob >/dev/null || die "bob gets no ticket"
"$handshakes" "$SPN" || die "the handshakes in process failed"
"$messages" "$SPN" || die "the messages failed"

session_open bench alice || die "alice cannot log in: $(tail -n 3 $W/ssh.log)"
wait_for 10 has_tgt bench || die "no ticket came for alice"
password_of alice | session_feed bench "kinit -c /tmp/alice.cache alice >/dev/null" || die "alice gets no ticket"
proxy_up
through_services client /tmp/sample.keytab
through_services both /nonexistent
session_close bench
exit 0
