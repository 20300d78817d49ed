# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154
# The NLA client and server of examples/nla, built from what is installed; certificates for them; and a peer that does wrong.

NLA_PEER=$world_source/tests/system/lib/credssp_peer.py

# nla_build: nla-client and nla-server are programs of this world.
nla_build() {
    cp -r /usr/share/doc/credmgr/examples/nla $W/nla-source
    env -u MAKEFLAGS make -C $W/nla-source BUILD=$W/nla CFLAGS='-O2 -Werror' || return 1
    install -m 755 $W/nla/nla-client $W/nla/nla-server /usr/local/bin
}

# $W/ca.pem, and signed by it $W/server.pem (of this machine's name) and $W/other.pem (of another), with their keys; $W/self.pem is signed by nobody.
nla_certificates() {
    local name
    nla_key ca && openssl req -x509 -key $W/ca.key -out $W/ca.pem -days 2 -subj "/CN=the tests' CA" &&
        nla_key self && openssl req -x509 -key $W/self.key -out $W/self.pem -days 2 -subj "/CN=$WORLD_HOST" \
        -addext "subjectAltName=DNS:$WORLD_HOST" || return 1
    for name in "server $WORLD_HOST" "other other.$WORLD_DOMAIN"; do
        nla_key "${name% *}" &&
            openssl req -new -key "$W/${name% *}.key" -subj "/CN=${name#* }" -addext "subjectAltName=DNS:${name#* }" |
            openssl x509 -req -CA $W/ca.pem -CAkey $W/ca.key -CAcreateserial -days 2 -copy_extensions copy -out "$W/${name% *}.pem" || return 1
    done
}
nla_key() { openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$W/$1.key"; }

# nla_server PORT CERTIFICATE [OPTION…]: root's, its log is $W/nla-PORT.log.
nla_server() {
    local port=$1 certificate=$2
    shift 2
    nla-server "$@" -K "$W/$certificate.key" "$W/$certificate.pem" "$port" </dev/null >"$W/nla-$port.log" 2>&1 &
    wait_for 10 ss_listening "$port" || die "nla-server does not start: $(cat "$W/nla-$port.log")"
}
# nla_client PASSWORDFILE [OPTION…] PORT
nla_client() {
    local password=$1 port=${*: -1}
    set -- "${@:2:$#-2}"
    nla-client "$@" "$WORLD_HOST" "$port" <"$W/$password" 2>&1
}

# The peer's server, and what is between two; their logs are $W/peer-PORT.log.
peer_server() { # port option…
    local port=$1
    shift
    python3 "$NLA_PEER" accept "$port" $W/self.pem $W/self.key "$@" </dev/null >"$W/peer-$port.log" 2>&1 &
    wait_for 10 ss_listening "$port" || die "the peer does not start: $(cat "$W/peer-$port.log")"
}
peer_relay() { # port to
    python3 "$NLA_PEER" relay "$1" $W/self.pem $W/self.key "$WORLD_HOST" "$2" </dev/null >"$W/peer-$1.log" 2>&1 &
    wait_for 10 ss_listening "$1" || die "the relay does not start: $(cat "$W/peer-$1.log")"
}
# peer_client PASSWORDFILE PORT OPTION…
peer_client() { python3 "$NLA_PEER" connect "$WORLD_HOST" "$2" "${@:3}" <"$W/$1" 2>&1; }
