#!/bin/bash
# Who verifies a client of NTLM for services that bring no account along: the people who are logged on, and the account file, which
# `credmgr account` edits. Who may ask; who guesses; what is told of it.
. "$(dirname "$0")/world.sh"

sam=/var/lib/credmgr/sam
lsad_configure
cat >>/etc/credmgr/lsa.conf <<END
[acceptors]
NTLM = bob
[ntlm]
keep_local_accounts = yes
END
lsad_start
world_pam unix
world_sshd

# serve USER PORT: an acceptor with default credentials, as USER.
serve() {
    as "$1" sspi-server --package NTLM --port "$2" </dev/null >"$W/server-$2.log" 2>&1 &
    wait_for 5 ss_listening "$2"
}
# client PORT USER DOMAIN PASSWORD [OPTION…]
client() { sspi-client --package NTLM --target "cifs/$WORLD_HOST" --port "$1" --user "$2" --domain "$3" --password-fd 0 "${@:5}" hello <<<"$4" 2>&1; }
# says PORT PATTERN: the last lines of that acceptor, which may be a moment behind its client.
says() { wait_for 5 said "$@"; }
said() { tail -n "${3:-2}" "$W/server-$1.log" | grep -Eq "$2"; }
account() { credmgr account "$@"; }
state_of() { account list --json | perl -MJSON::PP -0777 -e 'for (@{decode_json(<STDIN>)->{accounts}}) { print $_->{state} if $_->{account} eq $ARGV[0] }' "$1"; }

# ---- the file
is "$(account list | wc -l)" 1 "there is no account at first"
ok "an account" account add --password-fd 0 dave <<<"Dave's password"
is "$(stat -c '%a %u' $sam)" "600 0" "its file is root's alone"
unlike "$(cat $sam)" "Dave's password" "no password is in it"
not_ok "an account that there is" account add --password-fd 0 DAVE <<<"another"
like "$(account add --password-fd 0 'BOX\dave' <<<x 2>&1)" 'no name of an account' "a name with a domain is none"
like "$(account add --password-fd 0 erin <<<'' 2>&1)" 'an empty password is none' "an empty password is none"
like "$(account passwd nobody-here --password-fd 0 <<<x 2>&1)" 'there is no account nobody-here' "an account that there is not"
like "$(as alice credmgr account list 2>&1)" 'only root' "for root alone"
like "$(as alice cat $sam 2>&1)" 'Permission denied' "the file too"
is "$(state_of dave)" enabled "it is listed"

# ---- the account file verifies
ok "root serves" serve root 4501
ok "bob, whom [acceptors] lets, serves" serve bob 4502
for port in 4501 4502; do
    ok "dave comes to $port" client $port dave BOX "Dave's password"
done
ok "he is an account of this machine" says 4502 'client: BOX.dave' 20
ok "without a domain" client 4501 dave '' "Dave's password"
ok "by the machine's DNS name" client 4501 Dave "$WORLD_HOST" "Dave's password"
ok "as a principal" client 4501 "dave@$WORLD_HOST" '' "Dave's password"
ok "of a workgroup that nobody knows" client 4501 dave WORKGROUP "Dave's password"
wrong=$(client 4501 dave BOX "not Dave's")
isnt $? 0 "a wrong password"
ok "SEC_E_LOGON_DENIED" says 4501 SEC_E_LOGON_DENIED
ok "and why" says 4501 'why: .*for dave'
known=$(tail -n 2 $W/server-4501.log)
client 4501 nemo BOX "not Dave's" >/dev/null
ok "an account that there is not" says 4501 'why: .*for nemo'
is "$(tail -n 2 $W/server-4501.log | sed 's/nemo/dave/')" "$known" "is told the same"
ok "a new password" account passwd dave --password-fd 0 <<<"New for Dave"
ok "counts at once" client 4502 dave BOX "New for Dave"
not_ok "the old one does not" client 4502 dave BOX "Dave's password"
ok "disabled" account disable dave
not_ok "he is not let in" client 4501 dave BOX "New for Dave"
ok "and why, the service is told" says 4501 'why: the account dave is disabled'
log_says $W/lsad.log 'BOX.dave .*0xc000006d/0xc0000072' "STATUS_ACCOUNT_DISABLED, in the log"
client 4501 dave BOX "not Dave's" >/dev/null
ok "but only of who has the password" says 4501 'why: no such account here, or a wrong proof'
ok "enabled" account enable dave
ok "expired" account expire dave 2001-01-01
not_ok "he is not let in, either" client 4501 dave BOX "New for Dave"
ok "and why" says 4501 'why: the account dave is expired'
is "$(state_of dave)" expired "credmgr account list says so"
ok "never to expire" account expire dave never
ok "and he is" client 4502 dave BOX "New for Dave"
ok "wherever he comes" client 4501 dave BOX "New for Dave"

