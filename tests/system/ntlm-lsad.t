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
ok "as herself" says 4601 'client: .*alice'
ok "for identification" alice 4601 --identify hello

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
