#!/bin/bash
# The ways of sshd: by password everything happens in one process; keyboard-interactive authenticates in a child that dies before
# the session is made, so the password must be staged; a public key has no password at all.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_pam unix
world_sshd
sshd_key alice

for stack in unix krb5; do
    world_pam $stack
    for LOGIN_METHOD in password keyboard-interactive; do
        what="$stack, $LOGIN_METHOD"
        ok "$what: alice logs in" session_open one alice
        is "$(session_count alice)" 1 "$what: she has one logon session"
        is "$(session_key one)" "$(session_luid alice)" "$what: her processes know it"
        ok "$what: a ticket came" wait_for 10 has_tgt one
        is "$(staged_keys)" "" "$what: nothing is staged any more"
        is "$(session_run one env | grep -c CREDMGR)" 0 "$what: nothing is in the environment"
        ok "$what: she logs out" session_close one
        ok "$what: session and keys are gone" wait_for 5 no_keys
    done
done

LOGIN_METHOD=publickey
log_clear
ok "publickey: alice logs in" session_open one alice
is "$(session_count alice)" 0 "publickey: no password, no logon session"
is "$(session_run one 'keyctl search @s user lsa:logon' 2>/dev/null)" "" "publickey: and no LUID"
is "$(grep -c -i credmgr $W/syslog)" 0 "publickey: nor anything to say about it"
ok "publickey: she logs out" session_close one

# A name in the PAM environment is only a hint: a record staged for somebody else is not to be had with it.
LOGIN_METHOD=publickey
echo 'CREDMGR_STAGED DEFAULT=00112233445566778899aabbccddeeff' >/home/alice/.pam_environment
chown alice: /home/alice/.pam_environment
ok "publickey with a made-up staged name: alice logs in" session_open one alice
is "$(session_count alice)" 0 "publickey with a made-up staged name: no logon session"
ok "publickey with a made-up staged name: she logs out" session_close one

done_testing
