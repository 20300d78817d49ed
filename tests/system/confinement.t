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
cmp_num "$(status VmLck | cut -d' ' -f1)" -gt 0 "its memory is locked"
# A process that is not dumpable belongs to root in /proc, whatever its uid.
is "$(stat -c %u "/proc/$worker/mem")" 0 "it is not dumpable"
is "$(credmgr_value status landlock)" 1 "it says that Landlock is on"
is "$(credmgr_value status seccomp)" 1 "it says that seccomp is on"

# What it can do, from inside. Each expression is one call in the worker; -1 is a refusal.
attempt() {
    gdb -q -batch -nx -p "$worker" -ex 'set confirm off' -ex "print (long)$1" 2>&1 | sed -n 's/^\$1 = //p'
}
is "$(attempt 'getpid()')" "$worker" "a debugger of root's can make it call a function"
is "$(attempt 'open("/etc/shadow", 0)')" -1 "it cannot read /etc/shadow, although it accesses files as root"
is "$(attempt 'open("/root/.bashrc", 0)')" -1 "nor root's files"
is "$(attempt 'open("/etc/lsad-was-here", 0101, 0600)')" -1 "nor write into /etc"
is "$(attempt 'open("/usr/sbin/lsad-was-here", 0101, 0600)')" -1 "nor into /usr"
is "$(attempt 'open("/tmp/lsad-was-here", 0101, 0600)')" -1 "nor into /tmp"
is "$(attempt 'kill(1, 0)')" -1 "nor signal init"
is "$(attempt 'setuid(0)')" -1 "nor become root"
is "$(attempt 'execl("/bin/true", "true", 0)')" -1 "nor start a program"
is "$(attempt 'ptrace(16, 1, 0, 0)')" -1 "nor trace one"
ok "it went on serving" credmgr status
is "$(lsad_worker)" "$worker" "the same process"

done_testing
