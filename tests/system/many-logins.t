#!/bin/bash
# 200 logins and logouts at once: every one of them gets its own logon session, and no key is left behind.
WORLD_LIMIT=${WORLD_LIMIT:-180}
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_pam unix
world_sshd
logins=200

# One login that tells its LUID and stays until all are there.
one_login() {
    login_as "$1" 'keyctl pipe $(keyctl search @s user lsa:logon); echo; until [ -e /tmp/leave ]; do sleep 0.5; done' \
        >"$W/login-$2" 2>&1
}
all_there() { [ "$(cat $W/login-* | grep -cE '^[0-9a-f]{16}$')" = $logins ]; }
read -r -a people <<<"$PEOPLE"
begin=$(milliseconds)
pids=()
for i in $(seq $logins); do
    one_login "${people[i % 3]}" "$i" &
    pids+=($!)
done
wait_for 60 all_there
diag "$logins logins in $(($(milliseconds) - begin)) ms"
is "$(session_count)" $logins "there are $logins logon sessions at the same time"
for name in $PEOPLE; do cmp_num "$(session_count "$name")" -ge 66 "$name has $(session_count "$name") of them"; done
begin=$(milliseconds)
touch /tmp/leave
wait "${pids[@]}"
diag "$logins logouts in $(($(milliseconds) - begin)) ms"
is "$(cat $W/login-* | grep -cE '^[0-9a-f]{16}$')" $logins "$logins logins at once, each with a LUID" ||
    diag "$(cat $W/login-* | grep -vE '^[0-9a-f]{16}$' | sort | uniq -c)"
is "$(cat $W/login-* | grep -E '^[0-9a-f]{16}$' | sort -u | wc -l)" $logins "no two have the same"
ok "no session is left" wait_for 20 no_sessions
ok "no key is left" wait_for 20 no_keys
is "$(log_count 'pam_credmgr|mpnotify')" 0 "none of them had trouble" || diag "$(grep -E 'pam_credmgr|mpnotify' $W/syslog | head -5)"
ok "lsad is well" credmgr status
cmp_num "$(credmgr_value status clients)" -le 2 "it keeps no client"

done_testing
