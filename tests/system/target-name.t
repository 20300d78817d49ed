#!/bin/bash
# The service that a client of NTLM means ([ntlm] target_name, Windows' "SPN target name validation"): what clients that are not ours
# say of it, and what our acceptor makes of that.
. "$(dirname "$0")/world.sh"

password_of bob >$W/bob.password
echo "BOX:bob:$(password_of bob)" >$W/users
export NTLM_USER_FILE=$W/users
account="--user bob --domain BOX --password-file $W/bob.password"

# The acceptors on 45N0 and 45N1 (HTTP) have these settings.
install -m 644 /etc/credmgr/lsa.conf $W/lsa.conf
serve() { # N setting…
    local n=$1 line
    shift
    install -m 644 $W/lsa.conf /etc/credmgr/lsa.conf
    for line; do sed -i "s/^\[ntlm\]\$/&\n$line/" /etc/credmgr/lsa.conf; done
    # shellcheck disable=SC2086
    sspi-server --package NTLM $account --echo --port 45${n}0 </dev/null >$W/log-45${n}0 2>&1 &
    # shellcheck disable=SC2086
    sspi-http --serve --package NTLM $account --port 45${n}1 </dev/null >$W/log-45${n}1 2>&1 &
    wait_for 5 ss_listening 45${n}0 && wait_for 5 ss_listening 45${n}1 || die "no acceptor: $(cat $W/log-45${n}?)"
}
serve 1 'target_name = always'
serve 2 'target_name = when_given'
serve 3 'target_name = always' 'target_names = www.example.test'

gss() { gss-initiator --mech ntlm --user 'BOX\bob' --service "host@$1" --password-fd 8 --port "$2" --echo 8<$W/bob.password; }
winpr() { winpr-peer --connect --user bob --domain BOX --password-fd 8 --target "host/$1" --port "$2" 8<$W/bob.password; }
ours() { sspi-client --package NTLM --user bob --domain BOX --password-fd 8 --target "host/$1" --port "$2" 8<$W/bob.password; }
curl_ntlm() { curl --silent --show-error --fail --max-time 20 --ntlm --config - "http://127.0.0.1:$1/" <<<"user = \"BOX\\\\bob:$(password_of bob)\""; }

for client in gss winpr ours; do
    case $client in
        gss) tried() { interop "$GSS_NTLMSSP" client NTLM "$@"; } ;;
        winpr) tried() { interop "$WINPR" client NTLM "$@"; } ;;
        ours) tried() { ok "ours: $1" "${@:2}"; } ;;
    esac
    for name in localhost box "$WORLD_HOST"; do
        tried "it means host/$name, a name of this machine" $client "$name" 4510
    done
    tried "it means another machine, and is refused" refused $client "other.$WORLD_DOMAIN" 4510
    tried "it means another machine, and is refused, though it need not say so" refused $client "other.$WORLD_DOMAIN" 4520
    tried "it means another name, which target_names has" $client www.example.test 4530
done
log_says $W/log-4510 'means host/other' "that is told" 3
interop "$CURL" client NTLM "it says nothing of the service, and need not" curl_ntlm 4521
interop "$CURL" client NTLM "it says nothing of the service, and is refused where it must" refused curl_ntlm 4511
log_says $W/log-4511 'does not say which service' "that is told"
done_testing
