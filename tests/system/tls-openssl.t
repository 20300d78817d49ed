#!/bin/bash
# Schannel against OpenSSL's own programs, s_server and s_client, in both directions.
. "$(dirname "$0")/world.sh"
. "$world_source/tests/system/lib/tls.sh"

ok "certificates" tls_certificates || die "openssl makes no certificates"
export SSL_CERT_FILE=$T/ca.pem
cert="--certificate $T/server.pem --key $T/server.key"
P=14400

# Each has a port of its own, so that nothing waits for the last one's.
# s_server OPTION…: OpenSSL's server, ready.
s_server() {
    P=$((P + 1))
    talk server openssl s_server -accept $P -cert "$T/server.pem" -key "$T/server.key" -CAfile "$T/ca.pem" "$@"
    hears server ^ACCEPT
}
# our_server OPTION… ACTION…: the same of ours.
our_server() {
    P=$((P + 1))
    talk server sspi-tls-server --port $P $cert --count "${COUNT:-1}" "$@"
    hears server ^listening
}
# Clients take the place of the shell that they are called in.
s_client() { exec openssl s_client -connect 127.0.0.1:$P -servername box.test -CAfile "$T/ca.pem" -verify_return_error -verify_hostname box.test "$@"; }
our_client() { exec sspi-tls-client --target box.test "$@"; }
server_log() { cat "$T/server.log"; }
say_and_hear() { say "$1" "$2" && hears "$3" "$4"; }
both() { grep -qE -- "$1" <<<"$out" && hears server "$2"; }

# ---- versions, ciphers, data --------------------------------------------------------------------------------------
for version in 1.2 1.3; do
    row="Schannel/TLS $version"
    s_server -tls${version/./_} -rev -naccept 1
    out=$(our_client 127.0.0.1 $P send=olleh receive=hello shutdown wait 2>&1)
    interop "$OPENSSL" server "$row" "a message there, a message back, both sides close" test $? -eq 0 || diag "$out"
    like "$out" "protocol: TLS $version" "it is TLS $version"
    like "$out" 'authority: CN=Test authority' "the server's certificate is the authority's"
    like "$out" 'the peer has closed' "close_notify arrives"
    hangs_up server

    our_server --protocol $version echo
    talk client s_client -tls${version/./_}
    interop "$OPENSSL" client "$row" "messages there and back" say client "a message" 'a message'
    say client Q
    log_says "$T/server.log" 'the peer has closed' "its close_notify arrives"
    hangs_up client
    hangs_up server

    s_server -tls${version/./_} -rev -naccept 1
    out=$(our_client --piece 1 127.0.0.1 $P send=olleh receive=hello shutdown 2>&1)
    interop "$OPENSSL" server "$row" "read byte by byte" test $? -eq 0 || diag "$out"
    hangs_up server
    our_server --piece 7 --protocol $version echo
    talk client s_client
    interop "$OPENSSL" client "$row" "read in pieces of seven bytes" say client "in pieces" 'in pieces'
    hangs_up client
    hangs_up server
done

perl -e 'print pack("C*", map { ($_ * 7 + int($_ / 251)) & 255 } 0 .. 199999)' >"$T/pattern"
cipher() { # version cipher name
    local row="Schannel/TLS $1" option=-cipher
    [ "$1" = 1.2 ] || option=-ciphersuites
    our_server sink=200000 big=200000 shutdown
    (s_client -quiet -tls${1/./_} $option "$2" <"$T/pattern" >"$T/echoed" 2>"$T/client.err")
    interop "$OPENSSL" client "$row" "200,000 bytes either way, $2" eval \
        "cmp '$T/pattern' '$T/echoed' && grep -q 'cipher: $3' '$T/server.log' && grep -q '^sunk: 200000' '$T/server.log'" || diag "$(server_log)"
    hangs_up server
}
cipher 1.2 ECDHE-ECDSA-AES128-GCM-SHA256 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
cipher 1.2 ECDHE-ECDSA-AES256-GCM-SHA384 TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
cipher 1.2 ECDHE-ECDSA-AES256-SHA384 TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384
cipher 1.2 ECDHE-ECDSA-CHACHA20-POLY1305 TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
cipher 1.3 TLS_AES_128_GCM_SHA256 TLS_AES_128_GCM_SHA256
cipher 1.3 TLS_AES_256_GCM_SHA384 TLS_AES_256_GCM_SHA384
cipher 1.3 TLS_CHACHA20_POLY1305_SHA256 TLS_CHACHA20_POLY1305_SHA256

s_server -tls1_2 -naccept 1
not_ok "no version in common" our_client --protocol 1.3 127.0.0.1 $P
hangs_up server

