# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154
# What docs/interop.md is made of: tests of a foreign program say which one, which side it had, and whether it worked.

INTEROP_FILE=$W/interop/$(basename "$0" .t).tsv
interop_begun=

# interop PEER ROLE PACKAGE NAME COMMAND…: `ok NAME COMMAND…`, and a line in the matrix. PEER is a name and a version
# ("curl 7.88.1"; see below), ROLE what the peer was (client, server, KDC, verifier), PACKAGE what was spoken (NTLM, Negotiate/Kerberos, …).
interop() {
    local peer=$1 role=$2 package=$3 name=$4 result=yes
    shift 4
    if [ -z "$interop_begun" ]; then
        : >"$INTEROP_FILE"
        interop_begun=1
    fi
    ok "$name" "$@" || result=no
    printf '%s\t%s\t%s\t%s\t%s\n' "$peer" "$role" "$package" "$name" "$result" >>"$INTEROP_FILE"
    [ "$result" = yes ]
}
# The command fails, and not because it could not be run: what a row says that tells of a refusal.
refused() {
    local status=0
    "$@" || status=$?
    case $status in
        0 | 126 | 127) return 1 ;;
    esac
}

# The version of a Debian package, without its revision, for PEER.
interop_version() { dpkg-query -W -f '${Version}' "$1" 2>/dev/null | sed 's/^[0-9]*://; s/[-+~].*//'; }

# Those that several tests have, asked for at once.
interop_peers() {
    local package version
    local -A has
    while read -r package version; do
        version=${version#*:}
        has[$package]=${version%%[-+~]*}
    done < <(dpkg-query -W -f '${Package} ${Version}\n' "$@" 2>/dev/null)
    MIT="MIT Kerberos ${has[libkrb5-3]}"
    GSS_NTLMSSP="gss-ntlmssp ${has[gss-ntlmssp]}"
    SAMBA="Samba ${has[samba]}"
    OPENSSH="OpenSSH ${has[openssh-client]}"
    IMPACKET="impacket ${has[python3-impacket]}"
    MOD_AUTH_GSSAPI="Apache mod_auth_gssapi ${has[libapache2-mod-auth-gssapi]}"
    CURL="curl ${has[curl]}"
    WINPR="WinPR ${has[libwinpr2-2]}"
    PYTHON_GSSAPI="python-gssapi ${has[python3-gssapi]}"
}
interop_peers libkrb5-3 gss-ntlmssp samba openssh-client python3-impacket libapache2-mod-auth-gssapi curl libwinpr2-2 python3-gssapi
