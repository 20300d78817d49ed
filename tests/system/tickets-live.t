#!/bin/bash
# What becomes of the tickets of a logon session: they are renewed before they end, fetched anew where the password is kept, shown as klist shows
# those of a cache, and purged.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_pam unix
world_sshd
gss_server_up

tickets() { session_run "$1" credmgr tickets --json | perl -MJSON::PP -0777 -e '
    print map { "$_->{server} $_->{end_time}\n" } @{decode_json(<STDIN>)->{tickets}}'; }
end_of_tgt() { tickets "$1" | sed -n 's,^krbtgt/[^ ]* ,,p'; }
changed() { local now; now=$(end_of_tgt one); [ -n "$now" ] && [ "$now" != "$old" ]; }
requests() { grep -c "$1" $W/kdc.log; }
purge() { session_run one "credmgr --json purge $*" | perl -MJSON::PP -0777 -e '
    my $r = decode_json(<STDIN>); print "$r->{purged} $r->{left}\n"'; }

# ---- shown and purged, without the password -----------------------------------------------------------------------------

ok "alice logs in" session_open one alice
ok "she makes a context" kerberos_in_session one
out=$(session_run one credmgr tickets)
like "$out" "alice@$REALM +krbtgt/$REALM@$REALM +20[0-9-]+ .*20[0-9-]+ .*20[0-9-]+ .*aes256-cts.*forwardable.*renewable" "credmgr tickets: what klist -ef shows"
like "$out" "alice@$REALM +$SPN@$REALM " "credmgr tickets: and the service"
is "$(purge "$SPN")" "1 1" "one ticket is purged"
is "$(tickets one | cut -d' ' -f1)" "krbtgt/$REALM@$REALM" "the other one is left"
before=$(requests TGS_REQ)
ok "the next context" kerberos_in_session one
is "$(requests TGS_REQ)" $((before + 1)) "takes a new one"
is "$(purge @OTHER.TEST)" "0 2" "of another realm there is none"
is "$(purge "@$REALM")" "2 0" "of her realm there are two"
is "$(session_run one credmgr tickets | tail -n +2)" "" "then there is nothing left"
out=$(kerberos_in_session one 2>&1)
isnt $? 0 "without her password there is no context"
like "$out" 'SEC_E_NO_CREDENTIALS' "SEC_E_NO_CREDENTIALS"
not_ok "a second purge has nothing to purge" session_run one credmgr purge
not_ok "bob cannot purge her tickets" as bob credmgr "--luid=$(session_luid alice)" purge
session_close one

# ---- with the password ---------------------------------------------------------------------------------------------------

sed -i "/^\[kerberos\]/a keep_password = yes" /etc/credmgr/lsa.conf
lsad_stop
lsad_start
ok "with a kept password: alice logs in" session_open one alice
ok "with a kept password: she makes a context" kerberos_in_session one
# By root, for her session.
out=$(credmgr "--luid=$(session_luid alice)" purge | tr -s "\n " " ")
like "$out" "USER: alice PURGED: 2 LEFT: 0" "root purges all her tickets" || diag "$out"
before=$(requests 'AS_REQ.*ISSUE.*alice')
ok "the next context" kerberos_in_session one
is "$(requests 'AS_REQ.*ISSUE.*alice')" $((before + 1)) "takes a new ticket-granting ticket, as on Windows"
session_close one

# Tickets that end soon and cannot be renewed, as those of Protected Users: the password gets others, in time and unasked.
kadmin.local modprinc -maxlife "8 seconds" -maxrenewlife 0 alice >/dev/null
ok "a ticket of eight seconds, never renewed: alice logs in" session_open one alice
ok "it came" wait_for 10 has_tgt one
old=$(end_of_tgt one)
renewals=$(requests 'TGS_REQ.*alice.*for krbtgt')
ok "it is fetched anew" wait_for 30 changed
is "$(requests 'TGS_REQ.*alice.*for krbtgt')" "$renewals" "by her password, for nothing was renewed"
ok "and serves" kerberos_in_session one
session_close one
ok "no key is left" wait_for 5 no_keys

done_testing
