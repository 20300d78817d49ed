#!/bin/bash
# Tickets that others got serve the logon session: pam_krb5's, those that a client of sshd delegated, and whatever KRB5CCNAME in the PAM
# environment names. The KDC is not asked again. That variable is anybody's to set: what it cannot be used for is here, too.
WORLD_LIMIT=${WORLD_LIMIT:-240}
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_pam krb5 without
world_sshd
gss_server_up

# Requests for a first ticket that the KDC saw; its answer to one without preauthentication counts.
first_tickets() { grep -c 'AS_REQ' $W/kdc.log; }
issued() { grep -c 'AS_REQ.*ISSUE' $W/kdc.log; }
counted() { # command…: the number of requests that it makes
    local before
    before=$(first_tickets)
    "$@" >>$W/counted.log 2>&1 || echo failed
    echo $(($(first_tickets) - before))
}
packages_of() { logon_sessions "$1" | cut -d' ' -f5-; }
# In the session ONE: its ticket is for alice, whose program makes a context with it.
serves() { # what
    local out
    like "$(logon_sessions alice | cut -d' ' -f5-)" 'Kerberos' "$1: lsad has Kerberos for her session"
    like "$(session_run one credmgr tickets)" "krbtgt/$REALM" "$1: credmgr tickets shows the ticket"
    # With the ticket that lsad has: her programs are not told of another.
    out=$(session_run one "KRB5CCNAME=FILE:/nonexistent $(kerberos_client one)" 2>&1)
    is $? 0 "$1: she makes a context with gss-server" || diag "$out"
}

# ---- pam_krb5 before pam_credmgr -----------------------------------------------------------------------------------

for LOGIN_METHOD in password keyboard-interactive; do
    world_pam krb5 without
    alone=$(counted login_as alice true)
    cmp_num "$alone" -gt 0 "$LOGIN_METHOD: a login with pam_krb5 alone asks the KDC ($alone requests)"
    world_pam krb5
    before=$(issued)
    is "$(counted session_open one alice)" "$alone" "$LOGIN_METHOD: one with pam_credmgr asks no more"
    serves "pam_krb5, $LOGIN_METHOD"
    sleep 1
    is $(($(issued) - before)) 1 "$LOGIN_METHOD: the KDC has issued one ticket-granting ticket"
    ok "$LOGIN_METHOD: alice logs out" session_close one
    ok "$LOGIN_METHOD: no key is left" wait_for 5 no_keys
done

# login(1), which opens the session before it sets the credentials, and su, which does it the other way round.
LOGIN_METHOD=password
at_terminal() { tty_login alice 'sleep 1; credmgr tickets | grep krbtgt; credmgr sessions'; }
by_su() { tty_talk "setpriv --reuid=$(uid_of bob) --regid=$(uid_of bob) --clear-groups su alice -c 'sleep 1; credmgr tickets; credmgr sessions'" assword "$(password_of alice)"; }
for way in at_terminal by_su; do
    world_pam krb5 without
    alone=$(counted $way)
    cmp_num "$alone" -gt 0 "$way: a login with pam_krb5 alone asks the KDC ($alone requests)"
    world_pam krb5
    is "$(counted $way)" "$alone" "$way: one with pam_credmgr asks no more"
    out=$($way)
    like "$out" "krbtgt/$REALM" "$way: credmgr tickets shows the ticket" || diag "$out"
    like "$out" 'Kerberos' "$way: lsad has Kerberos for her session"
    ok "$way: no key is left" wait_for 5 no_keys
done

# ---- sshd with delegated tickets -----------------------------------------------------------------------------------

kill "$SSHD_PID"; wait "$SSHD_PID" 2>/dev/null
sed -i 's/^ListenAddress.*/ListenAddress 127.0.0.2/' /etc/ssh/sshd_config
echo "GSSAPIAuthentication yes" >>/etc/ssh/sshd_config
sed -i "s/Hostname 127.0.0.1/Hostname $WORLD_HOST/; s/GSSAPIAuthentication no/GSSAPIAuthentication yes/" $W/ssh_config
# With a cache of root's own in its environment, as from an administrator's shell: that is nobody's ticket.
export KRB5CCNAME=FILE:$W/client.cc
/usr/sbin/sshd -D -e -f /etc/ssh/sshd_config </dev/null >>$W/sshd.log 2>&1 &
SSHD_PID=$!
ok "sshd takes tickets" wait_for 10 ss_listening $SSHD_PORT
world_pam unix
LOGIN_METHOD=gssapi-with-mic

