#!/bin/bash
# Kerberos against a Samba AD domain controller: people's passwords, tickets with PACs, keytabs as clients and servers, caches of
# every type, and services for users (S4U), for whom the service has no password.
# shellcheck disable=SC2154
. "$(dirname "$0")/world.sh"

world_addc
gss_server_up
client() { sspi-client --target "$SPN" "$@"; } # …to gss-server, with root's own credentials
fails_with() { # what status command…
    local what=$1 status=$2 out
    shift 2
    out=$("$@" 2>&1)
    isnt $? 0 "$what" || return
    like "$out" "$status" "$what: $status"
}

# A password.
out=$(ad_password_of alice | client --user alice --domain $AD_REALM --password-fd 0 'by password' 2>&1)
interop "$SAMBA" KDC Kerberos "a context with a password" test $? -eq 0 || diag "$out"
like "$(gss_server_log)" '"alice@AD.CREDMGR.TEST"' "gss-server says it was alice"
out=$(ad_password_of alice | client --user alice@$AD_DNS --password-fd 0 'by user principal name' 2>&1)
interop "$SAMBA" KDC Kerberos "a password, by user principal name" test $? -eq 0 || diag "$out"
fails_with "a wrong password" SEC_E_LOGON_DENIED client --user alice --domain $AD_REALM --password-fd 0 x <<<"wrong"
fails_with "a password that must be changed" 'SEC_E_' client --user expired --domain $AD_REALM --password-fd 0 x <<<"$(ad_password_of expired)"

# Caches.
fails_with "no cache" SEC_E_NO_CREDENTIALS client x
mkdir -m 700 $W/caches
for cache in FILE:$W/cc DIR:$W/caches KEYRING:process:cc-$WORLD_ID; do
    export KRB5CCNAME=$cache
    # A process keyring lives as long as its process, so kinit is of no use to the next.
    case $cache in KEYRING:*) KRB5CCNAME=KEYRING:session:cc-$WORLD_ID ;; esac
    ad_password_of bob | kinit bob >/dev/null
    out=$(client "from $cache" 2>&1)
    is $? 0 "a cache ${cache%%:*}" || diag "$out"
    like "$(gss_server_log | grep Accepted | tail -n 1)" '"bob@AD' "${cache%%:*}: it was bob"
    if [ "${cache%%:*}" = DIR ]; then # a collection
        ad_password_of carla | kinit -c DIR::$W/caches/tktcarla carla >/dev/null
        ok "a collection: carla, by name" client --principal carla@$AD_REALM x
        like "$(gss_server_log | grep Accepted | tail -n 1)" '"carla@AD' "it was carla"
        fails_with "who is not in it" SEC_E_NO_CREDENTIALS client --principal alice@$AD_REALM x
    fi
    kdestroy -A 2>/dev/null
done
unset KRB5CCNAME

# Keytabs.
export KRB5_CLIENT_KTNAME=FILE:$W/front.keytab
ok "the keytab of a client" client 'by keytab'
like "$(gss_server_log | grep Accepted | tail -n 1)" '"front@AD' "it was front"
unset KRB5_CLIENT_KTNAME
KRB5_KTNAME=FILE:$W/web.keytab ok "the keytab of a server, by the name of the account" client --principal web@$AD_REALM x
like "$(gss_server_log | grep Accepted | tail -n 1)" '"web@AD' "it was web"
KRB5_KTNAME=FILE:$W/web.keytab fails_with "without a name it is for servers" SEC_E_NO_CREDENTIALS client x
interop "$SAMBA" KDC Kerberos "the keytab of the machine's account" client --principal "box\$@$AD_REALM" x
like "$(gss_server_log | grep Accepted | tail -n 1)" '"box\$@AD' "it was the machine"

