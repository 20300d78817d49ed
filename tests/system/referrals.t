#!/bin/bash
# Two realms, each with a KDC of its own. What a target is called in every form, whose realm nobody told the client: the KDCs refer it on.
# Nothing is looked up in DNS or /etc/hosts to make a name, whatever krb5.conf says, unless lsa.conf says so.
. "$(dirname "$0")/world.sh"

OTHER=OTHER.TEST
OTHER_HOST=web.other.test
world_kdc

# The KDC of the machine's realm knows whose hosts *.other.test are; the client does not.
{
    cat /etc/krb5.conf
    echo "    .other.test = $OTHER"
} >$W/kdc-krb5.conf
kdc_down
KRB5_CONFIG=$W/kdc-krb5.conf kdc_up

# other COMMAND…: with the files of the other realm's KDC.
other() { env KRB5_CONFIG=$W/other-krb5.conf KRB5_KDC_PROFILE=$W/other-kdc.conf "$@"; }
sed "s/default_realm = .*/default_realm = $OTHER/" $W/kdc-krb5.conf >$W/other-krb5.conf
cat >$W/other-kdc.conf <<END
[kdcdefaults]
    kdc_listen = 127.0.0.1:1088
    kdc_tcp_listen = 127.0.0.1:1088
[realms]
    $OTHER = {
        database_name = $KDC_STASH/other
        key_stash_file = $KDC_STASH/other-stash
        max_life = 10h
        supported_enctypes = aes256-cts:normal
    }
[logging]
    kdc = FILE:$W/other-kdc.log
END
printf 'another\nanother\n' | other kdb5_util create -s -r $OTHER >$W/other-kdb.log 2>&1 || die "$(cat $W/other-kdb.log)"
{
    echo "addprinc -pw between krbtgt/$OTHER@$REALM"
    echo "addprinc -pw of-dora dora"
    for service in HTTP/$OTHER_HOST HTTP/$OTHER_HOST:8080 ldap/$OTHER_HOST/other.test; do
        echo "addprinc -randkey $service"
        echo "ktadd -k $W/other.keytab $service"
    done
} | other kadmin.local -r $OTHER >$W/other-kadmin.log 2>&1
{
    echo "addprinc -pw between krbtgt/$OTHER@$REALM"
    echo "addprinc -pw web-of-$WORLD_ID web"
} | kadmin.local >>$W/kadmin.log 2>&1
(export KRB5_CONFIG=$W/other-krb5.conf KRB5_KDC_PROFILE=$W/other-kdc.conf
    exec krb5kdc -n -r $OTHER) </dev/null >$W/other-kdc.out 2>&1 &
OTHER_PID=$!
wait_for 10 ss_listening 1088 || die "the other KDC does not start"

# The client knows where both KDCs are, and no more. DNS would make another name of the alias.
sed -i "s/^\[realms\]/&\n    $OTHER = {\n        kdc = 127.0.0.1:1088\n    }/; s/dns_canonicalize_hostname = .*/dns_canonicalize_hostname = true/" /etc/krb5.conf
echo "127.0.0.2 $OTHER_HOST" >>/etc/hosts
sed -i "s/^127.0.0.2 $WORLD_HOST box/& alias.$WORLD_DOMAIN/" /etc/hosts

world_lsad
world_pam unix
world_sshd
ok "alice logs in" session_open one alice

# One acceptor of ours for each realm's services.
serve() { # port keytab
    KRB5_KTNAME=FILE:$2 sspi-server --package Kerberos --port "$1" </dev/null >"$W/server-$1.log" 2>&1 &
    wait_for 5 ss_listening "$1" || die "sspi-server does not listen"
}
serve 4470 $W/other.keytab
serve 4471 /etc/krb5.keytab
reach() { # port target
    session_run one "sspi-client --port $1 --target '$2' hello" 2>&1
}

out=$(reach 4470 "HTTP/$OTHER_HOST")
is $? 0 "a service of the other realm, which only the KDC knows of" || diag "$out"
like "$out" "server: HTTP/$OTHER_HOST@$OTHER" "it is that one"
like "$(cat $W/server-4470.log)" "client: alice@$REALM" "and says who came"
like "$(cat $W/kdc.log)" "TGS_REQ .*krbtgt/$OTHER@$REALM" "her own KDC has referred her"
like "$(cat $W/other-kdc.log)" "TGS_REQ .*HTTP/$OTHER_HOST@$OTHER" "and the other one gave the ticket"
before=$(grep -c TGS_REQ $W/kdc.log)
ok "once more" reach 4470 "HTTP/$OTHER_HOST"
is "$(grep -c TGS_REQ $W/kdc.log)" "$before" "without being referred again"
for name in "HTTP/$OTHER_HOST@$OTHER" "HTTP/WEB.Other.Test" "HTTP@$OTHER_HOST" "HTTP/$OTHER_HOST@$REALM" "HTTP/$OTHER_HOST:8080@$OTHER" "ldap/$OTHER_HOST/other.test"; do
    out=$(reach 4470 "$name")
    is $? 0 "$name" || diag "$out"
done
for name in "host/$WORLD_HOST" "host/$WORLD_HOST@$REALM" "host@$WORLD_HOST"; do
    out=$(reach 4471 "$name")
    is $? 0 "$name" || diag "$out"
done
for name in "HTTP/nobody.other.test" "HTTP@nobody.other.test" "dora@other.test" "host/alias.$WORLD_DOMAIN" "host/box"; do
    out=$(reach 4471 "$name")
    isnt $? 0 "$name"
    like "$out" SEC_E_TARGET_UNKNOWN "is known to nobody"
done

