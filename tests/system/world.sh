# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the parts use each other's variables
# The world of the system tests and the demo: a machine of its own in which everything runs for real and from which nothing
# gets out. Sourcing this file runs the calling script again, as root, in private mount, network, process and name namespaces;
# /usr, /etc and /var are overlays into which the build was really installed (`make world`). What no namespace holds, the
# kernel keyrings, carries names and uids that belong to this run alone, and a supervisor outside removes them whatever happens.
#
#   . "$(dirname "$0")/world.sh"     and then: world_kdc, world_lsad, world_sshd (lib/*.sh), ok, is, like, done_testing (lib/tap.sh)
#
# BUILD (default build) is the build tree, WORLD_LIMIT (default 120) the seconds after which a hanging script is ended.

world_source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$world_source/$BUILD ;; esac
export BUILD

# ---- outside: the supervisor -----------------------------------------------------------------------------------

world_skip() {
    if [ "${WORLD_VOICE:-tap}" = plain ]; then
        echo "$1" >&2
        exit 1
    fi
    if [ "${CI:-}" = true ]; then
        echo "1..1"
        echo "not ok 1 - $1"
        exit 1
    fi
    echo "1..0 # SKIP $1"
    exit 0
}

# What no namespace holds: the keyrings below root's user keyring that bear this run's name, and those of its uids.
world_forget_keys() {
    local key uid
    for key in $(keyctl rlist @u 2>/dev/null); do
        case $(keyctl rdescribe "$key" '	' 2>/dev/null) in
            *"	"*-test-"$WORLD_ID") keyctl unlink "$key" @u ;;
            # Where a configuration cannot be read, these are the names.
            *"	lsa" | *"	credmgr-stage") [[ " $world_had " = *" $key "* ]] || keyctl unlink "$key" @u ;;
        esac >/dev/null 2>&1
    done
    for uid in $(world_uids); do
        grep -q "^ *$uid:" /proc/key-users || continue
        # By number: naming @u or @us would make them anew.
        setpriv --reuid="$uid" --regid="$uid" --clear-groups sh -c '
            for key in $(sed -n "s/^\([0-9a-f]*\) .* $(id -u) .* _\(uid\|persistent\).*/\1/p" /proc/keys); do
                keyctl invalidate 0x$key
            done' >/dev/null 2>&1
    done
}

# Every run has ten uids of its own.
world_uids() { seq $((900000000 + WORLD_ID % 4194304 * 10)) $((900000009 + WORLD_ID % 4194304 * 10)); }

world_supervise() {
    local child status
    [ "$(id -u)" = 0 ] || world_skip "needs root, for namespaces and logins"
    unshare -m -n -u -p --fork true 2>/dev/null || world_skip "needs private namespaces (unshare)"
    [ -d "$BUILD/world/usr" ] || world_skip "the build is not installed for the tests: make BUILD=${BUILD} world"
    export WORLD_ID=$$
    world_had=$(keyctl rlist @u 2>/dev/null)
    child=
    trap 'world_end 143' TERM
    trap 'world_end 130' INT
    trap 'world_end 129' HUP
    WORLD_INSIDE=1 setpriv --pdeathsig KILL unshare -m -n -u -p --fork --mount-proc --kill-child --propagation private "$BASH" "$0" "$@" <&0 &
    child=$!
    wait "$child"
    status=$?
    trap - TERM INT HUP
    world_forget_keys
    exit "$status"
}

# The namespaces' first process dies with unshare, and with it everything in them.
world_end() {
    trap '' TERM INT HUP
    [ -z "$child" ] || { kill -KILL "$child"; wait "$child"; } 2>/dev/null
    world_forget_keys
    exit "$1"
}

[ -n "${WORLD_INSIDE:-}" ] || world_supervise "$@"

# ---- inside ------------------------------------------------------------------------------------------------------

unset WORLD_INSIDE
W=/run/world # what belongs to the world itself: logs, sockets, configuration of the peers
for world_part in tap machine kdc addc lsad sshd tty recorder peers apache interop samba freerdp nla watch; do
    # shellcheck source=/dev/null
    . "$world_source/tests/system/lib/$world_part.sh"
done
machine_start
