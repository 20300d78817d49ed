#!/bin/bash
# `make demo`: one person's login from the password to the logout, on a terminal. Everything is real: the KDC, sshd, PAM, lsad, and
# the programs at the other end, none of them ours; all of it in namespaces of its own (tests/system/world.sh), so that
# users, /etc and keyrings of this machine stay as they are. Ends with a table, and with 0 only if every step did what it should.
WORLD_VOICE=plain
WORLD_LIMIT=${WORLD_LIMIT:-300}
. "$(dirname "$0")/../../tests/system/world.sh"

if [ -t 1 ]; then
    bold=$'\e[1m' good=$'\e[32m' bad=$'\e[31m' plain=$'\e[0m'
else
    bold='' good='' bad='' plain=''
fi

# ---- telling ---------------------------------------------------------------------------------------------------------

titles=() verdicts=() values=() steps=0

step() { # title
    steps=$((steps + 1))
    titles[steps]=$1
    verdicts[steps]=ok
    values[steps]=
    printf '\n%s%d. %s%s\n' "$bold" "$steps" "$1" "$plain"
}
tell() { printf '   %s\n' "$*"; }
show() { sed 's/^/      /' <<<"$1"; }
# The step's one line in the table.
value() { values[steps]=$*; }

# expect DESCRIPTION PATTERN TEXT: the text has a line that matches.
expect() {
    local line
    if line=$(grep -m 1 -E -- "$2" <<<"$3"); then
        printf '   %sok%s    %s: %s\n' "$good" "$plain" "$1" "$(sed 's/^ *//; s/.*pamtester: //' <<<"$line")"
        return 0
    fi
    verdicts[steps]=FAILED
    printf '   %sFAILED%s %s\n' "$bad" "$plain" "$1"
    tell "   nothing matches: $2"
    tell "   in:"
    show "${3:-(nothing)}"
    tell "   the end of the log:"
    show "$(tail -n 8 $W/syslog)"
    return 1
}
# holds DESCRIPTION VALUE COMMAND…: the command succeeds.
holds() {
    local description=$1 value=$2 output
    shift 2
    if output=$("$@" 2>&1); then
        expect "$description" . "$value"
    else
        expect "$description" "^(it holds)$" "${output:-$* failed}"
    fi
}
fails() { ! "$@"; }

# ---- the machine -----------------------------------------------------------------------------------------------------

tell "a machine of its own: $(hostname), realm $REALM"
world_kdc
tell "krb5kdc and kadmind on loopback, with principals alice, bob, carla, $SPN"
desk=desk.$WORLD_DOMAIN elsewhere=elsewhere.$WORLD_DOMAIN
echo "127.0.0.2 $desk $elsewhere" >>/etc/hosts
lsad_configure
rule="allow_default_credentials_ntlm_only = TERMSRV/$desk"
printf '[tspkg]\n%s\n' "$rule" >>/etc/credmgr/lsa.conf
lsad_start
tell "lsad: $(sed -n 's/^lsad: serving //p' $W/lsad.log | tail -n 1)"
world_pam krb5
world_sshd
gss_server_up
ntlm_acceptor_up $GSS_ACCEPTOR_PORT ""
nla_build >$W/nla-build.log 2>&1 || die "the client of examples/nla cannot be built: $(cat $W/nla-build.log)"
freerdp_accounts $W/sam <<<"alice $(password_of alice)"
sed -i 's/:BOX:/::/' $W/sam # in whichever domain she says she is
freerdp_module
freerdp_server 3390 /sam-file:$W/sam
tell "$FREERDP: freerdp-shadow-cli, a remote desktop that lets nobody in without network level authentication"
tell "sshd with UsePAM; /etc/pam.d/common-auth:"
show "$(cat /etc/pam.d/common-auth)"

# ---- 1 ---------------------------------------------------------------------------------------------------------------

step "alice logs in with her password: sshd, pam_krb5, pam_credmgr"
out=$(password_of alice | pamtester sshd alice authenticate open_session close_session 2>&1)
expect "pamtester, the same stack" 'successfully authenticated' "$out"
expect "pamtester" 'opened a session' "$out"
expect "pamtester" 'session .*closed' "$out"
holds "what it made has ended with it" "no logon session is left" wait_for 5 no_sessions
begin=$(milliseconds)
holds "ssh alice@$WORLD_HOST" "logged in" session_open demo alice
took=$(($(milliseconds) - begin))
luid=$(session_luid alice)
expect "the logon session" '^[0-9a-f]{16}$' "$luid"
expect "the key lsa:logon in her session keyring" "^$luid\$" "$(session_key demo)"
expect "credential managers called" '^lsa +.* ms' "$(credmgr providers)"
show "$(credmgr providers)"
value "LUID $luid, login in $took ms, manager lsa in $(credmgr providers | grep -oE '[0-9.]+ ms' | head -n 1)"

