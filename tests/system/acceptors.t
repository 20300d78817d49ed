#!/bin/bash
# Services that accept without reading a keytab: lsad holds the machine's, and [acceptors] of lsa.conf says which uid may accept as which
# service. Clients are MIT's: gss-client, and python3-gssapi over HTTP.
. "$(dirname "$0")/world.sh"

world_kdc
{
    echo "addprinc -randkey HTTP/$WORLD_HOST"
    echo "ktadd -k /etc/krb5.keytab HTTP/$WORLD_HOST"
    echo "addprinc -randkey imap/$WORLD_HOST"
    echo "ktadd -k /etc/imap.keytab imap/$WORLD_HOST"
} | kadmin.local >>$W/kadmin.log 2>&1
lsad_configure
cat >>/etc/credmgr/lsa.conf <<END
[acceptors]
HTTP = $(uid_of bob)
imap/$WORLD_HOST = nobody, bob keytab=/etc/imap.keytab
host = carla
END
lsad_start

password_of alice | as alice sh -c 'KRB5CCNAME=FILE:/tmp/alice.cc; export KRB5CCNAME; kinit -f alice >/dev/null'

# serve USER PORT PRINCIPAL: our acceptor as USER, who is in no login.
serve() {
    as "$1" sspi-server --package Kerberos --port "$2" ${3:+--principal "$3"} </dev/null >"$W/server-$2.log" 2>&1 &
    wait_for 5 ss_listening "$2"
}
# gss SERVICE PORT: MIT's gss-client, as alice, to the acceptor there.
gss() { as alice sh -c "KRB5CCNAME=FILE:/tmp/alice.cc gss-client -port $2 127.0.0.1 $1@$WORLD_HOST 'for $1'" 2>&1; }
refused() { as "$1" timeout 5 sspi-server --package Kerberos --port 4999 ${2:+--principal "$2"} --count 1 </dev/null 2>&1; }

not_ok "bob cannot read the machine's keytab" as bob cat /etc/krb5.keytab
ok "but he serves" serve bob 4450
out=$(gss HTTP 4450)
is $? 0 "as HTTP: gss-client makes a context with him" || diag "$out"
like "$out" 'Signature verified' "as HTTP: and verifies his signature"
like "$(cat $W/server-4450.log)" "server: HTTP/$WORLD_HOST@$REALM" "as HTTP: that is what he is"
like "$(cat $W/server-4450.log)" 'received: .*sealed: for HTTP' "as HTTP: he opened her message"
out=$(gss imap 4450)
is $? 0 "as imap, whose keytab is another" || diag "$out"
out=$(gss host 4450)
isnt $? 0 "not as host, though lsad has its key"
like "$(cat $W/server-4450.log)" 'AcceptSecurityContext' "bob's program is told that it cannot"
unlike "$(cat $W/server-4450.log)" 'for host' "and has not seen the message"

ok "bob serves as HTTP alone" serve bob 4451 "HTTP/$WORLD_HOST"
ok "he does" gss HTTP 4451
not_ok "and not as imap" gss imap 4451
ok "carla serves as host" serve carla 4452
ok "she does" gss host 4452
not_ok "and not as HTTP" gss HTTP 4452

out=$(refused bob "host/$WORLD_HOST")
isnt $? 0 "bob may not ask for host"
like "$out" 'SEC_E_NO_CREDENTIALS' "SEC_E_NO_CREDENTIALS"
out=$(refused alice)
isnt $? 0 "alice may accept as nothing"
like "$out" 'SEC_E_NO_CREDENTIALS' "SEC_E_NO_CREDENTIALS"

