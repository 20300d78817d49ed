# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154
# The LSA as it is installed, with keyrings that bear the name of this run; and what of it can be seen.

LSA_USER=lsad
LSA_ANCHOR=lsa-test-$WORLD_ID
STAGING_KEYRING=credmgr-test-$WORLD_ID

# world_lsad: lsad with the installed configuration, in which only the names of the keyrings are this run's.
world_lsad() {
    lsad_configure
    lsad_start
}

lsad_configure() {
    sed -i "s/^#keyring = lsa\$/keyring = $LSA_ANCHOR/" /etc/credmgr/lsa.conf
    sed -i "s/^#stage: .*/stage: keyring=$STAGING_KEYRING/" /etc/credmgr/credmgr.conf
    grep -q -- "$LSA_ANCHOR" /etc/credmgr/lsa.conf && grep -q -- "$STAGING_KEYRING" /etc/credmgr/credmgr.conf ||
        die "the installed configuration does not have the lines that name the keyrings"
}

lsad_start() {
    [ -e $W/lsad.ready ] || mkfifo $W/lsad.ready
    /usr/sbin/lsad --foreground --ready-fd=8 </dev/null >>$W/lsad.log 2>&1 8>$W/lsad.ready &
    LSAD_PID=$!
    read -r -t 10 <$W/lsad.ready || die "lsad does not start: $(tail -n 5 $W/lsad.log)"
}

lsad_stop() {
    [ -n "${LSAD_PID:-}" ] || return 0
    kill "$LSAD_PID" 2>/dev/null
    wait "$LSAD_PID" 2>/dev/null
    LSAD_PID=
}

# Every process of lsad dies at once, as from a crash.
lsad_kill() {
    # shellcheck disable=SC2046
    kill -KILL $(lsad_processes) 2>/dev/null
    wait "$LSAD_PID" 2>/dev/null
    LSAD_PID=
    wait_for 5 lsad_gone || die "lsad cannot be killed"
}
lsad_processes() { pgrep -x lsad; }
lsad_gone() { ! lsad_processes >/dev/null; }
# The process that serves clients.
lsad_worker() { credmgr_value status pid; }

# ---- what there is to see -------------------------------------------------------------------------

# credmgr_value VERB KEY: from the object that `credmgr VERB --json` prints.
credmgr_value() { credmgr "$1" --json | perl -MJSON::PP -0777 -e 'print decode_json(<STDIN>)->{$ARGV[0]}, "\n"' "$2"; }

# logon_sessions [USER]: a line a session: luid user service leader packages…
logon_sessions() {
    credmgr sessions --json | perl -MJSON::PP -0777 -e '
        my $all = decode_json(<STDIN>);
        for (@{$all->{sessions}}) {
            next if @ARGV && $_->{user} ne $ARGV[0];
            print join(" ", @{$_}{qw(luid user service leader)}, @{$_->{packages}}), "\n";
        }' "$@"
}
session_count() { logon_sessions "$@" | wc -l; }
no_sessions() { [ "$(session_count "$@")" = 0 ]; }
sessions_are() { [ "$(session_count "$2")" = "$1" ]; } # number user
session_luid() { logon_sessions "$1" | head -n 1 | cut -d' ' -f1; }

# Serials of all keys and keyrings below the keyring NAME of root's user keyring.
keys_below() { # name
    local serial
    serial=$(keyctl search @u keyring "$1" 2>/dev/null) || return 0
    keys_in "$serial"
}
keys_in() {
    local key
    for key in $(keyctl rlist "$1" 2>/dev/null); do
        echo "$key"
        case $(keyctl rdescribe "$key" 2>/dev/null) in keyring\;*) keys_in "$key" ;; esac
    done
}
lsa_keys() { keys_below "$LSA_ANCHOR"; }
staged_keys() { keys_below "$STAGING_KEYRING"; }
no_keys() { [ -z "$(lsa_keys)$(staged_keys)" ]; }
session_gone() { ! logon_sessions | grep -q "^$1 "; }
# has_tgt SESSION: lsad holds a ticket-granting ticket for it.
has_tgt() { session_run "$1" credmgr tickets | grep -q "krbtgt/$REALM"; }
