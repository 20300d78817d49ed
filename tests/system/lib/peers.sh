# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154
# The other ends: programs that are not ours, and the small ones of tests/programs that speak with them.

GSS_SERVER_PORT=4444
GSS_ACCEPTOR_PORT=4445
SPN=sample/$WORLD_HOST

# gss_server_up [PORT]: MIT's gss-server, with the service sample/HOST. It serves one connection after the other.
gss_server_up() {
    local port=${1:-$GSS_SERVER_PORT}
    gss-server -port "$port" -keytab FILE:$W/sample.keytab -verbose "sample@$WORLD_HOST" </dev/null >"$W/gss-server-$port.log" 2>&1 &
    wait_for 5 ss_listening "$port" || die "gss-server does not start: $(cat "$W/gss-server-$port.log")"
}
gss_server_log() { cat $W/gss-server-$GSS_SERVER_PORT.log; }

# The command with which a person's program makes a Kerberos context to it: mutual authentication, one sealed
# message there, its signature back, verified.
kerberos_client() { echo "sspi-client --package Kerberos --target $SPN --port ${2:-$GSS_SERVER_PORT} 'a message from $1'"; }
# …in the login NAME, or as USER in no login at all.
kerberos_in_session() { session_run "$1" "$(kerberos_client "$1")"; }
kerberos_as() { as "$1" sh -c "$(kerberos_client "$1")"; }

# ntlm_acceptor_up PORT PASSWORD [USER…]: an acceptor with gss-ntlmssp that knows the people with that password ("" is each
# one's own), and sends each message back sealed.
ntlm_acceptor_up() {
    local port=$1 password=$2 user
    shift 2
    [ $# -gt 0 ] || set -- $PEOPLE
    for user; do
        # The domain of a logon session: the Kerberos realm, or where there is none the machine's own name.
        echo "$REALM:$user:${password:-$(password_of "$user")}"
        echo "BOX:$user:${password:-$(password_of "$user")}"
    done >"$W/ntlm-users-$port"
    NTLM_USER_FILE=$W/ntlm-users-$port gss-acceptor --mech ntlm --port "$port" --echo </dev/null >"$W/gss-acceptor-$port.log" 2>&1 &
    wait_for 5 ss_listening "$port" || die "gss-acceptor does not start: $(cat "$W/gss-acceptor-$port.log")"
}
ntlm_client() { echo "sspi-client --package NTLM --target cifs/$WORLD_HOST --port $1 --integrity --confidentiality --echo 'a message from $2'"; }

# ntlm_in_session NAME [USER…]: an NTLM context of the login NAME with an acceptor that knows everybody's password, or for
# everybody NTLM_PASSWORD where that is set.
ntlm_in_session() {
    local port=$GSS_ACCEPTOR_PORT known=$W/ntlm-passwords
    if [ -n "${NTLM_PASSWORD:-}" ]; then
        # the number of its line is that of its acceptor
        grep -qsxFe "$NTLM_PASSWORD" "$known" || printf '%s\n' "$NTLM_PASSWORD" >>"$known"
        port=$((GSS_ACCEPTOR_PORT + 100 + $(grep -nxFe "$NTLM_PASSWORD" "$known" | cut -d: -f1)))
    fi
    ss_listening "$port" || ntlm_acceptor_up "$port" "${NTLM_PASSWORD:-}"
    session_run "$1" "$(ntlm_client "$port" "$1")"
}

# A program of the login NAME that has made its context and waits before it sends its message: conversation_open NAME ID,
# conversation_established ID, and conversation_goes_on ID, which lets it go on and says whether it could.
declare -A TALK_PID TALK_END
TALK_PORT=5000
conversation_open() { # session id [package]
    local client end
    TALK_PORT=$((TALK_PORT + 1))
    mkfifo "$W/talk-$2"
    if [ "${3:-Kerberos}" = Kerberos ]; then
        gss_server_up $TALK_PORT
        client=$(kerberos_client "$1" $TALK_PORT)
    else
        ntlm_acceptor_up $TALK_PORT ""
        client=$(ntlm_client $TALK_PORT "$1")
    fi
    session_feed "$1" "$client --hold" <"$W/talk-$2" >"$W/talk-$2.out" 2>&1 &
    TALK_PID[$2]=$!
    exec {end}>"$W/talk-$2"
    TALK_END[$2]=$end
}
conversation_established() { grep -q '^waiting' "$W/talk-$1.out"; }
# Prints what the program said from beginning to end.
conversation_goes_on() {
    local end=${TALK_END[$1]}
    echo >&"$end"
    exec {end}>&-
    wait_for 10 grep -qE 'signature|cannot|SEC_E' "$W/talk-$1.out"
    cat "$W/talk-$1.out"
}
