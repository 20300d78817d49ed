#!/bin/sh
# Removes what packaging/install.sh copied; behind `--` the admin's own files, which stay when they were changed.
set -eu
destdir=$1
shift
own=no
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
