#!/bin/bash
# Schannel against GnuTLS' own programs, gnutls-serv and gnutls-cli, in both directions, with certificates in files and in a
# token.
. "$(dirname "$0")/world.sh"
. "$world_source/tests/system/lib/tls.sh"
. "$world_source/tests/system/lib/token.sh"

GNUTLS="GnuTLS $(gnutls-cli --version | sed -n 's/^gnutls-cli //p')"
ok "certificates" tls_certificates || die "openssl makes no certificates"
ok "a token" token_make && ok "with alice's certificate and key" token_put client 01 && ok "and the server's" token_put server 02
export SSL_CERT_FILE=$T/ca.pem
cert="--certificate $T/server.pem --key $T/server.key"
P=14600

priority() { echo "--priority=NORMAL:-VERS-ALL:+VERS-TLS$1${2:-}"; }
# their_server OPTION…: gnutls-serv, an echo server, ready.
their_server() {
    P=$((P + 1))
    talk server gnutls-serv --echo --port $P --x509certfile "$T/server.pem" --x509keyfile "$T/server.key" \
        --x509cafile "$T/ca.pem" "$@"
    hears server 'listening on IPv4.*done'
}
our_server() {
    P=$((P + 1))
    talk server sspi-tls-server --port $P $cert --count "${COUNT:-1}" "$@"
    hears server ^listening
}
# their_client OPTION…: gnutls-cli, connected.
their_client() {
    talk client gnutls-cli --port $P --x509cafile "$T/ca.pem" --sni-hostname box.test --verify-hostname box.test "$@" 127.0.0.1
    hears client 'Handshake was completed'
}
our_client() { sspi-tls-client --target box.test "$@"; }
both() { grep -qE -- "$1" <<<"$out" && grep -qE -- "$2" "$T/server.log"; }

for version in 1.2 1.3; do
    row="Schannel/TLS $version"
    their_server "$(priority $version)"
    out=$(our_client 127.0.0.1 $P send=hello receive=hello shutdown wait 2>&1)
    interop "$GNUTLS" server "$row" "a message there, a message back, both sides close" test $? -eq 0 || diag "$out"
    like "$out" "protocol: TLS $version" "it is TLS $version"
    out=$(our_client --piece 1 127.0.0.1 $P send=hello receive=hello shutdown 2>&1)
    interop "$GNUTLS" server "$row" "read byte by byte" test $? -eq 0 || diag "$out"
    out=$(our_client --times 3 127.0.0.1 $P send=hello receive=hello shutdown wait 2>&1)
    interop "$GNUTLS" server "$row" "a session is taken up again" \
        test "$(grep -o 'resumed: .*' <<<"$out" | tr '\n' ' ')" = "resumed: no resumed: yes resumed: yes " || diag "$out"
    cut_off server

    our_server --protocol $version echo
    their_client
    interop "$GNUTLS" client "$row" "messages there and back" say client "a message" 'a message'
    interop "$GNUTLS" client "$row" "the name of the server (SNI)" grep -q 'target: box.test' "$T/server.log"
    hangs_up client
    log_says "$T/server.log" 'the peer has closed' "its close_notify arrives"
    hangs_up server
done

perl -e 'print pack("C*", map { ($_ * 7 + int($_ / 251)) & 255 } 0 .. 199999)' >"$T/pattern"
# The bytes are somewhere in what gnutls-cli prints.
has_pattern() { perl -0777 -ne 'BEGIN { open P, "<:raw", shift or die; local $/; $p = <P> } exit(index($_, $p) < 0)' "$T/pattern" "$1"; }
for version in 1.2 1.3; do
    our_server --protocol $version sink=200000 big=200000 shutdown
    gnutls-cli --port $P --x509cafile "$T/ca.pem" --verify-hostname box.test 127.0.0.1 <"$T/pattern" >"$T/echoed" 2>&1
    interop "$GNUTLS" client "Schannel/TLS $version" "200,000 bytes either way" eval "has_pattern $T/echoed && grep -q '^sunk: 200000' $T/server.log" ||
        diag "$(cat "$T/server.log")"
    hangs_up server
done

# ---- ciphers ------------------------------------------------------------------------------------------------------
cipher() { # version priority name
    our_server --protocol $1 echo
    their_client "$(priority $1 ":-CIPHER-ALL:+$2")"
    interop "$GNUTLS" client "Schannel/TLS $1" "$2" eval "say client 'a message' 'a message' && grep -q 'cipher: $3' '$T/server.log'"
    hangs_up client
    hangs_up server
}
cipher 1.2 AES-128-GCM TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
cipher 1.2 AES-256-GCM TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
cipher 1.2 CHACHA20-POLY1305 TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
cipher 1.3 AES-128-GCM TLS_AES_128_GCM_SHA256
cipher 1.3 AES-256-GCM TLS_AES_256_GCM_SHA384
cipher 1.3 CHACHA20-POLY1305 TLS_CHACHA20_POLY1305_SHA256

their_server "$(priority 1.2)"
not_ok "no version in common" our_client --protocol 1.3 127.0.0.1 $P

