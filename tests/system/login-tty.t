#!/bin/bash
# login(1) at a terminal: it opens the session before it sets the credentials and never deletes them, and the logon session must be made
# and ended all the same.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad

for stack in unix krb5; do
    world_pam $stack
    out=$(tty_login alice '
        tty
        echo "luid $(keyctl pipe $(keyctl search @s user lsa:logon))"
        echo "sessions $(credmgr sessions --json | tr -d "\n")"
        for i in 1 2 3 4 5 6 7 8 9 10; do credmgr tickets | grep krbtgt && break; sleep 0.3; done')
    is $? 0 "$stack: alice logs in at a terminal and logs out"
    like "$out" '^/dev/pts/[0-9]+$' "$stack: a real one"
    like "$out" '^luid [0-9a-f]{16}$' "$stack: her processes know their LUID"
    like "$out" "\"luid\": *\"$(sed -n 's/^luid //p' <<<"$out")\"" "$stack: credmgr sessions shows that session"
    like "$out" "krbtgt/$REALM" "$stack: a ticket came from the KDC"
    ok "$stack: the session is gone" wait_for 5 no_sessions
    ok "$stack: its keys are gone" wait_for 5 no_keys
done

LOGIN_PASSWORD=not-hers tty_login alice true >/dev/null
isnt $? 0 "with a wrong password she does not log in"
ok "and no key is left" wait_for 5 no_keys

done_testing
