#!/bin/sh
# make install and uninstall: everything has its place, the admin's files are kept, and nothing stays behind.
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
n=0
failed=0

is() { # description command…
    n=$((n + 1))
    description=$1
    shift
    if "$@" >"$folder/out" 2>&1; then
        echo "ok $n - $description"
    else
        echo "not ok $n - $description"
        sed 's/^/# /' "$folder/out"
        failed=1
    fi
}
run() { MAKEFLAGS='' make --no-print-directory BUILD="$BUILD" PREFIX=/usr LIBDIR=/usr/lib/test DESTDIR="$folder/root" "$@"; }
# shellcheck disable=SC2317 # called through is()
files() { (cd "$folder/root" && find . -type f -o -type l | sort); }
# shellcheck disable=SC2317
has() { (cd "$folder/root" && test -e "$1" && test "$(stat -c %a "$1")" = "$2"); }
# shellcheck disable=SC2317
empty() { [ -z "$(files)" ]; }
# shellcheck disable=SC2317
only() { [ "$(files)" = "$1" ] || { files; false; }; }

is 'make install' run install
while read -r mode file; do
    is "$file" has "$file" "$mode"
done <<'END'
644 usr/lib/test/libsspi.so.0
777 usr/lib/test/libsspi.so
644 usr/lib/test/libmpr.so.0
777 usr/lib/test/libmpr.so
644 usr/lib/test/security/pam_credmgr.so
644 usr/lib/test/credmgr/libcredmgr_lsa.so.1
644 usr/lib/test/pkgconfig/sspi.pc
644 usr/lib/test/pkgconfig/mpr.pc
755 usr/libexec/credmgr/mpnotify
755 usr/sbin/lsad
755 usr/bin/credmgr
644 usr/include/credmgr/sspi.h
644 usr/include/credmgr/npapi.h
644 usr/include/credmgr/winbase.h
644 usr/include/credmgr/schannel.h
644 usr/include/credmgr/wincrypt.h
644 usr/include/credmgr/credssp.h
644 usr/lib/systemd/system/lsad.service
644 usr/lib/systemd/system/lsad.socket
644 usr/lib/sysusers.d/credmgr.conf
644 usr/lib/sysctl.d/60-credmgr.conf
644 usr/share/pam-configs/credmgr
644 usr/share/authselect/vendor/credmgr/README
644 usr/share/authselect/vendor/credmgr/REQUIREMENTS
644 usr/share/authselect/vendor/credmgr/system-auth
644 usr/share/authselect/vendor/credmgr/password-auth
644 usr/share/authselect/vendor/credmgr/postlogin
644 usr/share/authselect/vendor/credmgr/nsswitch.conf
644 usr/share/doc/credmgr/examples/pam.d/sshd
644 usr/share/doc/credmgr/examples/nla/server.c
644 usr/share/doc/credmgr/examples/nla/Makefile
644 usr/share/doc/credmgr/examples/pam.d/login
644 etc/credmgr/credmgr.conf
644 etc/credmgr/lsa.conf
END
is 'no place is left open' sh -c "! grep -r '@[A-Z]*@' '$folder/root/etc' '$folder/root/usr/lib/systemd' '$folder/root/usr/lib/test/pkgconfig'"
is 'sspi.pc is one' env PKG_CONFIG_PATH="$folder/root/usr/lib/test/pkgconfig" pkg-config --exists sspi
is 'sspi.pc: headers' test "$(PKG_CONFIG_PATH="$folder/root/usr/lib/test/pkgconfig" PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 \
    pkg-config --cflags sspi)" = '-I/usr/include/credmgr '
is 'mpr.pc: library' test "$(PKG_CONFIG_PATH="$folder/root/usr/lib/test/pkgconfig" \
    pkg-config --libs-only-l mpr)" = '-lmpr '

echo '# mine' >>"$folder/root/etc/credmgr/credmgr.conf"
is 'make install once more' run install
is 'credmgr.conf of the admin stays' grep -q '^# mine' "$folder/root/etc/credmgr/credmgr.conf"
mkdir "$folder/root/etc/pam.d"
echo 'session required pam_credmgr.so require' >"$folder/root/etc/pam.d/login"
before=$(files)
is 'make uninstall refuses while a PAM stack needs the module' sh -c "! MAKEFLAGS='' make BUILD='$BUILD' PREFIX=/usr \
    LIBDIR=/usr/lib/test DESTDIR='$folder/root' uninstall"
is 'and removes nothing' only "$before"
echo '# session required pam_credmgr.so' >"$folder/root/etc/pam.d/login"
is 'make uninstall' run uninstall
rm -r "$folder/root/etc/pam.d"
is 'only what the admin changed stays' only ./etc/credmgr/credmgr.conf
rm -f "$folder/root/etc/credmgr/credmgr.conf"
run install >/dev/null 2>&1
run uninstall >/dev/null 2>&1
is 'nothing else does' empty
echo "1..$n"
exit $failed
