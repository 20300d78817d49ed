#!/bin/bash
# Accounts of a domain at services that bring no account along: a domain controller verifies them, through winbind. Who they are, and what is
# the matter with those that are not let in; and what this machine does not do with NTLM at all ("Restrict NTLM").
. "$(dirname "$0")/world.sh"

world_addc
wait_for 20 wbinfo -p || die "winbind does not answer: $(tail -n 20 $W/addc.log)"
lsad_configure
lsad_start
samba_tool() { samba-tool "$@" --configfile=$ADDC/etc/smb.conf >>$W/samba-tool.log 2>&1; }
sid_of() { wbinfo --name-to-sid="$AD_DOMAIN\\$1" | cut -d' ' -f1; }
gid_in_domain() { wbinfo --sid-to-gid="$(sid_of "$1")"; }
uid_in_domain() { wbinfo --sid-to-uid="$(sid_of "$1")"; }

server() { sspi-server --package NTLM --port "$1" </dev/null >>"$W/server-$1.log" 2>&1 & wait_for 5 ss_listening "$1"; }
client() { # user domain password [option…]
    sspi-client --package NTLM --target "cifs/$WORLD_HOST" --port 4510 --user "$1" --domain "$2" --password-fd 0 "${@:4}" hello <<<"$3" 2>&1
}
says() { wait_for 10 said "$@"; }
said() { tail -n "${2:-2}" $W/server-4510.log | grep -Eq "$1"; }
refused() { # description status user password
    not_ok "$1" client "$3" $AD_DOMAIN "$4"
    ok "$1: the service is told that" says 'why: '
    like "$(grep "refused: account $AD_DOMAIN.$3 " $W/lsad.log | tail -n 1)" "0xc000006d/$2" "$1: $2"
}
ok "root serves" server 4510

interop "$SAMBA" verifier NTLM "dora, of the domain" client dora $AD_DOMAIN "$(ad_password_of dora)" --integrity --confidentiality
ok "the domain's name for her" says "client: $AD_DOMAIN.dora" 20
ok "sealed messages by the session key that the domain controller gave" says 'received: .*sealed: hello' 20
ok "a token, by her SID" says "token: $AD_DOMAIN.dora, uid $(uid_in_domain dora), " 20
ok "her password never expires, the domain says" says 'password: expires never' 20
ok "with the groups that the domain says" says "groups.* $(gid_in_domain 'Domain Users')\\>" 20
samba_tool domain passwordsettings set --max-pwd-age=42 && samba_tool user setexpiry dora --days=400
interop "$SAMBA" verifier NTLM "by the domain's DNS name" client dora $AD_DNS "$(ad_password_of dora)"
ok "now it does" says 'password: expires in 4[0-2] days' 20
interop "$SAMBA" verifier NTLM "by her user principal name" client "dora@$AD_DNS" '' "$(ad_password_of dora)"
refused "a wrong password" 0x8009030c dora "not hers"
refused "an account that there is not" 0x8009030c nobody-there "x"
samba_tool user disable dora
refused "a disabled account" 0xc0000072 dora "$(ad_password_of dora)"
samba_tool user enable dora
samba_tool user setexpiry bob --days=-1
refused "an expired account" 0xc0000193 bob "$(ad_password_of bob)"
refused "a password that must be changed" 0xc0000224 expired "$(ad_password_of expired)"
not_ok "an account of this machine is none of the domain" client dora "$(hostname -s)" "$(ad_password_of dora)"

# ---- a winbind that does not answer holds nobody else up
lsad_stop
cat >>/etc/credmgr/lsa.conf <<END
[ntlm]
domain_timeout = 2s
END
lsad_start
ok "an account of this machine" credmgr account add dave --password-fd 0 <<<"Dave's password"
ok "another acceptor" server 4511
winbind=$(pgrep -x winbindd)
# shellcheck disable=SC2086
kill -STOP $winbind
client dora $AD_DOMAIN "$(ad_password_of dora)" >$W/hung &
hung=$!
out=$(sspi-client --package NTLM --target "cifs/$WORLD_HOST" --port 4511 --user dave --domain "$(hostname -s)" --password-fd 0 hello 2>&1 <<<"Dave's password")
is $? 0 "is let in while nobody says anything about dora" || diag "$out"
wait $hung
isnt $? 0 "and she is not"
ok "SEC_E_NO_AUTHENTICATING_AUTHORITY" says 'why: winbind says nothing'
# shellcheck disable=SC2086
kill -CONT $winbind
ok "when it goes on, she is" wait_for 20 client dora $AD_DOMAIN "$(ad_password_of dora)"

# ---- "Restrict NTLM": incoming, of domains
lsad_stop
echo 'deny_inbound = domain' >>/etc/credmgr/lsa.conf
lsad_start
not_ok "deny_inbound = domain: not dora" client dora $AD_DOMAIN "$(ad_password_of dora)"
ok "why" says 'why: lsa.conf denies NTLM from accounts of domains'
log_says $W/lsad.log "NTLM from $AD_DOMAIN.dora: denied" "the log has it"
ok "but dave" client dave "$(hostname -s)" "Dave's password"
not_ok "nor when she names none" client dora '' "$(ad_password_of dora)"
done_testing
