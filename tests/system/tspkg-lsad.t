#!/bin/bash
# CredSSP's package in lsad: the password of a logon session goes to the servers that lsa.conf names, encrypted by lsad, and is at no
# time in the memory of the person's program, nor what it could be had from. Neither end is more than sspi-tspkg here: no TLS.
WORLD_LIMIT=${WORLD_LIMIT:-180}
. "$(dirname "$0")/world.sh"
. "$world_source/tests/system/lib/watch.sh"

world_kdc
# A server with a service of its own at the KDC, and the name of one that the KDC does not know.
kerberos=TERMSRV/$WORLD_HOST ntlm=TERMSRV/elsewhere.$WORLD_DOMAIN
printf 'addprinc -randkey %s\nktadd -k /etc/krb5.keytab %s\n' "$kerberos" "$kerberos" | kadmin.local >>$W/kadmin.log 2>&1
lsad_configure
cp /etc/credmgr/lsa.conf $W/lsa.conf
# rules 'NAME = VALUE'…: lsad begins again with this [tspkg].
rules() {
    lsad_stop
    { cat $W/lsa.conf && echo "[tspkg]" && printf '%s\n' "$@"; } >/etc/credmgr/lsa.conf
    lsad_start
}
rules
world_pam krb5
world_sshd
hash_of() { printf %s "$1" | iconv -t UTF-16LE | sha256sum | cut -d' ' -f1; }
sspi-tspkg server --port 4700 </dev/null >$W/server.log 2>&1 &
wait_for 5 ss_listening 4700 || die "the server does not listen: $(cat $W/server.log)"
sspi-tspkg server --port 4701 --channel "that of somebody between" </dev/null >$W/between.log 2>&1 &
wait_for 5 ss_listening 4701
# client [OPTION…]: a program of her session; what the server says of it is then in $W/said.
client() { in_session "sspi-tspkg client --port 4700 $*"; }
in_session() {
    local ended status
    ended=$(grep -c ^end: $W/server.log)
    session_run one "$1" >$W/client.log 2>&1
    status=$?
    wait_for 5 log_has_lines $W/server.log ^end: $((ended + 1))
    awk -v n="$ended" 'e == n; /^end:/ { e++ }' $W/server.log >$W/said
    cat $W/client.log
    return $status
}
keeps() { logon_sessions alice | grep -q TSSSP; }

# ---- nobody is named: nothing is kept
ok "alice logs in" session_open one alice
ok "she has her ticket" wait_for 10 has_tgt one
not_ok "where nobody may be given it, no password is kept" keeps
not_ok "a server is refused it" client --target "$kerberos"
like "$(cat $W/client.log)" SEC_E_DELEGATION_POLICY "by the policy"
ok "without delegation she is let in" client --target "$kerberos" --keep
like "$(cat $W/said)" '^client: .*alice' "as herself"
like "$(cat $W/said)" '^delegated: nothing' "with an empty set"
like "$(cat $W/said)" "^token: uid $(uid_of alice)" "which is enough to act as her (Restricted Admin)"
rules "allow_default_credentials = $kerberos"
not_ok "a password that was not kept cannot be delegated" client --target "$kerberos"
like "$(cat $W/client.log)" SEC_E_NO_CREDENTIALS "which is said"

like "$(printf '%s\n' "$(password_of alice)" | session_feed one "lsa-unlock alice")" '^success ' "she unlocks her screen"
ok "from then on it is kept" keeps

# ---- a server that proves itself
session_close one
ok "she logs in anew" session_open one alice
ok "and has her ticket" wait_for 10 has_tgt one
ok "the password is kept" keeps
secrets_of alice >$W/secrets
ok "it is delegated, and was not in her program's memory" watched one "sspi-tspkg client --port 4700 --target $kerberos"
like "$(cat $W/watched.log)" 'context: TSSSP, delegated, mutual authentication' "to a server that Kerberos proves" || diag "$(cat $W/watch.log)"
wait_for 5 grep -q "^password: " $W/server.log
like "$(tail -n 9 $W/server.log)" "^password: $(hash_of "$(password_of alice)")" "which has her password"
like "$(tail -n 9 $W/server.log)" "^user: alice" "and her name"
not_ok "a server that is not named is refused" client --target "$ntlm"
like "$(cat $W/client.log)" SEC_E_DELEGATION_POLICY "before anything is sent"
not_ok "somebody who sits between is noticed" session_run one "sspi-tspkg client --port 4701 --target $kerberos"
unlike "$(cat $W/between.log)" '^password' "and gets nothing"

