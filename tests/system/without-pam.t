#!/bin/bash
# A logon program without PAM (tests/programs/greeter.c): it notifies the credential managers with libmpr.so, at a logon and
# at a changed password, and the person has a logon session as from any other login.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_recorder
gss_server_up
managers=$RECORDER_FOLDER
cp "$BUILD/tests/unit/libcredmgr_windows.so.1" "$BUILD/tests/unit/libcredmgr_test.so.1" "$managers"

# session_open NAME USER: greeter logs USER on; its command is a shell that does what session_run writes into its input.
# shellcheck disable=SC2016 # for that shell
jobs='while IFS= read -r job && [ "$job" != logout ]; do sh "$job" >"$job.out" 2>&1 </dev/null; echo $? >"$job.status"; done'
session_open() {
    mkfifo "$W/greeter-$1"
    greeter logon "$2" sh -c "$jobs" <>"$W/greeter-$1" >"$W/greeter-$1.out" 2>&1 &
    echo $! >"$W/greeter-$1.pid"
    echo "${LOGIN_PASSWORD:-$(password_of "$2")}" >"$W/greeter-$1"
    wait_for 30 grep -q '^luid' "$W/greeter-$1.out"
}
session_run() {
    local name=$1 job
    shift
    job=$(mktemp -p /tmp job.XXXXXX)
    printf '%s\n' "$*" >"$job"
    chmod 644 "$job"
    echo "$job" >"$W/greeter-$name"
    wait_for 60 test -s "$job.status" || return 99
    cat "$job.out"
    return "$(cat "$job.status")"
}
session_close() {
    echo logout >"$W/greeter-$1"
    wait_for 10 greeter_gone "$1"
}
greeter_pid() { cat "$W/greeter-$1.pid"; }
greeter_gone() { ! kill -0 "$(greeter_pid "$1")"; }
said() { cat "$W/greeter-$1.out"; }

# ---- a logon ---------------------------------------------------------------------------------------------------------

manager_order logon recorder lsa
manager_order password_change recorder lsa
not_ok "a wrong password does not come so far" sh -c 'echo wrong | greeter logon alice true'
not_ok "and nobody hears of it" heard_something

ok "alice logs on" session_open one alice
heard_logon "WNetLogonNotify" alice WinSta_0 "" "$(password_of alice)"
like "$(said one)" '^WNetLogonNotify 0$' "which is a success"
unlike "$(said one)" '^error' "without any trouble"
luid=$(said one | sed -n 's/^luid //p')
is "$(logon_sessions alice | cut -d' ' -f1-4)" "$luid alice greeter $(greeter_pid one)" "lsad has the session, which greeter leads"
is "$(heard_value logon luid | tr -d ':')" "$luid" "and of which the manager was told"
is "$(session_run one id -un)" alice "she is there"
ok "she has a ticket-granting ticket" wait_for 10 has_tgt one
ok "NTLM works" ntlm_in_session one
ok "Kerberos works" kerberos_in_session one

ok "bob logs on beside her" session_open two bob
isnt "$(said two | sed -n 's/^luid //p')" "$luid" "with another session"
ok "in which NTLM works" ntlm_in_session two

# ---- a changed password ----------------------------------------------------------------------------------------------

new="Another-Pw-$WORLD_ID"
heard_forget
out=$(printf '%s\n%s\n' "$(password_of alice)" "$new" | greeter change alice 2>&1)
is "$out" 'WNetPasswordChangeNotify 0' "alice changes her password"
heard_change "WNetPasswordChangeNotify" alice "$(password_of alice)" "$new"
NTLM_PASSWORD=$new ok "the session that is open has the new one" ntlm_in_session one
not_ok "and not the old one" ntlm_in_session one
ok "bob's is what it was" ntlm_in_session two

# ---- the end ---------------------------------------------------------------------------------------------------------

ok "alice logs out" session_close one
ok "her session is gone" wait_for 5 session_gone "$luid"
is "$(session_count bob)" 1 "bob's is not"
kill -KILL "$(greeter_pid two)"
ok "with the logon program dies the session" wait_for 5 no_sessions
ok "no key is left" wait_for 5 no_keys

# ---- managers with trouble, and one that was written for Windows -----------------------------------------------------

cp "$managers/libcredmgr_test.so.1" "$managers/libcredmgr_crash.so.1"
manager_order logon crash windows lsa
LOGIN_PASSWORD=$new ok "past a manager that crashes alice logs on" session_open three alice
like "$(said three)" '^WNetLogonNotify 0$' "which is a success, since others took it"
like "$(said three)" '^error crash 3b was ended by SIGSEGV' "and the program can ask who failed, and why"
like "$(said three)" "^script sample-logon.cmd $REALM\\\\alice WinSta_0\$" "the logon script comes back that a manager for Windows names"
ok "the log tells of the crash" logged 'mpnotify.*alice, verified by greeter: credential manager crash: was ended by SIGSEGV'
NTLM_PASSWORD=$new ok "NTLM works" ntlm_in_session three
ok "logout" session_close three

manager_order logon lsa
lsad_stop
out=$(echo "$new" | greeter logon alice true 2>&1)
like "$out" '^WNetLogonNotify 1208$' "without lsad nobody takes the notification (WN_EXTENDED_ERROR)"
like "$out" '^error lsa 3b lsad does not answer at /run/lsad/lsa.sock' "and the program can ask why"
is "$(echo "$new" | as alice greeter logon alice true 2>&1)" 'WNetLogonNotify 5' "who is not root notifies nobody (WN_ACCESS_DENIED)"

unlike "$(cat $W/syslog $W/lsad.log)" "$new|$(password_of alice)|$(password_of bob)" "no password is in a log"

done_testing