password_of alice | kinit -f -r 1h alice >/dev/null
before=$(first_tickets)
ok "gssapi without delegation: alice logs in" session_open one alice
is "$(session_count alice)" 0 "gssapi without delegation: there is no logon session"
ok "gssapi without delegation: she logs out" session_close one
echo "    GSSAPIDelegateCredentials yes" >>$W/ssh_config
ok "gssapi: alice logs in with a ticket, and delegates it" session_open one alice
is "$(session_count alice)" 1 "gssapi: she has one logon session"
is "$(session_key one)" "$(session_luid alice)" "gssapi: her processes know it"
serves gssapi
is "$(packages_of alice)" "Kerberos" "gssapi: no other package has anything, there was no password"
is "$(first_tickets)" "$before" "gssapi: the KDC was not asked for a first ticket"
isnt "$(session_run one 'echo $KRB5CCNAME')" "" "gssapi: sshd's own cache is still there for others"
lsad_kill 2>/dev/null
lsad_start
out=$(kerberos_in_session one 2>&1)
is $? 0 "gssapi: and the session's ticket is there for the next lsad" || diag "$out"
ok "gssapi: she logs out" session_close one
ok "gssapi: no key is left" wait_for 5 no_keys
# Whom ~/.k5login lets in has their own ticket in that session.
echo "bob@$REALM" | install -m 600 -o alice /dev/stdin /home/alice/.k5login
password_of bob | kinit -f bob >/dev/null
ok "bob logs in as alice, by her .k5login" session_open one alice
like "$(session_run one credmgr tickets)" "bob@$REALM +krbtgt/$REALM" "bob as alice: the session has his ticket"
ok "bob as alice: which makes a context" session_run one "KRB5CCNAME=FILE:/nonexistent $(kerberos_client one)"
like "$(gss_server_log | tail -n 20)" 'Accepted connection: "bob@' "bob as alice: it is bob for gss-server"
ok "bob as alice: he logs out" session_close one
rm /home/alice/.k5login
password_of alice | kinit -F alice >/dev/null
ok "a ticket that cannot be forwarded: alice logs in" session_open one alice
is "$(session_count alice)" 0 "a ticket that cannot be forwarded makes no session"
ok "a ticket that cannot be forwarded: she logs out" session_close one
unset KRB5CCNAME

# ---- a cache that the PAM environment names --------------------------------------------------------------------------

LOGIN_METHOD=password
# As pam_sss does it, while it authenticates; and here any user may.
sed -i '1i auth required pam_env.so user_readenv=1' /etc/pam.d/common-auth
name_cache() { # name
    echo "KRB5CCNAME DEFAULT=$1" >/home/alice/.pam_environment
    chown alice: /home/alice/.pam_environment
}
kinit_as() { # cache
    password_of alice | as alice sh -c 'KRB5CCNAME=$1; export KRB5CCNAME; kinit -f alice' sh "$1" >/dev/null
}
caches="FILE:/home/alice/cc DIR:/home/alice/ccs KEYRING:persistent:$(uid_of alice) KEYRING:user:cc-$WORLD_ID"
# Where sssd's keeper of caches is installed (Fedora), it is asked, too.
if [ -x /usr/libexec/sssd/sssd_kcm ]; then
    mkdir -p /var/lib/sss/db /var/lib/sss/secrets /var/log/sssd /run/sssd
    /usr/libexec/sssd/sssd_kcm --uid 0 --gid 0 --logger=stderr </dev/null >$W/kcm.log 2>&1 &
    ok "sssd_kcm is there" wait_for 5 test -S /run/.heim_org.h5l.kcm-socket
    caches="$caches KCM:$(uid_of alice)"
fi
for cache in $caches; do
    [ "$cache" != DIR:/home/alice/ccs ] || install -d -m 700 -o alice /home/alice/ccs
    kinit_as "$cache"
    name_cache "$cache"
    before=$(first_tickets)
    ok "$cache: alice logs in" session_open one alice
    serves "$cache"
    sleep 1
    is "$(first_tickets)" "$before" "$cache: the KDC was not asked for a first ticket"
    like "$(packages_of alice)" NTLM "$cache: the password served the other packages"
    ok "$cache: she logs out" session_close one
    ok "$cache: no key is left" wait_for 5 no_keys
    as alice kdestroy -c "$cache" 2>/dev/null
done

# ---- an unlocked screen ----------------------------------------------------------------------------------------------