ok "Remote Credential Guard" client --target "$kerberos" --redirect
like "$(cat $W/said)" '^delegated: type 10' "gives tickets"
unlike "$(cat $W/said)" '^password' "and no password"

# ---- what she has saved for a server
ok "she saves another account for it" session_feed one "credmgr save $kerberos --user=bob --password-fd=0" <<<"$(password_of bob)"
not_ok "which another rule is for" client --target "$kerberos"
like "$(cat $W/client.log)" SEC_E_DELEGATION_POLICY "which does not name the server"
rules "allow_default_credentials = $kerberos" "allow_saved_credentials = $kerberos"
secrets_of bob >$W/secrets
ok "named, it is delegated through no memory of hers" watched one "sspi-tspkg client --port 4700 --target $kerberos"
wait_for 5 grep -q '^client: .*bob' $W/server.log
like "$(tail -n 9 $W/server.log)" "^password: $(hash_of "$(password_of bob)")" "bob's password"
ok "she deletes it" session_run one "credmgr save --delete $kerberos"

# ---- a control: who types the password has it
install -m 600 -o alice /dev/null /home/alice/secret 2>/dev/null || install -m 600 -o "$(uid_of alice)" /dev/null /home/alice/secret
password_of alice >/home/alice/secret
secrets_of alice >$W/secrets
watched one "sspi-tspkg client --port 4700 --target $kerberos --keep --user alice --domain $REALM --password-fd 3 3</home/alice/secret"
is $? 1 "a program that is given the password is found to have it"

# ---- servers that prove nothing: NTLM
rules "allow_default_credentials = TERMSRV/*"
not_ok "NTLM proves no server" client --target "$ntlm"
like "$(cat $W/client.log)" SEC_E_POLICY_NLTM_ONLY "which is said"
unlike "$(cat $W/said)" '^password' "and it has got nothing"
not_ok "that a program says its certificate is good does not help" client --target "$ntlm" --trusted
like "$(cat $W/client.log)" SEC_E_POLICY_NLTM_ONLY "for the password that lsad holds"
rules "allow_default_credentials_ntlm_only = TERMSRV/*"
secrets_of alice >$W/secrets
ok "a rule for NTLM lets it go" watched one "sspi-tspkg client --port 4700 --target $ntlm"
wait_for 5 log_has_lines $W/server.log '^package: NTLM' 2
like "$(tail -n 9 $W/server.log)" "^password: $(hash_of "$(password_of alice)")" "there, and through no memory of hers"

# ---- lsad goes and comes back
session_run one "mkfifo /tmp/go; exec sspi-tspkg client --port 4700 --target $kerberos --pause </tmp/go" >$W/client.log 2>&1 &
half=$!
wait_for 5 test -p /tmp/go
exec 7<>/tmp/go
wait_for 5 grep -q paused $W/client.log
lsad_kill
lsad_start
echo >&7
exec 7>&-
wait $half
like "$(cat $W/client.log)" 'SEC_E_INVALID_HANDLE' "a handshake that lsad was killed in does not go on"
ok "the next one works: the password is the kernel's" client --target "$kerberos"
like "$(cat $W/said)" "^password: $(hash_of "$(password_of alice)")" "the same"

# ---- who else
luid=$(session_luid alice)
ok "bob logs in" session_open two bob
out=$(session_run two "sspi-tspkg client --port 4700 --target $kerberos --luid $luid" 2>&1)
like "$out" SEC_E_NOT_OWNER "bob cannot send her password"
like "$(sspi-tspkg client --port 4700 --target "$kerberos" --luid "$luid" 2>&1)" '^myself: .*alice' "root may name any session"
new="Another-Pw-$WORLD_ID"
change() { printf '%s\n%s\n%s\n' "$(password_of alice)" "$new" "$new" | pamtester sshd alice chauthtok; }
ok "she changes it" change
ok "her session delegates" client --target "$kerberos"
like "$(cat $W/said)" "^password: $(hash_of "$new")" "the new one"

# ---- without the package
sed -i 's/^#packages = kerberos ntlm tspkg$/packages = kerberos ntlm/' $W/lsa.conf
rules "allow_default_credentials = $kerberos"
not_ok "an lsad without TSPkg delegates nothing" client --target "$kerberos"
like "$(cat $W/client.log)" SEC_E_NO_CREDENTIALS "since nobody else has the password"
unlike "$(cat $W/syslog $W/lsad.log)" "$new|$(password_of alice)" "neither is in a log"
for name in one two; do ok "logout: $name" session_close $name; done
ok "no key is left" wait_for 5 no_keys

done_testing
