#!/bin/bash
# A screen is unlocked by i3lock, which runs as the person and has no privilege: the password that was typed there refreshes the logon session,
# when it is right. The KDC says whether it is, or, when there is none to be asked, what the session holds.
. "$(dirname "$0")/world.sh"
# shellcheck source=/dev/null
. "$world_source/tests/system/lib/screen.sh"

world_kdc
world_lsad
world_pam krb5
world_sshd
gss_server_up

# A fingerprint of the ticket-granting ticket: when it was issued.
tgt_of() {
    session_run "$1" credmgr tickets --json | perl -MJSON::PP -0777 -e '
        for (@{decode_json(<STDIN>)->{tickets}}) { print "$_->{start_time}\n" if $_->{server} =~ /^krbtgt/ }'
}
# lsa-unlock in the session, with the password on its standard input.
unlock() { # session password [LUID]
    printf '%s\n' "$2" | session_feed "$1" "lsa-unlock alice ${3:-}"
}
old=$(password_of alice)
new="Another-Pw-$WORLD_ID"

ok "alice logs in" session_open one alice
ok "and a second time" session_open two alice
ok "bob logs in" session_open bob bob
luid=$(session_key one)
ok "she has a ticket" wait_for 10 has_tgt one
tgt=$(tgt_of one)
like "$tgt" '.' "issued at $tgt"
screen_up one
is "$(stat -c %a "$(command -v i3lock)")" 755 "i3lock has no privilege"

# ---- the same password
screen_lock one
ok "it runs as alice" wait_for 5 pgrep -x -u alice i3lock
sleep 1
screen_type "$old"
ok "her password unlocks the screen" wait_for 10 screen_unlocked
ok "lsad has verified it" logged "logon session $luid: alice .* unlocked it, verified by Kerberos"
isnt "$(tgt_of one)" "$tgt" "the session has a fresh ticket"
is "$(session_key one)" "$luid" "it is the same session"
is "$(session_count alice)" 2 "and no new one was made"

# ---- a wrong one
tgt=$(tgt_of one)
log_clear
screen_lock one
screen_type not-hers
sleep 4
ok "a wrong password leaves the screen locked" screen_locked
is "$(tgt_of one)" "$tgt" "and the session as it was"
ok "NTLM, too" ntlm_in_session one

# ---- changed at the KDC while the screen is locked
echo "cpw -pw $new alice" | kadmin.local >>$W/kadmin.log 2>&1
second=$(tgt_of two)
screen_type "$new"
ok "the password that was changed elsewhere unlocks the screen" wait_for 10 screen_unlocked
ok "lsad has verified it with the KDC" logged "logon session $luid: alice .* unlocked it, verified by Kerberos"
isnt "$(tgt_of one)" "$tgt" "the session has a fresh ticket"
ok "and gets tickets for services" kerberos_in_session one
NTLM_PASSWORD=$new ok "NTLM has the new password" ntlm_in_session one
not_ok "and no longer the old one" ntlm_in_session one
is "$(tgt_of two)" "$second" "her other session is as it was: this locker has spoken for one"
ok "with its old password" ntlm_in_session two

# ---- what a program of hers can try
like "$(unlock two "$old")" '^wrong ' "the KDC's no counts, though the session holds that very password"
ok "it is logged" logged "a wrong password for alice from pid [0-9]+ of uid $(uid_of alice)"
out=$(unlock two not-hers)
like "$out" '^wrong .* [1-9][0-9]{2,3} ms' "the next guess waits for a second to be over: $out"
like "$(printf '%s\n' "$new" | session_feed bob 'lsa-unlock alice')" '^no-session ' "bob has no session of alice's"
like "$(printf '%s\n' "$new" | session_feed bob "lsa-unlock alice $luid")" '^not-yours ' "and cannot name hers"
like "$(unlock two "$new" "$luid")" '^not-yours ' "nor she her other one"
ok "the first session goes on" kerberos_in_session one
out=$(unlock two "$new")
like "$out" '^success .* [1-3][0-9]{3} ms' "the right one has waited, too: $out"
like "$(unlock two "$new")" '^success .* [0-9]{1,3} ms' "and after it nothing waits"
NTLM_PASSWORD=$new ok "that session has the new password now" ntlm_in_session two
like "$(printf '%s\n' "$new" | as alice lsa-unlock alice)" '^no-session ' "outside of a login there is nothing to unlock"

# ---- a KDC that is not the machine's: it does not know the machine's key, and takes another password
{
    echo "cpw -randkey host/$WORLD_HOST"
    echo "cpw -pw of-the-false-KDC alice"
} | kadmin.local >>$W/kadmin.log 2>&1
tgt=$(tgt_of one)
like "$(unlock one of-the-false-KDC)" '^wrong ' "the yes of a false KDC does not count"
ok "lsad warns of it" logged 'could not be verified with the machine.s keytab'
is "$(tgt_of one)" "$tgt" "its ticket is not taken"
NTLM_PASSWORD=$new ok "nor its password" ntlm_in_session one
echo "cpw -pw $new alice" | kadmin.local >>$W/kadmin.log 2>&1
like "$(unlock one "$new")" '^success ' "what the session holds decides"
rm -f /etc/krb5.keytab
echo "ktadd -k /etc/krb5.keytab host/$WORLD_HOST" | kadmin.local >>$W/kadmin.log 2>&1

# ---- a login at a terminal, and a program that has another session keyring than its login
printf '%s\n' "$new" >$W/layer/password.alice
install -o alice -m 600 $W/layer/password.alice /home/alice/password
out=$(LOGIN_PASSWORD=$new tty_login alice 'echo "luid $(keyctl pipe $(keyctl search @s user lsa:logon))"
    lsa-unlock alice <password
    echo "login uid $(cat /proc/self/loginuid)"
    keyctl session - lsa-unlock alice <password 2>/dev/null')
is $? 0 "alice logs in at a terminal"
terminal=$(sed -n 's/^luid //p' <<<"$out")
is "$(grep -c "^success 0x00000000 $terminal " <<<"$out")" 2 "and unlocks that session, by its key and by its audit session" || diag "$out"
rm -f $W/layer/password.alice /home/alice/password

# ---- no KDC
log_clear
world_pam unix
sed -i "s,^alice:[^:]*:,alice:$(printf %s "$new" | openssl passwd -6 -stdin):," /etc/shadow
kdc_down
# It takes what has become of /etc with a new working process, and nobody is unlocked in between.
ok "lsad goes on with the new files" logged 'serving /run/lsad/lsa.sock'
screen_lock one
begin=$(milliseconds)
screen_type "$new"
ok "without a KDC the screen is unlocked" wait_for 10 screen_unlocked
cmp_num $(($(milliseconds) - begin)) -lt 4000 "at once"
ok "what the session holds has verified it" logged "logon session $luid: alice .* unlocked it, verified by NTLM with what it holds"
like "$(unlock one "$old")" '^wrong ' "it knows a wrong one"
kdc_silent 88
sleep 1
out=$(unlock one "$new")
like "$out" '^success .* [3-5]... ms' "a KDC that never answers is waited for four seconds: $out"
kill "$KDC_SILENT_PID"
wait "$KDC_SILENT_PID" 2>/dev/null
kdc_up
ok "Kerberos goes on" wait_for 15 kerberos_in_session one

unlike "$(cat $W/syslog $W/lsad.log)" "$new|$old|not-hers|of-the-false" "no password is in a log"
for name in one two bob; do ok "logout: $name" session_close $name; done
ok "no key is left" wait_for 5 no_keys

done_testing
