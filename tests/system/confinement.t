#!/bin/bash
# How lsad confines the process that reads what clients send: what the kernel says of it, and what it can really not do,
# tried from inside with a debugger.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
lsa_uid=$(uid_of $LSA_USER)
worker=$(lsad_worker)
status() { awk -v name="$1:" '$1 == name { $1 = ""; print substr($0, 2) }' "/proc/${2:-$worker}/status"; }

isnt "$worker" "" "there is a worker"
is "$(status Uid)" "$lsa_uid $lsa_uid $lsa_uid 0" "its uids are the LSA's own; files and keys are accessed as root's"
for set in CapInh CapPrm CapEff CapBnd CapAmb; do
    is "$(status $set)" 0000000000000000 "it has no capability: $set"
done
is "$(status NoNewPrivs)" 1 "it cannot get new privileges"
is "$(status Seccomp)" 2 "a seccomp filter is on"
is "$(status Groups)" "" "it is in no supplementary group"
like "$(grep 'Max core file size' "/proc/$worker/limits")" 'size +0 +0 ' "it dumps no core"
cmp_num "$(status VmLck | cut -d' ' -f1)" -gt 0 "its secrets' memory is locked"
# A process that is not dumpable belongs to root in /proc, whatever its uid.
is "$(stat -c %u "/proc/$worker/mem")" 0 "it is not dumpable"
is "$(credmgr_value status landlock)" 1 "it says that Landlock is on"
is "$(credmgr_value status seccomp)" 1 "it says that seccomp is on"

# What it can really not do: system calls made in the worker, as a debugger would. -1 is EPERM, -13 EACCES.
if [ "$(uname -m)" = x86_64 ]; then
    inside() { perl "$world_source/tests/system/lib/inside.pl" "$worker" "$@" 2>&1; }
    refused() { like "$(inside "${@:2}")" '^-(1|13|38)$' "$1"; }
    is "$(inside 39)" "$worker" "calls can be made from inside (getpid)"
    like "$(inside 2 /etc/krb5.conf 0)" '^[0-9]+$' "it can read /etc/krb5.conf"
    like "$(inside 2 /etc/krb5.keytab 0)" '^[0-9]+$' "and the machine's keytab: it accesses files as root"
    refused "and yet not /etc/shadow" 2 /etc/shadow 0
    printf 'x' >/root/secret
    refused "nor root's files" 2 /root/secret 0
    refused "nor the KDC's database" 2 $KDC_STASH/principal 0
    for file in /etc /usr/sbin /tmp /root /var/log /run; do
        refused "it cannot write into $file" 2 $file/lsad-was-here 65 384
        not_ok "and did not" ls $file/lsad-was-here
    done
    refused "it cannot overwrite the keytab" 2 /etc/krb5.keytab 1
    refused "nor remove it" 87 /etc/krb5.keytab
    refused "nor become root" 105 0
    refused "nor start a program" 59 /bin/true 0 0
    refused "nor fork" 57
    refused "nor signal init" 62 1 0
    refused "nor its supervisor" 62 "$LSAD_PID" 0
    refused "nor trace another process" 101 16 1 0 0
    refused "nor read another's memory" 310 1 0 0 0 0 0
    refused "nor take another's descriptors" 438 3 0 0
    refused "nor set another's limits" 302 1 4 0 0
    refused "nor use io_uring" 425 8 0
    refused "nor mount" 165 none /mnt tmpfs 0 0
    refused "nor get a new user namespace" 272 268435456
    refused "nor load a program into the kernel" 321 5 0 0
else
    skip "$(uname -m)" "calls from inside: x86-64 only"
fi
ok "it went on serving" credmgr status
is "$(lsad_worker)" "$worker" "the same process"

done_testing
