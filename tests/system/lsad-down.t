#!/bin/bash
# With lsad down nobody is locked out: the login goes on, with one line in the log that says what is wrong and what to do;
# unless the administrator wrote `require`.
. "$(dirname "$0")/world.sh"

world_kdc
lsad_configure
world_pam unix
world_sshd

for method in password keyboard-interactive; do
    LOGIN_METHOD=$method
    log_clear
    begin=$(milliseconds)
    is "$(login_as alice id -un)" alice "$method: alice logs in"
    took=$(($(milliseconds) - begin))
    cmp_num $took -lt 5000 "$method: without a delay ($took ms)"
    ok "$method: the log says so" logged 'pam_credmgr.*lsad'
    is "$(log_count 'pam_credmgr|mpnotify|credmgr')" 1 "$method: in one line"
    like "$(grep -E 'credmgr' $W/syslog)" '/run/lsad/lsa.sock' "$method: which names the socket"
    is "$(staged_keys)" "" "$method: nothing stays staged"
done

# A leftover socket of an lsad that died is the same.
lsad_start
lsad_kill
log_clear
is "$(login_as alice id -un)" alice "with a dead socket: alice logs in"
is "$(log_count 'pam_credmgr|mpnotify|credmgr')" 1 "with a dead socket: one line in the log"

# One that hangs delays the login no longer than its deadline.
lsad_start
# shellcheck disable=SC2046
kill -STOP $(lsad_processes)
log_clear
begin=$(milliseconds)
is "$(login_as alice id -un)" alice "with an lsad that hangs: alice logs in"
took=$(($(milliseconds) - begin))
cmp_num $took -lt 25000 "with an lsad that hangs: after a deadline ($took ms)"
ok "with an lsad that hangs: the log says so" logged 'pam_credmgr'
# shellcheck disable=SC2046
kill -CONT $(lsad_processes)
lsad_kill

# Where it is required, it is.
sed -i 's/^\(session optional pam_credmgr.so\)/session required pam_credmgr.so require/' /etc/pam.d/common-session
not_ok "with require: alice does not log in" login_as alice true

done_testing
