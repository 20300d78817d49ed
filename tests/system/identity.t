#!/bin/bash
# Whose logon session a process may use: its own uid's, and among those the one that its key lsa:logon names, or, without such a
# key, the one of its audit session. Everything else gets none, whatever it claims.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_pam unix
world_sshd
ntlm_acceptor_up $GSS_ACCEPTOR_PORT ""
client=$(ntlm_client $GSS_ACCEPTOR_PORT identity)

ok "alice logs in" session_open one alice
ok "and a second time" session_open two alice
ok "bob logs in" session_open three bob
first=$(session_key one)
second=$(session_key two)
bobs=$(session_key three)

# The session that is marked as the caller's own in `credmgr sessions`.
own() { sed -n 's/^\* *\([0-9a-f]*\) .*/\1/p'; }
# A shell command that runs another one with a new session keyring and a key lsa:logon with VALUE in it.
claiming() { echo "keyctl session - sh -c 'keyctl add user lsa:logon $1 @s >/dev/null; $2' 2>&1"; }

is "$(session_run one credmgr sessions | own)" "$first" "a process of the first login has that session"
is "$(session_run two credmgr sessions | own)" "$second" "one of the second login has that one"
if [ -e /proc/self/loginuid ] && [ "$(session_run one 'cat /proc/self/sessionid')" != 4294967295 ]; then
    is "$(session_run one 'keyctl session - credmgr sessions' 2>/dev/null | own)" "$first" \
        "with a session keyring of its own, without the key, it is known by its audit session"
    ok "and can authenticate" session_run one "keyctl session - $client"
else
    skip "known by the audit session" "the kernel keeps none"
fi
is "$(session_run one "$(claiming "$second" 'credmgr sessions')" | own)" "$second" "it may choose another session of the same person"

refused() { # description output
    like "$2" 'SEC_E_NO_CREDENTIALS' "$1"
}
refused "alice names bob's session" "$(session_run one "$(claiming "$bobs" "$client")" 2>&1)"
refused "alice names a session that is not there" "$(session_run one "$(claiming 00000000deadbeef "$client")" 2>&1)"
for value in 0 0000000000000000 ffffffffffffffff "${first}0" "x${first#?}" -1; do
    out=$(session_run one "$(claiming "$value" "$client")" 2>&1)
    unlike "$out" 'BOX.bob|'"$REALM"'.bob' "a key with the value $value: never bob"
    like "$out" 'SEC_E_NO_CREDENTIALS|user: .*alice' "a key with the value $value: herself, or nobody"
done

refused "a process of alice's outside of any login" "$(as alice sh -c "$client" 2>&1)"
# What cron does: a new audit session, in which nobody gave a password.
cron() { # user
    sh -c 'echo $1 >/proc/self/loginuid && exec setpriv --reuid=$1 --regid=$1 --init-groups \
        env -i HOME=/ PATH="$PATH" keyctl session - sh -c "$2"' sh "$(uid_of "$1")" "$client" 2>&1
}
refused "a job of alice's, with an audit session of its own" "$(cron alice)"
refused "root" "$(sh -c "$client" 2>&1)"
sshd_key root
LOGIN_METHOD=publickey session_open root root
refused "a root login" "$(session_run root "$client" 2>&1)"
refused "root who names alice's session" "$(session_run root "$(claiming "$first" "$client")" 2>&1)"
refused "alice, by su from a root login" "$(session_run root "su alice -c \"$(sed "s/'/\\\\\"/g" <<<"$client")\"" 2>&1)"

ok "alice logs out of the first login" session_close one
is "$(session_run two credmgr sessions | own)" "$second" "the second goes on"
refused "whoever still names the first gets nothing" "$(session_run two "$(claiming "$first" "$client")" 2>&1)"
for name in two three root; do session_close $name; done
ok "no key is left" wait_for 5 no_keys

done_testing
