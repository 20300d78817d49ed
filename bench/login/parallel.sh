#!/bin/bash
# 1,000 logins through sshd, 20 at a time, with the bridge and without: how long they take, that each has a logon session of its own, and
# that nothing of them is left. Prints lines for bench/table.sh; fails when something was lost or is left.
WORLD_VOICE=plain
WORLD_LIMIT=${WORLD_LIMIT:-1800}
. "$(dirname "$0")/../../tests/system/world.sh"
. "$world_source/bench/login/lib.sh"

count=${BENCH_PARALLEL:-1000}

world_kdc
world_lsad
local_passwords yes
world_sshd

# One login; it tells its LUID, when it has one.
export -f login_as login_ssh password_of
export W WORLD_ID
storm() { # out
    local begin=${EPOCHREALTIME/./}
    # shellcheck disable=SC2016
    seq "$count" | xargs -P 20 -I {} bash -c \
        'login_as alice "echo in \$(keyctl pipe \$(keyctl search @s user lsa:logon 2>/dev/null) 2>/dev/null)"' >"$1" 2>&1
    echo $((${EPOCHREALTIME/./} - begin))
}

stack sshd ""
login_as alice true || die "alice cannot log in"
plain=$(storm $W/out-plain)
[ "$(grep -c '^in' $W/out-plain)" = "$count" ] || die "without the bridge $(grep -c '^in' $W/out-plain) of $count logins worked"

stack sshd pam_credmgr.so
log_clear
ours=$(storm $W/out-ours)
told=$(grep -cE '^in [0-9a-f]{16}$' $W/out-ours)
different=$(grep -E '^in [0-9a-f]{16}$' $W/out-ours | sort -u | wc -l)
[ "$told $different" = "$count $count" ] ||
    die "$count logins, $told with a logon session, $different different ones: $(grep -vE '^in [0-9a-f]{16}$' $W/out-ours | sort | uniq -c | head -n 3)"
[ "$(log_count 'pam_credmgr|mpnotify')" = 0 ] || die "some had trouble: $(grep -E 'pam_credmgr|mpnotify' $W/syslog | head -n 3)"
wait_for 60 no_sessions || die "$(session_count) logon sessions are left"
wait_for 60 no_keys || die "keys are left"
awk -v ours="$ours" -v plain="$plain" -v count="$count" 'BEGIN {
    printf "%d logins, 20 at a time: one (peer: without)\t%.2f ms\t%.2f ms\t%.2f\t-\n", count, ours / 1000 / count, plain / 1000 / count, ours / plain }'
printf '  of them lost, sessions and keys left\t%d\t-\t-\t0\n' $((count - different))
exit 0