# From user to user: "web" has a ticket, and no key is read. The PAC is signed for that ticket then.
kinit -c FILE:$W/cc.web -k -t $W/web.keytab web@$AD_REALM
KRB5CCNAME=FILE:$W/cc.web KRB5_KTNAME=FILE:$W/nothing sspi-server --package Kerberos --port 4480 </dev/null >$W/server-4480.log 2>&1 &
ok "web listens" wait_for 5 ss_listening 4480
for target in web@$AD_REALM "web/$WORLD_HOST"; do
    out=$(ad_password_of alice | sspi-client --user alice --domain $AD_REALM --password-fd 0 --port 4480 --user-to-user --target "$target" "to $target" 2>&1)
    interop "$SAMBA" KDC Kerberos "from user to user, to ${target%/*}" test $? -eq 0 || diag "$out"
    like "$(cat $W/server-4480.log)" "received: .*sealed: to $target" "it has the message"
done
is "$(grep -c 'PAC: .*alice' $W/server-4480.log)" 2 "and her PAC, each time"

# S4U2Self and S4U2Proxy: with protocol transition, "web" may.
export KRB5_CLIENT_KTNAME=FILE:$W/web.keytab
out=$(client --for-user alice@$AD_REALM 'for alice' 2>&1)
interop "$SAMBA" KDC Kerberos "a service makes a context in the name of a user (S4U2Self, S4U2Proxy)" test $? -eq 0 || diag "$out"
like "$(gss_server_log | grep Accepted | tail -n 1)" '"alice@AD' "gss-server says it was alice"
ok "and twice with one credential" client --for-user bob@$AD_REALM --count 2 'for bob'
like "$(gss_server_log | grep Accepted | tail -n 1)" '"bob@AD' "it was bob"
fails_with "dora may not be delegated" SEC_E_DELEGATION_REQUIRED client --for-user dora@$AD_REALM x
fails_with "nor to another service" SEC_E_DELEGATION_REQUIRED sspi-client --target plain/$WORLD_HOST --for-user alice@$AD_REALM x
fails_with "whom nobody knows" 'SEC_E_(LOGON_DENIED|NO_S4U|TARGET)' client --for-user nobody@$AD_REALM x
KRB5_CLIENT_KTNAME=FILE:$W/plain.keytab fails_with "plain may not" SEC_E_DELEGATION_REQUIRED client --for-user alice@$AD_REALM x
# S4U2Proxy with the ticket that a client has shown: "front" acts in the name of who came with Kerberos, and of nobody else. Neither has
# delegated anything.
front() { # account options…: our server, with the keys and, as a client, the name of that account
    KRB5_KTNAME=FILE:$W/$1.keytab KRB5_CLIENT_KTNAME=FILE:$W/$1.keytab sspi-server --package Kerberos "${@:2}" </dev/null >"$W/server-$1.log" 2>&1 &
    wait_for 5 ss_listening "$3"
}
to() { ad_password_of "$1" | sspi-client --user "$1" --domain $AD_REALM --password-fd 0 --target "$2/$WORLD_HOST" --port "$3" "${@:4}" x; }
ok "front listens" front front --port 4481 --forward-to "$SPN"
ok "alice comes" to alice front 4481
like "$(cat $W/server-front.log)" "delegated: $AD_REALM.alice, with a token for $SPN" "front has a token for a service, in her name"
ok "dora comes" to dora front 4481
like "$(tail -n 15 $W/server-front.log)" 'SEC_E_NO_CREDENTIALS' "her account may not be delegated"
ok "alice comes, to be identified" to alice front 4481 --identify
like "$(tail -n 15 $W/server-front.log)" '0x8009030B' "nor is who does not want to be"
ok "plain listens" front plain --port 4482 --forward-to "$SPN"
ok "alice comes to plain" to alice plain 4482
like "$(cat $W/server-plain.log)" 'SEC_E_DELEGATION_REQUIRED' "plain may not delegate"
# From a cache instead of a keytab.
unset KRB5_CLIENT_KTNAME
export KRB5CCNAME=FILE:$W/web.cc
kinit -k -t $W/web.keytab web
ok "web's tickets do as well as its keys" client --for-user alice@$AD_REALM x
unlike "$(klist)" 'for client alice' "nothing of alice's gets into web's cache"
kdestroy
unset KRB5CCNAME
fails_with "who has nothing of his own" 'SEC_E_(LOGON_DENIED|NO_CREDENTIALS)' client --for-user alice@$AD_REALM x

