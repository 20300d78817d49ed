#!/bin/bash
# 200 logins and logouts at once: every one of them gets its own logon session, and no key is left behind.
WORLD_LIMIT=${WORLD_LIMIT:-180}
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_pam unix
world_sshd
logins=200

# One login that tells its LUID, waits until all are there, and logs out.
one_login() {
    login_as "$1" 'keyctl pipe $(keyctl search @s user lsa:logon); echo; credmgr sessions >/dev/null || echo no lsad' \
        >"$W/login-$2" 2>&1
}
set -- $PEOPLE
begin=$(milliseconds)
pids=
for i in $(seq $logins); do
    one_login "$(eval "echo \${$((i % 3 + 1))}")" "$i" &
    pids="$pids $!"
done
# shellcheck disable=SC2086
wait $pids
diag "$logins logins in $(($(milliseconds) - begin)) ms"
is "$(cat $W/login-* | grep -cE '^[0-9a-f]{16}$')" $logins "$logins logins at once, each with a LUID" ||
    diag "$(cat $W/login-* | grep -vE '^[0-9a-f]{16}$' | sort | uniq -c)"
is "$(cat $W/login-* | grep -E '^[0-9a-f]{16}$' | sort -u | wc -l)" $logins "no two have the same"
ok "no session is left" wait_for 20 no_sessions
ok "no key is left" wait_for 20 no_keys
is "$(log_count 'pam_credmgr|mpnotify')" 0 "none of them had trouble" || diag "$(grep -E 'pam_credmgr|mpnotify' $W/syslog | head -5)"
ok "lsad is well" credmgr status
cmp_num "$(credmgr_value status clients)" -le 2 "it keeps no client"

done_testing
