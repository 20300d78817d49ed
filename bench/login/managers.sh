#!/bin/bash
# What a whole login takes, through sshd (ssh alice@box true) and through pamtester, without the bridge, with it and 1, 5 and 20 credential
# managers (lsa, the others do nothing), and with pam_krb5 in its place; KDC up. And how large mpnotify becomes. Medians; the
# variants are taken in turn, so that whatever else the machine does hits all of them. Prints lines for bench/table.sh.
WORLD_VOICE=plain
WORLD_LIMIT=${WORLD_LIMIT:-900}
. "$(dirname "$0")/../../tests/system/world.sh"
. "$world_source/bench/login/lib.sh"

count=${BENCH_LOGINS:-50}
variants="plain krb5 1 5 20"

become() { # variant: the PAM service bench-login, and sshd's, from now on
    case $1 in
        plain) stack bench-login "" ;;
        krb5) stack bench-login "pam_krb5.so minimum_uid=1000 use_first_pass" ;;
        *)
            stack bench-login pam_credmgr.so
            managers "$1"
            ;;
    esac
    cp /etc/pam.d/bench-login /etc/pam.d/sshd
}
through_sshd() { login_as alice true; }
through_pamtester() { pamtester bench-login alice authenticate setcred open_session close_session <$W/password >/dev/null 2>&1; }

measure() { # way
    local round variant begin
    for variant in $variants; do : >"$W/$1-$variant"; done
    for ((round = 0; round <= count; round++)); do
        for variant in $variants; do
            become "$variant"
            begin=${EPOCHREALTIME/./}
            "through_$1" || die "a login through $1 failed ($variant): $(tail -n 3 $W/syslog)"
            # The first round warms up.
            [ "$round" = 0 ] || echo $((${EPOCHREALTIME/./} - begin)) >>"$W/$1-$variant"
        done
    done
}
median_of() { sort -n "$W/$1-$2" | sed -n "$(((count + 1) / 2))p"; }

# The median of what VARIANT took longer than the plain login of the same round.
added() { paste "$W/$1-$2" "$W/$1-plain" | awk '{ print $1 - $2 }' | sort -n | sed -n "$(((count + 1) / 2))p"; }

line() { # what ours peer unit target: two numbers, shown in thousands
    awk -v what="$1" -v ours="$2" -v peer="$3" -v unit="$4" -v target="$5" 'BEGIN {
        printf "%s\t%.2f %s\t%.2f %s\t%.2f\t%s\n", what, ours / 1000, unit, peer / 1000, unit, (peer > 0 ? ours / peer : 0), target }'
}

world_kdc
world_lsad
local_passwords yes
world_sshd
password_of alice >$W/password

for way in sshd pamtester; do
    measure $way
    plain=$(median_of $way plain)
    line "login through $way, pam_krb5 (peer: without)" "$(median_of $way krb5)" "$plain" ms "-"
    for variant in 1 5 20; do
        line "login through $way, managers: $variant (peer: without)" "$(median_of $way $variant)" "$plain" ms "-"
        line "  what it adds (peer: what pam_krb5 adds)" "$(added $way $variant)" "$(added $way krb5)" ms "-"
    done
done

# ---- memory --------------------------------------------------------------------------------------------------------

# The router and the last manager's process together, as that manager sees them; pages of libraries count in shares (Pss). And the largest of
# all processes, as the kernel counts when they end.
helper=$(find /usr/lib* -name mpnotify -path '*credmgr*' | head -n 1)
mv "$helper" "$helper.real"
install -m 755 "$BUILD/bench/login/measured" "$helper"
become 1
session_open gauge alice || die "alice cannot log in: $(tail -n 3 $W/syslog)"
monitor=$(awk '$1 == "VmHWM:" { print $2 }' "/proc/$(pgrep -f '^sshd: alice \[priv\]' | head -n 1)/status")
session_close gauge
for variant in 1 5 20; do
    managers $variant gauge
    rm -f $W/gauge $W/largest
    through_sshd || die "a login failed: $(tail -n 3 $W/syslog)"
    read -r _ router _ manager <$W/gauge && read -r largest <$W/largest || die "mpnotify was not measured: $(tail -n 3 $W/syslog)"
    [ $variant != 1 ] || one=$((router + manager))
    line "memory of mpnotify, both processes, managers: $variant (peer: 1)" $((router + manager)) "$one" "MB Pss" "about 1"
    line "  the largest process, at its largest (peer: sshd's monitor)" "$largest" "$monitor" "MB VmHWM" "below 1"
done
exit 0
