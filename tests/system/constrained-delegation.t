#!/bin/bash
# Constrained delegation by lsad: services of [acceptors], which read no keytab, act in the names of clients that came with Kerberos and
# delegated nothing, where the domain lets them; with constrained_delegation = yes, and not without.
# shellcheck disable=SC2154
. "$(dirname "$0")/world.sh"

world_addc
for account in front plain; do install -m 600 $W/$account.keytab /etc/$account.keytab; done
lsad_configure
cat >>/etc/credmgr/lsa.conf <<END
[acceptors]
front = bob keytab=/etc/front.keytab
plain = bob keytab=/etc/plain.keytab
[service sspi-server]
identification_level = yes
END
lsad_start

# serve PORT SERVICE TARGET OPTIONS…: bob's server, which makes a token for the target as its client.
serve() {
    as bob sspi-server --package Kerberos --port "$1" --principal "$2/$WORLD_HOST" --forward-to "$3/$WORLD_HOST" "${@:4}" </dev/null >"$W/server-$1.log" 2>&1 &
    wait_for 5 ss_listening "$1"
}
# to PORT SERVICE USER OPTIONS…: somebody comes. The server says what it has after the last line of before.
to() {
    before=$(wc -l <"$W/server-$1.log")
    ad_password_of "$3" | sspi-client --user "$3" --domain $AD_REALM --password-fd 0 --target "$2/$WORLD_HOST" --port "$1" "${@:4}" x
}
said() { tail -n +$((before + 1)) "$W/server-$1.log"; }
told() { said "$1" | grep -qE -- "$2"; }
no_network_sessions() { ! credmgr sessions --json | grep -q '"network"'; }

not_ok "bob cannot read the keytab" as bob cat /etc/front.keytab
ok "front listens" serve 4480 front sample
ok "alice comes" to 4480 front alice
ok "without the setting there is nothing of hers" wait_for 5 told 4480 'SEC_E_NO_CREDENTIALS'
unlike "$(cat $W/lsad.log)" 'of the client' "lsad made no session"

sed -i 's/^#constrained_delegation = no$/constrained_delegation = yes/' /etc/credmgr/lsa.conf
ok "lsad --check likes the setting" lsad --check
lsad_stop
lsad_start
ok "front listens" serve 4481 front sample
ok "alice comes" to 4481 front alice
ok "front has a token in her name" wait_for 5 told 4481 "delegated: $AD_REALM.alice, with a token for sample/$WORLD_HOST"
unlike "$(said 4481)" "token for front/" "and is not told that she delegated anything"
like "$(tail -n 5 $W/lsad.log)" "of the client alice@$AD_REALM" "lsad says whose session it was"
ok "bob comes" to 4481 front bob
ok "the next token is in his name" wait_for 5 told 4481 "delegated: $AD_REALM.bob, with a token"
ok "front listens, and asks by the session" serve 4485 front sample --by-session
ok "alice comes" to 4485 front alice
ok "that is as good" wait_for 5 told 4485 "delegated: $AD_REALM.alice, with a token"
ok "all sessions end with their contexts" wait_for 5 no_network_sessions
ok "dora comes" to 4481 front dora
ok "her account may not be delegated" wait_for 5 told 4481 'SEC_E_NO_CREDENTIALS'
unlike "$(cat $W/lsad.log)" 'of the client dora' "and makes no session"
ok "alice comes, to be identified" to 4481 front alice --identify
ok "then there is nothing of hers" wait_for 5 told 4481 'SEC_E_NO_CREDENTIALS'

ok "front listens, with another service in mind" serve 4482 front plain
ok "alice comes" to 4482 front alice
ok "front may not delegate to that" wait_for 5 told 4482 'SEC_E_DELEGATION_REQUIRED'
ok "plain listens" serve 4483 plain sample
ok "alice comes to plain" to 4483 plain alice
ok "which may delegate to nobody" wait_for 5 told 4483 'SEC_E_DELEGATION_REQUIRED'

# A process that can read its keytab needs no lsad, and no cache or keytab as a client either.
KRB5_KTNAME=FILE:$W/front.keytab sspi-server --package Kerberos --port 4484 --forward-to "sample/$WORLD_HOST" </dev/null >$W/server-4484.log 2>&1 &
ok "front listens, with its keytab" wait_for 5 ss_listening 4484
ok "alice comes" to 4484 front alice
ok "front has a token in her name" wait_for 5 told 4484 "delegated: $AD_REALM.alice, with a token for sample/$WORLD_HOST"

# lsad may be another one.
lsad_kill 2>/dev/null
lsad_start
ok "alice comes after a restart of lsad" to 4481 front alice
ok "and front has a token again" wait_for 5 told 4481 "delegated: $AD_REALM.alice, with a token for sample/$WORLD_HOST"
done_testing
