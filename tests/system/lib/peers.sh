# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154
# The other ends: programs that are not ours, and the small ones of tests/programs that speak with them.

GSS_SERVER_PORT=4444
GSS_ACCEPTOR_PORT=4445
SPN=sample/$WORLD_HOST

# gss_server_up: MIT's gss-server, with the service sample/HOST.
gss_server_up() {
    gss-server -port $GSS_SERVER_PORT -keytab FILE:$W/sample.keytab -verbose "sample@$WORLD_HOST" </dev/null >$W/gss-server.log 2>&1 &
    GSS_SERVER_PID=$!
    wait_for 5 ss_listening $GSS_SERVER_PORT || die "gss-server does not start: $(cat $W/gss-server.log)"
}

# The command with which a person's program makes a Kerberos context to it: mutual authentication, one sealed
# message there, its signature back, verified.
kerberos_client() { echo "sspi-client --package Kerberos --target $SPN --port $GSS_SERVER_PORT 'a message from $1'"; }
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
    local port=$GSS_ACCEPTOR_PORT
    if [ -n "${NTLM_PASSWORD:-}" ]; then
        port=$((GSS_ACCEPTOR_PORT + 100 + $(printf %s "$NTLM_PASSWORD" | cksum | cut -d' ' -f1) % 1000))
    fi
    ss_listening "$port" || ntlm_acceptor_up "$port" "${NTLM_PASSWORD:-}"
    session_run "$1" "$(ntlm_client "$port" "$1")"
}
