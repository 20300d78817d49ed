# shellcheck shell=bash
# shellcheck disable=SC2154
# What docs/interop.md is made of: tests of a foreign program say which one, which side it had, and whether it worked.

INTEROP_FILE=$BUILD/interop/$(basename "$0" .t).tsv
interop_begun=

# interop PEER ROLE PACKAGE NAME COMMAND…: `ok NAME COMMAND…`, and a line in the matrix. PEER is a name and a version
# ("curl 7.88.1"), ROLE what the peer was (client, server), PACKAGE what was spoken (NTLM, Negotiate/Kerberos, …).
interop() {
    local peer=$1 role=$2 package=$3 name=$4 result=yes
    shift 4
    if [ -z "$interop_begun" ]; then
        mkdir -p "$BUILD/interop"
        : >"$INTEROP_FILE"
        interop_begun=1
    fi
    ok "$name" "$@" || result=no
    printf '%s\t%s\t%s\t%s\t%s\n' "$peer" "$role" "$package" "$name" "$result" >>"$INTEROP_FILE"
}
# The version of a Debian package, without its revision, for PEER.
interop_version() { dpkg-query -W -f '${Version}' "$1" 2>/dev/null | sed 's/^[0-9]*://; s/[-+~].*//'; }
