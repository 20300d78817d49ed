#!/bin/bash
# NTLM with lsad at both ends, which is where default credentials are: what lsa.conf says of versions, of the target's name and of
# extended protection, datagrams and anonymous clients. The programs speak to each other; lsad makes and reads every token.
. "$(dirname "$0")/world.sh"

lsad_configure
cp /etc/credmgr/lsa.conf $W/lsa.conf
# settings 'NAME = VALUE'…: lsad begins again with this [ntlm].
settings() {
    lsad_stop
    { cat $W/lsa.conf && echo "[ntlm]" && printf '%s\n' "$@"; } >/etc/credmgr/lsa.conf
    lsad_start
}
settings
world_pam unix
world_sshd
# serve PORT [OPTION…]: root's acceptor, which has lsad verify whoever is logged on.
serve() {
    sspi-server --package NTLM --port "$@" </dev/null >>"$W/server-$1.log" 2>&1 &
    wait_for 5 ss_listening "$1"
}
# alice PORT [OPTION…]: a client of her session, with no password; says PORT PATTERN: what that acceptor then says.
alice() {
    : >"$W/server-$1.log"
    session_run one "sspi-client --package NTLM --target ${target:-cifs/$WORLD_HOST} --port $*"
}
says() { wait_for 5 grep -Eq -- "$2" "$W/server-$1.log"; }

ok "alice logs in" session_open one alice
serve 4601
ok "she comes, and neither end has a password" alice 4601 hello
ok "as herself" says 4601 'client: BOX.alice'
ok "for identification" alice 4601 --identify hello

# ---- her process never had what her password is as good as
mkdir -p /usr/local/lib/peers
cp -r "$world_source/tests/system/lib/pywin32" /usr/local/lib/peers
mkfifo -m 666 /tmp/enough
cat >/usr/local/lib/peers/both.py <<'END'
import os
import sys

sys.path.insert(0, "/usr/local/lib/peers/pywin32")
import sspi

client, server = sspi.ClientAuth("NTLM", targetspn="cifs/box"), sspi.ServerAuth("NTLM")
token = server.authorize(client.authorize(None)[1][0].Buffer)[1][0].Buffer
server.authorize(client.authorize(token)[1][0].Buffer)
print(os.getpid(), client.session_key().hex(), flush=True)
open("/tmp/enough").close()
END
session_run one "python3 -B /usr/local/lib/peers/both.py" >$W/both 2>&1 &
ok "a program of hers makes a context with herself" wait_for 10 grep -Eq '^[0-9]+ [0-9a-f]{32}$' $W/both
read -r pid key <$W/both
# Prints which of the values are in memory that the process can write: password, NT hash, NTOWFv2, session key.
held=$(PASSWORD=$(password_of alice) KEY=$key PID=$pid python3 - <<'END'
import hashlib
import hmac
import os
import subprocess

password = os.environ["PASSWORD"].encode("utf-16-le")
command = ["openssl", "dgst", "-provider", "legacy", "-provider", "default", "-md4", "-binary"]
nt_hash = subprocess.run(command, input=password, stdout=subprocess.PIPE, check=True).stdout
values = {"password": password, "hash": nt_hash, "key": bytes.fromhex(os.environ["KEY"]),
          "ntowf": hmac.digest(nt_hash, "ALICEBOX".encode("utf-16-le"), hashlib.md5)}
found = set()
with open(f"/proc/{os.environ['PID']}/maps") as maps, open(f"/proc/{os.environ['PID']}/mem", "rb", 0) as memory:
    for line in maps:
        span, rights = line.split()[:2]
        start, end = (int(part, 16) for part in span.split("-"))
        if rights.startswith("rw"):
            try:
                memory.seek(start)
                data = memory.read(end - start)
            except OSError:
                continue
            found |= {name for name, value in values.items() if value in data}
print(*sorted(found))
END
)
is "$held" key "what it has is the key of that context, not her password, its hash or NTOWFv2"
: >/tmp/enough

# ---- datagrams: the server speaks first
serve 4602 --datagram
ok "datagrams" alice 4602 --datagram hello
ok "are hers" says 4602 'client: .*alice'
not_ok "a client of connections at a server of datagrams" alice 4602 hello
not_ok "and the other way round" alice 4601 --datagram hello

# ---- nobody
not_ok "an anonymous client is refused" alice 4601 --anonymous hello
ok "and the server's program is told what would let it in" says 4601 'ASC_REQ_ALLOW_NULL_SESSION'
serve 4603 --anonymous
ok "where it is allowed it is let in" alice 4603 --anonymous hello
ok "and is nobody" says 4603 'client: .*ANONYMOUS LOGON'
ok "who need not be nobody is somebody" alice 4603 hello
ok "herself" says 4603 'client: .*alice'

# ---- extended protection
serve 4604 --bindings tls-server-end-point:one
ok "the same channel" alice 4604 --bindings tls-server-end-point:one hello
not_ok "another one" alice 4604 --bindings tls-server-end-point:two hello
ok "is said to be another" says 4604 'SEC_E_BAD_BINDINGS|another channel'
not_ok "none" alice 4604 hello

# ---- the target's name
settings 'target_name = always' 'target_names = www.example.com'
ok "this machine" alice 4601 hello
target=HTTP/www.example.com ok "one of its other names" alice 4601 hello
target=cifs/127.0.0.1 ok "an address of its own" alice 4601 hello
target=cifs/elsewhere.example.com not_ok "another machine" alice 4601 hello
ok "is named" says 4601 'elsewhere.example.com'

# ---- versions
ok "an account of the file" credmgr account add --password-fd 0 dave <<<"Open-Sesame"
dave() { sspi-client --package NTLM --target "cifs/$WORLD_HOST" --user dave --domain BOX --password-fd 0 --port "$@" <<<"Open-Sesame"; }
for level in 0 1 2 3 4; do
    settings "lm_compatibility_level = $level" 'minimum_client_security = none' 'minimum_server_security = none'
    ok "both ends at level $level" alice 4601 hello
    ok "and with a password that LM can write" dave 4601 --integrity --confidentiality hello
done
settings 'require_mic = yes'
ok "a MIC where one is demanded" alice 4601 hello

session_close one
ok "no key is left" wait_for 5 no_keys
done_testing