# ---- certificates -------------------------------------------------------------------------------------------------
out=$(our_client --target elsewhere.test 127.0.0.1 $P 2>&1)
interop "$GNUTLS" server Schannel "a server of another name is refused" grep -q SEC_E_WRONG_PRINCIPAL <<<"$out" || diag "$out"
out=$(SSL_CERT_FILE=$T/other.pem our_client 127.0.0.1 $P 2>&1)
interop "$GNUTLS" server Schannel "one of an unknown authority is refused" grep -q SEC_E_UNTRUSTED_ROOT <<<"$out" || diag "$out"
cut_off server

mutual() { # version name option…: a client's certificate at a server that must have one
    local version=$1 name=$2
    shift 2
    their_server "$(priority $version)" --require-client-cert --verify-client-cert
    out=$(our_client "$@" 127.0.0.1 $P send=hello receive=hello shutdown 2>&1)
    interop "$GNUTLS" server "Schannel/TLS $version" "$name" both 'client: CN=alice' "CN=alice" || diag "$out" "$(cat "$T/server.log")"
    cut_off server
}
for version in 1.2 1.3; do
    row="Schannel/TLS $version"
    mutual $version "a client's certificate" --certificate "$T/client.pem" --key "$T/client.key"
    mutual $version "one that is looked for when the server asks (SEC_I_INCOMPLETE_CREDENTIALS)" \
        --late-certificate "$T/client.pem" --late-key "$T/client.key"
    mutual $version "one in a token (PKCS#11)" --certificate "$(token_uri client)" --password $TOKEN_PIN
    their_server "$(priority $version)" --require-client-cert --verify-client-cert
    out=$(our_client 127.0.0.1 $P send=hello receive=hello 2>&1)
    interop "$GNUTLS" server "$row" "a server that must have one refuses who has none" test $? -ne 0 || diag "$out"
    cut_off server

    our_server --protocol $version --mutual echo
    their_client --x509certfile "$T/client.pem" --x509keyfile "$T/client.key"
    say client "a message" 'a message'
    interop "$GNUTLS" client "$row" "a client's certificate" grep -q 'client: CN=alice' "$T/server.log" || diag "$(cat "$T/server.log")"
    hangs_up client
    hangs_up server
    cert="--certificate $(token_uri server) --password $TOKEN_PIN" our_server --protocol $version echo
    their_client
    interop "$GNUTLS" client "$row" "a server's key in a token (PKCS#11)" say client "a message" 'a message' || diag "$(cat "$T/server.log")"
    hangs_up client
    hangs_up server
done
out=$(our_client --certificate "$(token_uri client)" --password 0000 127.0.0.1 $P 2>&1)
like "$out" 'SEC_E_LOGON_DENIED.*PIN is wrong' "a wrong PIN is told"

# ---- extensions, sessions, new handshakes and keys ----------------------------------------------------------------
their_server --alpn h2 --alpn other
out=$(our_client --alpn h2,http/1.1 127.0.0.1 $P send=hello receive=hello shutdown 2>&1)
interop "$GNUTLS" server Schannel "an application protocol (ALPN)" grep -q 'alpn: h2' <<<"$out" || diag "$out"
cut_off server
our_server --alpn http/1.1,h2 echo
their_client --alpn h2
interop "$GNUTLS" client Schannel "an application protocol (ALPN)" grep -q 'Application protocol: h2' "$T/client.log" || diag "$(cat "$T/client.log")"
hangs_up client
hangs_up server

for version in 1.2 1.3; do
    COUNT=2 our_server --protocol $version echo
    talk client gnutls-cli --resume --port $P --x509cafile "$T/ca.pem" --sni-hostname box.test --verify-hostname box.test 127.0.0.1
    interop "$GNUTLS" client "Schannel/TLS $version" "a session is taken up again" hears server 'resumed: yes' ||
        diag "$(cat "$T/client.log" "$T/server.log")"
    hangs_up client
    hangs_up server
done
our_server --protocol 1.2 echo
their_client --inline-commands
say client line-one line-one
say client '^renegotiate^'
log_says "$T/server.log" 'the peer wants a handshake' "the client wants a new handshake"
interop "$GNUTLS" client "Schannel/TLS 1.2" "the client negotiates anew" say client line-two line-two || diag "$(cat "$T/client.log")"
hangs_up client
hangs_up server
our_server --protocol 1.3 receive=line-one renegotiate send=line-two receive=line-three
their_client --inline-commands
say client line-one
interop "$GNUTLS" client "Schannel/TLS 1.3" "our server changes keys" hears client line-two || diag "$(cat "$T/server.log")"
say client '^rekey^'
say client line-three
log_says "$T/server.log" 'received: line-three' "and the client does"
hangs_up client
hangs_up server

# ---- ends ---------------------------------------------------------------------------------------------------------
our_server wait
their_client
hears server ^connected
cut_off client
interop "$GNUTLS" client Schannel "an end without close_notify is no close" hears server ^truncated
hangs_up server
our_server receive=line-one shutdown wait
their_client
say client line-one
interop "$GNUTLS" client Schannel "our close_notify" hears client 'Peer has closed the GnuTLS connection' || diag "$(cat "$T/client.log")"
hangs_up client
hangs_up server

done_testing
