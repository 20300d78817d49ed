#!/bin/bash
# A web service that has neither a key nor anybody's password: lsad holds its keytab and verifies its NTLM clients, by the people who are
# logged on and by the account file. Its clients are curl, python-gssapi and our own.
. "$(dirname "$0")/world.sh"

world_kdc
{
    echo "addprinc -randkey HTTP/$WORLD_HOST"
    echo "ktadd -k /etc/krb5.keytab HTTP/$WORLD_HOST"
} | kadmin.local >>$W/kadmin.log 2>&1
lsad_configure
cat >>/etc/credmgr/lsa.conf <<END
[acceptors]
HTTP = carla
NTLM = carla
END
lsad_start
world_pam unix
world_sshd

serve() {
    as carla sspi-http --serve --host 127.0.0.2 --port "$@" </dev/null >"$W/http-$1.log" 2>&1 &
    wait_for 5 ss_listening "$1" || die "sspi-http does not listen: $(cat "$W/http-$1.log")"
}
serve 8081 --package NTLM
serve 8082 --package Negotiate
ok "alice logs in" session_open one alice
ok "alice has a ticket" wait_for 10 has_tgt one
ok "an account that nobody is logged on with" credmgr account add --password-fd 0 dave <<<"Dave-has-an-account"

# greeted NAME PACKAGE COMMAND…: the server says that it is NAME, by PACKAGE.
greeted() {
    local name=$1 package=$2
    shift 2
    out=$("$@" 2>&1)
    grep -q "^Hello, $name at" <<<"$out" && grep -q "^by $package\$" <<<"$out" || { echo "$out"; cat $W/http-808*.log; return 1; }
}
curl_quiet() { curl --silent --show-error --max-time 20 "$@"; }
curl_ntlm() { curl_quiet --ntlm --config - "http://$WORLD_HOST:8081/" <<<"user = \"$1:$2\""; }
interop "$CURL" client NTLM "lsad verifies a person who is logged on" greeted '.*alice' NTLM curl_ntlm alice "$(password_of alice)"
interop "$CURL" client NTLM "lsad verifies an account of its file" greeted 'BOX.dave' NTLM curl_ntlm 'BOX\\dave' Dave-has-an-account
not_ok "a wrong password" greeted '.*' NTLM curl_ntlm alice wrong
not_ok "nor somebody whom lsad does not know" greeted '.*' NTLM curl_ntlm nemo wrong
log_says $W/http-8081.log 'SEC_E_LOGON_DENIED' "SEC_E_LOGON_DENIED"

# One server for tickets and passwords.
password_of bob | as bob sh -c 'KRB5CCNAME=FILE:/tmp/bob.cc kinit bob >/dev/null'
curl_ticket() { as bob env KRB5CCNAME=FILE:/tmp/bob.cc curl --silent --show-error --max-time 20 --negotiate --user : "http://$WORLD_HOST:8082/"; }
interop "$CURL" client Negotiate/Kerberos "lsad has the key of the service" greeted "bob@$REALM" Kerberos curl_ticket
echo "BOX:dave:Dave-has-an-account" >$W/users
curl_account() { NTLM_USER_FILE=$W/users curl_quiet --negotiate --user : "http://$WORLD_HOST:8082/"; }
interop "$CURL" client Negotiate/NTLM "lsad verifies an account of its file, inside SPNEGO" greeted 'BOX.dave' NTLM curl_account
python_bob() { as bob env KRB5CCNAME=FILE:/tmp/bob.cc /usr/bin/python3 -I "$world_source/tests/system/lib/http_client.py" spnego "$WORLD_HOST" 8082 /; }
interop "$PYTHON_GSSAPI" client Negotiate/Kerberos "the service is known by the key that lsad has" python_bob
ours() { session_run one "sspi-http --package Negotiate --target $1 --host $WORLD_HOST --port 8082 --unproved --count 2 /"; }
ok "our client, with the ticket of its session" greeted "alice@$REALM" Kerberos ours "HTTP/$WORLD_HOST"
ok "our client, where there is no ticket for the service" greeted '.*alice' NTLM ours "nobody/$WORLD_HOST"

session_close one
ok "alice, who has logged out, is verified no more" wait_for 5 refused greeted '.*' NTLM curl_ntlm alice "$(password_of alice)"
done_testing
