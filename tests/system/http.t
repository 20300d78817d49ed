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
is "$(grep -c '^authenticated' $W/http-8081.log)" 2 "it was authenticated once"
out=$(bob_of_curl --data 'a body' http://box:8081/)
like "$out" '^status 200' "a request with a body"
out=$(curl_as 'BOX\bob' not-his --ntlm http://box:8081/)
like "$out" '^status 401' "a wrong password"
like "$(cat $W/http-8081.log)" 'SEC_E_LOGON_DENIED' "is SEC_E_LOGON_DENIED"
out=$(curl_as 'BOX\nobody' "$(password_of bob)" --ntlm http://box:8081/)
like "$out" '^status 401' "another user is refused, too"
out=$(curl --silent --write-out 'status %{http_code}\n' --output /dev/null --next --silent --write-out 'status %{http_code}\n' http://box:8081/ 2>&1)
like "$out" '^status 401' "who does not authenticate is told so"

# Two connections at the same time: each has a context of its own.
curl_as 'BOX\bob' "$(password_of bob)" --ntlm --parallel --parallel-immediate --parallel-max 4 http://box:8081/{1,2,3,4,5,6,7,8} >$W/parallel 2>&1
is "$(grep -c '^status 200' $W/parallel)" 8 "eight requests in parallel"

# Our client at our server.
out=$(sspi-http --target HTTP/box --host box --port 8081 --package NTLM --user bob --domain BOX --password-file $W/bob.password --unproved --count 3 / 2>&1)
is $? 0 "our client at our acceptor" || diag "$out"
is "$(grep -c 'Hello, BOX.bob' <<<"$out")" 3 "three times over one connection"

done_testing
