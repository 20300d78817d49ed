# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154
# A certification authority for the TLS tests, and programs that are spoken to line by line.

T=$W/tls
OPENSSL="OpenSSL $(openssl version | cut -d' ' -f2)"

# tls_make NAME SUBJECT EXTENSION…: a key and a certificate of the authority's, $T/NAME.pem and $T/NAME.key.
tls_make() {
    local name=$1 subject=$2
    shift 2
    printf '%s\n' "$@" >"$T/$name.ext"
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$T/$name.key" -out "$T/$name.csr" -subj "$subject" 2>/dev/null &&
        openssl x509 -req -in "$T/$name.csr" -CA "$T/ca.pem" -CAkey "$T/ca.key" -CAcreateserial -days "${TLS_DAYS:-10}" \
            -extfile "$T/$name.ext" -out "$T/$name.pem" 2>/dev/null
}
tls_authority() { # name subject
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$T/$1.key" -out "$T/$1.pem" -subj "$2" -days 10 2>/dev/null
}
tls_certificates() {
    mkdir -p "$T"
    tls_authority ca "/CN=Test authority" && tls_authority other "/CN=Another authority" &&
        tls_make server /CN=box.test subjectAltName=DNS:box.test,DNS:localhost,IP:127.0.0.1 extendedKeyUsage=serverAuth &&
        tls_make client /CN=alice extendedKeyUsage=clientAuth
}

# talk NAME COMMAND…: runs it with its input held open, its output in $T/NAME.log.
declare -A talk_in talk_pid
trap '' PIPE # who is spoken to may have gone
talk() {
    local name=$1 fd
    shift
    rm -f "$T/$name.in" "$T/$name.log"
    mkfifo "$T/$name.in"
    "$@" <"$T/$name.in" >"$T/$name.log" 2>&1 &
    talk_pid[$name]=$!
    exec {fd}>"$T/$name.in"
    talk_in[$name]=$fd
}
# say NAME TEXT [EXTENDED-REGULAR-EXPRESSION]: a line for it, and then its log has such a one.
say() {
    echo "$2" >&"${talk_in[$1]}"
    [ $# -lt 3 ] || hears "$1" "$3"
}
hears() { wait_for 10 grep -qE -- "$2" "$T/$1.log"; }
# hangs_up NAME [SECONDS]: its input ends, and then it, or it is ended.
hangs_up() {
    local fd=${talk_in[$1]} pid=${talk_pid[$1]}
    [ -n "$pid" ] || return 0
    [ -z "$fd" ] || exec {fd}>&-
    talk_in[$1]='' talk_pid[$1]=''
    wait_for "${2:-2}" gone "$pid" || kill -KILL "$pid"
    wait "$pid" 2>/dev/null
}
cut_off() { # NAME: it is ended without a word
    local fd=${talk_in[$1]}
    kill -KILL "${talk_pid[$1]}"
    wait "${talk_pid[$1]}" 2>/dev/null
    exec {fd}>&-
    talk_in[$1]='' talk_pid[$1]=''
}
gone() { ! kill -0 "$1" 2>/dev/null || [ "$(ps -o stat= -p "$1" | cut -c1)" = Z ]; }
