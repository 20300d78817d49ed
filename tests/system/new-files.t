#!/bin/bash
# Administrators and package managers replace files (write a new one, rename it) rather than write into them. lsad, which may read
# only what it was allowed to when it began, must go on with the new ones.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_pam unix
world_sshd
gss_server_up

replace() { # file command: the file becomes what the command makes of it, as another file
    cp -p "$1" "$1.new"
    eval "$2" <"$1" >"$1.new"
    mv "$1.new" "$1"
}

ok "alice logs in" session_open one alice
ok "Kerberos" wait_for 10 kerberos_in_session one

# The KDC moves, and /etc/krb5.conf is replaced.
replace /etc/krb5.conf "sed 's/127.0.0.1:88/127.0.0.1:1088/'"
kdc_down
sed -i 's/127.0.0.1:88/127.0.0.1:1088/' /etc/krb5kdc/kdc.conf
krb5kdc -n </dev/null >>$W/kdc.out 2>&1 &
KDC_PID=$!
ok "the KDC listens at another port" wait_for 10 ss_listening 1088
ok "bob logs in" session_open two bob
ok "lsad reads the new /etc/krb5.conf: bob gets a ticket from there" wait_for 15 kerberos_in_session two
ok "alice goes on" wait_for 15 kerberos_in_session one

# A new keytab for the machine.
sspi-server --package Kerberos --port 4447 </dev/null >$W/sspi-server.log 2>&1 &
ok "sspi-server listens" wait_for 5 ss_listening 4447
to_host() { session_run "$1" "sspi-client --target host/$WORLD_HOST --port 4447 hello"; }
ok "a context with it" to_host one
kadmin.local cpw -randkey "host/$WORLD_HOST" >/dev/null 2>&1
rm -f $W/new.keytab
kadmin.local ktadd -k $W/new.keytab "host/$WORLD_HOST" >/dev/null 2>&1
replace /etc/krb5.keytab "cat $W/new.keytab; :"
ok "carla logs in" session_open three carla
ok "she gets a ticket for the new key, and the acceptor has it" wait_for 15 to_host three

for name in one two three; do session_close $name; done
ok "no key is left" wait_for 5 no_keys

done_testing