# A changed password: AD's own kpasswd.
change() { sspi-password Kerberos $AD_REALM "$1" <<<"$2"$'\n'"$3"; } # account old new
new=New-Pw-of-carla-$WORLD_ID
ok "carla's password is changed" change carla "$(ad_password_of carla)" "$new"
out=$(client --user carla --domain $AD_REALM --password-fd 0 x 2>&1 <<<"$new")
interop "$SAMBA" KDC Kerberos "a password that we have changed there is good" test $? -eq 0 || diag "$out"
fails_with "the old one is not" SEC_E_LOGON_DENIED change carla "not-hers" "Another-$new"
out=$(change carla "$new" short 2>&1)
like "$out" STATUS_PASSWORD_RESTRICTION "one that is too short is refused"
like "$out" "why: .*[Pp]assword too short" "with what the domain says"
ok "an expired password can be changed" change expired "$(ad_password_of expired)" "New-Pw-of-expired-$WORLD_ID"
fails_with "an account that there is not" SEC_E_LOGON_DENIED change nobody x y

# KDCs behind a web server, and no other way to them.
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=box -addext "subjectAltName=DNS:$WORLD_HOST" \
    -keyout $W/web.key -out $W/web.pem 2>$W/openssl.log
printf '[global]\nuse_dns = false\n[%s]\nkerberos = kerberos+tcp://%s:88\n' $AD_REALM $AD_ADDRESS >$W/kdcproxy.conf
KDCPROXY_CONFIG=$W/kdcproxy.conf python3 "$world_source/tests/system/lib/kdc-proxy.py" 4443 $W/web.pem $W/web.key $W/kdc-proxy.log \
    </dev/null >$W/kdc-proxy.out 2>&1 &
ok "a KDC proxy" wait_for 10 ss_listening 4443
sed -i "s,^  *kdc = .*,        kdc = 127.0.0.1:1\n        http_anchors = FILE:$W/web.pem," /etc/krb5.conf
before=$(cat /etc/krb5.conf)
alice() { ad_password_of alice | client --user alice --domain $AD_REALM --password-fd 0 "$@" x; }
fails_with "without it there is no KDC" SEC_E_NO_AUTHENTICATING_AUTHORITY alice
ok "SECPKG_CRED_ATTR_KDC_URL" alice --kdc-url https://$WORLD_HOST:4443/KdcProxy
like "$(cat $W/kdc-proxy.log)" '^/KdcProxy AD.CREDMGR.TEST' "the proxy was asked"
interop "$SAMBA" KDC Kerberos "behind a KDC proxy (MS-KKDCP)" alice --kdc-proxy $WORLD_HOST:4443:elsewhere
like "$(cat $W/kdc-proxy.log)" '^/elsewhere' "by its path"
unprivileged() { as alice sspi-client --target "$SPN" --user alice --domain $AD_REALM --password-fd 0 --kdc-url https://$WORLD_HOST:4443/KdcProxy x; }
ok "without privilege" unprivileged <<<"$(ad_password_of alice)"
fails_with "a proxy that is not there" SEC_E_NO_AUTHENTICATING_AUTHORITY alice --kdc-url https://$WORLD_HOST:4442/KdcProxy
fails_with "a certificate of another name" SEC_E_NO_AUTHENTICATING_AUTHORITY alice --kdc-url https://localhost:4443/KdcProxy
for url in http://$WORLD_HOST:4443/KdcProxy https:// "https://x y" $'https://x\n[realms]'; do
    fails_with "no URL of a proxy: ${url%%$'\n'*}" SEC_E_INVALID_PARAMETER alice --kdc-url "$url"
done
export KRB5_CLIENT_KTNAME=FILE:$W/web.keytab
ok "in the name of a user, through the proxy" client --for-user bob@$AD_REALM --kdc-url https://$WORLD_HOST:4443/KdcProxy x
is "$(cat /etc/krb5.conf)" "$before" "krb5.conf is as it was"

done_testing