# ---- hostile files
cp -p $sam $W/sam
port=4501 # one and the other: three wrong proofs in a row make the next one wait
for line in 'dave' 'dave:00:0:0:' 'DAVE:00000000000000000000000000000000:0:0:' 'x:00000000000000000000000000000000:0:0:Z'; do
    cp -p $W/sam $sam
    echo "$line" >>$sam
    not_ok "a line that is none, or that is there twice ($line): nobody is in the file" client $port dave BOX "New for Dave"
    like "$(account list 2>&1)" "sam:3: no account" "and where it is, is told"
    like "$(credmgr check)" "sam:3: no account.*: name:hash" "credmgr check knows, too"
    not_ok "nor is it written anew" account disable dave
    port=$((9003 - port))
done
cp -p $W/sam $sam
chmod 644 $sam
not_ok "a file that others can read is not believed" client 4501 dave BOX "New for Dave"
rm $sam
ln -s $W/sam $sam
not_ok "nor is a link" client 4502 dave BOX "New for Dave"
rm $sam
cp -p $W/sam $sam
ok "this one is" client 4501 dave BOX "New for Dave"
ok "for bob, too" client 4502 dave BOX "New for Dave"

# ---- the people who are logged on
ok "alice logs in" session_open one alice
ok "alice comes to bob" client 4502 alice BOX "$(password_of alice)"
ok "with what her session has" session_run one "sspi-client --package NTLM --target cifs/$WORLD_HOST --port 4502 hello"
ok "the token is hers" says 4502 "token: alice, uid $(uid_of alice)" 20
not_ok "carla is logged in nowhere, and in no file" client 4502 carla BOX "$(password_of carla)"
out=$(as carla timeout 5 sspi-server --package NTLM --port 4509 --count 1 </dev/null 2>&1)
like "$out" SEC_E_NO_CREDENTIALS "nor may she verify anybody"
session_run one "sspi-server --package NTLM --port 4503 --count 2" </dev/null >$W/server-4503.log 2>&1 &
ok "alice's own program" wait_for 5 ss_listening 4503
ok "may verify herself" client 4503 alice BOX "$(password_of alice)"
not_ok "and nobody else" client 4503 dave BOX "New for Dave"

# ---- passwords that people change
change_password() { # user old new
    printf '%s\n%s\n%s\n' "$2" "$3" "$3" | as "$1" passwd 2>&1
}
ok "carla changes her password" change_password carla "$(password_of carla)" "Nine-Lives-$WORLD_ID"
is "$(state_of carla)" enabled "it is kept"
ok "and carla, who is logged in nowhere, comes" client 4501 carla BOX "Nine-Lives-$WORLD_ID"
like "$(grep -c . $sam)" '^[0-9]+$' "the file is there"
sed -i 's/^carla:/carlotta:/' $sam
is "$(state_of carlotta)" "no user" "one whose user is gone"
ok "is forgotten when the file is next written by a password change" change_password carla "Nine-Lives-$WORLD_ID" "Ten-Lives-$WORLD_ID"
is "$(state_of carlotta)" "" "it is"
sed -i '$a carlotta:00112233445566778899aabbccddeeff:0:0:K' $sam
forgotten() { [ -z "$(state_of carlotta)" ]; }

# ---- useradd and others put another file in the place of /etc/passwd
ok "bob changes his password, too" change_password bob "$(password_of bob)" "Bobs-Uncle-$WORLD_ID"
cp -p /etc/passwd /etc/passwd.new
mv /etc/passwd.new /etc/passwd
ok "bob comes, which takes a new working process of lsad" wait_for 10 client 4501 bob BOX "Bobs-Uncle-$WORLD_ID"
ok "and forgets whose user is gone" wait_for 5 forgotten
ok "carla changes hers" change_password carla "Ten-Lives-$WORLD_ID" "Last-Life-$WORLD_ID"
ok "and comes" client 4501 carla BOX "Last-Life-$WORLD_ID"
is "$(state_of bob)" enabled "nobody is forgotten by it"
ok "alice comes to bob" client 4502 alice BOX "$(password_of alice)"
ok "and is who she was" says 4502 "token: alice, uid $(uid_of alice)" 20

for _ in 1 2 3; do
    cp -p /etc/passwd /etc/passwd.new
    mv /etc/passwd.new /etc/passwd
done
ok "what chfn can do all the time does not take a new one each time" wait_for 5 logged 'passwd was replaced again: it is read in [0-9]* seconds'
ok "a password changed in the meantime" change_password bob "Bobs-Uncle-$WORLD_ID" "Bobs-Aunt-$WORLD_ID"
not_ok "leaves nobody with the one before" client 4502 bob BOX "Bobs-Uncle-$WORLD_ID"
is "$(state_of bob)" enabled "nor without any"
ok "alice comes to bob as before" client 4502 alice BOX "$(password_of alice)"

