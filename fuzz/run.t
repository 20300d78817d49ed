#!/bin/sh
# Runs every fuzz target over its seeds and a fixed number of mutations of them, as TAP.
# FUZZ_DIR: where the targets are; FUZZ_RUNS: inputs for each, or FUZZ_SECONDS: time for each instead.
dir=${FUZZ_DIR:-build/fuzzer/fuzz}
here=$(dirname "$0")
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
n=0
failed=0
for target in "$dir"/*; do
    [ -f "$target" ] && [ -x "$target" ] || continue
    name=$(basename "$target")
    n=$((n + 1))
    mkdir -p "$work/$name/new"
    seeds=$here/$name/corpus
    [ -d "$seeds" ] || seeds=
    if [ -n "${FUZZ_SECONDS:-}" ]; then
        limit="-max_total_time=$FUZZ_SECONDS"
    else
        runs=${FUZZ_RUNS:-20000}
        # Of a target whose every input costs a handshake, fewer.
        [ ! -f "$here/$name/runs" ] || [ "$runs" -le "$(cat "$here/$name/runs")" ] || runs=$(cat "$here/$name/runs")
        limit="-runs=$runs -seed=1"
    fi
    # shellcheck disable=SC2086
    if "$target" $limit -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$work/$name/" \
        "$work/$name/new" $seeds >"$work/$name/log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$name/log")
        echo "ok $n - $name: $runs inputs"
    else
        failed=1
        echo "not ok $n - $name"
        tail -n 40 "$work/$name/log" | sed 's/^/# /'
        for crash in "$work/$name"/crash-* "$work/$name"/leak-* "$work/$name"/timeout-*; do
            [ -f "$crash" ] || continue
            echo "# input, base64: $(base64 -w0 "$crash")"
        done
    fi
done
if [ "$n" = 0 ]; then
    echo "not ok 1 - there are no fuzz targets in $dir"
    n=1 failed=1
fi
echo "1..$n"
exit $failed
