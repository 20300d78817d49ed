# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154
# What a program holds in its memory while it runs in somebody's login: tests/programs/memory_watch.c, as root, from before its first
# instruction to its last.

# watched SESSION COMMAND: runs it there; $W/secrets (a line each) is what to look for. What it says is in $W/watched.log, what was seen
# in $W/watch.log. Its status is in $watched_status; succeeds when nothing was found, fails with 1 when something was.
watched() {
    local session=$1 client watcher
    shift
    rm -f /tmp/watched.pid /tmp/watched.go $W/watch.log
    mkfifo -m 666 /tmp/watched.go
    session_run "$session" "echo \$\$ >/tmp/watched.pid; read -r go </tmp/watched.go; exec $*" >$W/watched.log 2>&1 &
    client=$!
    wait_for 10 test -s /tmp/watched.pid || die "the program to be watched does not begin: $(cat $W/watched.log)"
    memory-watch "$(cat /tmp/watched.pid)" <$W/secrets >$W/watch.log 2>&1 &
    watcher=$!
    wait_for 10 grep -q '^watching' $W/watch.log || diag "$(cat $W/watch.log)"
    timeout 10 sh -c 'echo go >/tmp/watched.go'
    wait $client
    watched_status=$?
    wait $watcher
}
# lsad_holds_nothing: none of $W/secrets is in the memory of lsad, now that no call is under way.
lsad_holds_nothing() {
    local pid
    for pid in $(lsad_processes); do memory-watch --once "$pid" <$W/secrets || return; done
}

# What nobody but the LSA should have of USER: the password, and what NTLM takes for it. (A password is never an argument.)
secrets_of() { # user
    password_of "$1"
    echo "hex:$(printf %s "$(password_of "$1")" | iconv -t UTF-16LE | openssl dgst -provider legacy -provider default -md4 -r | cut -d' ' -f1)"
}
