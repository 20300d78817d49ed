#!/bin/bash
# Negotiate between our own two ends: Kerberos where it can be, NTLM for the documented reasons, and for no other; with the credentials of a
# logon session and with given ones.
. "$(dirname "$0")/world.sh"

world_kdc
lsad_configure
cat >>/etc/credmgr/lsa.conf <<END
[acceptors]
host = bob
NTLM = bob
END
lsad_start
world_pam unix
world_sshd

ok "alice logs in" session_open one alice

# serve PORT OPTIONS…: an acceptor of root's, with the machine's keytab and lsad's word on passwords.
serve() {
    sspi-server --package Negotiate --port "$@" </dev/null >"$W/server-$1.log" 2>&1 &
    wait_for 5 ss_listening "$1"
}
# negotiate PORT TARGET OPTIONS…: alice's program.
negotiate() {
    local port=$1 target=$2
    shift 2
    session_run one "sspi-client --package Negotiate --target $target --port $port $* 'from alice'" 2>&1
}
# with PACKAGE PORT TARGET NAME OPTIONS…: that package is spoken, on both sides.
with() {
    local package=$1 port=$2 target=$3 name=$4 out
    shift 4
    out=$(negotiate "$port" "$target" "$@")
    is $? 0 "$name" || diag "$out" "$(tail -5 "$W/server-$port.log")"
    like "$out" "^negotiated: $package\$" "$name: $package"
    like "$(tac "$W/server-$port.log" | sed '/^negotiated/q')" "^negotiated: $package\$" "$name: for the acceptor, too"
}

ok "an acceptor listens" serve 4470 --echo
with Kerberos 4470 "host/$WORLD_HOST" "a service that the KDC knows" --echo
like "$(negotiate 4470 "host/$WORLD_HOST")" '^context: .*mutual authentication' "mutual authentication"
like "$(tac $W/server-4470.log | sed '/^context/q')" 'client: alice@CREDMGR.TEST' "the acceptor says it was alice"
with Kerberos 4470 "host/$WORLD_HOST" "DCE style" --dce --mutual --integrity
with Kerberos 4470 "host/$WORLD_HOST" "without a wish for integrity" --mutual
with Kerberos 4470 "host/$WORLD_HOST" "twenty messages" --count 20
with Kerberos 4470 "host/$WORLD_HOST" "delegation" --delegate
like "$(tac $W/server-4470.log | sed '/^context/q')" "delegated: $REALM.alice, with a token for" "the acceptor has a token in her name, by Negotiate"
like "$(tac $W/server-4470.log | sed '/^context/q')" 'token: alice, uid' "and she is a user of this system"
with NTLM 4470 "nobody/$WORLD_HOST" "a service that the KDC does not know" --echo
like "$(tac $W/server-4470.log | sed '/^context/q')" 'client: .*alice' "the acceptor says it was alice"
with NTLM 4470 "host/127.0.0.1" "an address in the place of a name"
with NTLM 4470 "host/::1" "an address of IPv6"
with NTLM 4470 "'host/[fe80::1]:8080'" "another, with a port"
with NTLM 4470 "nobody/$WORLD_HOST" "twenty messages of NTLM" --count 20

# Given credentials.
given() { # PORT USER TARGET, the password on standard input
    sspi-client --package Negotiate --target "$3" --port "$1" --user "$2" --domain "$REALM" --password-fd 0 --echo 'from somebody else' 2>&1
}
out=$(password_of bob | given 4470 bob "host/$WORLD_HOST")
is $? 0 "given credentials" || diag "$out"
like "$out" '^negotiated: Kerberos$' "Kerberos"
before=$(wc -l <$W/server-4470.log)
out=$(given 4470 bob "host/$WORLD_HOST" <<<not-his)
isnt $? 0 "a wrong password is wrong"
like "$out" 'SEC_E_LOGON_DENIED' "SEC_E_LOGON_DENIED"
unlike "$(tail -n +$((before + 1)) $W/server-4470.log)" 'NTLM' "and is not tried with NTLM"
kadmin.local modprinc -expire 2001-01-01 bob >/dev/null
before=$(wc -l <$W/server-4470.log)
out=$(password_of bob | given 4470 bob "host/$WORLD_HOST")
isnt $? 0 "an account that has expired"
like "$out" 'why: .*expired' "is told so"
unlike "$(tail -n +$((before + 1)) $W/server-4470.log)" 'NTLM' "and is not tried with NTLM, either"
kadmin.local modprinc -expire never bob >/dev/null
out=$(as carla sspi-client --package Negotiate --target "host/$WORLD_HOST" --port 4470 hello 2>&1)
isnt $? 0 "who is logged in nowhere gets no context"
like "$out" 'SEC_E_NO_CREDENTIALS' "SEC_E_NO_CREDENTIALS"
like "$out" 'why: Kerberos: .*No credentials cache' "and why"

