#!/bin/bash
# credmgr save: what a person has saved for a server is kept by lsad alone, across logouts, new logins, su and a restart of lsad,
# until it is deleted; others, root among them, neither see nor delete nor use it, and nobody gets a password back.
. "$(dirname "$0")/world.sh"

world_lsad
world_pam unix
world_sshd
pass=Saved-Secret-$WORLD_ID
saved() { credmgr save --list --json | perl -MJSON::PP -0777 -e 'for (@{decode_json(<STDIN>)->{save}}) { print "$_->{target} $_->{user}\n" }'; }
of() { # USER: what is saved for that uid, read as root from the keys
    local ring key
    ring=$(keyctl search @u keyring "saved-$(id -u "$1")" 2>/dev/null) || return 0
    for key in $(keyctl rlist "$ring"); do keyctl pipe "$key" | tr '\0' ' ' && echo; done | sort
}

# ---- a person keeps, lists, deletes
ok "alice logs in" session_open one alice
like "$(session_run one 'credmgr save --list' 2>&1)" 'you have saved no credentials' "she has saved nothing"
ok "she saves" session_feed one "credmgr save TERMSRV/box.example.com --user='EX\\alice' --password-fd=0" <<<"$pass"
ok "under her own name" session_feed one "credmgr save 'TERMSRV/*.example.org' --password-fd=0" <<<"$pass-2"
is "$(session_run one "$(declare -f saved); saved")" "TERMSRV/*.example.org alice
TERMSRV/box.example.com EX\\alice" "she sees the servers and the names"
unlike "$(session_run one 'credmgr save --list; credmgr save --list --json')" "$pass" "not the passwords"
is "$(of alice)" "TERMSRV/*.example.org alice $pass-2
TERMSRV/box.example.com EX\\alice $pass" "they are in the kernel keyring"
not_ok "two wildcards" session_feed one "credmgr save '*/*' --password-fd=0" <<<x
not_ok "a password that is none" session_feed one "credmgr save TERMSRV/box --password-fd=0" <<<""
not_ok "on the command line there is no place for one" session_run one "credmgr save TERMSRV/box password"
not_ok "without a terminal and a descriptor" session_run one "setsid credmgr save TERMSRV/box </dev/null"
# shellcheck disable=SC2016
out=$(SAVED=$pass expect -c 'set timeout 10
    log_user 1
    spawn setpriv --reuid=bob --regid=bob --init-groups credmgr save TERMSRV/typed
    expect "Password of bob for TERMSRV/typed: " { send "$env(SAVED)\r" }
    expect "The same again: " { send "$env(SAVED)\r" }
    expect eof
    exit [lindex [wait] 3]' 2>&1)
is $? 0 "bob types his at the terminal"
unlike "$out" "$pass" "which does not show it"
is "$(of bob)" "TERMSRV/typed bob $pass" "it is his"

# ---- the others
for who in bob root; do
    unlike "$(as $who credmgr save --list 2>&1)" 'example.com' "$who does not see them"
    like "$(as $who credmgr save --delete TERMSRV/box.example.com 2>&1)" 'there are none' "and cannot delete them"
done
ok "bob saves something for the same server" as bob credmgr save TERMSRV/box.example.com --password-fd=0 <<<"of bob"
like "$(of alice)" "TERMSRV/box.example.com EX.alice $pass" "hers is not touched"
like "$(session_feed one "su bob -c 'credmgr save --list'" <<<"$(password_of bob)" 2>&1)" 'TERMSRV/typed +bob' "su bob out of her session: his"
unlike "$(session_feed one "su bob -c 'credmgr save --list'" <<<"$(password_of bob)" 2>&1)" 'example.org' "and not hers"
keys=$(keyctl rlist "$(keyctl search @u keyring "saved-$(id -u alice)")")
is "$(session_run one "for key in $keys; do keyctl read \$key; keyctl pipe \$key; keyctl describe \$key; done 2>/dev/null")" "" \
    "she does not get at the keys herself"
unlike "$(session_run one "cat /proc/keys")" 'termsrv' "nor sees them"

# ---- they stay
ok "she logs out" session_close one
ok "no session is left" wait_for 5 no_sessions
like "$(of alice)" "$pass" "what she saved is"
lsad_kill
lsad_start
like "$(as alice credmgr save --list)" 'TERMSRV/box.example.com +EX.alice' "another lsad has it"
ok "she logs in again" session_open two alice
is "$(session_run two "$(declare -f saved); saved" | wc -l)" 2 "there it is"
ok "another password for the same server" session_feed two "credmgr save termsrv/BOX.example.com --user='EX\\alice' --password-fd=0" <<<"$pass-3"
like "$(of alice)" "termsrv/BOX.example.com EX.alice $pass-3" "is in its place"
is "$(of alice | wc -l)" 2 "there is one of it"
echo "$pass" >$W/secrets
ok "lsad's memory has none" lsad_holds_nothing
perl -e '$line = <>; $| = 1; print "ready\n"; sleep 60' <$W/secrets >$W/holder.log &
holder=$!
wait_for 10 grep -q ready $W/holder.log
memory-watch --once $holder <$W/secrets >/dev/null
is $? 1 "that of a process that was told does"
kill $holder
is "$(cat $W/lsad.log $W/syslog | grep -cF "$pass")" 0 "no password is in a log"
log_says $W/lsad.log "uid $(id -u alice) has saved credentials for TERMSRV/box.example.com" "who saved for which server is"

# ---- bounds
for i in $(seq 62); do as bob credmgr save "t$i" --password-fd=0 <<<x || break; done
like "$(as bob credmgr save one-more --password-fd=0 <<<x 2>&1)" 'there is no room for more' "64 for each person"
ok "others have room" as carla credmgr save one-more --password-fd=0 <<<x

# ---- deleted
ok "she deletes one" session_run two "credmgr save --delete termsrv/box.EXAMPLE.com"
is "$(of alice)" "TERMSRV/*.example.org alice $pass-2" "the other stays"
ok "and the pattern" session_run two "credmgr save --delete 'TERMSRV/*.example.org'"
is "$(keyctl search @u keyring "saved-$(id -u alice)" 2>&1)" "keyctl_search: Required key not available" "her keyring is gone with it"
ok "carla, too" as carla credmgr save --delete one-more
for target in $(as bob credmgr save --list --json | perl -MJSON::PP -0777 -e 'print "$_->{target}\n" for @{decode_json(<STDIN>)->{save}}'); do
    as bob credmgr save --delete "$target" || break
done
ok "alice logs out" session_close two
ok "no key is left" wait_for 5 no_keys
done_testing
