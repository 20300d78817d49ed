#!/bin/bash
# SSH with gssapi-with-mic by code that was written for Windows: paramiko's SSPI class, unchanged, logs in to a real sshd with the tickets of the logon
# session, and paramiko's server takes in OpenSSH's client with our acceptor. pywin32's place is taken by a few lines of ctypes over libsspi.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_pam unix
world_sshd
HOST_PORT=2223
PARAMIKO_PORT=2224
sed -e "s/^ListenAddress.*/ListenAddress 127.0.0.2/; s/^Port.*/Port $HOST_PORT/" /etc/ssh/sshd_config >$W/sshd_gss_config
echo "GSSAPIAuthentication yes" >>$W/sshd_gss_config
/usr/sbin/sshd -D -e -f $W/sshd_gss_config </dev/null >>$W/sshd.log 2>&1 &
wait_for 5 ss_listening $HOST_PORT || die "sshd with GSSAPI does not start"
# Where the people of the world can read it.
mkdir -p /usr/local/lib/ssh_sspi
cp -r "$world_source/tests/system/lib/pywin32" "$world_source/tests/system/lib/ssh_sspi.py" /usr/local/lib/ssh_sspi
paramiko="python3 -B /usr/local/lib/ssh_sspi/ssh_sspi.py"

# ---- the client ------------------------------------------------------------------------------------------------------

ok "alice logs in" session_open one alice
out=$(session_run one "$paramiko client $WORLD_HOST $HOST_PORT alice no" 2>&1)
interop "$OPENSSH" server Kerberos/gssapi-with-mic "paramiko logs in to sshd with SSPI" test $? -eq 0 || diag "$out"
like "$out" 'authenticated by gssapi-with-mic' "by gssapi-with-mic"
like "$out" '^alice$' "as alice"
like "$(cat $W/sshd.log)" "Authorized to alice, krb5 principal alice@$REALM" "sshd verified the signature of alice's ticket"
out=$(session_run one "$paramiko client $WORLD_HOST $HOST_PORT alice delegate" 2>&1)
interop "$OPENSSH" server Kerberos/gssapi-with-mic "sshd has the credentials that paramiko delegates with SSPI" test $? -eq 0 || diag "$out"
like "$out" "Default principal: alice@$REALM" "which the login there has"
out=$(session_run one "$paramiko client $WORLD_HOST $HOST_PORT bob no" 2>&1)
isnt $? 0 "not as bob"
like "$out" 'AuthenticationException' "whom sshd refuses" || diag "$out"
out=$(as carla $paramiko client $WORLD_HOST $HOST_PORT carla no 2>&1)
isnt $? 0 "carla, logged in nowhere, gets no context" || diag "$out"

# ---- the server ------------------------------------------------------------------------------------------------------

python3 -B /usr/local/lib/ssh_sspi/ssh_sspi.py server $WORLD_HOST $PARAMIKO_PORT </dev/null >$W/paramiko.log 2>&1 &
ok "paramiko listens" wait_for 20 ss_listening $PARAMIKO_PORT
openssh() { # user: OpenSSH's client of bob, with tickets of its own
    as bob sh -c "KRB5CCNAME=FILE:/tmp/bob.cc ssh -F none -p $PARAMIKO_PORT -o BatchMode=yes -o StrictHostKeyChecking=no \
        -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o PreferredAuthentications=gssapi-with-mic \
        -o GSSAPIAuthentication=yes -o HostKeyAlias=paramiko -l $1 $WORLD_HOST some command"
}
password_of bob | as bob sh -c "KRB5CCNAME=FILE:/tmp/bob.cc kinit bob >/dev/null"
out=$(openssh bob 2>&1)
interop "$OPENSSH" client Kerberos/gssapi-with-mic "OpenSSH's ssh logs in to paramiko" test $? -eq 0 || diag "$out" "$(tail -n 20 $W/paramiko.log)"
like "$out" '^paramiko ran: some command' "and runs a command"
like "$(cat $W/paramiko.log)" "signed by $REALM.bob for bob" "our acceptor says it is bob, and has verified the signature"
interop "$OPENSSH" client Kerberos/gssapi-with-mic "OpenSSH's ssh with bob's ticket is not let in as alice" refused openssh alice
like "$(cat $W/paramiko.log)" "signed by $REALM.bob for alice" "whoever bob says he is"

ok "alice logs out" session_close one

done_testing
