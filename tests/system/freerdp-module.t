#!/bin/bash
# FreeRDP's own CredSSP with our library as its SSPI module: its server, by the registry of WinPR, and its client, which has to be helped.
. "$(dirname "$0")/world.sh"

lsad_configure
cat >>/etc/credmgr/lsa.conf <<END
[acceptors]
NTLM = root
END
lsad_start
password_of alice >$W/alice.password
credmgr account add --password-fd 0 alice <$W/alice.password
# Bob is in the server's own file, which nobody asks when the module is ours.
freerdp_accounts $W/sam <<END
bob $(password_of bob)
END
password_of bob >$W/bob.password
echo not-it >$W/wrong.password
library=$(find /usr/lib* -name libsspi.so.0 | head -n 1)
client() { freerdp_client "$1" "$2" /d:BOX "${@:4}" <"$W/$3.password"; } # USER PORT PASSWORD [OPTION…]

# ---- its server with our library -------------------------------------------------------------------

freerdp_module "$library"
freerdp_server 3390 /sam-file:$W/sam
interop "$FREERDP" client "CredSSP (its own)/Negotiate/NTLM" "xfreerdp at freerdp-shadow-cli with our libsspi.so as its SSPI module" client alice 3390 alice
log_says $W/freerdp-3390.log "Using SSPI Module: $library" "the server says that the module is ours"
interop "$FREERDP" client "CredSSP (its own)/Negotiate/NTLM" "the same with a wrong password is refused" refused client alice 3390 wrong
log_says $W/freerdp-3390.log 'AcceptSecurityContext status SEC_E_LOGON_DENIED' "which is SEC_E_LOGON_DENIED" 1
not_ok "nobody asks the server's own accounts" client bob 3390 bob
log_says $W/freerdp-3390.log 'AcceptSecurityContext status SEC_E_LOGON_DENIED' "SEC_E_LOGON_DENIED" 2
ok "and it goes on serving" client alice 3390 alice

# ---- the control: WinPR's --------------------------------------------------------------------------

freerdp_module
freerdp_server 3391 /sam-file:$W/sam
not_ok "without the module alice is nobody" client alice 3391 alice
ok "and bob has an account" client bob 3391 bob
unlike "$(cat $W/freerdp-3391.log)" 'Using SSPI Module' "the server has no module"

# ---- its client with our library ----------------------------------------------------------------------

ours() {
    local status
    out=$(SSPI_MODULE=$library LD_PRELOAD=$BUILD/tests/system/freerdp-sspi.so client "$@") && status=0 || status=$?
    grep -q "Using SSPI Module: $library" <<<"$out" || status=127
    echo "$out"
    return $status
}
interop "$FREERDP" server "CredSSP (its own)/Negotiate/NTLM" "xfreerdp with our libsspi.so at freerdp-shadow-cli with WinPR's SSPI" ours bob 3391 bob
interop "$FREERDP" server "CredSSP (its own)/Negotiate/NTLM" "the same with a wrong password is refused" refused ours bob 3391 wrong
ok "our library at both ends of FreeRDP" ours alice 3390 alice
not_ok "with a wrong password" ours alice 3390 wrong
unlike "$(cat $W/freerdp-*.log $W/lsad.log $W/syslog)" "$(cat $W/alice.password)|$(cat $W/bob.password)" "no password is in a log"

done_testing
