#!/bin/bash
# export_ccache in lsa.conf: the ticket of a logon session is in a credential cache of the person's own as well, as long as the session lasts and
# renewed with it, and programs that know nothing of the LSA use it: klist, curl with Apache's mod_auth_gssapi, ssh. By default nothing is exported.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_pam unix
world_sshd
world_apache
HOST_PORT=2223
sed -e "s/^ListenAddress.*/ListenAddress 127.0.0.2/; s/^Port.*/Port $HOST_PORT/" /etc/ssh/sshd_config >$W/sshd_gss_config
echo "GSSAPIAuthentication yes" >>$W/sshd_gss_config
/usr/sbin/sshd -D -e -f $W/sshd_gss_config </dev/null >>$W/sshd.log 2>&1 &
wait_for 5 ss_listening $HOST_PORT || die "sshd with GSSAPI does not start"

curl_in() { session_run "$1" "curl -s -i --negotiate -u : http://$WORLD_HOST:$APACHE_PORT/page"; }
ssh_in() { session_run "$1" "ssh -F none -p $HOST_PORT -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
    -o PreferredAuthentications=gssapi-with-mic -o GSSAPIAuthentication=yes $WORLD_HOST id -un"; }
exported() { session_run "$1" klist 2>/dev/null | grep -q "krbtgt/$REALM@$REALM"; }
exporters() { pgrep -c ccache-exporter; }
no_exporter() { [ "$(exporters)" = 0 ]; }
exporters_are() { [ "$(exporters)" = "$1" ]; }
setting() { # name = value: another line of [kerberos], and a new lsad
    sed -i "/^export_ccache\|^keep_password/d; /^\[kerberos\]/a $*" /etc/credmgr/lsa.conf
    lsad_stop
    lsad_start
}

# ---- none ------------------------------------------------------------------------------------------------------------

ok "by default: bob logs in" session_open one bob
ok "by default: he has a ticket" wait_for 10 has_tgt one
is "$(exporters)" 0 "by default: nothing is exported"
not_ok "by default: klist has nothing" session_run one klist
like "$(curl_in one)" '^HTTP/1.1 401' "by default: curl is refused"
out=$(session_run one "lsa-retrieve" 2>&1)
like "$out" 'key: 0 bytes' "by default: lsad gives a program the ticket without its key" || diag "$out"
not_ok "by default: and no KRB-CRED, which would have it" session_run one "lsa-retrieve --cred"
# Our own client, which has the ticket from lsad, and Apache: the package's token as it is.
out=$(session_run one "sspi-http --target HTTP/$WORLD_HOST --host $WORLD_HOST --port $APACHE_PORT /page" 2>&1)
interop "$MOD_AUTH_GSSAPI" server Kerberos "our client gets a page" grep -q '^HTTP/1.1 200' <<<"$out" || diag "$out" "$(tail -n 5 $W/apache.log)"
like "$out" '^a page for people with a ticket' "gets the page"
like "$out" '^mutual authentication: yes' "and knows the server"
out=$(session_run one "sspi-http --package Negotiate --target HTTP/$WORLD_HOST --host $WORLD_HOST --port $APACHE_PORT /page" 2>&1)
interop "$MOD_AUTH_GSSAPI" server Negotiate/Kerberos "our client gets a page with the ticket of the logon session" grep -q '^mutual authentication: yes' <<<"$out" || diag "$out"
session_close one

# ---- every kind of cache ---------------------------------------------------------------------------------------------

for cache in "FILE:/tmp/krb5cc_%{uid}_%{luid}" "KEYRING:persistent:%{uid}" "DIR:/home/%{username}/ccs"; do
    setting "export_ccache = $cache"
    install -d -m 700 -o bob /home/bob/ccs
    ok "$cache: bob logs in" session_open one bob
    ok "$cache: klist has his ticket" wait_for 10 exported one || diag "$(session_run one 'echo $KRB5CCNAME; klist' 2>&1)"
    like "$(session_run one klist)" "Default principal: bob@$REALM" "$cache: his own"
    like "$(session_run one 'echo $KRB5CCNAME')" "^${cache%%:*}:.*(bob|$(uid_of bob))" "$cache: KRB5CCNAME names it"
    out=$(curl_in one)
    like "$out" '^HTTP/1.1 200' "$cache: curl --negotiate"
    like "$out" "^X-Who: bob@$REALM" "$cache: Apache knows him"
    is "$(ssh_in one 2>>$W/ssh.log)" bob "$cache: ssh, without a password" || diag "$(tail -n 5 $W/ssh.log $W/sshd.log)"
    like "$(session_run one klist)" "HTTP/$WORLD_HOST" "$cache: what programs fetched is in it, too"
    session_close one
    ok "$cache: at the logout the cache goes" wait_for 10 no_exporter
    not_ok "$cache: klist has nothing then" as bob klist -c "$(sed "s/%{uid}/$(uid_of bob)/; s/%{username}/bob/; s/_%{luid}//" <<<"$cache")"
    is "$(find /tmp /home/bob/ccs -name 'krb5cc*' -o -name 'tkt*' | wc -l)" 0 "$cache: no file stays"
done

# ---- as long as the session -------------------------------------------------------------------------------------------

# A ticket that ends soon is renewed before, and the cache has the new one; service tickets in it stay.
kadmin.local modprinc -maxlife "8 seconds" alice >/dev/null
expires() { as alice klist -c "KEYRING:persistent:$(uid_of alice)" | sed -n "s,^.*  \(.*\)  krbtgt/.*,\1,p"; }
renewed() { local now; now=$(expires); [ -n "$now" ] && [ "$now" != "$old" ]; }
setting "export_ccache = KEYRING:persistent:%{uid}"
before=$(grep -c 'AS_REQ.*ISSUE.*alice@' $W/kdc.log)
ok "alice logs in, with a ticket of eight seconds" session_open one alice
ok "it is in her cache" wait_for 10 exported one
old=$(expires)
ok "it is renewed there" wait_for 30 renewed
like "$(cat $W/kdc.log)" 'TGS_REQ.*alice@.* for krbtgt' "the KDC renewed it"
is "$(grep -c 'AS_REQ.*ISSUE.*alice@' $W/kdc.log)" $((before + 1)) "and gave her one first ticket only"
# Of two sessions with one cache, the other one still needs it.
ok "alice logs in a second time" session_open two alice
ok "with an exporter of its own" wait_for 10 exporters_are 2
session_close one
ok "one session ends" wait_for 10 exporters_are 1
ok "the cache is still there for the other" wait_for 10 exported two
# lsad may be another one.
lsad_kill 2>/dev/null
lsad_start
old=$(expires)
ok "after a restart of lsad it is renewed" wait_for 30 renewed
session_close two
ok "the last session ends" wait_for 10 no_exporter
is "$(expires)" "" "and the cache with it"
kadmin.local modprinc -maxlife 10h alice >/dev/null

# What she keeps herself is not touched.
setting "export_ccache = FILE:/tmp/krb5cc_%{uid}"
password_of carla | as alice kinit -c "FILE:/tmp/krb5cc_$(uid_of alice)" carla >/dev/null
log_clear
ok "alice logs in, whose cache has carla's ticket" session_open one alice
ok "the log says so" logged 'not put into FILE:.*another principal'
like "$(session_run one klist)" 'carla@' "it still has carla's"
session_close one
ok "it stays" wait_for 10 no_exporter
like "$(as alice klist -c "FILE:/tmp/krb5cc_$(uid_of alice)")" 'carla@' "when she logs out"
as alice kdestroy -c "FILE:/tmp/krb5cc_$(uid_of alice)"

# Where managers' logon scripts do not run, this does.
sed -i 's/^#logon_scripts = .*/logon_scripts = no/' /etc/credmgr/credmgr.conf
ok "without logon scripts: alice logs in" session_open one alice
ok "without logon scripts: klist has her ticket" wait_for 10 exported one || diag "$(credmgr check)"
session_close one
ok "no key is left" wait_for 10 no_keys
ok "and no process" wait_for 10 no_exporter

done_testing
