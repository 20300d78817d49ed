#!/bin/sh
# Removes what packaging/install.sh copied; behind `--` the admin's own files, which stay when they were changed.
set -eu
destdir=$1
shift
own=no
# A stack that requires a module which is not there lets nobody in any more, root included.
stacks=$(grep -ls '^[^#]*pam_credmgr\.so' "$destdir"/etc/pam.d/* "$destdir"/etc/pam.conf) || : # 2: one is missing
if [ -n "$stacks" ]; then
    echo "pam_credmgr.so is in use, nothing was removed. First take it out (pam-auth-update --remove credmgr) of:" >&2
    echo "$stacks" >&2
    exit 1
fi
for entry; do
    if [ "$entry" = -- ]; then
        own=yes
        continue
    fi
    source=${entry%%:*}
    rest=${entry#*:}
    target=$destdir${rest%:*}
    [ -e "$target" ] || continue
    if [ $own = yes ] && ! cmp -s "$source" "$target"; then
        echo "kept $target, which was changed"
        continue
    fi
    rm -f "$target"
    echo "removed $target"
done
