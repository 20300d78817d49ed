#!/bin/bash
# NTLM and Negotiate over HTTP: curl at our acceptor, in the clear and over TLS, over connections that stay; our initiator at
# Apache's mod_auth_gssapi, which accepts with MIT's SPNEGO and gss-ntlmssp.
. "$(dirname "$0")/world.sh"

password_of bob >$W/bob.password
# serve PORT OPTIONS…: our acceptor.
serve() {
    sspi-http --serve --host 127.0.0.2 --port "$@" </dev/null >"$W/http-$1.log" 2>&1 &
    wait_for 5 ss_listening "$1" || die "sspi-http does not listen: $(cat "$W/http-$1.log")"
}
# curl_as USER PASSWORD ARGUMENT…: what was answered, a line a request with its status, and its connections.
curl_as() {
    local user=${1//\\/\\\\} password=$2
    shift 2
    curl --silent --show-error --max-time 20 --config - \
        --write-out 'status %{http_code}, new connections %{num_connects}\n' "$@" 2>&1 <<<"user = \"$user:$password\""
}

# ---- curl --ntlm ----------------------------------------------------------------------------------

serve 8081 --package NTLM --user bob --domain BOX --password-file $W/bob.password
bob_of_curl() { curl_as 'BOX\bob' "$(password_of bob)" --ntlm "$@"; }
curl_is_bob() {
    out=$(bob_of_curl "http://box:8081/")
    grep -q '^Hello, BOX.bob' <<<"$out" && grep -q '^status 200, new connections 1' <<<"$out" || { echo "$out"; cat $W/http-8081.log; return 1; }
}
interop "$CURL" client NTLM "curl --ntlm at our acceptor, in one connection" curl_is_bob
out=$(bob_of_curl http://box:8081/one http://box:8081/two http://box:8081/three)
is "$(grep -c '^Hello, BOX.bob' <<<"$out")" 3 "three requests"
is "$(grep -o 'connections [01]' <<<"$out" | tr -dc '01\n' | tr -d '\n')" 100 "over the one connection that was authenticated"
log_says $W/http-8081.log '^authenticated' "it was authenticated once" 2
out=$(bob_of_curl --data 'a body' http://box:8081/)
like "$out" '^status 200' "a request with a body"
out=$(curl_as 'BOX\bob' not-his --ntlm http://box:8081/)
like "$out" '^status 401' "a wrong password"
log_says $W/http-8081.log 'SEC_E_LOGON_DENIED' "is SEC_E_LOGON_DENIED"
out=$(curl_as 'BOX\nobody' "$(password_of bob)" --ntlm http://box:8081/)
like "$out" '^status 401' "another user is refused, too"
out=$(curl --silent --write-out 'status %{http_code}\n' --output /dev/null --next --silent --write-out 'status %{http_code}\n' http://box:8081/ 2>&1)
like "$out" '^status 401' "who does not authenticate is told so"

for token in '%%%' "$(printf abcd | base64)" "$(printf 'NTLMSSP\0\3\0\0\0' | base64)"; do
    out=$(curl --silent --max-time 20 --write-out 'status %{http_code}\n' --header "Authorization: NTLM $token" http://box:8081/ 2>&1)
    like "$out" '^status 401' "what is no first token ($token) is refused"
done

# Two connections at the same time: each has a context of its own.
curl_as 'BOX\bob' "$(password_of bob)" --ntlm --parallel --parallel-immediate --parallel-max 4 http://box:8081/{1,2,3,4,5,6,7,8} >$W/parallel 2>&1
interop "$CURL" client NTLM "eight requests in parallel" test "$(grep -c '^status 200' $W/parallel)" = 8

# Our client at our server.
out=$(sspi-http --target HTTP/$WORLD_HOST --host box --port 8081 --package NTLM --user bob --domain BOX --password-file $W/bob.password --unproved --count 3 / 2>&1)
is $? 0 "our client at our acceptor" || diag "$out"
is "$(grep -c 'Hello, BOX.bob' <<<"$out")" 3 "three times over one connection"

# ---- over TLS: tls-server-end-point ---------------------------------------------------------------------

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$WORLD_HOST" \
    -addext "subjectAltName=DNS:$WORLD_HOST" -keyout $W/key.pem -out $W/certificate.pem >$W/openssl.log 2>&1 || die "$(cat $W/openssl.log)"
tls="--certificate $W/certificate.pem --key $W/key.pem"
# shellcheck disable=SC2086
serve 8443 --package NTLM --user bob --domain BOX --password-file $W/bob.password $tls
# shellcheck disable=SC2086
serve 8444 --package NTLM --user bob --domain BOX --password-file $W/bob.password --allow-missing $tls
# python PORT MECHANISM ARGUMENT…: the client on python-gssapi.
python() { /usr/bin/python3 -I "$world_source/tests/system/lib/http_client.py" "$2" "$WORLD_HOST" "$1" / "${@:3}" 2>&1; }
bound() { echo "BOX:bob:$(password_of bob)" >$W/users; NTLM_USER_FILE=$W/users python "$1" ntlm --user 'BOX\bob' --scheme NTLM --ca $W/certificate.pem "${@:2}" <$W/bob.password; }
interop "$PYTHON_GSSAPI" client NTLM "over TLS, bound to the certificate of our acceptor" bound 8443
interop "$PYTHON_GSSAPI" client NTLM "bound to another certificate it is refused" refused bound 8443 --bindings other
ok "which is SEC_E_BAD_BINDINGS" wait_for 5 grep -q SEC_E_BAD_BINDINGS $W/http-8443.log
interop "$PYTHON_GSSAPI" client NTLM "bound to nothing it is refused" refused bound 8443 --bindings none
interop "$PYTHON_GSSAPI" client NTLM "bound to nothing, where that is allowed" bound 8444 --bindings none
interop "$PYTHON_GSSAPI" client NTLM "bound to another certificate it is refused even there" refused bound 8444 --bindings other
out=$(sspi-http --target "HTTP/$WORLD_HOST" --host "$WORLD_HOST" --port 8443 --package NTLM --user bob --domain BOX --password-file $W/bob.password \
    --trust $W/certificate.pem --unproved / 2>&1)
is $? 0 "our client is bound to the certificate" || diag "$out"
# curl (7.88) sends no channel bindings with NTLM, nor with Negotiate.
curl_tls() {
    out=$(bob_of_curl --cacert $W/certificate.pem "https://$WORLD_HOST:$1/")
    grep -q "^status $2" <<<"$out" || { echo "$out"; return 1; }
}
interop "$CURL" client NTLM "over TLS, where clients may be bound to nothing" curl_tls 8444 200
interop "$CURL" client NTLM "over TLS, bound to nothing, it is refused" curl_tls 8443 401

# ---- Apache ---------------------------------------------------------------------------------------------

world_kdc
world_apache
# apache PAGE OPTIONS…: our client at Apache.
apache() { sspi-http --target "HTTP/$WORLD_HOST" --host "$WORLD_HOST" --port $APACHE_PORT "${@:2}" "$1" 2>&1; }
apache_ntlm() { apache /any/page --package NTLM --user bob --domain BOX --password-file "$1" --unproved --count 3 "${@:2}"; }
interop "$MOD_AUTH_GSSAPI" server NTLM "NTLM, three requests over one connection" apache_ntlm $W/bob.password
interop "$MOD_AUTH_GSSAPI" server NTLM "NTLM's tokens as Negotiate's" apache_ntlm $W/bob.password --scheme Negotiate
echo not-his >$W/wrong.password
interop "$MOD_AUTH_GSSAPI" server NTLM "a wrong password is refused" refused apache_ntlm $W/wrong.password
password_of alice | kinit alice >/dev/null
interop "$MOD_AUTH_GSSAPI" server Kerberos "Kerberos' tokens as Negotiate's, without SPNEGO" apache /page

# Negotiate: SPNEGO with the tickets of the process, and with NTLM for an account without any.
interop "$MOD_AUTH_GSSAPI" server Negotiate/Kerberos "tickets, one round" apache /page --package Negotiate
interop "$MOD_AUTH_GSSAPI" server Negotiate/Kerberos "three requests over one connection" apache /any/page --package Negotiate --count 3
apache_bob() { apache /any/page --package Negotiate --user bob --domain BOX --password-file $W/bob.password --unproved --count 3; }
interop "$MOD_AUTH_GSSAPI" server Negotiate/NTLM "an account of the server's, three requests over one connection" apache_bob

# curl --negotiate and python-gssapi at our acceptor, in the clear and over TLS.
serve_tickets() { KRB5_KTNAME=FILE:$W/http.keytab serve "$@"; }
serve_tickets 8085 --package Negotiate
curl_ticket() {
    out=$(curl --silent --show-error --max-time 20 --negotiate --user : --write-out 'status %{http_code}, new connections %{num_connects}\n' "$@" 2>&1)
    grep -q "^Hello, alice@$REALM" <<<"$out" && grep -q '^by Kerberos' <<<"$out" && grep -q '^status 200' <<<"$out" || { echo "$out"; return 1; }
}
interop "$CURL" client Negotiate/Kerberos "curl --negotiate at our acceptor" curl_ticket "http://$WORLD_HOST:8085/"
interop "$CURL" client Negotiate/Kerberos "a request with a body" curl_ticket --data 'a body' "http://$WORLD_HOST:8085/"
curl_ticket "http://$WORLD_HOST:8085/one" "http://$WORLD_HOST:8085/two" "http://$WORLD_HOST:8085/three" >/dev/null
is "$(grep -o 'connections [01]' <<<"$out" | tr -dc '01\n' | tr -d '\n')" 100 "three requests over one connection"
interop "$PYTHON_GSSAPI" client Negotiate/Kerberos "SPNEGO, and the server is known" python 8085 spnego
interop "$PYTHON_GSSAPI" client Negotiate/Kerberos "Kerberos without SPNEGO around it" python 8085 krb5
# shellcheck disable=SC2086
serve_tickets 8445 --package Negotiate $tls
# shellcheck disable=SC2086
serve_tickets 8446 --package Negotiate --allow-missing $tls
interop "$PYTHON_GSSAPI" client Negotiate/Kerberos "over TLS, bound to the certificate of our acceptor" python 8445 spnego --ca $W/certificate.pem
interop "$PYTHON_GSSAPI" client Negotiate/Kerberos "bound to another certificate it is refused" refused python 8445 spnego --ca $W/certificate.pem --bindings other
interop "$CURL" client Negotiate/Kerberos "over TLS, where clients may be bound to nothing" curl_ticket --cacert $W/certificate.pem "https://$WORLD_HOST:8446/"
kdestroy -q
# Without a ticket MIT's SPNEGO has NTLM, in three requests over one connection.
serve 8087 --package Negotiate --user bob --domain BOX --password-file $W/bob.password
curl_account() {
    out=$(NTLM_USER_FILE=$W/users curl --silent --show-error --max-time 20 --negotiate --user : --write-out 'status %{http_code}, new connections %{num_connects}\n' "$@" 2>&1)
    grep -q '^Hello, BOX.bob' <<<"$out" && grep -q '^by NTLM' <<<"$out" && grep -q '^status 200, new connections 1' <<<"$out" || { echo "$out"; return 1; }
}
interop "$CURL" client Negotiate/NTLM "curl --negotiate without a ticket at our acceptor" curl_account "http://$WORLD_HOST:8087/"
not_ok "and NTLM where only tickets count" sspi-http --target "HTTP/$WORLD_HOST" --host "$WORLD_HOST" --port $APACHE_PORT --package NTLM \
    --user bob --domain BOX --password-file $W/bob.password --unproved /page

done_testing