# ---- certificates -------------------------------------------------------------------------------------------------
refusal() { # name pattern client-option…
    local name=$1 pattern=$2
    shift 2
    s_server -naccept 1
    out=$(our_client "$@" 127.0.0.1 $P 2>&1)
    interop "$OPENSSL" server Schannel "$name" eval "test $? -ne 0 && grep -qE '$pattern' <<<\"\$out\"" || diag "$out"
    hangs_up server
}
refusal "a server of another name is refused" SEC_E_WRONG_PRINCIPAL --target elsewhere.test
SSL_CERT_FILE=$T/other.pem refusal "one of an unknown authority is refused" SEC_E_UNTRUSTED_ROOT --target box.test
s_server -rev -naccept 1
out=$(SSL_CERT_FILE=$T/other.pem our_client --manual --target elsewhere.test 127.0.0.1 $P send=olleh receive=hello 2>&1)
is $? 0 "but the application may take it all the same" || diag "$out"
hangs_up server

for version in 1.2 1.3; do
    row="Schannel/TLS $version"
    s_server -tls${version/./_} -Verify 1 -verify_return_error -rev -naccept 1
    out=$(our_client --certificate $T/client.pem --key $T/client.key 127.0.0.1 $P send=olleh receive=hello shutdown 2>&1)
    interop "$OPENSSL" server "$row" "a client's certificate" both 'client: CN=alice' 'depth=0 CN = alice' || diag "$out" "$(server_log)"
    hangs_up server
    s_server -tls${version/./_} -Verify 1 -verify_return_error -rev -naccept 1
    out=$(our_client --late-certificate $T/client.pem --late-key $T/client.key 127.0.0.1 $P send=olleh receive=hello shutdown 2>&1)
    interop "$OPENSSL" server "$row" "one that is looked for when the server asks (SEC_I_INCOMPLETE_CREDENTIALS)" \
        both 'asks for a certificate, of 1 issuers' 'depth=0 CN = alice' || diag "$out" "$(server_log)"
    hangs_up server
    s_server -tls${version/./_} -Verify 1 -verify_return_error -naccept 1
    out=$(our_client 127.0.0.1 $P receive 2>&1)
    interop "$OPENSSL" server "$row" "a server that must have one refuses who has none" test $? -ne 0 || diag "$out"
    hangs_up server

    our_server --protocol $version --mutual echo
    talk client s_client -cert $T/client.pem -key $T/client.key
    say client "a message" 'a message'
    interop "$OPENSSL" client "$row" "a client's certificate" hears server 'client: CN=alice' || diag "$(server_log)"
    hangs_up client
    hangs_up server
    our_server --protocol $version --mutual echo
    talk client s_client
    say client "a message" 'a message'
    ok "TLS $version: of a client without one our server knows no name" eval "grep -q ^connected $T/server.log && ! grep -q '  client:' $T/server.log"
    hangs_up client
    hangs_up server
done

# ---- extensions ---------------------------------------------------------------------------------------------------
s_server -alpn other,h2 -rev -naccept 1
out=$(our_client --alpn h2,http/1.1 127.0.0.1 $P send=olleh receive=hello shutdown 2>&1)
interop "$OPENSSL" server Schannel "an application protocol (ALPN)" both 'alpn: h2' 'ALPN protocols selected: h2' || diag "$out" "$(server_log)"
hangs_up server
s_server -servername box.test -cert2 $T/server.pem -key2 $T/server.key -rev -naccept 1
out=$(our_client 127.0.0.1 $P send=olleh receive=hello shutdown 2>&1)
interop "$OPENSSL" server Schannel "the name of the server (SNI)" hears server 'Hostname in TLS extension: "box.test"' || diag "$out"
hangs_up server
our_server --alpn http/1.1,h2 echo
talk client s_client -alpn h2
hears client '^ALPN protocol: '
interop "$OPENSSL" client Schannel "an application protocol (ALPN)" hears client '^ALPN protocol: h2' || diag "$(cat $T/client.log)"
interop "$OPENSSL" client Schannel "the name of the server (SNI)" hears server 'target: box.test'
hangs_up client
hangs_up server
our_server --alpn http/1.1 echo
not_ok "no application protocol in common" s_client -alpn h2 </dev/null
log_says "$T/server.log" SEC_E_APPLICATION_PROTOCOL_MISMATCH "is what our server says"
hangs_up server

for version in 1.2 1.3; do
    our_server --protocol $version echo
    talk client s_client -keymatexport EXPORTER-test -keymatexportlen 20
    say client "a message" 'a message'
    hears server '^  keys: '
    keys=$(sed -n 's/^  keys: //p' $T/server.log)
    interop "$OPENSSL" client "Schannel/TLS $version" "the same keying material (RFC 5705)" eval 'test -n "$keys" && grep -qi "Keying material: $keys\$" $T/client.log' ||
        diag "$keys" "$(grep -i keying $T/client.log)"
    hangs_up client
    hangs_up server
done

