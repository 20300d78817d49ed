#!/bin/bash
# Credential managers from a real login: they are called in the order of credmgr.conf, with what was typed; and those that crash, hang, leave or
# scribble hurt neither the login nor the managers behind them.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_pam unix
world_sshd
folder=$(dirname "$(find /usr/lib* -name libcredmgr_lsa.so.1 | head -n 1)")
no_mpnotify() { ! pgrep -x mpnotify >/dev/null; }
for name in good unsupported unknown crash hang exit closefds scribble overwrite crashload last; do
    install -m 644 "$BUILD/tests/unit/libcredmgr_test.so.1" "$folder/libcredmgr_$name.so.1"
done
order() { # event managers…
    sed -i "s/^$1:.*/$1: ${*:2}/" /etc/credmgr/credmgr.conf
    rm -f "$folder"/*.seen
    log_clear
}

# ---- what a manager is told ----------------------------------------------------------------------------------------

order logon good lsa
ok "alice logs in" session_open one alice
seen=$(cat "$folder/good.seen")
like "$seen" "^logon luid=$(session_key one | sed 's/^\(.\{8\}\)/\1:/')" "a manager hears of the logon, with the LUID"
like "$seen" '^now KerbInteractive message=2|^now .*Interactive' "with the kind of information"
like "$seen" '^user=alice ' "the user"
like "$seen" "^password=$(password_of alice) " "and the password"
like "$seen" '^station=WinSta_0' "at an interactive station"
like "$seen" '^ids=0,0,0 dumpable=0 core=0' "as root, in a process that cannot be dumped"
unlike "$(grep '^environment=' <<<"$seen")" 'SSH|CREDMGR|PAM' "with nothing of sshd's environment"
is "$(log_count 'pam_credmgr|mpnotify')" 0 "nobody had trouble"
session_close one

LOGIN_METHOD=keyboard-interactive
order logon good lsa
ok "alice logs in, keyboard-interactive" session_open one alice
like "$(cat "$folder/good.seen")" "^password=$(password_of alice) " "the password came through the staged key"
session_close one
unset LOGIN_METHOD

# ---- managers that fail --------------------------------------------------------------------------------------------

order logon crash good
begin=$(milliseconds)
ok "a manager that crashes: alice logs in" session_open one alice
ok "the next one is called" test -e "$folder/good.seen"
ok "the log names it and how it ended" logged 'crash.*(SEGV|signal|crash)'
session_close one

order logon exit closefds scribble overwrite crashload "hang [timeout=1s]" good lsa last
begin=$(milliseconds)
ok "managers that leave, close, scribble, overwrite, crash at once and hang: alice logs in" session_open one alice
took=$(($(milliseconds) - begin))
cmp_num $took -lt 8000 "in $took ms: the hanging one had a second"
cmp_num $took -gt 1000 "and took it"
like "$(cat "$folder/last.seen")" "^password=$(password_of alice) " "the last of them is called, with what was typed"
like "$(logon_sessions alice)" 'Kerberos NTLM' "lsa, in the middle, has the credentials"
ok "she can use them" ntlm_in_session one
for name in exit crashload hang; do ok "the log names $name" logged "$name"; done
is "$(pgrep -c mpnotify)" 0 "no process of theirs is left"
providers=$(credmgr providers)
like "$providers" '^hang +[0-9].* 1 +1 ' "credmgr providers counts the failure of hang"
like "$providers" '^last +[0-9].* 1 +0 ' "and the success of last"
unlike "$(cat $W/syslog $W/lsad.log; credmgr providers --json)" "$(password_of alice)" "the password is in no log and no statistics"
session_close one

# ---- actions -------------------------------------------------------------------------------------------------------

order logon "good [success=return]" lsa
ok "success=return: alice logs in" session_open one alice
ok "the first is called" test -e "$folder/good.seen"
unlike "$(logon_sessions alice)" 'NTLM' "and none behind it"
session_close one
order logon "crash [unavail=return]" good
ok "unavail=return: alice logs in" session_open one alice
ok "the one that fails is called" logged crash
not_ok "and none behind it" test -e "$folder/good.seen"
session_close one

order logon "unsupported [notfound=return] good"
ok "notfound=return: alice logs in" session_open one alice
not_ok "none behind it is called" test -e "$folder/good.seen"
session_close one
order logon "unknown [tryagain=return] good"
ok "tryagain=return: alice logs in" session_open one alice
ok "the one that is not there is asked again" logged 'credential manager unknown: .*it is called again'
not_ok "none behind it is called" test -e "$folder/good.seen"
session_close one
ok "and not longer than the session" wait_for 8 no_mpnotify
order logon "good [!success=return] crash [!unavail=return] last [success=continue]"
ok "!success=return after a success: alice logs in" session_open one alice
ok "the list goes on" test -e "$folder/last.seen"
session_close one

# ---- a changed password --------------------------------------------------------------------------------------------

world_pam krb5
order password_change crash good "hang [timeout=1s]" last lsa
out=$(printf '%s\nAnother-Pw-of-hers\nAnother-Pw-of-hers\n' "$(password_of alice)" | pamtester sshd alice chauthtok 2>&1)
like "$out" 'altered successfully' "a password is changed, past managers that crash and hang"
seen=$(cat "$folder/last.seen")
like "$seen" '^password=Another-Pw-of-hers ' "the last hears the new password"
like "$seen" "^password=$(password_of alice) " "and the old one"
ok "no key is left" wait_for 5 no_keys

done_testing
