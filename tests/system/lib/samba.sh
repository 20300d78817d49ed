# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154
# Samba at the other end of our contexts: its GENSEC, which has a setting for whatever a peer may do otherwise (gensec.py).

# gensec PACKAGE NAME WHAT: the rows of standard input, each an assertion that NAME begins ("both" stands for either role, @ for its
# name), and all of them together what the matrix says, of Samba as the client and as the server.
gensec() {
    local package=$1 name=$2 what=$3 rows row role answers bad
    rows=$(cat)
    for role in client server; do
        row=$(sed -n "s/@/$role/g; s/| both |/| $role |/; /| $role |/p" <<<"$rows")
        [ -n "$row" ] || continue
        answers=$(python3 "$world_source/tests/system/lib/gensec.py" $ADDC <<<"$row" 2>$W/gensec.err)
        # Nothing is said of what did not come to its end.
        bad=$(($(wc -l <<<"$row") - $(grep -c '^yes' <<<"$answers")))
        while IFS= read -r row; do
            [ "${row%% *}" = yes ]
            tap_result $? "$name: Samba as $role: ${row#* }"
        done <<<"$answers"
        interop "Samba $(interop_version samba)" "$role" "$package" "$what" test "$bad" = 0 || diag "$(grep -v deprecated $W/gensec.err)"
    done
}
