#!/bin/bash
# WinPR, FreeRDP's SSPI, at the other end of NTLM and Negotiate, as the client and as the server, with messages both ways.
. "$(dirname "$0")/world.sh"

password_of bob >$W/bob.password
echo not-his >$W/wrong.password

# served LOG COMMAND…: a server that is listening, on the port of its --port.
served() {
    local log=$1 port
    shift
    port=$(grep -oE -- '--port [0-9]+' <<<"$*" | tr -dc 0-9)
    "$@" </dev/null >"$log" 2>&1 &
    wait_for 5 ss_listening "$port" || die "$1 does not listen: $(cat "$log")"
}
ours() { served "$W/ours-$2.log" sspi-server --package "$1" --user bob --domain BOX --password-file $W/bob.password --echo --port "${@:2}"; }
# The other's, which takes the password from descriptor 8.
winpr() { served "$W/winpr-$2.log" winpr-peer --accept --package "$1" --user bob --domain BOX --password-fd 8 --count 0 --port "${@:2}" 8<$W/bob.password; }
winpr_client() { winpr-peer --connect --user bob --domain BOX --password-fd 8 --target "host/$WORLD_HOST" "$@" 8<"${PASSWORD_FILE:-$W/bob.password}" 2>&1; }
our_client() { sspi-client --user bob --domain BOX --password-fd 8 --target "host/$WORLD_HOST" --echo-only "$@" 8<"${PASSWORD_FILE:-$W/bob.password}" 2>&1; }

# talk COMMAND…: it succeeds, and its messages came back sealed.
talk() { out=$("$@") && grep -q '^echo: .*unchanged' <<<"$out" || { echo "$out"; return 1; }; }

# ---- NTLM -----------------------------------------------------------------------------------------

ours NTLM 4501
interop "$WINPR" client NTLM "WinPR's client at our acceptor, three messages each way" talk winpr_client --port 4501 --count 3 'from winpr'
log_says $W/ours-4501.log '^received: .*sealed: from winpr' "which has the messages" 3
log_says $W/ours-4501.log 'client: BOX.bob' "and says who it was"
long=$(printf 'x%.0s' {1..70000})
interop "$WINPR" client NTLM "a message of 70,000 bytes" talk winpr_client --port 4501 "$long"
interop "$WINPR" client NTLM "WinPR's client that asks for signatures alone" winpr_client --port 4501 --sign-only
PASSWORD_FILE=$W/wrong.password interop "$WINPR" client NTLM "with a wrong password WinPR's client is refused" refused winpr_client --port 4501
ok "which is SEC_E_LOGON_DENIED" wait_for 5 grep -q SEC_E_LOGON_DENIED $W/ours-4501.log

ours NTLM 4502 --bindings 'tls-unique:one'
interop "$WINPR" client NTLM "WinPR's client on the channel of our acceptor" talk winpr_client --port 4502 --bindings 'tls-unique:one' bound
interop "$WINPR" client NTLM "WinPR's client on another channel is refused" refused winpr_client --port 4502 --bindings 'tls-unique:other' bound
ok "which is SEC_E_BAD_BINDINGS" wait_for 5 grep -q SEC_E_BAD_BINDINGS $W/ours-4502.log

winpr NTLM 4503
interop "$WINPR" server NTLM "our client at WinPR's server, three messages each way" talk our_client --package NTLM --port 4503 --count 3 'from us'
log_says $W/winpr-4503.log '^received: .*sealed: from us' "which has the messages" 3
interop "$WINPR" server NTLM "a message of 70,000 bytes" talk our_client --package NTLM --port 4503 "$long"
interop "$WINPR" server NTLM "our client with a target and a channel" talk our_client --package NTLM --port 4503 --bindings 'tls-unique:one' bound
PASSWORD_FILE=$W/wrong.password interop "$WINPR" server NTLM "with a wrong password WinPR's server refuses" refused our_client --package NTLM --port 4503

# ---- Negotiate ------------------------------------------------------------------------------------

# WinPR as Debian builds it knows no Kerberos: NTLM inside SPNEGO.
ours Negotiate 4511
interop "$WINPR" client Negotiate/NTLM "WinPR's client at our acceptor, three messages each way" talk winpr_client --package Negotiate --port 4511 --count 3 'from winpr'
log_says $W/ours-4511.log '^received: .*sealed: from winpr' "which has the messages" 3
log_says $W/ours-4511.log 'client: BOX.bob' "and says who it was"
interop "$WINPR" client Negotiate/NTLM "WinPR's client that asks for signatures alone" winpr_client --package Negotiate --port 4511 --sign-only
PASSWORD_FILE=$W/wrong.password interop "$WINPR" client Negotiate/NTLM "with a wrong password WinPR's client is refused" refused winpr_client --package Negotiate --port 4511
interop "$WINPR" client Negotiate/NTLM "WinPR's client with NTLM alone" talk winpr_client --package NTLM --port 4511 'from winpr'
winpr Negotiate 4513
interop "$WINPR" server Negotiate/NTLM "our client at WinPR's server, three messages each way" talk our_client --package Negotiate --port 4513 --count 3 'from us'
log_says $W/winpr-4513.log '^received: .*sealed: from us' "which has the messages" 3
PASSWORD_FILE=$W/wrong.password interop "$WINPR" server Negotiate/NTLM "with a wrong password WinPR's server refuses" refused our_client --package Negotiate --port 4513
# (An offer that begins with a token of Kerberos WinPR 2 cannot answer: it hands the token to its NTLM.)

# ---- our library in the place of WinPR ----------------------------------------------------------------

# A program that was written for WinPR, as FreeRDP is (/sspi-module:), with the function table of libsspi.so.
library=$(find /usr/lib* -name libsspi.so.0 | head -n 1)
for package in NTLM Negotiate; do
    port=452${#package}
    winpr $package $port --module "$library"
    ok "$package: WinPR's client at a server for WinPR with our library" talk winpr_client --package $package --port $port --count 3 'from winpr'
    ok "$package: both ends for WinPR, with our library" talk winpr_client --package $package --module "$library" --port $port --count 3 'from us'
    log_says $W/winpr-$port.log '^received: .*sealed: from us' "$package: which has the message"
    PASSWORD_FILE=$W/wrong.password not_ok "$package: a wrong password" winpr_client --package $package --module "$library" --port $port
done
ok "both: a client for WinPR with our library at WinPR's server" talk winpr_client --module "$library" --port 4503 'from us'

done_testing
