#!/bin/bash
# Single sign-on with CredSSP: alice, logged in once, passes network level authentication with the credentials of her logon session, or
# with what she has saved, at FreeRDP's server (which knows no Kerberos) and at ours (with Kerberos), where lsa.conf lets the server have
# them; where it does not she is refused before anything is sent. Her programs never hold a password: their memory is looked through at
# every system call.
. "$(dirname "$0")/world.sh"

desk=desk.$WORLD_DOMAIN elsewhere=elsewhere.$WORLD_DOMAIN saved=saved.$WORLD_DOMAIN
echo "127.0.0.2 $desk $elsewhere $saved" >>/etc/hosts
world_kdc
kadmin.local -q "addprinc -randkey TERMSRV/$WORLD_HOST" >>$W/kadmin.log 2>&1
kadmin.local -q "ktadd -k /etc/krb5.keytab TERMSRV/$WORLD_HOST" >>$W/kadmin.log 2>&1
lsad_configure
cp /etc/credmgr/lsa.conf $W/lsa.conf
# rules LINE…: lsad begins again with this [tspkg].
rules() {
    lsad_stop
    { cat $W/lsa.conf && printf '%s\n' "[acceptors]" "NTLM = root" "[tspkg]" "$@"; } >/etc/credmgr/lsa.conf
    lsad_start
}
rules
world_pam krb5
world_sshd
{
    ok "the examples are built from what is installed" nla_build
    nla_certificates
} 2>/dev/null
freerdp_module
freerdp_accounts $W/sam <<END
alice $(password_of alice)
bob $(password_of bob)
END
sed -i 's/:BOX:/::/' $W/sam # in whichever domain they say they are: alice's is the realm
freerdp_server 3390 /sam-file:$W/sam
nla_server 3391 server
{ secrets_of alice && secrets_of bob; } >$W/secrets
# kept SESSION: what TSPkg keeps of it in the kernel keyring.
kept() {
    local ring key
    ring=$(keyctl search @u keyring "$LSA_ANCHOR") && ring=$(keyctl search "$ring" keyring "$(session_key "$1")") || return 0
    for key in $(keyctl rlist "$ring"); do keyctl rdescribe "$key"; done | grep -o 'TSSSP/.*'
}
connect() { watched "$1" "nla-client -k ${*:2}"; } # SESSION [OPTION…] HOST PORT
# Her program passes, and none of the secrets was ever in its memory. ($watched_status is lost in the shell that ok has.)
passes() { connect "$@" && [ "$watched_status" = 0 ]; }
refuses() { # STATUS DESCRIPTION HOST PORT: her program is told that status
    connect one "$3" "$4"
    isnt "$watched_status" 0 "$2"
    like "$(cat $W/watched.log)" "$1" "by the right status"
    like "$(cat $W/watch.log)" 'found nothing' "and without her password"
}
watched_status=1 delegation_policy=0x8009035e nltm_only=0x8009035f

# ---- nobody is to get anything: no password is kept, none is sent
ok "alice logs in" session_open one alice
is "$(kept one)" "" "no rule: no password is kept"
refuses $delegation_policy "FreeRDP's server does not get it" "$desk" 3390
refuses $delegation_policy "nor does ours" "$WORLD_HOST" 3391
session_close one

# ---- FreeRDP's server, which cannot prove itself
rules "allow_default_credentials_ntlm_only = TERMSRV/$desk" "allow_default_credentials = TERMSRV/$WORLD_HOST TERMSRV/$elsewhere" \
    "allow_saved_credentials_ntlm_only = TERMSRV/$saved" "allow_saved_credentials = TERMSRV/$WORLD_HOST"
ok "alice logs in" session_open one alice
isnt "$(kept one)" "" "now there is a rule, and her password is kept"
interop "$FREERDP" server "CredSSP/Negotiate/NTLM" "default credentials of the logon session at freerdp-shadow-cli, no password in the program's memory" \
    passes one "$desk" 3390
like "$(cat $W/watched.log)" '^by .*NTLM' "by NTLM"
like "$(cat $W/watched.log)" '^as .*alice' "as herself"
like "$(cat $W/watch.log)" '^looked [0-9]{2,} times.*found nothing' "her program never held the password: $(tail -n 1 $W/watch.log)"
refuses $delegation_policy "a server that no rule names gets nothing" "$saved" 3390
refuses $nltm_only "nor does one that must prove itself and cannot" "$elsewhere" 3390

# The control: a program that is given the password does hold it.
password_of alice >/tmp/typed
chmod 644 /tmp/typed
not_ok "a program that is told the password is found out" watched one "nla-client -k -u alice -d BOX $desk 3390 </tmp/typed"
like "$(cat $W/watch.log)" '^found: secret 1' "it holds it"
rm /tmp/typed

# ---- ours, which proves itself with Kerberos
ok "she passes at our server, and her program holds nothing" passes one "$WORLD_HOST" 3391
like "$(cat $W/watched.log)" '^by .*Kerberos' "by Kerberos"
log_says $W/nla-3391.log "^client: .*alice" "the server knows her"
log_says $W/nla-3391.log "^delegated: .*alice and a password of $(password_of alice | head -c -1 | wc -c) bytes" "and has her password"
ok "with the certificate verified" session_run one "nla-client -r $W/ca.pem $WORLD_HOST 3391"

# ---- what she has saved for a server
ok "she saves bob's credentials for a server" session_feed one "credmgr save TERMSRV/$saved --user='BOX\\bob' --password-fd=0" <<<"$(password_of bob)"
ok "they are good there, and her program holds nothing of them" passes one "$saved" 3390
like "$(cat $W/watched.log)" '^as .*bob' "as bob"
ok "she saves some for ours, which proves itself" session_feed one "credmgr save 'TERMSRV/box*' --user='bob@$REALM' --password-fd=0" <<<"$(password_of bob)"
ok "they are good there" passes one "$WORLD_HOST" 3391
like "$(cat $W/watched.log)" '^by .*Kerberos' "by Kerberos"
log_says $W/nla-3391.log '^client: .*bob' "as bob"
ok "they are not those of the session, which come back without them" session_run one "credmgr save --delete 'TERMSRV/box*'"
ok "she passes" passes one "$WORLD_HOST" 3391
like "$(cat $W/watched.log)" '^as .*alice' "as herself"
ok "she saves some for another one" session_feed one "credmgr save 'TERMSRV/elsewhere*' --user='BOX\\bob' --password-fd=0" <<<"$(password_of bob)"
refuses $delegation_policy "which may not have saved ones" "$elsewhere" 3390
ok "deleted" session_run one "credmgr save --delete 'TERMSRV/elsewhere*'; credmgr save --delete TERMSRV/$saved"
refuses $delegation_policy "then there is nothing for the first, either" "$saved" 3390

# ---- who logged in without a password
sshd_key alice
LOGIN_METHOD=publickey ok "alice logs in with a key" session_open key alice
like "$(session_run key "nla-client -k $WORLD_HOST 3391" 2>&1)" '0x8009030e' "with a key there is no logon session, and nothing to hand over"
session_close key

# ---- the end
ok "between calls lsad has no password, either" lsad_holds_nothing
unlike "$(cat $W/freerdp-*.log $W/nla-*.log $W/lsad.log $W/syslog $W/watched.log)" "$(password_of alice)|$(password_of bob)" "no password is in a log"
session_close one
ok "her session is gone, and what was kept with it" wait_for 5 no_keys
done_testing
