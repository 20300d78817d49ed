#!/bin/bash
# The demo: log in once, use it, try to steal it, log out. Everything is real (KDC, sshd, lsad, the peers) and lives in
# namespaces of its own; nothing of this machine is changed. A line a step, a table at the end, and exit status 0 only if
# every step did what it should.
WORLD_VOICE=plain
WORLD_LIMIT=300
export WORLD_VOICE WORLD_LIMIT
. "$(dirname "$0")/../../tests/system/world.sh"

bold='' plain='' red='' green=''
if [ -t 1 ]; then bold=$'\e[1m' plain=$'\e[0m' red=$'\e[31m' green=$'\e[32m'; fi

step_number=0
step_good=
results=()
# step TITLE: what follows belongs to it.
step() {
    step_end
    step_number=$((step_number + 1))
    step_title=$1
    step_good=yes
    printf '\n%s%d. %s%s\n' "$bold" "$step_number" "$1" "$plain"
}
step_end() {
    [ -n "$step_good" ] || return 0
    results+=("$step_good	$step_number	$step_title")
    step_good=
}
say() { printf '   %s\n' "$*"; }
indent() { sed 's/^/     /'; }
good() { printf '   %sok%s  %s\n' "$green" "$plain" "$1"; }
bad() { # what why
    step_good=no
    printf '   %sNOT%s %s\n' "$red" "$plain" "$1"
    [ -z "${2:-}" ] || printf '%s\n' "$2" | indent
}

# does WHAT COMMAND…: it must succeed; `shows` its output too.
does() {
    local what=$1 out
    shift
    if out=$("$@" 2>&1); then good "$what"; else bad "$what" "$out"; fi
}
shows() {
    local what=$1 out
    shift
    if out=$("$@" 2>&1); then
        good "$what"
        printf '%s\n' "$out" | indent
    else
        bad "$what" "$out"
    fi
}
# refuses WHAT PATTERN COMMAND…: it must fail and say something that matches.
refuses() {
    local what=$1 pattern=$2 out status
    shift 2
    out=$("$@" 2>&1) && status=0 || status=$?
    if [ $status != 0 ] && grep -qE -- "$pattern" <<<"$out"; then
        good "$what"
        grep -E -- "$pattern" <<<"$out" | head -n 3 | indent
    else
        bad "$what" "exit status $status: $out"
    fi
}

# The same stack in a program that only speaks PAM.
pam_alone() {
    password_of alice | pamtester sshd alice authenticate open_session close_session 2>&1 | grep '^pamtester:\|pamtester: '
    return "${PIPESTATUS[1]}"
}
managers() { credmgr providers; }
change_password() { # old new
    printf '%s\n%s\n%s\n' "$1" "$2" "$2" | pamtester sshd alice chauthtok
}
read_keys() { # as: read every key of the LSA; succeeds when one of them could be read
    local key
    for key in $(lsa_keys); do
        "$@" "keyctl pipe $key || keyctl print $key" && return 0
    done
    return 1
}

printf '%scredmgr: log in once; be known everywhere, and let nobody steal it%s\n' "$bold" "$plain"
rm -f /etc/motd
world_kdc
say "a real MIT KDC for the realm $REALM (krb5kdc, process $KDC_PID)"
world_lsad
say "the local security authority lsad (process $LSAD_PID), its keyring: $LSA_ANCHOR"
world_pam krb5
world_sshd
say "a real sshd on 127.0.0.1:$SSHD_PORT, PAM: pam_krb5.so, then pam_credmgr.so"

step "alice logs in with her password at sshd"
shows "pamtester runs the same stack beforehand: authenticate, open_session, close_session" pam_alone
does "which leaves no logon session behind" wait_for 5 no_sessions
does "alice logs in with ssh" session_open alice alice
say "her logon session: LUID $(session_luid alice); her processes know it as $(session_key alice)"
[ "$(session_luid alice)" = "$(session_key alice)" ] || bad "the two are not the same"
shows "the credential managers that were called, with their times" managers