# A peer without Kerberos: a person's own program, which has no key.
session_run one "sspi-server --package Negotiate --port 4471 --echo" </dev/null >$W/server-4471.log 2>&1 &
ok "alice's own program accepts" wait_for 5 ss_listening 4471
out=$(negotiate 4471 "host/$WORLD_HOST")
is $? 0 "a peer without Kerberos" || diag "$out" "$(cat $W/server-4471.log)"
like "$out" '^negotiated: NTLM$' "a peer without Kerberos: NTLM"

# A service that reads no keytab: both packages are lsad's.
as bob sspi-server --package Negotiate --port 4473 --echo </dev/null >$W/server-4473.log 2>&1 &
ok "a service of bob's accepts" wait_for 5 ss_listening 4473
with Kerberos 4473 "host/$WORLD_HOST" "a service of [acceptors]"
with Kerberos 4473 "host/$WORLD_HOST" "delegation to it" --delegate
like "$(tac $W/server-4473.log | sed '/^context/q')" "delegated: $REALM.alice, with a token for" "it has a token in her name, by lsad"
with NTLM 4473 "nobody/$WORLD_HOST" "a service of [acceptors], without Kerberos"

# What Negotiate answers about itself.
out=$(python3 - <<'END'
from ctypes import *
lib = CDLL("libsspi.so.0")
class Text(Structure):
    _fields_ = [("length", c_uint16), ("maximum", c_uint16), ("buffer", c_char_p)]
class Prefix(Structure):
    _fields_ = [("package", c_size_t), ("a", c_void_p), ("w", c_void_p), ("size", c_size_t), ("prefix", c_ubyte * 32)]
lsa, number, reply, size, protocol = c_void_p(), c_uint32(), c_void_p(), c_uint32(), c_int32()
assert lib.LsaConnectUntrusted(byref(lsa)) == 0
assert lib.LsaLookupAuthenticationPackage(lsa, byref(Text(9, 10, b"Negotiate")), byref(number)) == 0
def call(message, length):
    return lib.LsaCallAuthenticationPackage(lsa, number, message, length, byref(reply), byref(size), byref(protocol))
assert call(byref(c_uint32(0)), 4) == 0 and protocol.value == 0
head = (c_uint32 * 4).from_address(reply.value)
for p in (Prefix * head[1]).from_address(reply.value + head[2]):
    print("prefix", bytes(p.prefix[:p.size]).hex())
lib.LsaFreeReturnBuffer(reply)
assert call(byref((c_uint32 * 3)(1)), 12) == 0
print("caller 0x%08x" % (protocol.value & 0xffffffff))
print("transfer 0x%08x" % (call(byref(c_uint32(2)), 4) & 0xffffffff))
print("nothing 0x%08x" % (call(None, 0) & 0xffffffff))
END
)
is $? 0 "LsaCallAuthenticationPackage" || diag "$out"
like "$out" '^prefix 06092a864886f712010202$' "Kerberos can be negotiated"
like "$out" '^prefix 060a2b06010401823702020a$' "and NTLM"
like "$out" '^caller 0xc000005f$' "root is logged on in no session"
like "$out" '^transfer 0xc00000bb$' "credentials go to no other session"
like "$out" '^nothing 0xc000000d$' "and nothing is no message"

# The channel below.
ok "an acceptor on a channel listens" serve 4472 --echo --bindings 'tls-unique:one'
with Kerberos 4472 "host/$WORLD_HOST" "bound to that channel" --bindings 'tls-unique:one'
with NTLM 4472 "nobody/$WORLD_HOST" "bound to that channel, without Kerberos" --bindings 'tls-unique:one'
out=$(negotiate 4472 "host/$WORLD_HOST" --bindings 'tls-unique:other')
isnt $? 0 "not bound to another one"
out=$(negotiate 4472 "nobody/$WORLD_HOST" --bindings 'tls-unique:other')
isnt $? 0 "nor without Kerberos"

# Nobody to ask.
kdc_down
with Kerberos 4470 "host/$WORLD_HOST" "the KDC is down, and the ticket is there"
with NTLM 4470 "$SPN" "the KDC is down"
out=$(password_of alice | given 4470 alice "host/$WORLD_HOST")
is $? 0 "likewise, with given credentials" || diag "$out"
like "$out" '^negotiated: NTLM$' "NTLM"

# What the administrator wants to be negotiated.
kdc_up
sed -i 's/^#packages =$/packages = ntlm kerberos/' /etc/credmgr/lsa.conf
ok "lsad --check likes the setting" lsad --check
with NTLM 4470 "host/$WORLD_HOST" "NTLM is preferred"
sed -i 's/^packages = ntlm kerberos$/packages = kerberos/' /etc/credmgr/lsa.conf
with Kerberos 4470 "host/$WORLD_HOST" "Kerberos alone"
out=$(negotiate 4470 "nobody/$WORLD_HOST")
isnt $? 0 "and nothing to fall back to"
like "$out" 'SEC_E_TARGET_UNKNOWN' "SEC_E_TARGET_UNKNOWN"

ok "alice logs out" session_close one
ok "no key is left" wait_for 5 no_keys
done_testing
