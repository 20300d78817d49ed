#!/bin/bash
# Configuration files with mistakes lock nobody out, and the message names file and line, what is wrong and what would be right.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_pam unix
world_sshd

credmgr_conf=/etc/credmgr/credmgr.conf
lsa_conf=/etc/credmgr/lsa.conf
cp $credmgr_conf $W/credmgr.conf
cp $lsa_conf $W/lsa.conf

try() { # what expected-in-the-log
    is "$(login_as alice id -un)" alice "$1: alice logs in"
    ok "$1: the log says where and what" logged "$2" || diag "expected: $2"
    log_clear
    cat $W/credmgr.conf >$credmgr_conf
    chown root: $credmgr_conf
    chmod 644 $credmgr_conf
}

log_clear
sed -i 's/^logon:.*/logon: lsa [timeout=never]/' $credmgr_conf
try "credmgr.conf: a value that is none" "credmgr.conf:[0-9]+: .*never"
echo 'login: lsa' >>$credmgr_conf
try "credmgr.conf: an unknown event" "credmgr.conf:[0-9]+: .*login"
{ printf '\200\201'; head -c 3000 /dev/urandom; } >$credmgr_conf # the first line is neither empty nor a comment
try "credmgr.conf: bytes that are no text" "credmgr.conf:1: "
echo 'logon: not-there lsa' >$credmgr_conf
try "credmgr.conf: a manager that is not installed" "not-there"
chmod 666 $credmgr_conf
try "credmgr.conf: writable by everybody" "credmgr.conf.*writ"
chown alice: $credmgr_conf
try "credmgr.conf: not root's" "credmgr.conf.*(alice|own|uid|root)"
rm $credmgr_conf && mkdir $credmgr_conf
is "$(login_as alice id -un)" alice "credmgr.conf is a folder: alice logs in"
rmdir $credmgr_conf
is "$(login_as alice id -un)" alice "no credmgr.conf: alice logs in"
cp $W/credmgr.conf $credmgr_conf
log_clear

lsad_stop
lsa_try() { # what expected
    : >$W/lsad.log
    install -m 644 $W/lsa.conf $lsa_conf
    eval "$2"
    /usr/sbin/lsad --foreground </dev/null >>$W/lsad.log 2>&1 &
    LSAD_PID=$!
    ok "$1: lsad says where and what" wait_for 5 grep -qE "$3" $W/lsad.log $W/syslog || diag "expected: $3"
    is "$(login_as alice id -un)" alice "$1: alice logs in"
    lsad_stop
    log_clear
}
lsa_try "lsa.conf: an unknown name" "sed -i 's/^.lsa.$/&\\nkeyrung = x/' $lsa_conf" "lsa.conf:[0-9]+: .*keyrung"
lsa_try "lsa.conf: a line that is none" "echo 'what is this' >>$lsa_conf" "lsa.conf:[0-9]+: "
lsa_try "lsa.conf: a user that is not there" "sed -i 's/^#user.*/user = nobody-knows/' $lsa_conf" "nobody-knows"
lsa_try "lsa.conf: writable by everybody" "chmod 666 $lsa_conf" "lsa.conf.*writ"
lsa_try "lsa.conf: bytes that are no text" "printf '\\200\\201\\n' >$lsa_conf" "lsa.conf:1: "
rm -f $lsa_conf
cp $W/lsa.conf $lsa_conf
lsad_start
ok "with the configuration mended alice has a logon session again" session_open one alice
# A session that ended while there was no lsad is ended as soon as there is one.
ok "one" wait_for 5 sessions_are 1 alice
session_close one
ok "no key is left" wait_for 5 no_keys

done_testing