# ---- 2 ---------------------------------------------------------------------------------------------------------------

step "in that session, programs that have no password"
wait_for 10 has_tgt demo
sessions=$(session_run demo credmgr sessions 2>&1)
expect "credmgr sessions" "$luid +alice" "$sessions"
tickets=$(session_run demo credmgr tickets 2>&1)
expect "credmgr tickets" "krbtgt/$REALM" "$tickets"
value "packages$(grep "$luid" <<<"$sessions" | grep -oE '( (Kerberos|NTLM|TSSSP))+$'), $(grep -c "@$REALM" <<<"$tickets") ticket"

# ---- 3 ---------------------------------------------------------------------------------------------------------------

step "Kerberos through libsspi to MIT's gss-server"
out=$(kerberos_in_session demo 2>&1)
expect "context" 'context: Kerberos.*mutual authentication' "$out"
context=$(sed -n 's/^context: //p' <<<"$out")
expect "a sealed message there" '^sent: .*sealed' "$out"
expect "gss-server has it" 'Received message: "a message from demo"' "$(gss_server_log)"
expect "gss-server knows her" 'Accepted connection: "alice@' "$(gss_server_log)"
expect "its reply" '^reply: .*signature .*good' "$out"
value "$context"

# ---- 4 ---------------------------------------------------------------------------------------------------------------

step "NTLM through libsspi to GSSAPI with gss-ntlmssp"
out=$(ntlm_in_session demo 2>&1)
expect "context" 'context: NTLM' "$out"
context=$(sed -n 's/^context: //p' <<<"$out")
expect "a sealed message there" '^sent: .*sealed' "$out"
expect "gss-ntlmssp has it" 'received: .*sealed: a message from demo' "$(cat $W/gss-acceptor-$GSS_ACCEPTOR_PORT.log)"
expect "and a sealed one back" '^echo: .*sealed' "$out"
value "$context"

# ---- 5 ---------------------------------------------------------------------------------------------------------------

step "Negotiate: Kerberos where it can be, NTLM where it cannot"
out=$(session_run demo "sspi-client --package Negotiate --target $SPN --port $GSS_SERVER_PORT 'by SPNEGO'" 2>&1)
expect "with MIT's gss-server" '^negotiated: Kerberos$' "$out"
expect "gss-server has her message" 'Received message: "by SPNEGO"' "$(gss_server_log)"
out=$(session_run demo "sspi-client --package Negotiate --target cifs/127.0.0.1 --port $GSS_ACCEPTOR_PORT --integrity --confidentiality --echo 'by address'" 2>&1)
expect "with gss-ntlmssp, by an address that no KDC knows" '^negotiated: NTLM$' "$out"
expect "which has it" 'received: .*sealed: by address' "$(cat $W/gss-acceptor-$GSS_ACCEPTOR_PORT.log)"
value "no password was asked for"

# ---- 6 ---------------------------------------------------------------------------------------------------------------

step "CredSSP: a remote desktop gets her password, her program does not"
tell "lsa.conf, [tspkg]: $rule"
watched_status=1
secrets_of alice >$W/secrets
# her_client OPTION…: a program of hers, looked through at every system call.
her_client() {
    watched demo "nla-client -k $*"
    expect "the memory of her program, searched for her password and its hash" '^looked [0-9]+ times.*: found nothing' "$(cat $W/watch.log)"
}
her_client "$desk" 3390
expect "nla-client $desk" '^by .*NTLM' "$(cat $W/watched.log)"
expect "there she is" '^as .*alice' "$(cat $W/watched.log)"
holds "FreeRDP's server" "lets her in" test "$watched_status" = 0
looks=$(grep -oE '[0-9]+ times' $W/watch.log)
her_client "$elsewhere" 3390
expect "nla-client $elsewhere, which no rule names" '0x8009035e' "$(cat $W/watched.log)"
password_of alice | session_feed demo 'umask 77; cat >typed'
watched demo "nla-client -k -u alice $desk 3390 <typed"
expect "the same search, when a program is told the password" '^found: secret' "$(cat $W/watch.log)"
session_run demo 'rm typed'
value "SEC_E_DELEGATION_POLICY elsewhere; her memory, $looks: no password"

# ---- 7 ---------------------------------------------------------------------------------------------------------------

step "alice cannot take the secrets"
keys=$(lsa_keys | tr '\n' ' ')
expect "root sees the LSA's keys (serial numbers)" '[0-9]' "$keys"
thief='for key in '$keys'; do
    for verb in describe read pipe print link; do
        to=; [ $verb = link ] && to=@s
        if keyctl $verb $key $to >/dev/null 2>&1; then echo "TAKEN with keyctl $verb $key"; else denied=$((denied + 1)); fi
    done
