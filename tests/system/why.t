#!/bin/bash
# Whom a domain controller says a client is: the PAC of Samba's tickets, with its groups, at our acceptor. And why something failed: in the
# KDC's words, at the program and in credmgr status, whether it happened in the program or in lsad.
. "$(dirname "$0")/world.sh"

world_addc
lsad_configure
install -m 600 "$W/sample.keytab" /etc/sample.keytab
cat >>/etc/credmgr/lsa.conf <<END
[acceptors]
sample = bob keytab=/etc/sample.keytab
END
lsad_start
world_pam unix
world_sshd

ad() { samba-tool "$@" --configfile=$ADDC/etc/smb.conf -H ldb://$ADDC/private/sam.ldb; }
sid_of() { ad "$1" show "$2" --attributes=objectSid | sed -n 's/^objectSid: //p'; }

# Who it is.
KRB5_KTNAME=FILE:$W/sample.keytab sspi-server --package Kerberos --port 4463 </dev/null >$W/server.log 2>&1 &
ok "sspi-server listens" wait_for 5 ss_listening 4463
ok "alice logs in" session_open one alice
out=$(session_run one "sspi-client --target sample/$WORLD_HOST --port 4463 hello" 2>&1)
is $? 0 "and makes a context with the domain controller's ticket" || diag "$out"
heard=$(cat $W/server.log)
user=$(sid_of user alice)
like "$user" '^S-1-5-21-' "she has a SID"
like "$heard" "client: alice@$AD_REALM" "the acceptor says who she is"
like "$heard" '^  local user: alice$' "and whom that is here"
like "$heard" "^  PAC: $AD_DOMAIN.alice .* $user, primary group ${user%-*}-513, UPN alice@$AD_DNS" "her PAC has her names and her SID"
like "$heard" "^  group: ${user%-*}-513$" "the domain's users"
like "$heard" "^  group: $(sid_of group staff)$" "the group that she is in"
like "$heard" '^  group: S-1-18-1$' "and how she was authenticated"
as bob sspi-server --package Kerberos --port 4464 </dev/null >$W/server-of-bob.log 2>&1 &
ok "bob's server, whose keys lsad has, listens" wait_for 5 ss_listening 4464
out=$(session_run one "sspi-client --target sample/$WORLD_HOST --port 4464 hello" 2>&1)
is $? 0 "she makes a context with it" || diag "$out"
is "$(grep -c 'PAC: \|group: ' $W/server-of-bob.log)" "$(grep -c 'PAC: \|group: ' $W/server.log)" "it gets all of her PAC from lsad"
like "$(cat $W/server-of-bob.log)" "^  group: $(sid_of group staff)$" "with her group"

# Why not.
why() { session_run one "sspi-client --target $1 --port 4463 hello" 2>&1; }
out=$(why "nobody/$WORLD_HOST")
like "$out" 'SEC_E_TARGET_UNKNOWN' "a service that the domain does not know"
like "$out" 'why: .*not found in Kerberos database .-1765328377' "the program hears the KDC's word from lsad"
out=$(session_run one credmgr status)
like "$out" "1 +0x80090303 +context with nobody/$WORLD_HOST +.*not found in Kerberos database" "it stands in credmgr status"
why "nobody/$WORLD_HOST" >/dev/null
out=$(session_run one credmgr status)
like "$out" "2 +0x80090303 +context with nobody/" "and how often"
like "$(session_run one credmgr status --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["failures"][0]["code"])')" '^-1765328377$' \
    "in JSON with its code"
like "$(credmgr status)" "context with nobody/" "root sees it, too"
unlike "$(as bob credmgr status)" "nobody/" "another user does not"
out=$(session_feed one "sspi-client --target sample/$WORLD_HOST --user alice --domain $AD_REALM --password-fd 0 --port 4463 hello" <<<"not hers" 2>&1)
like "$out" 'why: .*(Preauthentication failed|Password incorrect)' "in the program's own host, a wrong password"
out=$(as bob sspi-client --target "sample/$WORLD_HOST" --port 4463 hello 2>&1)
like "$out" 'why: ' "who has no credentials hears why, too"
ok "alice logs out" session_close one
wait_for 5 no_sessions
unlike "$(credmgr status)" "nobody/" "with the session its failures are forgotten"
done_testing
