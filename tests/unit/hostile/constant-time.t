#!/bin/bash
# Time tells nothing of a key: valgrind's memcheck, to which secrets are memory without a value, finds no branch and no address that
# depends on them; and cachegrind counts as many instructions for an unknown account as for a wrong password.
program=${BUILD:-build}/tests/hostile/constant-time
count=0
result() { # good? description
    count=$((count + 1))
    [ "$1" = 0 ] && echo "ok $count - $2" && return
    echo "not ok $count - $2"
    sed 's/^/# /' <<<"$output"
    bad=1
}

if ! command -v valgrind >/dev/null; then
    [ "${CI:-}" = true ] || { echo "1..0 # SKIP valgrind is not installed"; exit 0; }
    echo "1..1"
    echo "not ok 1 - valgrind is not installed"
    exit 1
fi
memcheck() { output=$(valgrind --quiet --error-exitcode=9 --track-origins=yes "$program" "$@" 2>&1); }
# Prints the instructions of one refusal, without what the process costs besides.
instructions() { # user password
    local few many
    few=$(count_of "$@" 10)
    many=$(count_of "$@" 60)
    echo $(((many - few) / 50))
}
count_of() {
    valgrind --tool=cachegrind --cache-sim=no --cachegrind-out-file=/dev/null "$program" refuse "$@" 2>&1 |
        sed -n 's/^.*I *refs: *\([0-9,]*\).*/\1/p' | tr -d ,
}

memcheck secrets
result $? "handshakes, right and wrong: nothing but secret_equal() decides by a secret"
memcheck messages
result $? "signatures, right and wrong: likewise"
memcheck leaky
[ $? = 9 ]
result $? "a comparison that stops at the first difference is found"

wrong=$(instructions alice passw0rd) unknown=$(instructions mallo passw0rd) right=$(instructions mallo password)
output="a wrong password: $wrong instructions; an unknown account: $unknown, with the right password: $right"
echo "# $output"
# The comparison of the names themselves; a name is no secret.
near() { [ -n "$1" ] && [ -n "$2" ] && [ "$1" -gt 5000 ] && [ $(($1 - $2)) -le 1000 ] && [ $(($2 - $1)) -le 1000 ]; }
near "$wrong" "$unknown"
result $? "an unknown account costs as much as a wrong password"
near "$wrong" "$right"
result $? "also where the password would be right"

echo "1..$count"
exit "${bad:-0}"
