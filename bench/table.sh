#!/bin/sh
# Runs the given benchmarks one after the other and prints their lines as one table.
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT
status=0
for bench in "$@"; do
    printf 'running %s\n' "$bench" >&2
    if ! "$bench" >>"$out"; then
        printf '%s\tcould not be measured\t\t\t\n' "$bench" >>"$out"
        status=1
    fi
done
{
    printf 'what\tcredmgr\tpeer\tratio\ttarget\n'
    cat "$out"
} | awk -F '\t' '
    { for (i = 1; i <= 5; i++) { cell[NR, i] = $i; if (length($i) > width[i]) width[i] = length($i) } }
    END { for (r = 1; r <= NR; r++) { line = ""
        for (i = 1; i <= 5; i++) line = line sprintf("%-" (width[i] + 2) "s", cell[r, i])
        sub(/ +$/, "", line); print line } }'
exit $status
