# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154
# A real MIT KDC with a realm of its own, with kadmind for password changes, all on loopback.

KDC_STASH=/var/lib/krb5kdc

# world_kdc: the realm with alice, bob and carla, host/ and sample/ services, started and answering.
world_kdc() {
    kdc_client_configuration 127.0.0.1:88
    mkdir -p /etc/krb5kdc $KDC_STASH
    mount -t tmpfs -o mode=700 tmpfs $KDC_STASH
    cat >/etc/krb5kdc/kdc.conf <<END
[kdcdefaults]
    kdc_listen = 127.0.0.1:88
    kdc_tcp_listen = 127.0.0.1:88
[realms]
    $REALM = {
        database_name = $KDC_STASH/principal
        key_stash_file = $KDC_STASH/stash
        acl_file = /etc/krb5kdc/kadm5.acl
        admin_keytab = FILE:/etc/krb5kdc/kadm5.keytab
        kadmind_listen = 127.0.0.1:749
        kpasswd_listen = 127.0.0.1:464
        max_life = 10h
        max_renewable_life = 7d
        supported_enctypes = aes256-cts:normal aes128-cts:normal
    }
[logging]
    kdc = FILE:$W/kdc.log
    admin_server = FILE:$W/kadmind.log
END
    : >/etc/krb5kdc/kadm5.acl
    printf '%s\n%s\n' master-of-$WORLD_ID master-of-$WORLD_ID | kdb5_util create -s -r "$REALM" >$W/kdb.log 2>&1 ||
        die "the KDC's database could not be made: $(cat $W/kdb.log)"
    {
        for name in alice bob carla; do echo "addprinc -pw $(password_of $name) $name"; done
        for service in host sample; do
            echo "addprinc -randkey $service/$WORLD_HOST"
            echo "ktadd -k $W/$service.keytab $service/$WORLD_HOST"
        done
    } | kadmin.local >$W/kadmin.log 2>&1 || die "the principals could not be made: $(cat $W/kadmin.log)"
    install -m 600 $W/host.keytab /etc/krb5.keytab
    kdc_up
    kadmind_up
}

# What the machine's krb5.conf says: the realm, at the address given.
kdc_client_configuration() { # address…
    local address
    {
        cat <<END
[libdefaults]
    default_realm = $REALM
    dns_lookup_kdc = false
    dns_lookup_realm = false
    dns_canonicalize_hostname = false
    rdns = false
    renew_lifetime = 7d
    forwardable = true
[realms]
    $REALM = {
END
        for address; do echo "        kdc = $address"; done
        cat <<END
        admin_server = 127.0.0.1:749
        kpasswd_server = 127.0.0.1:464
    }
[domain_realm]
    .$WORLD_DOMAIN = $REALM
    $WORLD_DOMAIN = $REALM
END
    } >/etc/krb5.conf
}

kdc_up() {
    krb5kdc -n </dev/null >>$W/kdc.out 2>&1 &
    KDC_PID=$!
    wait_for 10 kdc_answers || die "the KDC does not start"
}

kdc_down() {
    [ -n "${KDC_PID:-}" ] || return 0
    kill "$KDC_PID"
    wait "$KDC_PID" 2>/dev/null
    KDC_PID=
}

# It takes connections; that is said in its log before the first request is served.
kdc_answers() { (exec 3<>/dev/tcp/127.0.0.1/88) 2>/dev/null; }

kadmind_up() {
    kadmind -nofork </dev/null >>$W/kadmind.out 2>&1 &
    wait_for 10 kdc_changes_passwords || die "kadmind does not start"
}

kdc_changes_passwords() { ss -Hlun 'sport = :464' | grep -q .; }

# A KDC that takes every request and answers none, at the port given: the worst way of being down.
kdc_silent() {
    perl -e '
        use Socket;
        socket(my $udp, AF_INET, SOCK_DGRAM, 0) or die; bind($udp, sockaddr_in($ARGV[0], INADDR_LOOPBACK)) or die;
        socket(my $tcp, AF_INET, SOCK_STREAM, 0) or die; setsockopt($tcp, SOL_SOCKET, SO_REUSEADDR, 1);
        bind($tcp, sockaddr_in($ARGV[0], INADDR_LOOPBACK)) or die; listen($tcp, 100) or die;
        sleep 600' "$1" </dev/null &
    KDC_SILENT_PID=$!
    wait_for 5 ss_listening "$1" || die "the silent KDC does not start"
}
ss_listening() { ss -Hltn "sport = :$1" | grep -q .; }
