# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154
# The machine inside the namespaces: its file systems, its network, its people, its log.

WORLD_DOMAIN=credmgr.test
WORLD_HOST=box.$WORLD_DOMAIN
REALM=CREDMGR.TEST

machine_start() {
    # What the caller's session keyring holds is neither seen nor changed.
    keyctl new_session >/dev/null
    machine_mounts || die "the private file systems could not be mounted"
    ip link set lo up
    hostname "$WORLD_HOST"
    # A burst of log lines must not hold up the programs that write them.
    echo 512 >/proc/sys/net/unix/max_dgram_qlen
    cat >/etc/hosts <<END
127.0.0.1 localhost
127.0.0.2 $WORLD_HOST box
END
    # No realm until there is a KDC, whatever the host has.
    rm -f /etc/resolv.conf /etc/krb5.conf /etc/krb5.keytab
    : >/etc/resolv.conf
    sed -i 's/^hosts:.*/hosts: files/' /etc/nsswitch.conf
    export HOME=$W/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
    unset XDG_RUNTIME_DIR KRB5CCNAME KRB5_CONFIG SSH_AUTH_SOCK
    mkdir -m 700 "$HOME"
    umask 022
    cd / || exit 1
    machine_watchdog
    machine_log
    machine_users
}

# Everything a login or an installation writes to is a private layer in memory; the source and the build stay in sight.
machine_mounts() {
    local folder
    mount -t tmpfs -o mode=755 tmpfs /run || return 1
    mkdir -p $W/layer $W/kept $W/interop "$BUILD/interop"
    # The one folder that outlives this (interop.sh), wherever the build is.
    mount --bind "$BUILD/interop" $W/interop || return 1
    for folder in usr etc var root; do
        mkdir -p $W/layer/$folder $W/layer/work-$folder
        chmod --reference=/$folder $W/layer/$folder
        local lower=/$folder
        [ ! -d "$BUILD/world/$folder" ] || lower=$BUILD/world/$folder:/$folder
        mount -t overlay -o "lowerdir=$lower,upperdir=$W/layer/$folder,workdir=$W/layer/work-$folder" overlay /$folder || return 1
    done
    machine_dev || return 1
    for folder in /home /tmp; do
        mount --bind $folder $W/kept || return 1
        mount -t tmpfs -o mode="$(stat -c %a $folder)" tmpfs $folder || return 1
        machine_keep $folder "$world_source" && machine_keep $folder "$BUILD" || return 1
        umount $W/kept
    done
    [ -e "$world_source/tests/system/world.sh" ] && [ -d "$BUILD/world" ]
}