# A replayed request is refused, in lsad as well: what gss-client sends once, somebody sends again.
cat >$W/replay.pl <<'END'
use IO::Socket::INET;
my ($to, $record) = @ARGV;
local $/; open my $f, '<', $record or die; my $bytes = <$f>;
my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$to") or die; print $s $bytes; shutdown $s, 1; my $answer = <$s>;
print length($answer // ""), "\n";
END
cat >$W/tee.pl <<'END'
use IO::Socket::INET; use IO::Select;
my ($port, $to, $record) = @ARGV;
my $l = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 1, ReuseAddr => 1) or die;
my $c = $l->accept; my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$to") or die;
open my $f, '>', $record or die; my $select = IO::Select->new($c, $s);
while (my @ready = $select->can_read(5)) { for my $r (@ready) { my $n = sysread $r, my $b, 65536; exit unless $n;
    if ($r == $c) { syswrite $s, $b; syswrite $f, $b } else { syswrite $c, $b } } }
END
perl $W/tee.pl 4453 4452 $W/record &
wait_for 5 ss_listening 4453
ok "host, through somebody who listens" gss host 4453
before=$(grep -c '^context:' $W/server-4452.log) failed=$(grep -c AcceptSecurityContext $W/server-4452.log)
cmp_num "$(perl $W/replay.pl 4452 $W/record)" -lt 16 "the same bytes again get no AP-REP"
is "$(grep -c '^context:' $W/server-4452.log)" "$before" "and make no context"
is "$(grep -c AcceptSecurityContext $W/server-4452.log)" $((failed + 1)) "but one more failure"

# New keys in the keytab are found by who acquired before.
kadmin.local ktadd -k /etc/krb5.keytab "HTTP/$WORLD_HOST" >/dev/null
password_of alice | as alice sh -c 'KRB5CCNAME=FILE:/tmp/alice.cc; export KRB5CCNAME; kinit -f alice >/dev/null'
ok "after a change of the keys" gss HTTP 4450
# Nor does it matter whether the file is written to, or another one takes its place.
rm -f $W/new.keytab
kadmin.local ktadd -k $W/new.keytab "imap/$WORLD_HOST" >/dev/null
mv $W/new.keytab /etc/imap.keytab
password_of alice | as alice sh -c 'KRB5CCNAME=FILE:/tmp/alice.cc; export KRB5CCNAME; kinit -f alice >/dev/null'
ok "after a keytab was replaced" wait_for 10 gss imap 4450
# And lsad may be another one.
lsad_kill 2>/dev/null
lsad_start
ok "after a restart of lsad" gss HTTP 4450

# python3-gssapi, with the mechanism krb5, over HTTP.
as bob sspi-http --serve --port 8081 </dev/null >$W/http.log 2>&1 &
wait_for 5 ss_listening 8081
cat >$W/client.py <<'END'
import base64, gssapi, http.client, sys
krb5 = gssapi.MechType.kerberos
name = gssapi.Name("HTTP@" + sys.argv[1], gssapi.NameType.hostbased_service)
c = gssapi.SecurityContext(name=name, mech=krb5, usage="initiate", flags=[gssapi.RequirementFlag.mutual_authentication])
h = http.client.HTTPConnection("127.0.0.1", 8081)
h.request("GET", "/"); r = h.getresponse(); r.read(); h.close()
print(r.status, r.getheader("WWW-Authenticate"))
h.request("GET", "/", headers={"Authorization": "Negotiate " + base64.b64encode(c.step()).decode()})
r = h.getresponse()
print(r.status, r.read().decode())
c.step(base64.b64decode(r.getheader("WWW-Authenticate").split()[1]))
print("complete", c.complete)
END
out=$(as alice sh -c "KRB5CCNAME=FILE:/tmp/alice.cc python3 -I $W/client.py $WORLD_HOST" 2>&1)
like "$out" '^401 Negotiate' "HTTP: who does not authenticate is refused" || diag "$(cat $W/http.log)"
like "$out" "^200 Hello, alice@$REALM at HTTP/$WORLD_HOST@$REALM" "HTTP: python3-gssapi is known as alice"
like "$out" '^complete True' "HTTP: and knows the server"

done_testing
