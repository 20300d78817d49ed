#!/bin/bash
# The tests leave the machine as it was: files, mounts, network, processes, and the kernel keyrings that no namespace
# holds. Proven from outside, after a script that ended well, one that failed and one that was killed in the middle.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/tap.sh"
machine_tell() { :; }

if [ "$(id -u)" != 0 ]; then
    [ "${CI:-}" = true ] && die "needs root, for namespaces and logins"
    echo "1..0 # SKIP needs root, for namespaces and logins"
    tap_planned=1
    exit 0
fi

scripts=$(mktemp -d)
# The status of the script, not that of rm, is what tap_exit is about.
trap 'status=$?; rm -rf "$scripts"; (exit $status); tap_exit' EXIT

# What a login, a KDC, an sshd and an installation could have touched.
snapshot() {
    echo "# files"
    (cd /etc && find passwd group shadow gshadow hosts hostname krb5.conf krb5.keytab resolv.conf nsswitch.conf pam.d ssh credmgr \
        krb5kdc -type f -exec sha256sum {} + 2>/dev/null | sort)
    echo "# folders"
    ls -d /home/* /run/sshd /run/lsad /run/world /var/lib/krb5kdc/* /var/mail/* /usr/libexec/credmgr /usr/sbin/lsad \
        /tmp/krb5cc_9* 2>/dev/null
    echo "# mounts"
    cut -d' ' -f4- /proc/self/mountinfo | sort
    echo "# names and network"
    hostname
    ip -o addr | sed 's/valid_lft.*//'
    ls -l /dev/log /dev/pts/ptmx 2>&1 | sed 's/.*[0-9] //'
}

# What is left of the run: keys that bear its name, keys of its uids, its processes.
left() { # world-id
    local uid
    for uid in $(seq $((900000000 + $1 % 4194304 * 10)) $((900000009 + $1 % 4194304 * 10))); do
        grep "^ *$uid:" /proc/key-users
    done
    grep -E -- "-test-$1(:|\$)" /proc/keys
    grep -lzx "WORLD_ID=$1" /proc/[0-9]*/environ 2>/dev/null
    return 0
}
nothing_left() { [ -z "$(left "$1")" ]; }

script() { # name
    cat >"$scripts/$1" <<END
#!/bin/bash
. "$here/world.sh"
world_kdc
world_lsad
world_pam krb5
world_sshd
ok "alice logs in" session_open one alice
session_run one 'credmgr sessions' >&2
session_run one 'keyctl add user of-alice nothing @u' >&2
: >/etc/made-by-the-test
: >/usr/made-by-the-test
: >/home/made-by-the-test
: >/var/tmp/made-by-the-test
: >/root/made-by-the-test
$2
done_testing
END
    chmod +x "$scripts/$1"
}

script good ''
script bad 'false_command_that_is_not_there; exit 3'
script held 'echo "# the world is up"; sleep 100'

before=$(snapshot)

run() { # name
    "$scripts/$1" >"$scripts/out" 2>"$scripts/err" &
    world=$!
}
unchanged() {
    ok "$1: no key and no process is left" wait_for 15 nothing_left "$world" || diag "$(left "$world")"
    is "$(snapshot)" "$before" "$1: files, mounts and network are as they were"
    not_ok "$1: nothing was written outside" sh -c 'ls /etc/made-by-the-test /usr/made-by-the-test /home/made-by-the-test \
        /var/tmp/made-by-the-test /root/made-by-the-test 2>/dev/null | grep .'
}

run good
wait $world
is $? 0 "a script in the world ends well" || diag "$(cat "$scripts/out" "$scripts/err")"
like "$(cat "$scripts/out")" '^1\.\.1$' "it did what it should"
like "$(cat "$scripts/err")" 'alice' "and there was a logon session in it"
unchanged "after success"

run bad
wait $world
isnt $? 0 "a script that ends early fails"
unchanged "after a failure"

run held
ok "a script is in the middle of its work" wait_for 20 grep -qx '# the world is up' "$scripts/out"
isnt "$(left $world)" "" "there are keys and processes of it"
kill -TERM $world
wait $world
is $? 143 "it is killed by a signal"
unchanged "after a signal"

done_testing