# FOLDER is now empty and was bound to $W/kept; what is below it and still needed appears again.
machine_keep() { # folder path
    case $2/ in
        "$1"/*) mkdir -p "$2" && mount --bind "$W/kept${2#"$1"}" "$2" ;;
    esac
}

# /dev/log and the terminals are this machine's own; the plain nodes are the host's.
machine_dev() {
    local node
    mkdir $W/dev && mount -t tmpfs -o mode=755 tmpfs $W/dev || return 1
    for node in null zero full random urandom tty; do
        : >$W/dev/$node && mount --bind /dev/$node $W/dev/$node || return 1
    done
    mkdir $W/dev/pts $W/dev/shm
    mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts $W/dev/pts || return 1
    mount -t tmpfs -o mode=1777 tmpfs $W/dev/shm || return 1
    ln -s pts/ptmx $W/dev/ptmx
    ln -s /proc/self/fd $W/dev/fd
    ln -s /proc/self/fd/0 $W/dev/stdin
    ln -s /proc/self/fd/1 $W/dev/stdout
    ln -s /proc/self/fd/2 $W/dev/stderr
    mount --rbind $W/dev /dev
}

# A script that hangs is ended here, so that it can still say what it saw.
machine_watchdog() {
    trap 'diag "ended after ${WORLD_LIMIT:-120} seconds"; exit 1' TERM
    (
        trap - EXIT TERM
        sleep "${WORLD_LIMIT:-120}"
        kill -TERM 1
        # Whatever the script waits for ends, so that it gets the signal.
        sleep 0.2
        kill -KILL -1
    ) >/dev/null 2>&1 &
}

# What programs write to syslog becomes lines of $W/syslog: "<priority>ident[pid]: text".
machine_log() {
    : >$W/syslog
    perl -e '
        use Socket; $| = 1;
        socket(my $log, AF_UNIX, SOCK_DGRAM, 0) or die; bind($log, sockaddr_un("/dev/log")) or die; chmod 0666, "/dev/log";
        setsockopt($log, SOL_SOCKET, SO_RCVBUF, 1 << 20);
        open(my $out, ">>", $ARGV[0]) or die; select((select($out), $| = 1)[0]);
        while (defined recv($log, my $line, 65536, 0)) {
            $line =~ s/\0+$//; $line =~ s/\n+$//; $line =~ s/\n/ /g;
            $line =~ s/^(<\d+>)\w{3} [ \d]\d \d\d:\d\d:\d\d /$1/;
            print $out "$line\n";
        }' $W/syslog </dev/null &
    wait_for 5 test -S /dev/log || die "the log sink does not start"
}

# logged EXTENDED-REGULAR-EXPRESSION: a line of the system log matches (the writer may be a moment behind).
logged() { wait_for 10 grep -qE -- "$1" $W/syslog; }
log_count() { grep -cE -- "$1" $W/syslog; }
# The log from here on is another one.
log_clear() { : >$W/syslog; }

PEOPLE="alice bob carla"

# The people, without a password in /etc/shadow: only the KDC knows it, until local_passwords says otherwise.
machine_users() {
    local name uid
    # shellcheck disable=SC2046
    set -- $(world_uids)
    for name in $PEOPLE; do
        uid=$1
        shift
        machine_user "$name" "$uid" "/home/$name" /bin/bash
        mkdir -m 700 "/home/$name"
        chown "$uid:$uid" "/home/$name"
    done
    # The LSA's own user; the last uid of this run.
    for uid; do :; done
    machine_user "$LSA_USER" "$uid" /nonexistent /usr/sbin/nologin
}

machine_user() { # name uid home shell
    sed -i "/^$1:/d" /etc/passwd /etc/group /etc/shadow /etc/gshadow
    echo "$1:x:$2:$2:$1:$3:$4" >>/etc/passwd
    echo "$1:x:$2:" >>/etc/group
    echo "$1:*::" >>/etc/gshadow
    echo "$1:*:19000:0:99999:7:::" >>/etc/shadow
}

password_of() { echo "Pw-of-$1-is-$WORLD_ID"; }
uid_of() { id -u "$1"; }

# local_passwords yes|no: the people's passwords are in /etc/shadow, too.
local_passwords() {
    local name hash='*'
    for name in $PEOPLE; do
        [ "$1" = no ] || hash=$(password_of "$name" | openssl passwd -6 -stdin)
        sed -i "s,^$name:[^:]*:,$name:$hash:," /etc/shadow
    done
}

# as USER COMMAND…: in no login at all, with no keyring of a session.
as() {
    local user=$1
    shift
    # shellcheck disable=SC2016
    setpriv --reuid="$user" --regid="$user" --init-groups \
        env -i HOME=/home/"$user" USER="$user" PATH="$PATH" LC_ALL=C.UTF-8 \
        keyctl session - sh -c 'exec "$@" 2>&3 3>&-' sh "$@" 3>&2 2>/dev/null
}

# For a person, after a failure: what the machine logged.
machine_tell() {
    local log
    for log in $W/syslog $W/lsad.log $W/sshd.log $W/kdc.log; do
        [ -s "$log" ] || continue
        echo "# ---- the end of $log"
        tail -n 40 "$log" | sed 's/^/# /'
    done
}
