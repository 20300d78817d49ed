#!/bin/bash
# lsad serves several at once: a KDC that swallows the requests of one person delays nobody else, and one person's many calls do not keep
# another from being served.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_pam unix
world_sshd
gss_server_up

ok "alice logs in" session_open one alice
ok "bob logs in" session_open two bob
ok "both have tickets" wait_for 10 has_tgt one
ok "both have tickets" wait_for 10 has_tgt two

# From here on the KDC is silent: whoever needs a new ticket waits.
kdc_down
kdc_silent 88
waiting=
for i in 1 2 3 4 5 6 7 8 9 10; do
    kerberos_in_session one >/dev/null 2>&1 &
    waiting="$waiting $!"
done
sleep 0.5
still=0
for pid in $waiting; do kill -0 "$pid" 2>/dev/null && still=$((still + 1)); done
is $still 10 "ten programs of alice's wait for the KDC"

quick() { # description command…
    local what=$1 begin
    shift
    begin=$(milliseconds)
    ok "$what" "$@"
    cmp_num $(($(milliseconds) - begin)) -lt 2000 "$what: at once ($(($(milliseconds) - begin)) ms)"
}
quick "bob: NTLM" ntlm_in_session two
quick "bob: credmgr sessions" session_run two credmgr sessions
quick "alice: NTLM, while her Kerberos waits" ntlm_in_session one
quick "carla logs in" login_as carla true
quick "root: credmgr status" credmgr status
still=0
for pid in $waiting; do kill -0 "$pid" 2>/dev/null && still=$((still + 1)); done
cmp_num $still -gt 0 "$still of alice's programs waited all the time"
# shellcheck disable=SC2086
kill $waiting 2>/dev/null
session_close one
session_close two
ok "no session is left" wait_for 10 no_sessions
ok "no key is left" wait_for 10 no_keys

done_testing