# ---- sessions -----------------------------------------------------------------------------------------------------
for version in 1.2 1.3; do
    row="Schannel/TLS $version"
    s_server -tls${version/./_} -rev
    out=$(our_client --times 3 127.0.0.1 $P send=olleh receive=hello shutdown wait 2>&1)
    is "$(grep -o 'resumed: .*' <<<"$out" | tr '\n' ' ')" "resumed: no resumed: yes resumed: yes " "TLS $version: a session is taken up again"
    interop "$OPENSSL" server "$row" "a session is taken up again" grep -q 'resumed: yes' <<<"$out" || diag "$out"
    cut_off server

    COUNT=2 our_server --protocol $version echo
    for run in out in; do
        talk client s_client -sess_$run $T/session
        say client "a message" 'a message'
        say client Q
        hangs_up client
    done
    wait_for 10 log_has_lines $T/server.log ^done 2
    interop "$OPENSSL" client "$row" "a session is taken up again" eval \
        "grep -q '^Reused' $T/client.log && grep -q 'resumed: yes' $T/server.log" || diag "$(cat $T/client.log)" "$(server_log)"
    hangs_up server
done

# ---- new handshakes and new keys ----------------------------------------------------------------------------------
s_server -tls1_2 -rev -naccept 1 -client_renegotiation
out=$(our_client --protocol 1.2 127.0.0.1 $P send=olleh receive=hello renegotiate send=niaga receive=again describe shutdown 2>&1)
interop "$OPENSSL" server "Schannel/TLS 1.2" "our client negotiates anew" test $? -eq 0 || diag "$out"
hangs_up server
s_server -tls1_2 -no_resumption_on_reneg -naccept 1
talk client our_client --late-certificate $T/client.pem --late-key $T/client.key 127.0.0.1 $P send=line-one receive=line-two receive=line-three shutdown
hears server line-one
say server r
# What s_server is told to send in the middle of a handshake it never sends.
interop "$OPENSSL" server "Schannel/TLS 1.2" "the server negotiates anew" hears client 'the handshake is done'
say server line-two
ok "and messages go on" hears client 'received: line-two'
say server R
ok "again" wait_for 10 log_has_lines $T/client.log 'the handshake is done' 2
say server line-three
interop "$OPENSSL" server "Schannel/TLS 1.2" "… and asks for a certificate" eval \
    'grep -q "asks for a certificate" $T/client.log && hears client "received: line-three" && hears server "depth=0 CN = alice"' ||
    diag "$(cat $T/client.log)" "$(server_log)"
hangs_up client
hangs_up server
our_server --protocol 1.2 echo
talk client s_client
say client line-one line-one
say client R '^RENEGOTIATING'
interop "$OPENSSL" client "Schannel/TLS 1.2" "the client negotiates anew" say client line-two line-two
log_says $T/server.log 'the peer wants a handshake' "our server has done it"
hangs_up client
hangs_up server
our_server --protocol 1.2 receive=line-one renegotiate send=line-two receive=line-three
talk client s_client
say client line-one
interop "$OPENSSL" client "Schannel/TLS 1.2" "our server negotiates anew" hears client line-two
say client line-three
log_says $T/server.log 'received: line-three' "and hears the client"
hangs_up client
hangs_up server

s_server -tls1_3 -naccept 1
talk client our_client 127.0.0.1 $P send=line-one receive=line-two renegotiate send=line-three receive=line-four
hears server line-one
say server K
hears client 'the handshake is done'
interop "$OPENSSL" server "Schannel/TLS 1.3" "the server changes keys and wants ours changed" say_and_hear server line-two client 'received: line-two'
interop "$OPENSSL" server "Schannel/TLS 1.3" "our client changes keys" hears server line-three
say server line-four
interop "$OPENSSL" server "Schannel/TLS 1.3" "and reads with the new ones" hears client 'received: line-four' || diag "$(cat $T/client.log)"
hangs_up client
hangs_up server
our_server --protocol 1.3 receive=line-one send=line-two receive=line-three renegotiate send=line-four receive=line-five
talk client s_client
say client line-one line-two
say client K '^KEYUPDATE'
interop "$OPENSSL" client "Schannel/TLS 1.3" "the client changes keys, then our server" say client line-three line-four
say client line-five
log_says $T/server.log 'received: line-five' "and reads with the new ones"
hangs_up client
hangs_up server

# ---- ends ---------------------------------------------------------------------------------------------------------
our_server wait
talk client s_client
hears server ^connected
cut_off client
interop "$OPENSSL" client Schannel "an end without close_notify is no close" hears server ^truncated
hangs_up server
our_server receive=line-one shutdown wait
talk client s_client
say client line-one
interop "$OPENSSL" client Schannel "our close_notify" hears client ^closed || diag "$(cat $T/client.log)"
hangs_up client
hangs_up server
s_server -naccept 1
talk client our_client 127.0.0.1 $P wait
hears client ^connected
cut_off server
interop "$OPENSSL" server Schannel "an end without close_notify is no close" hears client ^truncated
hangs_up client

# ---- names of the package, and the older structure ----------------------------------------------------------------
for name in Schannel "Default TLS SSP" "Microsoft Unified Security Protocol Provider"; do
    s_server -rev -naccept 1
    ok "as $name" our_client --package "$name" --schannel-cred 127.0.0.1 $P send=olleh receive=hello
    hangs_up server
done

done_testing