step "in that session, where no process has a password"
does "a ticket came from the KDC in the background" wait_for 10 has_tgt alice
shows "credmgr sessions" session_run alice credmgr sessions
shows "credmgr tickets" session_run alice credmgr tickets

step "Kerberos through libsspi to MIT's gss-server: mutual, a sealed message there, a verified reply"
gss_server_up
shows "sspi-client" kerberos_in_session alice
does "gss-server read the message" grep -q "a message from alice" $W/gss-server.log
grep -E 'Accepted|Received|essage' $W/gss-server.log | head -n 5 | indent

step "NTLM through libsspi to an acceptor with gss-ntlmssp: a sealed message there and back"
shows "sspi-client" ntlm_in_session alice
grep -vE '^$' "$W/gss-acceptor-$GSS_ACCEPTOR_PORT.log" | head -n 5 | indent

step "alice cannot take the secrets"
sshd_key root
LOGIN_METHOD=publickey session_open root root
say "root sees $(lsa_keys | wc -l) keys and keyrings of the LSA"
refuses "alice cannot read the LSA's keys with keyctl" 'Permission denied|Required key not available' read_keys session_run alice
does "a root login possesses root's user keyring, and hands it to su alice" \
    session_run root "su alice -c 'keyctl show @s' | grep -q _uid.0"
su_alice() { session_run root "su alice -c '$1'"; }
refuses "still she cannot read them there" 'Permission denied|Required key not available' read_keys su_alice
for pid in $(lsad_processes); do
    refuses "ptrace of lsad ($pid)" 'not permitted|denied' session_run alice "strace -f -p $pid"
    refuses "its memory" 'denied' session_run alice "cat /proc/$pid/mem"
    refuses "a core dump of it" 'not permitted|denied|gcore: failed' session_run alice "gcore -o /tmp/core $pid && test -s /tmp/core.$pid"
    say "dumpable and privileged it is not: $(tr '\t\n' '  ' </proc/"$pid"/status | grep -oE 'Uid:[ 0-9]+|CapEff: [0-9a-f]+|NoNewPrivs: [01]|Seccomp: [0-9]' | tr '\n' ';')"
done
session_close root

step "bob, who is logged in nowhere, has no credentials"
refuses "sspi-client as bob" 'SEC_E_NO_CREDENTIALS|logon session|log in' kerberos_as bob

step "alice changes her password at the KDC: NTLM has the new one at once, without a new login"
new=Changed-$WORLD_ID-Pw
shows "pamtester chauthtok, through pam_krb5 and pam_credmgr" change_password "$(password_of alice)" "$new"
NTLM_PASSWORD=$new does "NTLM with an acceptor that knows only the new password" ntlm_in_session alice
refuses "and not with one that knows the old one" 'SEC_E_|refused|failed|closed' ntlm_in_session alice
say "the logon session is the same: LUID $(session_luid alice)"

step "alice logs out: the session, its keys and its tickets are gone"
# A program that stays behind when the session ends, with all that it had.
cat >/tmp/stay-behind <<END
until [ -e /tmp/logged-out ]; do sleep 0.1; done
$(kerberos_client alice) >/tmp/afterwards 2>&1
echo \$? >/tmp/status
END
session_run alice 'nohup sh /tmp/stay-behind >/dev/null 2>&1 &'
does "she logs out" session_close alice
does "no logon session is left" wait_for 5 no_sessions
does "no key is left" wait_for 5 no_keys
touch /tmp/logged-out
does "a program of hers was left behind" wait_for 20 test -s /tmp/status
refuses "for which step 3 now fails" 'SEC_E_' sh -c 'cat /tmp/afterwards; exit "$(cat /tmp/status)"'

step_end
printf '\n%ssummary%s\n' "$bold" "$plain"
status=0
for line in "${results[@]}"; do
    IFS=$'\t' read -r result number title <<<"$line"
    if [ "$result" = yes ]; then mark="${green}ok ${plain}"; else mark="${red}NOT${plain}" status=1; fi
    printf '  %s  %s. %s\n' "$mark" "$number" "$title"
done
[ $status = 0 ] || machine_tell
exit $status
