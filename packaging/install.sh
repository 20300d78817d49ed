#!/bin/sh
# Copies what packaging/module.mk lists: SOURCE:DESTINATION:MODE below DESTDIR; behind `--` the admin's own files, which are
# not overwritten.
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
    if [ $own = yes ] && [ -e "$target" ]; then
        echo "kept $target"
        continue
    fi
    install -D -m "${rest##*:}" "$source" "$target"
    echo "installed $target"
done
