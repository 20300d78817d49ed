# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154
# The Test Anything Protocol: assertions, an honest plan, and what a person needs to see when one of them fails.

tap_count=0
tap_failed=0
tap_planned=
tap_begin=${EPOCHREALTIME/./} # WORLD_TIMES=1 shows when each assertion was made

tap_result() { # passed? description
    tap_count=$((tap_count + 1))
    [ -z "${WORLD_TIMES:-}" ] || echo "# $(((${EPOCHREALTIME/./} - tap_begin) / 1000)) ms"
    if [ "$1" = 0 ]; then
        echo "ok $tap_count - $2"
        return 0
    fi
    tap_failed=$((tap_failed + 1))
    echo "not ok $tap_count - $2"
    return 1
}

diag() { printf '%s\n' "$*" | sed 's/^/# /'; }

# ok DESCRIPTION COMMAND…: the command succeeds; its output is shown only when it does not.
ok() {
    local description=$1 output status
    shift
    output=$("$@" 2>&1) && status=0 || status=$?
    tap_result $status "$description" && return
    diag "failed ($status): $*"
    [ -z "$output" ] || diag "$output"
    return 1
}

# not_ok DESCRIPTION COMMAND…: the command fails, and not because it could not be run.
not_ok() {
    local description=$1 output status
    shift
    output=$("$@" 2>&1) && status=0 || status=$?
    case $status in
        0 | 126 | 127) tap_result 1 "$description" ;;
        *) tap_result 0 "$description"; return ;;
    esac
    diag "should have failed ($status): $*"
    [ -z "$output" ] || diag "$output"
    return 1
}

is() { # got expected description
    [ "$1" = "$2" ] && { tap_result 0 "$3"; return; }
    tap_result 1 "$3"
    diag "     got: $1"
    diag "expected: $2"
    return 1
}

isnt() { # got unexpected description
    [ "$1" != "$2" ] && { tap_result 0 "$3"; return; }
    tap_result 1 "$3"
    diag "got, and should not have: $1"
    return 1
}

like() { # got extended-regular-expression description
    grep -qE -- "$2" <<<"$1" && { tap_result 0 "$3"; return; }
    tap_result 1 "$3"
    diag "          got: $1"
    diag "does not match: $2"
    return 1
}

unlike() { # got extended-regular-expression description
    grep -qE -- "$2" <<<"$1" || { tap_result 0 "$3"; return; }
    tap_result 1 "$3"
    diag "               got: $1"
    diag "should not match: $2"
    return 1
}

cmp_num() { # number operator(-lt, -le, -eq …) number description
    # shellcheck disable=SC1072,SC1073,SC1009
    if [ -n "$1" ] && [ -n "$3" ] && test "$1" "$2" "$3"; then
        tap_result 0 "$4"
        return
    fi
    tap_result 1 "$4"
    diag "not: $1 $2 $3"
    return 1
}

# What cannot be tried here; the reason is said.
skip() { # description reason
    tap_count=$((tap_count + 1))
    echo "ok $tap_count - $1 # SKIP $2"
}

# A script that cannot go on: what it had to prove is not proven. Scripts that are no tests (the demo, the
# comparisons) set WORLD_VOICE=plain before they make the world.
die() {
    if [ "${WORLD_VOICE:-tap}" = plain ]; then
        tap_planned=1
        echo "$*" >&2
        machine_tell >&2
        exit 1
    fi
    tap_result 1 "$*"
    done_testing
}

# wait_for SECONDS COMMAND…: until the command succeeds.
wait_for() {
    local until=$((${EPOCHREALTIME/./} + $1 * 1000000))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "${EPOCHREALTIME/./}" -lt "$until" ] || return 1
        sleep 0.05
    done
}

# log_says FILE EXTENDED-REGULAR-EXPRESSION DESCRIPTION [LINES]: a program that runs beside the test writes a line like that into its
# log, soon; with LINES so many, and no more.
log_says() {
    wait_for 10 log_has_lines "$1" "$2" "${4:-1}"
    if [ -n "${4:-}" ]; then
        is "$(grep -Ec -- "$2" "$1")" "$4" "$3"
    else
        like "$(cat "$1")" "$2" "$3"
    fi
}
log_has_lines() { [ "$(grep -Ec -- "$2" "$1")" -ge "$3" ]; }

milliseconds() { echo $((${EPOCHREALTIME/./} / 1000)); }

# The middle one of the numbers given.
median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }

done_testing() {
    echo "1..$tap_count"
    tap_planned=1
    [ "$tap_failed" = 0 ] || machine_tell
    exit "$((tap_failed > 0))"
}

# A script that ends before its plan is out has failed; without a plan prove says so too.
tap_exit() {
    local status=$?
    [ -z "$tap_planned" ] && [ "${WORLD_VOICE:-tap}" = tap ] || exit "$status"
    diag "ended early, with status $status"
    machine_tell
    exit 1
}
trap tap_exit EXIT
