#!/bin/bash
# The KDC is fetched from in the background: a login takes no longer when it is down, or, which is worse, silent. When it comes up later, a
# Kerberos context works without a new login, because the LSA kept what it needs to ask again.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_pam unix
world_sshd
gss_server_up

login_times() { # NAME: the median of five logins
    local i begin times=
    for i in 1 2 3 4 5; do
        begin=$(milliseconds)
        login_as alice true || return 1
        times="$times $(($(milliseconds) - begin))"
    done
    # shellcheck disable=SC2086
    median $times
}

up=$(login_times)
cmp_num "$up" -gt 0 "with the KDC up a login takes $up ms"
kdc_down
down=$(login_times)
cmp_num "$down" -lt $((up * 3 + 300)) "with the KDC down it takes $down ms"
kdc_silent 88
silent=$(login_times)
cmp_num "$silent" -lt $((up * 3 + 300)) "with a KDC that never answers it takes $silent ms"

for _ in $(seq 60); do
    pamtester sshd bob authenticate open_session close_session <<<"$(password_of bob)" >/dev/null 2>&1
done
threads=$(find "/proc/$(lsad_worker)/task" -mindepth 1 -maxdepth 1 | wc -l)
cmp_num "$threads" -lt 50 "after 60 more logins lsad has $threads threads: not one for each that waits for the KDC"

ok "alice logs in while the KDC is silent" session_open one alice
begin=$(milliseconds)
ok "NTLM needs no KDC" ntlm_in_session one
cmp_num $(($(milliseconds) - begin)) -lt 3000 "and does not wait for it"
kill "$KDC_SILENT_PID"
wait "$KDC_SILENT_PID" 2>/dev/null
out=$(kerberos_in_session one 2>&1)
isnt $? 0 "Kerberos has no ticket yet"
like "$out" 'SEC_E_NO_AUTHENTICATING_AUTHORITY' "since no KDC answers"
like "$out" 'why: .*Cannot contact any KDC' "which libkrb5 says, too"
like "$(session_run one credmgr status)" 'ticket of the session .*Cannot contact any KDC' "and credmgr status, of the session's ticket"
kdc_up
ok "the KDC comes up, and a context works in the same login" wait_for 20 kerberos_in_session one
is "$(session_count alice)" 1 "it is the same logon session"
ok "she logs out" session_close one
ok "no key is left" wait_for 5 no_keys

done_testing
