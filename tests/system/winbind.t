#!/bin/bash
# Clients of a domain as users of this system: where no user of theirs is in NSS, the SIDs of their tickets' PAC and winbind say who they are; and
# the domain's groups count beside the system's.
. "$(dirname "$0")/world.sh"

world_addc
wait_for 20 wbinfo -p || die "winbind does not answer: $(tail -n 20 $W/addc.log)"
uid_in_domain() { wbinfo --sid-to-uid="$(wbinfo --name-to-sid="$AD_DOMAIN\\$1" | cut -d' ' -f1)"; }
gid_in_domain() { wbinfo --sid-to-gid="$(wbinfo --name-to-sid="$AD_DOMAIN\\$1" | cut -d' ' -f1)"; }
dora=$(uid_in_domain dora)
staff=$(gid_in_domain staff)
like "$dora" '^[0-9]+$' "winbind has a uid for dora"
not_ok "NSS has no user of that uid" getent passwd "$dora"

sspi-server --package Kerberos --port 4447 </dev/null >$W/sspi-server.log 2>&1 &
ok "sspi-server listens" wait_for 5 ss_listening 4447
client() { # user
    ad_password_of "$1" | sspi-client --target host/$WORLD_HOST --user "$1" --domain $AD_REALM --password-fd 0 --port 4447 hello 2>&1
}
out=$(client dora)
is $? 0 "dora, who is no local user" || diag "$out"
ok "is one of the domain, for the server" wait_for 5 grep -qE "token: $AD_DOMAIN.dora, uid $dora, " $W/sspi-server.log
out=$(client alice)
is $? 0 "alice, who is one" || diag "$out"
ok "is the local one" wait_for 5 grep -q "token: alice, uid $(uid_of alice), gid $(id -g alice), groups .*\<$staff\>" $W/sspi-server.log
like "$(grep 'token: alice' $W/sspi-server.log)" "groups.* $(id -g alice)\>" "with her own groups, and the domain's"
done_testing
