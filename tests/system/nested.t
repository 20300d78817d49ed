#!/bin/bash
# Several logon sessions of one person, and sessions inside of sessions: each has a LUID and credentials of its own, and the end of one, in whatever order
# and also by the death of its leader, leaves the others what they were.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_recorder
world_pam unix
world_sshd
manager_order logon recorder lsa

whose='echo "$(id -un) $(keyctl pipe $(keyctl search @s user lsa:logon) 2>/dev/null)"'
session_count_is() { [ "$(session_count alice)" = "$1" ]; }
luids() { logon_sessions "$1" | cut -d' ' -f1 | sort; }

# ---- three of alice's, ended in another order than they began -----------------------------------------------------

for session in one two three; do ok "alice logs in: $session" session_open $session alice; done
tty_login alice "$whose; until [ -e /tmp/leave ]; do sleep 0.2; done" >$W/terminal &
terminal=$!
ok "and at a terminal" wait_for 10 session_count_is 4
all=$(luids alice)
is "$(sort -u <<<"$all" | wc -l)" 4 "four logon sessions with four LUIDs"
is "$(heard | tr '\t' '\n' | sed -n 's/^luid=//p' | sort)" "$all" "of each a credential manager was told, once"
for session in one two three; do
    isnt "$(grep -x "$(session_key $session)" <<<"$all")" "" "$session has one of them"
    ok "$session can use it" ntlm_in_session $session
done
two=$(session_key two)
three=$(session_key three)
ok "two ends" session_close two
ok "its logon session, too" wait_for 5 session_gone "$two"
is "$(luids alice)" "$(grep -vx "$two" <<<"$all")" "and no other"
for session in one three; do ok "$session goes on" ntlm_in_session $session; done
leader=$(logon_sessions alice | sed -n "s/^$three alice sshd \([0-9]*\) .*/\1/p")
ok "the leader of three is killed" kill -KILL "$leader"
ok "its logon session ends" wait_for 5 session_gone "$three"
is "$(session_count alice)" 2 "and no other"
ok "one goes on" ntlm_in_session one
touch /tmp/leave
wait $terminal
is $? 0 "the one at the terminal leaves"
is "$(cat $W/terminal)" "alice $(comm -23 <(echo "$all") <(printf '%s\n' "$two" "$three" "$(session_key one)" | sort))" \
    "that had the fourth LUID"
ok "its logon session ends" wait_for 5 session_count_is 1
is "$(luids alice)" "$(session_key one)" "one is left"
session_close three

# ---- su in su in su: carla, alice, bob, alice again ---------------------------------------------------------------

heard_forget
ok "carla logs in" session_open deep carla
carla=$(session_key deep)
cat >/tmp/deep.sh <<'ENDOFSCRIPT'
# Each su reads its password from the terminal that script(1) makes.
whose() { echo "$1 $(id -un) $(keyctl pipe $(keyctl search @s user lsa:logon) 2>/dev/null)"; }
case $1 in
    1) whose 1; su alice -c 'sh /tmp/deep.sh 2'; whose 7 ;;
    2) whose 2; su - bob -c 'sh /tmp/deep.sh 3'; whose 6 ;;
    3) whose 3; su alice -c 'sh /tmp/deep.sh 4'; whose 5 ;;
    4) whose 4; credmgr sessions | sed 's/^/4s /' ;;
esac
ENDOFSCRIPT
chmod 755 /tmp/deep.sh
out=$(tty_talk "ssh -tt -F $W/ssh_config -o ControlPath=$W/session-deep box sh /tmp/deep.sh 1" \
    'assword: $' "$(password_of alice)" 'assword: $' "$(password_of bob)" 'assword: $' "$(password_of alice)" | tr -d '\r')
is $? 0 "su in su in su"
at() { sed -n "s/^$1 //p" <<<"$out"; }
is "$(at 1)" "carla $carla" "outermost: carla, with her logon session" || diag "$out"
like "$(at 2)" '^alice [0-9a-f]{16}$' "alice with one of her own"
like "$(at 3)" '^bob [0-9a-f]{16}$' "bob with one of his own"
like "$(at 4)" '^alice [0-9a-f]{16}$' "alice once more with one of her own"
is "$(printf '%s\n' "$(at 1)" "$(at 2)" "$(at 3)" "$(at 4)" | sort -u | wc -l)" 4 "all are different"
for luid in "$(at 2)" "$(at 4)" "x $(session_key one)"; do
    like "$(at 4s)" "${luid#* }" "alice sees her session ${luid#* }"
done
unlike "$(at 4s)" "$carla|$(at 3 | cut -d' ' -f2)" "and nobody else's"
is "$(at 5)|$(at 6)|$(at 7)" "$(at 3)|$(at 2)|$(at 1)" "on the way out each one has again what it had"
is "$(heard_count logon)" 4 "four logons were told" || diag "$(heard)"
is "$(heard | tr '\t' '\n' | sed -n 's/^luid=//p')" \
    "$(printf '%s\n' "$carla" "$(at 2 | cut -d' ' -f2)" "$(at 3 | cut -d' ' -f2)" "$(at 4 | cut -d' ' -f2)")" "each with its own LUID"
is "$(wait_for 5 no_sessions bob; logon_sessions | cut -d' ' -f1,2 | sort)" \
    "$(printf '%s\n' "$carla carla" "$(session_key one) alice" | sort)" "the logins themselves are left"
for session in one deep; do ok "$session goes on" ntlm_in_session $session; done

# ---- a su whose su is killed --------------------------------------------------------------------------------------

session_feed deep "su alice -c 'sleep 60'" <<<"$(password_of alice)" >/dev/null 2>&1 &
outer=$!
ok "carla becomes alice" wait_for 5 session_count_is 2
leader=$(logon_sessions alice | sed -n "s/^[0-9a-f]* alice su \([0-9]*\) .*/\1/p")
ok "su is killed" kill -KILL "$leader"
ok "its session ends" wait_for 5 session_count_is 1
is "$(luids alice)" "$(session_key one)" "alice's other does not"
is "$(session_key deep)" "$carla" "nor does carla's"
ok "carla logs out" session_close deep
ok "alice logs out" session_close one
wait $outer
ok "no session is left" wait_for 5 no_sessions
ok "no key is left" wait_for 5 no_keys
done_testing