# As pam_credmgr.so does it when a locker that runs as root calls pam_setcred(PAM_REFRESH_CRED) behind pam_krb5.
unlock_request() { perl -e 'my @f = (1, "alice", 2, "login", 6, $ENV{P}, 11, $ENV{C}); print "CMN1"; while (@f) { my ($t, $v) = splice(@f, 0, 2); print pack("CN/a", $t, $v) }'; }
expires() { session_run one credmgr tickets --json | perl -MJSON::PP -0777 -e '
    print map { "$_->{end_time}\n" } grep { $_->{server} =~ /^krbtgt/ } @{decode_json(<STDIN>)->{tickets}}'; }
rm -f /home/alice/.pam_environment
ok "alice logs in" session_open one alice
ok "by her password she has a ticket" wait_for 10 has_tgt one
old=$(expires)
isnt "$old" "" "it ends some time ($old)"
sleep 1.1
kinit_as FILE:/home/alice/cc
before=$(first_tickets)
P=$(password_of alice) C=FILE:/home/alice/cc unlock_request | /usr/libexec/credmgr/mpnotify unlock >$W/unlock.reply
isnt "$(expires)" "$old" "she unlocks her screen: the session has the ticket that another module got meanwhile"
sleep 1
is "$(first_tickets)" "$before" "and the KDC was not asked for a first ticket"
ok "she logs out" session_close one
ok "no key is left" wait_for 5 no_keys

# ---- what a user can make of it --------------------------------------------------------------------------------------

password_of bob | as bob sh -c 'KRB5CCNAME=FILE:/home/bob/cc kinit bob' >/dev/null
chmod 711 /home/bob
cp /home/bob/cc /home/bob/shared.cc && chown bob: /home/bob/shared.cc && chmod 644 /home/bob/shared.cc
install -m 600 -o alice /home/bob/cc /home/alice/of-bob
as alice mkfifo /home/alice/fifo
as alice truncate -s 1G /home/alice/sparse
as alice ln -s /dev/zero /home/alice/zero
as alice sh -c 'head -c 100000 /dev/urandom >/home/alice/noise; printf "\005\004" >/home/alice/short'
install -d -m 700 -o alice /home/alice/ccs
echo ../of-bob | install -m 600 -o alice /dev/stdin /home/alice/ccs/primary
long=$(printf %01100d 0)
while read -r cache why; do
    name_cache "$cache"
    what=${cache:0:60}
    log_clear
    before=$SECONDS
    ok "$what: alice logs in" session_open one alice
    cmp_num $((SECONDS - before)) -lt 10 "$what: at once"
    ok "$what: by her password she has a ticket" wait_for 10 has_tgt one
    like "$(session_run one credmgr tickets)" 'alice' "$what: it is hers"
    unlike "$(session_run one credmgr tickets)" 'bob' "$what: nothing is bob's"
    ok "$what: the log says \"$why\"" logged "tickets in ${cache:0:40}.* are not taken over: $why" || diag "$(grep 'tickets in' $W/syslog)"
    ok "$what: she logs out" session_close one
    is "$(pgrep -c ccache-reader)" 0 "$what: nothing goes on"
done <<END
FILE:/home/bob/cc Permission denied
FILE:/home/bob/shared.cc a file of uid
FILE:/home/alice/of-bob tickets of bob@$REALM, who is not alice
FILE:/dev/zero not a regular file
FILE:/home/alice/zero not a regular file
/home/alice/fifo not a regular file
FILE:/home/alice/sparse a file of 1073741824 bytes
FILE:/home/alice/noise Unsupported credentials cache format
FILE:/home/alice/short Bad format in credentials cache
FILE:home/alice/cc a relative path
FILE:/home/alice/$long a name of
DIR:/home/alice/ccs its file .primary. names no cache
MEMORY:alice not a FILE:
API:alice not a FILE:
KEYRING:persistent:$(uid_of bob) Invalid UID in persistent keyring name
KCM:$(uid_of bob) No KCM server found
END
# None at all is nothing to speak of.
sshd_key alice
for LOGIN_METHOD in password publickey; do
    name_cache FILE:/home/alice/not-there
    log_clear
    ok "$LOGIN_METHOD, a cache that is not there: alice logs in" session_open one alice
    is "$(grep -v pam_env $W/syslog | grep -c -i 'tickets\|mpnotify\|credmgr')" 0 "$LOGIN_METHOD: it is not spoken of"
    ok "$LOGIN_METHOD, a cache that is not there: she logs out" session_close one
done
kinit_as FILE:/home/alice/cc
name_cache FILE:/home/alice/cc
ok "publickey and a cache: alice logs in" session_open one alice
serves "publickey and a cache"
ok "publickey and a cache: she logs out" session_close one
LOGIN_METHOD=password
# bob lends alice a ticket, and she says so: a password is still her own.
echo "bob@$REALM" | install -m 600 -o alice /dev/stdin /home/alice/.k5login
name_cache FILE:/home/alice/of-bob
ok "bob's tickets, by .k5login: alice logs in" session_open one alice
ok "by her password she has a ticket" wait_for 10 has_tgt one
unlike "$(session_run one credmgr tickets)" 'bob' "and nothing of bob's"
ok "she logs out" session_close one
ok "no key is left" wait_for 5 no_keys

done_testing
