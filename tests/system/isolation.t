#!/bin/bash
# Credential managers that misbehave in every way there is, from real logins: the others are called all the same, nobody waits beyond the
# deadline, and the log and `credmgr providers` say who it was. And managers that start late: they are notified when they are there.
WORLD_LIMIT=${WORLD_LIMIT:-240}
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_pam unix
world_sshd
folder=$(dirname "$(find /usr/lib* -name libcredmgr_lsa.so.1 | head -n 1)")
manager() { # name…
    local name
    for name; do install -m 644 "$BUILD/tests/unit/libcredmgr_test.so.1" "$folder/libcredmgr_$name.so.1"; done
}
order() { # event manager…
    sed -i "s/^$1:.*/$1: ${*:2}/" /etc/credmgr/credmgr.conf
    rm -f "$folder"/*.seen "$folder"/*.ready "$folder"/*.dll
    log_clear
}
setting() { # name value
    sed -i "/^#* *$1 *=/d" /etc/credmgr/credmgr.conf
    echo "$1 = $2" >>/etc/credmgr/credmgr.conf
}
seen() { cat "$folder/$1.seen" 2>/dev/null; }
# timed COMMAND…: its time in $took, in milliseconds. (Not behind ok, which has a shell of its own.)
timed() {
    local begin
    begin=$(milliseconds)
    "$@"
    local status=$?
    took=$(($(milliseconds) - begin))
    return $status
}
providers_value() { # manager key
    credmgr providers --json | perl -MJSON::PP -0777 -e '
        for (@{decode_json(<STDIN>)->{providers}}) { print $_->{$ARGV[1]}, "\n" if $_->{name} eq $ARGV[0] }' "$1" "$2"
}
# Processes that managers left behind, by the numbers that they noted; nobody else's.
end_left() {
    sed -n 's/^left=//p' "$folder"/*.seen 2>/dev/null | xargs -r kill -KILL
}
mpnotify_count() { # from to
    local n
    n=$(pgrep -cx mpnotify)
    [ "$n" -ge "$1" ] && [ "$n" -le "$2" ]
}
no_mpnotify() { ! pgrep -x mpnotify >/dev/null; }

manager good last
order logon lsa good
timed session_open warm alice
session_close warm
timed session_open one alice
usual=$took
session_close one

# ---- what fails at once --------------------------------------------------------------------------------------------

failing="crash crashload crashcaps abort throw jump exit quit killgroup wont oldspec refusesdll memory odd"
# shellcheck disable=SC2086
manager $failing
order logon "$failing good lsa last"
timed session_open one alice
is $? 0 "managers that crash, abort, throw, jump, exit, kill their group, eat memory, refuse: alice logs in"
cmp_num $((took - usual)) -lt 4000 "in $took ms ($usual ms without them)"
for name in $failing; do
    ok "the log names $name" logged "credential manager $name:"
    is "$(providers_value "$name" calls) $(providers_value "$name" failures)" "1 1" "credmgr providers counts its failure"
    isnt "$(providers_value "$name" last_text)" "" "and says why: $(providers_value "$name" last_text)"
done
like "$(providers_value crash last_text)" 'SIGSEGV in NPLogonNotify' "a crash is called one"
is "$(providers_value memory last_error)" 8 "what eats memory gets no more of it (WN_OUT_OF_MEMORY)"
for name in good last; do
    like "$(seen $name)" "^password=$(password_of alice) " "$name is called, with what was typed"
done
like "$(logon_sessions alice)" 'Kerberos NTLM' "lsa, in the middle, has the credentials"
ok "she can use them" ntlm_in_session one
session_close one
ok "no mpnotify is left" wait_for 5 no_mpnotify

# ---- what only looks strange ---------------------------------------------------------------------------------------

strange="closefds scribble overwrite process twice thread children daemon pageones pagezeros pagefives hangdetach crashdetach leavehang"
# shellcheck disable=SC2086
manager $strange
order logon "$strange good lsa last"
timed session_open one alice
is $? 0 "managers that close and write everything, change uid and limits, fork, leave threads and daemons, hang on the way out: alice logs in"
cmp_num $((took - usual)) -lt 8000 "in $took ms"
for name in closefds scribble overwrite process twice thread children daemon hangdetach crashdetach leavehang; do
    is "$(providers_value "$name" calls) $(providers_value "$name" failures)" "1 0" "$name did what it was asked"
done
like "$(seen last)" "^password=$(password_of alice) " "the last is called, with what was typed"
like "$(seen last)" '^ids=0,0,0' "as root"
like "$(seen last)" '^descriptors=0 1 2 $' "with no descriptor of ours"
ok "lsa has the credentials" ntlm_in_session one
session_close one
timed wait_for 10 no_sessions
cmp_num "$took" -lt 3000 "what they left behind does not keep the login open: it has ended after $took ms"
ok "no mpnotify is left but what they left" wait_for 5 mpnotify_count 0 3
end_left
ok "and with those ended none" wait_for 5 no_mpnotify

# ---- what hangs ----------------------------------------------------------------------------------------------------

hanging="hang hangload hangcaps exithang stop endthread pagehang"
# shellcheck disable=SC2086
manager $hanging
# shellcheck disable=SC2086
order logon "$(printf '%s [timeout=500ms] ' $hanging) good lsa last"
timed session_open one alice
is $? 0 "managers that hang while they are loaded, asked, called, left; that stop: alice logs in"
cmp_num $((took - usual)) -lt 9000 "in $took ms: half a second each, and a little"
for name in hang hangload hangcaps exithang stop endthread; do
    ok "the log names $name" logged "credential manager $name: did not answer within 500 ms"
    is "$(providers_value "$name" failures)" 1 "and credmgr providers"
done
for name in good last; do like "$(seen $name)" "^password=$(password_of alice) " "$name is called"; done
ok "none of their processes is left" wait_for 5 no_mpnotify
session_close one

# Without a word about time-outs in the file: 15 s for each, and the deadline of the login before that.
order logon "hang hangcaps good lsa"
timed session_open one alice
is $? 0 "two that hang, with the usual time-outs: alice logs in"
cmp_num "$took" -lt $((28000 + usual)) "in $took ms: by the deadline"
cmp_num "$took" -gt 20000 "(they did take their time)"
ok "those for whom no time was left are called afterwards" wait_for 10 test -e "$folder/good.seen"
ok "and lsa as well: she can use her credentials" wait_for 10 ntlm_in_session one
is "$(session_key one)" "$(sed -n 's/^logon luid=\(.\{8\}\):\(.\{8\}\).*/\1\2/p' <<<"$(seen good)")" "all of them for the same logon session"
session_close one
ok "no mpnotify is left" wait_for 5 no_mpnotify

# ---- what starts late ----------------------------------------------------------------------------------------------

late="twoseconds announced busyready nonetready unknown"
# shellcheck disable=SC2086
manager $late slow
setting restore_timeout 20s
order logon "$late slow good lsa"
timed session_open one alice
is $? 0 "managers that start in 2 s, in 30 s, or cannot tell: alice logs in"
cmp_num $((took - usual)) -lt 2500 "in $took ms: nobody waits for them"
like "$(seen slow)" "^password=$(password_of alice) " "one that starts at once was waited for"
ok "she can use her credentials" ntlm_in_session one
for name in $late; do ok "the log says that $name is not there" logged "credential manager $name: .*; it is called again"; done
ok "one process waits for all of them, which have one each" wait_for 5 mpnotify_count 5 6 # twoseconds may be there by now
like "$(ps -o sid= -p "$(pgrep -ox mpnotify)")" "^ *$(pgrep -ox mpnotify)\$" "in a session of its own"
like "$(readlink /proc/"$(pgrep -ox mpnotify)"/fd/{0,1,2} | sort -u)" '^/dev/null$' "with nothing of sshd's open"
for name in announced busyready nonetready; do touch "$folder/$name.ready"; done
for name in twoseconds announced busyready nonetready; do
    ok "$name is notified when it is there" wait_for 10 logged "credential manager $name: was notified"
    like "$(seen $name)" "^password=$(password_of alice) " "with the password, whatever it did with it before"
    is "$(sed -n 's/^logon luid=\(.\{8\}\):\(.\{8\}\).*/\1\2/p' <<<"$(seen $name)")" "$(session_key one)" "for her session"
    is "$(providers_value "$name" calls) $(providers_value "$name" failures)" "1 0" "that is one call, and no failure"
done
ok "unknown is still waited for" pgrep -x mpnotify
session_close one
ok "until the session ends" wait_for 8 no_mpnotify
like "$(providers_value unknown last_text)" 'was not there before the session ended' "which credmgr providers says"
ok "her keys are gone" wait_for 5 no_keys

setting restore_timeout 2s
order logon "unknown nonetready lsa"
timed session_open one alice
is $? 0 "with restore_timeout = 2s: alice logs in"
ok "nobody is waited for much longer" wait_for 8 no_mpnotify
like "$(providers_value unknown last_text)" 'was not there in the time that it was waited for' "and why stands there"
ok "and in the log" logged 'credential manager nonetready: was not there .*WN_NO_NETWORK'
session_close one

# The logon script of one that comes late.
manager idready
order logon "idready good lsa"
ok "a manager with a logon script that starts late: alice logs in" session_open one alice
luid=$(session_key one)
touch "$folder/idready.ready"
ok "its script runs when it is there, as her" wait_for 8 grep -qE 'credmgr-logon-script.*alice' $W/syslog
ok "in her logon session" wait_for 5 grep -qE "credmgr-logon-script.*$luid" $W/syslog
session_close one
ok "no mpnotify is left" wait_for 8 no_mpnotify

# Classes: what is neither a credential manager nor a primary authenticator hears nothing.
order logon "good [class=network] last [class=network,primary] lsa"
ok "classes are given: alice logs in" session_open one alice
not_ok "a network provider is not told" test -e "$folder/good.seen"
ok "a primary authenticator is" test -e "$folder/last.seen"
session_close one

# ---- other ways ----------------------------------------------------------------------------------------------------

order logon "crash hang [timeout=500ms] twoseconds good lsa"
timed tty_login alice true >/dev/null
is $? 0 "login at a terminal, past managers that crash, hang and start late"
like "$(seen good)" "^password=$(password_of alice) " "the others are called"
ok "no mpnotify is left when she has logged out" wait_for 8 no_mpnotify

world_pam krb5
order password_change "crash hang [timeout=500ms] twoseconds good lsa"
out=$(printf '%s\nAnother-Pw-of-hers\nAnother-Pw-of-hers\n' "$(password_of alice)" | pamtester sshd alice chauthtok 2>&1)
like "$out" 'altered successfully' "a changed password"
like "$(seen good)" '^password=Another-Pw-of-hers ' "is told past them"
ok "and to the one that starts late" wait_for 6 grep -qs '^password=Another-Pw-of-hers ' "$folder/twoseconds.seen"
ok "no mpnotify is left" wait_for 8 no_mpnotify

unlike "$(cat $W/syslog $W/lsad.log; credmgr providers --json)" "$(password_of alice)|Another-Pw" "no password is in a log or in the statistics"
ok "no key is left" wait_for 5 no_keys
done_testing
