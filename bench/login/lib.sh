# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154
# What the comparisons of logins share: PAM stacks that differ in one module, and credential managers that do nothing.

# One stack, with and without the module in question, which stands where its profile puts it: after the one that authenticates.
stack() { # service additional-module
    {
        echo "auth required pam_unix.so nodelay"
        [ -z "$2" ] || echo "auth optional $2"
        echo "account required pam_unix.so"
        echo "session optional pam_keyinit.so force revoke"
        echo "session required pam_unix.so"
        [ -z "$2" ] || echo "session optional $2"
    } >"/etc/pam.d/$1"
}

# managers N [LAST]: lsa and N - 1 that do nothing are notified, and then LAST.
managers() {
    local names=lsa folder i
    folder=$(dirname "$(find /usr/lib* -name libcredmgr_lsa.so.1 | head -n 1)")
    for ((i = 1; i < $1; i++)); do
        [ -e "$folder/libcredmgr_nothing$i.so.1" ] ||
            install -m 644 "$BUILD/bench/login/libcredmgr_nothing.so.1" "$folder/libcredmgr_nothing$i.so.1"
        names="$names nothing$i"
    done
    [ -z "${2:-}" ] || install -m 644 "$BUILD/bench/login/libcredmgr_$2.so.1" "$folder/libcredmgr_$2.so.1"
    sed -i "s/^logon:.*/logon: $names ${2:-}/" /etc/credmgr/credmgr.conf
}
