#!/bin/bash
# People of a Samba AD domain logged in: lsad has their tickets from the domain controller; smbclient and ldapsearch find them where
# export_ccache puts them; and our acceptor, with the keys of the machine's account, takes what the domain's clients send.
# shellcheck disable=SC2154
. "$(dirname "$0")/world.sh"

world_addc
world_pam unix
world_sshd
lsad_configure
sed -i '/^\[kerberos\]/a export_ccache = FILE:/tmp/krb5cc_%{uid}' /etc/credmgr/lsa.conf
lsad_start
gss_server_up

ok "alice logs in" session_open one alice
ok "she has a ticket of the domain" wait_for 10 has_tgt one
ok "and makes a context" kerberos_in_session one
like "$(gss_server_log)" '"alice@AD.CREDMGR.TEST"' "gss-server says it was alice"
exported() { session_run one klist -s; }
ok "her programs have it, too" wait_for 10 exported
ok "CIFS is served" wait_for 10 addc_serves_files
# shellcheck disable=SC2016
out=$(session_run one "smbclient --use-kerberos=required --use-krb5-ccache=\$KRB5CCNAME //$AD_HOST/public -c 'get file -'" 2>&1)
like "$out" 'a file of the domain' "smbclient reads a file with it"
out=$(session_run one "ldapsearch -Q -N -Y GSSAPI -H ldap://$AD_HOST -b dc=ad,dc=credmgr,dc=test '(sAMAccountName=alice)' memberOf" 2>&1)
like "$out" 'memberOf: CN=staff' "ldapsearch asks the domain with it"
like "$(session_run one klist)" "cifs/$AD_HOST" "both with Kerberos"

# Our acceptor, with the keytab of the machine's account.
sspi-server --package Kerberos --port 4447 </dev/null >$W/sspi-server.log 2>&1 &
ok "sspi-server listens" wait_for 5 ss_listening 4447
out=$(session_run one "gss-client -port 4447 127.0.0.1 host@$WORLD_HOST 'a message'" 2>&1)
is $? 0 "MIT's gss-client with the exported ticket" || diag "$out"
like "$out" 'Signature verified' "it verifies our signature"
for target in host/$WORLD_HOST cifs/$WORLD_HOST host/box "box\\\$@$AD_REALM"; do
    out=$(session_run one "sspi-client --target $target --port 4447 hello" 2>&1)
    is $? 0 "our client asks for $target" || diag "$out"
done
like "$(cat $W/sspi-server.log)" 'alice@AD.CREDMGR.TEST' "we say it was alice"
ok "alice logs out" session_close one
ok "no key is left" wait_for 5 no_keys

done_testing