done
keyctl search @u keyring '$LSA_ANCHOR' >/dev/null 2>&1 && echo "FOUND by name"
echo "$denied attempts, all denied: $(keyctl read '${keys%% *}' 2>&1 | tail -n 1)"'
out=$(session_run demo "$thief" 2>&1)
expect "alice, with keyctl" '^[0-9]+ attempts, all denied' "$(grep -v -E 'TAKEN|FOUND' <<<"$out")"
holds "and nothing was taken" "not one of $(wc -w <<<"$keys") keys" fails grep -qE 'TAKEN|FOUND' <<<"$out"
sshd_key root
LOGIN_METHOD=publickey session_open root root
expect "a root login holds root's user keyring" '_uid.0' "$(session_run root 'keyctl show @s' 2>&1)"
echo "$thief" >/tmp/thief
chmod 755 /tmp/thief
out=$(session_run root 'su alice -c "sh /tmp/thief; keyctl show @s"' 2>&1)
expect "su alice inside it inherits that" '_uid.0' "$out"
expect "and gets nothing either" '^[0-9]+ attempts, all denied' "$(grep -v -E 'TAKEN|FOUND' <<<"$out")"
holds "nothing was taken" "not one" fails grep -qE 'TAKEN|FOUND' <<<"$out"
session_close root
worker=$(lsad_worker)
expect "strace of lsad" 'Operation not permitted|not allowed' "$(session_run demo "strace -p $worker" 2>&1)"
expect "a core of lsad with gcore" 'Operation not permitted|not allowed|failed' \
    "$(session_run demo "gcore -o /tmp/core $worker 2>&1; ls /tmp/core.* 2>&1" | grep -v '^warning')"
expect "its memory" 'Permission denied' "$(session_run demo "cat /proc/$worker/mem" 2>&1)"
expect "a signal that dumps core" 'not permitted' "$(session_run demo "kill -QUIT $worker" 2>&1)"
value "$(wc -w <<<"$keys") keys, none read; lsad neither traced nor dumped"

# ---- 8 ---------------------------------------------------------------------------------------------------------------

step "bob, logged in nowhere"
out=$(kerberos_as bob 2>&1)
expect "no context" 'SEC_E_NO_CREDENTIALS' "$out"
value "$(grep -oE 'SEC_E_NO_CREDENTIALS[^:]*' <<<"$out" | head -n 1)"

# ---- 9 ---------------------------------------------------------------------------------------------------------------

step "alice changes her password: pamtester chauthtok, pam_krb5, the KDC"
new="Another-Password-$WORLD_ID"
out=$(printf '%s\n%s\n%s\n' "$(password_of alice)" "$new" "$new" | pamtester sshd alice chauthtok 2>&1)
expect "pamtester" 'altered successfully' "$out"
out=$(NTLM_PASSWORD=$new ntlm_in_session demo 2>&1)
expect "an acceptor with the new password" '^echo: .*sealed' "$out"
holds "an acceptor with the old one" "refuses" fails ntlm_in_session demo
expect "as it says" 'gss_accept_sec_context: [A-Z]' "$(tail -n 1 $W/gss-acceptor-$GSS_ACCEPTOR_PORT.log)"
expect "without a new login" "^$luid\$" "$(session_luid alice)"
value "NTLM has the new password at once, in the same logon session"

# ---- 10 --------------------------------------------------------------------------------------------------------------

step "alice logs out"
holds "ssh ends" "connection closed" session_close demo
wait_for 5 no_keys
expect "the logon session is gone" 'nobody has a logon session' "$(credmgr sessions 2>&1)"
expect "its keys and tickets are gone" '^0 keys' "$(lsa_keys | wc -l) keys below the keyring $LSA_ANCHOR"
out=$(kerberos_as alice 2>&1)
expect "step 3 now fails" 'SEC_E_NO_CREDENTIALS' "$out"
value "no session, no key, no ticket"

# ---- the table ---------------------------------------------------------------------------------------------------------

printf '\n%s' "$bold"
printf '%-3s%-67s%-8s%s\n' '' step result value
printf '%s' "$plain"
status=0
for i in $(seq $steps); do
    color=$good
    [ "${verdicts[i]}" = ok ] || { color=$bad status=1; }
    printf '%-3s%-67s%s%-8s%s%s\n' "$i" "${titles[i]}" "$color" "${verdicts[i]}" "$plain" "${values[i]}"
done
[ $steps = 10 ] || status=1
exit $status
