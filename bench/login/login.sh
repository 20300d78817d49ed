#!/bin/bash
# What pam_credmgr adds to a login, against what pam_krb5 adds to the same stack in the same run: at the median, with the KDC
# up, down (refusing) and silent (the worst: it takes requests and never answers). Prints lines for bench/table.sh.
WORLD_VOICE=plain
. "$(dirname "$0")/../../tests/system/world.sh"
. "$world_source/bench/login/lib.sh"

count=${BENCH_LOGINS:-200}

measure() { # service…
    password_of alice | "$BUILD/bench/login/login" alice "$count" "$@" >$W/times || die "the logins failed: $(tail -n 3 $W/syslog)"
}
# The median of what SERVICE took longer than the plain stack in the same round: noise hits both.
added() { # service
    awk -v service="$1" '$1 == "bench-plain" { plain = $2 } $1 == service { print $2 - plain }' $W/times |
        sort -n | sed -n "$(((count + 1) / 2))p"
}

line() { # what added peer
    awk -v what="$1" -v ours="$2" -v peer="$3" 'BEGIN {
        printf "%s\t%.2f ms\t%.2f ms\t%.2f\tbelow 1\n", what, ours / 1000, peer / 1000, (peer > 0 ? ours / peer : 0) }'
}

world_kdc
world_lsad
local_passwords yes
stack bench-plain ""
stack bench-credmgr pam_credmgr.so
stack bench-krb5 "pam_krb5.so minimum_uid=1000 use_first_pass"

measure bench-plain bench-krb5 bench-credmgr
peer=$(added bench-krb5)
line "login: added, KDC up (peer: pam_krb5)" "$(added bench-credmgr)" "$peer"

kdc_down
measure bench-plain bench-credmgr
line "login: added, KDC down (peer: pam_krb5, KDC up)" "$(added bench-credmgr)" "$peer"

kdc_silent 88
measure bench-plain bench-credmgr
line "login: added, KDC silent (peer: pam_krb5, KDC up)" "$(added bench-credmgr)" "$peer"
exit 0
