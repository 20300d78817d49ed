#!/bin/bash
# What a client of NTLM learns from a refusal of lsad's: nothing. For an account that there is not, a wrong password, one of somebody who is logged in,
# and one that is disabled, status, token and the least time are the same. What it was is for the log of this machine.
. "$(dirname "$0")/world.sh"

lsad_configure
lsad_start
world_pam unix
world_sshd
lib=$world_source/tests/system/lib
credmgr account add --password-fd 0 dave <<<"Dave's password"
credmgr account add --password-fd 0 erin <<<"Erin's password"
credmgr account disable erin
ok "alice logs in" session_open one alice

# Both ends in one process; the acceptor has default credentials. "STATUS, bytes of the token, milliseconds" for each name and password.
cat >$W/refusals.py <<'END'
import sys
import time

sys.path.insert(0, sys.argv[1] + "/pywin32")
import sspi
from pywintypes import error


def attempt(user, domain, password):
    client = sspi.ClientAuth("NTLM", auth_info=(user, domain, password), targetspn="cifs/box")
    server = sspi.ServerAuth("NTLM")
    token = server.authorize(client.authorize(None)[1][0].Buffer)[1][0].Buffer
    token = client.authorize(token)[1][0].Buffer
    began = time.monotonic()
    try:
        told = server.authorize(token)[1][0].Buffer
        status = 0
    except error as failed:
        told, status = b"", failed.winerror & 0xFFFFFFFF
    return status, len(told), int((time.monotonic() - began) * 1000)


for line in sys.stdin:
    print("%08X %d %d" % attempt(*line.rstrip("\n").split("\t")), flush=True)
END
attempt() { printf '%s\t%s\t%s\n' "$@" | python3 -B $W/refusals.py "$lib" 2>&1; }
is "$(attempt dave BOX "Dave's password" | cut -d' ' -f1)" 00000000 "dave is let in"

refused=()
for who in "dave|BOX|a wrong password" "mallory|BOX|no account" "mallory|ELSEWHERE|a domain that there is not" \
    "alice|BOX|a wrong password of somebody who is logged in" "erin|BOX|a wrong password of a disabled account"; do
    IFS='|' read -r user domain what <<<"$who"
    out=$(attempt "$user" "$domain" "not it")
    is "${out% *}" "8009030C 0" "$what: SEC_E_LOGON_DENIED, and no token"
    cmp_num "${out##* }" -ge 250 "$what: not told before its time"
    refused+=("${out##* }")
done
diag "milliseconds: ${refused[*]}"
out=$(attempt erin BOX "Erin's password")
is "${out% *}" "8009030C 0" "who has the right password of a disabled account is told no more"
ok "the log says what it is" logged 'account erin is disabled'

ok "alice logs out" session_close one
done_testing
