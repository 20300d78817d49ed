#!/bin/bash
# A login by password at a real sshd makes a logon session: it has a LUID, its processes know it, every package holds
# credentials, the KDC gave a ticket, and all of it ends with the login. With pam_unix and with pam_krb5.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_pam unix
world_sshd

for stack in unix krb5; do
    world_pam $stack
    ok "$stack: alice logs in" session_open one alice
    is "$(session_count alice)" 1 "$stack: she has one logon session"
    luid=$(session_luid alice)
    is "$(session_key one)" "$luid" "$stack: her processes know its LUID"
    is "$(session_run one 'keyctl update %user:lsa:logon 0000000000000001' 2>&1 | grep -c denied)" 1 \
        "$stack: and cannot make it another"
    is "$(session_run one env | grep -c CREDMGR_STAGED)" 0 "$stack: nothing of the staged key is in their environment"
    like "$(logon_sessions alice)" "Kerberos" "$stack: the Kerberos package holds credentials"
    like "$(logon_sessions alice)" "NTLM" "$stack: the NTLM package holds credentials"
    like "$(session_run one credmgr sessions)" "$luid" "$stack: credmgr sessions shows it to her"
    ok "$stack: a ticket came from the KDC" wait_for 10 has_tgt one
    isnt "$(lsa_keys)" "" "$stack: the credentials are keys"
    for verb in status sessions tickets packages providers; do
        ok "$stack: credmgr $verb --json is JSON" perl -MJSON::PP -e 'decode_json($ARGV[0])' \
            "$(session_run one credmgr $verb --json)"
    done
    is "$(staged_keys)" "" "$stack: nothing is staged any more"
    ok "$stack: she logs in again" session_open two alice
    is "$(session_count alice)" 2 "$stack: that is a logon session of its own"
    isnt "$(session_key two)" "$luid" "$stack: with another LUID"
    unlike "$(as bob credmgr sessions 2>&1)" "$luid|alice" "$stack: bob sees nothing of it"
    ok "$stack: she logs out of the first" session_close one
    ok "$stack: its session is gone" wait_for 5 session_gone "$luid"
    is "$(session_count alice)" 1 "$stack: the other is not"
    ok "$stack: she logs out of the other" session_close two
    ok "$stack: no session is left" wait_for 5 no_sessions
    ok "$stack: no key is left" wait_for 5 no_keys
done

# The death of the session's leader is a logout too.
ok "bob logs in" session_open three bob
leader=$(logon_sessions bob | cut -d' ' -f4)
ok "the process that logged him in is killed" kill -KILL "$leader"
ok "his session is gone" wait_for 5 no_sessions
ok "his keys are gone" wait_for 5 no_keys

done_testing
