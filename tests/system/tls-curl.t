#!/bin/bash
# Schannel's server against curl: requests, uploads, client certificates, ALPN, resumption, refusals.
. "$(dirname "$0")/world.sh"
. "$world_source/tests/system/lib/tls.sh"
. "$world_source/tests/system/lib/token.sh"

ok "certificates" tls_certificates || die "openssl makes no certificates"
ok "a token with alice's certificate and key" eval 'token_make && token_put client 01'
export SSL_CERT_FILE=$T/ca.pem
cert="--certificate $T/server.pem --key $T/server.key"
P=14800

our_server() {
    P=$((P + 1))
    talk server sspi-tls-server --port $P $cert --count "${COUNT:-1}" "$@"
    hears server ^listening
}
# The server answers every request with this.
answer=(receive=$'\r\n\r\n' send=$'HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nhello' shutdown)
get() { curl --silent --show-error --max-time 20 --noproxy '*' --cacert "$T/ca.pem" --resolve "box.test:$P:127.0.0.1" "$@" "https://box.test:$P/"; }
server_log() { cat "$T/server.log"; }

perl -e 'print pack("C*", map { ($_ * 7 + int($_ / 251)) & 255 } 0 .. 999999)' >"$T/pattern"
for version in 1.2 1.3; do
    row="Schannel/TLS $version"
    our_server "${answer[@]}"
    out=$(get --tlsv$version --tls-max $version)
    interop "$CURL" client "$row" "a request" test "$out" = hello || diag "$out" "$(server_log)"
    log_says "$T/server.log" "protocol: TLS $version" "it is TLS $version"
    interop "$CURL" client "$row" "the name of the server (SNI)" grep -q 'target: box.test' "$T/server.log" || diag "$(server_log)"
    hangs_up server

    our_server --piece 5 --protocol $version "${answer[@]}"
    out=$(get)
    interop "$CURL" client "$row" "read in pieces of five bytes" test "$out" = hello || diag "$out" "$(server_log)"
    hangs_up server

    # More than a record, and more than the socket's buffers take at once.
    our_server --protocol $version receive=$'\r\n\r\n' send=$'HTTP/1.1 100 Continue\r\n\r' sink=1000000 \
        send=$'HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nhello' shutdown
    out=$(get --http1.1 -H 'Expect: 100-continue' --data-binary "@$T/pattern")
    interop "$CURL" client "$row" "an upload of a megabyte" test "$out" = hello || diag "$out" "$(server_log)"
    hangs_up server

    our_server --mutual --protocol $version "${answer[@]}"
    out=$(get --cert "$T/client.pem" --key "$T/client.key")
    interop "$CURL" client "$row" "a client's certificate" eval "test '$out' = hello && grep -q 'client: CN=alice' $T/server.log" ||
        diag "$out" "$(server_log)"
    hangs_up server
    our_server --mutual --protocol $version "${answer[@]}"
    out=$(OPENSSL_CONF=/dev/null PKCS11_MODULE_PATH=$TOKEN_MODULE get --engine pkcs11 --cert-type ENG --key-type ENG \
        --cert "pkcs11:token=credmgr;object=client;type=cert" --key "pkcs11:token=credmgr;object=client;type=private?pin-value=$TOKEN_PIN")
    interop "$CURL" client "$row" "one in a token (PKCS#11)" eval "test '$out' = hello && grep -q 'client: CN=alice' $T/server.log" ||
        diag "$out" "$(server_log)"
    hangs_up server

    # Two connections of one curl: the second takes the session of the first up again.
    COUNT=2 our_server --protocol $version "${answer[@]}"
    out=$(get "https://box.test:$P/")
    interop "$CURL" client "$row" "a session is taken up again" eval "test '$out' = 'hello
hello' && wait_for 5 grep -q 'resumed: yes' $T/server.log" || diag "$out" "$(server_log)"
    hangs_up server
done

ok "PKCS#12 of the server's" openssl pkcs12 -export -in "$T/server.pem" -inkey "$T/server.key" -passout pass:sesame -out "$T/server.p12"
cert="--certificate $T/server.p12 --password sesame" our_server "${answer[@]}"
is "$(get)" hello "our server reads its certificate and key out of that"
hangs_up server

our_server --alpn h2,http/1.1 "${answer[@]}"
out=$(get --http1.1 --verbose 2>&1)
interop "$CURL" client Schannel "an application protocol (ALPN)" grep -q 'server accepted.*http/1.1' <<<"$out" || diag "$out"
log_says "$T/server.log" 'alpn: http/1.1' "our server tells it"
hangs_up server
our_server --alpn other "${answer[@]}"
not_ok "no application protocol in common" get --http1.1
log_says "$T/server.log" SEC_E_APPLICATION_PROTOCOL_MISMATCH "is what our server says"
hangs_up server

our_server "${answer[@]}"
out=$(get --cacert "$T/other.pem" 2>&1)
interop "$CURL" client Schannel "what its alert says is told: it does not know the authority" eval \
    "grep -q 'unable to get local issuer' <<<'$(tr -d \' <<<"$out")' && hears server SEC_E_UNTRUSTED_ROOT" || diag "$out" "$(server_log)"
hangs_up server
our_server --protocol 1.2 "${answer[@]}"
not_ok "no version in common" get --tlsv1.3
hangs_up server
P=$((P + 1))
talk server sspi-tls-server --port $P --certificate "$T/client.pem" --key "$T/client.key" --count 1 "${answer[@]}"
hears server ^listening
not_ok "a certificate that is no server's" get
hangs_up server

done_testing