# ---- who guesses waits, and is told of
for guess in 1 2; do client 4502 erin BOX "guess $guess" >/dev/null; done
start=${EPOCHREALTIME/./}
client 4502 erin BOX "guess 3" >/dev/null
ok "who knows is not kept waiting by it" client 4502 dave BOX "New for Dave"
client 4502 erin BOX "guess 4" >/dev/null
cmp_num $(((${EPOCHREALTIME/./} - start) / 1000)) -ge 1000 "between the third guess and the fourth there is a pause"
like "$(credmgr status)" 'wrong proof, for erin .4 so far' "credmgr status tells root"
log_says $W/lsad.log 'refused: account BOX.erin' "and the log"

# ---- what people's passwords were once is nothing without keep_local_accounts
lsad_stop
sed -i 's/^keep_local_accounts = yes/keep_local_accounts = no/' /etc/credmgr/lsa.conf
lsad_start
not_ok "what was kept does not count" client 4501 carla BOX "Last-Life-$WORLD_ID"
ok "what root has given does" client 4501 dave BOX "New for Dave"

# ---- "Restrict NTLM": outgoing, for what lsad holds and for what a program brings along; incoming
lsad_stop
cat >>/etc/credmgr/lsa.conf <<END
deny_outbound = cifs/*
allow_outbound = cifs/friend.*
audit_outbound = yes
END
lsad_start
to() { sspi-client --package NTLM --target "$1" --port 4502 --user dave --domain BOX --password-fd 0 hello 2>&1 <<<"New for Dave"; }
like "$(to "cifs/$WORLD_HOST")" 'SEC_E_UNSUPPORTED_FUNCTION' "to no file server"
like "$(to "cifs/$WORLD_HOST")" 'why: lsa.conf denies NTLM to cifs/' "and why"
ok "but to a friend" to cifs/friend.example.com
ok "and to others" to "HTTP/$WORLD_HOST"
like "$(session_run one "sspi-client --package NTLM --target cifs/$WORLD_HOST --port 4502 hello" 2>&1)" 'SEC_E_UNSUPPORTED_FUNCTION' \
    "the same for the credentials of a session"
ok "which are good for others" session_run one "sspi-client --package NTLM --target HTTP/$WORLD_HOST --port 4502 hello"
log_says $W/lsad.log "NTLM to cifs/$WORLD_HOST: denied" "the log has what was denied"
log_says $W/lsad.log "NTLM to HTTP/$WORLD_HOST: audited" "and what was not"
# By Negotiate it is as by itself: what NTLM is denied is not the way around Kerberos.
negotiated() { sspi-client --package Negotiate --target "$1" --port 4505 --user dave --domain BOX --password-fd 0 hello 2>&1 <<<"New for Dave"; }
sspi-server --package Negotiate --port 4505 </dev/null >$W/server-4505.log 2>&1 &
ok "an acceptor of Negotiate" wait_for 5 ss_listening 4505
like "$(negotiated "cifs/$WORLD_HOST")" 'SEC_E_UNSUPPORTED_FUNCTION' "by Negotiate to no file server, either"
like "$(negotiated "cifs/$WORLD_HOST")" 'why: .*lsa.conf denies NTLM to cifs/' "and why"
like "$(negotiated "HTTP/$WORLD_HOST")" 'negotiated: NTLM' "but to others"
like "$(session_run one "sspi-client --package Negotiate --target cifs/$WORLD_HOST --port 4505 hello" 2>&1)" 'SEC_E_UNSUPPORTED_FUNCTION' \
    "the same for the credentials of a session"
lsad_stop
echo 'audit_inbound = all' >>/etc/credmgr/lsa.conf
lsad_start
ok "audit_inbound = all: who comes is let in" to "HTTP/$WORLD_HOST"
like "$(cat $W/lsad.log)" 'NTLM from BOX.dave: audited' "and is in the log"
lsad_stop
echo 'deny_inbound = all' >>/etc/credmgr/lsa.conf
lsad_start
not_ok "deny_inbound = all: nobody" to "HTTP/$WORLD_HOST"
ok "why" says 4502 'why: lsa.conf denies NTLM from accounts of all'

# ---- lsad --check
lsa() { # line… at the end; what lsad says of it
    cp /etc/credmgr/lsa.conf $W/lsa.conf
    printf '%s\n' "$@" >>/etc/credmgr/lsa.conf
    lsad --check
    cp $W/lsa.conf /etc/credmgr/lsa.conf
}
is "$(lsad --check)" "" "lsad --check: what stands there is right"
like "$(lsa 'lm_compatibility_level = 6')" '"6" is no value for "lm_compatibility_level" .it takes 0 to 5' "a level that there is not"
like "$(lsa 'verify = sessions, nobody')" 'is no value for "verify"' "a verifier that there is not"
like "$(lsa 'target_name = yes')" 'is no value for "target_name"' "no switch"
like "$(lsa 'deny_inbuond = all')" '.ntlm. has no setting "deny_inbuond"' "a setting that there is not"
like "$(sed -i 's/^NTLM = bob/NTLM = nobody-like-that/' /etc/credmgr/lsa.conf; lsad --check)" 'no user "nobody-like-that" to accept as NTLM' "a user that there is not"

session_close one
ok "no key is left" wait_for 5 no_keys
done_testing