# Hosts are looked up where the administrator wants it.
sed -i "/^\[kerberos\]/a canonicalize = yes" /etc/credmgr/lsa.conf
lsad_stop
lsad_start
for name in "host/alias.$WORLD_DOMAIN" "host@alias.$WORLD_DOMAIN"; do
    out=$(reach 4471 "$name")
    is $? 0 "canonicalize = yes: $name" || diag "$out"
    like "$out" "server: host/$WORLD_HOST@$REALM" "canonicalize = yes: is the machine"
done
ok "canonicalize = yes: a port stays" reach 4470 "HTTP/$OTHER_HOST:8080@$OTHER"
sed -i "/^canonicalize/d" /etc/credmgr/lsa.conf
lsad_stop
lsad_start
not_ok "by default not" reach 4471 "host/alias.$WORLD_DOMAIN"

# Accounts, each accepted for with its password.
serve_as() { # port user domain password
    sspi-server --package Kerberos --port "$1" --user "$2" --domain "$3" --password-fd 9 9<<<"$4" </dev/null >"$W/server-$1.log" 2>&1 &
    wait_for 5 ss_listening "$1" || die "sspi-server does not listen"
}
serve_as 4472 web "$REALM" "web-of-$WORLD_ID"
for name in web "web@$REALM" "web@credmgr.test" 'CREDMGR\web' "$REALM\\web"; do
    out=$(reach 4472 "$name")
    is $? 0 "the account $name" || diag "$out"
done
serve_as 4473 dora "$OTHER" of-dora
out=$(reach 4473 "dora@$OTHER")
is $? 0 "an account of the other realm" || diag "$out"

# Several principals in one session: its person's, one of the other realm after a second logon, and one whose tickets somebody else got.
out=$(session_feed one "lsa-add dora $OTHER" <<<"not-hers")
like "$out" 'protocol status 0x8009030c' "a second logon with a wrong password (SEC_E_LOGON_DENIED)"
ok "a second logon, as dora of the other realm" session_feed one "lsa-add dora $OTHER" <<<"of-dora"
like "$(session_feed one "lsa-add dora $OTHER" <<<"of-dora")" 'protocol status 0xc0000035' "another one has to replace it (STATUS_OBJECT_NAME_COLLISION)"
ok "which it can" session_feed one "lsa-add dora $OTHER replace" <<<"of-dora"
out=$(session_run one credmgr tickets)
like "$out" "alice@$REALM +krbtgt/$REALM" "credmgr tickets: the ticket of the session's own"
like "$out" "dora@$OTHER +krbtgt/$OTHER" "credmgr tickets: dora's"
ok "a service of dora's realm" reach 4470 "HTTP/$OTHER_HOST@$OTHER"
like "$(tail -n 8 $W/server-4470.log)" "client: dora@$OTHER" "sees dora"
ok "one of alice's realm" reach 4471 "host/$WORLD_HOST"
like "$(tail -n 8 $W/server-4471.log)" "client: alice@$REALM" "sees alice"
password_of bob | kinit -c FILE:$W/bob.cc bob >/dev/null
chown alice $W/bob.cc
/usr/libexec/credmgr/ccache-reader "$(uid_of alice)" alice FILE:$W/bob.cc >/dev/null
echo "bob@$REALM" | install -m 600 -o alice /dev/stdin /home/alice/.k5login
/usr/libexec/credmgr/ccache-reader "$(uid_of alice)" alice FILE:$W/bob.cc >$W/bob.cred
rm /home/alice/.k5login
ok "she submits bob's tickets" session_feed one lsa-submit <$W/bob.cred
reach_as() { session_run one "sspi-client --port 4471 --principal '$1' --target host/$WORLD_HOST hello" 2>&1; }
for name in bob "bob@$REALM" "$REALM\\bob"; do
    out=$(reach_as "$name")
    is $? 0 "AcquireCredentialsHandle for $name" || diag "$out"
    like "$(tail -n 8 $W/server-4471.log)" "client: bob@$REALM" "is for bob"
done
ok "for alice" reach_as "alice@$REALM"
like "$(tail -n 8 $W/server-4471.log)" "client: alice@$REALM" "is for her"
out=$(reach_as carla)
isnt $? 0 "for carla, of whom the session has nothing"
like "$out" SEC_E_UNKNOWN_CREDENTIALS "SEC_E_UNKNOWN_CREDENTIALS"
lsad_kill 2>/dev/null
lsad_start
ok "the next lsad" reach_as bob
like "$(tail -n 8 $W/server-4471.log)" "client: bob@$REALM" "knows of bob, too"
ok "dora goes" session_feed one "lsa-add dora $OTHER remove" <<<""
unlike "$(session_run one credmgr tickets)" " dora@$OTHER +(krbtgt|HTTP)" "and her tickets with her"
ok "to her realm" reach 4470 "HTTP/$OTHER_HOST@$OTHER"
like "$(tail -n 8 $W/server-4470.log)" "client: alice@$REALM" "it is alice again who comes"

# The other realm's KDC is gone: that is another trouble than a name that nobody knows.
kill "$OTHER_PID"
ok "the other KDC ends" wait_for 5 sh -c '! ss -Hltn "sport = :1088" | grep -q .'
out=$(reach 4470 "HTTP/else.other.test")
isnt $? 0 "a service of the other realm, whose KDC is down"
like "$out" SEC_E_NO_AUTHENTICATING_AUTHORITY "SEC_E_NO_AUTHENTICATING_AUTHORITY"
ok "the ticket at hand is good all the same" reach 4470 "HTTP/$OTHER_HOST"
ok "alice logs out" session_close one
done_testing
