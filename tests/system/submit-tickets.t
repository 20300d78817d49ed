#!/bin/bash
# KERB_SUBMIT_TKT_REQUEST from programs without privilege, at lsad as it runs: one's own tickets for one's own session, and nothing else.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_pam unix
world_sshd
gss_server_up

reader=/usr/libexec/credmgr/ccache-reader
ok "alice logs in" session_open one alice
ok "she has a ticket" wait_for 10 has_tgt one
for name in alice bob; do
    password_of $name | as $name sh -c "KRB5CCNAME=FILE:/home/$name/cc kinit -f $name" >/dev/null
    as $name $reader "$(uid_of $name)" $name FILE:/home/$name/cc >"$W/$name.cred"
    cmp_num "$(stat -c %s "$W/$name.cred")" -gt 300 "$name's tickets, as a message"
done
submit_in() { session_feed one "lsa-submit $2" <"$1"; } # message [luid]

before=$(grep -c AS_REQ $W/kdc.log)
ok "she submits her own" submit_in $W/alice.cred
ok "and by the number of her session" submit_in $W/alice.cred "$(session_luid alice)"
out=$(session_run one "KRB5CCNAME=FILE:/nonexistent $(kerberos_client one)" 2>&1)
is $? 0 "and makes a context" || diag "$out"
is "$(grep -c AS_REQ $W/kdc.log)" "$before" "the KDC was not asked for a first ticket"
like "$(submit_in $W/bob.cred)" 'protocol status 0x00000000' "bob's tickets come into her session"
like "$(session_run one credmgr tickets)" "bob@$REALM +krbtgt" "and are there beside hers"
ok "she is alice, as before" session_run one "KRB5CCNAME=FILE:/nonexistent $(kerberos_client one)"
like "$(gss_server_log | tail -n 20)" 'Accepted connection: "alice@' "for gss-server, too"

ok "bob logs in" session_open two bob
like "$(submit_in $W/alice.cred "$(session_luid bob)")" 'protocol status 0xc0000022' "alice gives bob's session nothing (STATUS_ACCESS_DENIED)"
like "$(submit_in $W/alice.cred 4711)" 'protocol status 0xc0000022' "nor one that there is not"
like "$(lsa-submit "$(session_luid bob)" <$W/alice.cred)" 'protocol status 0x80090306' "even root gives him only his own"
like "$(lsa-submit "$(session_luid bob)" <$W/bob.cred)" 'protocol status 0x00000000' "which it may"
like "$(lsa-submit 4711 <$W/bob.cred)" 'protocol status 0xc000005f' "in a session that there is (STATUS_NO_SUCH_LOGON_SESSION)"
like "$(as carla lsa-submit <$W/alice.cred)" 'status 0xc000005f' "who is logged on nowhere has no session for them"

# What is none.
worker=$(lsad_worker)
for size in 0 1 10 1000 200000; do
    head -c $size /dev/urandom >$W/noise
    like "$(submit_in $W/noise)" 'protocol status 0xc000000d' "$size bytes of noise (STATUS_INVALID_PARAMETER)"
done
head -c 500000 /dev/zero >$W/noise
like "$(submit_in $W/noise)" 'protocol status 0xc0000206' "500,000 bytes (STATUS_INVALID_BUFFER_SIZE)"
head -c 2000000 /dev/zero >$W/noise
not_ok "2,000,000 bytes" submit_in $W/noise
not_ok "a message without its end" submit_in <(head -c 400 $W/alice.cred)
not_ok "and with more behind it" submit_in <(cat $W/alice.cred $W/alice.cred)
is "$(lsad_worker)" "$worker" "lsad is the same process"
ok "and serves her" session_run one "KRB5CCNAME=FILE:/nonexistent $(kerberos_client one)"
for name in one two; do ok "session $name ends" session_close $name; done
ok "no key is left" wait_for 5 no_keys

done_testing
