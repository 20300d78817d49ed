# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154
# FreeRDP at the other end of CredSSP: freerdp-shadow-cli, its server, and xfreerdp, which with +auth-only does the network level
# authentication and no more. Both want an X server, which is one in memory.

FREERDP="FreeRDP $(interop_version freerdp2-x11)"
FREERDP_SCREEN=:9

freerdp_display() {
    export DISPLAY=$FREERDP_SCREEN
    ! freerdp_display_answers || return 0
    [ -d /tmp/.X11-unix ] || mkdir -m 1777 /tmp/.X11-unix
    Xvfb $FREERDP_SCREEN -ac -noreset -nolisten tcp -screen 0 320x240x24 >$W/xvfb.log 2>&1 &
    wait_for 20 freerdp_display_answers || die "Xvfb does not start: $(cat $W/xvfb.log)"
}
freerdp_display_answers() { DISPLAY=$FREERDP_SCREEN xdotool getdisplaygeometry >/dev/null 2>&1; }

# freerdp_server PORT [OPTION…]: it listens at the machine's name and wants NLA; its log is $W/freerdp-PORT.log, its certificate (self-signed)
# $W/freerdp/shadow/shadow.crt. With WinPR's SSPI its accounts are those of freerdp_accounts.
freerdp_server() {
    local port=$1
    shift
    freerdp_display
    # What it says of the module is INFO, which goes to standard output.
    XDG_CONFIG_HOME=$W WLOG_LEVEL=INFO stdbuf -oL freerdp-shadow-cli /port:"$port" /bind-address:127.0.0.2 /sec:nla "$@" \
        </dev/null >"$W/freerdp-$port.log" 2>&1 &
    FREERDP_PID=$!
    wait_for 20 ss_listening "$port" || die "freerdp-shadow-cli does not start: $(cat "$W/freerdp-$port.log")"
}

# freerdp_module [LIBRARY]: the servers that are started from here on have that SSPI module; without an argument: WinPR's own.
freerdp_module() {
    mkdir -p /etc/winpr
    : >/etc/winpr/HKLM.reg
    [ $# = 0 ] || printf '[HKEY_LOCAL_MACHINE\\Software\\FreeRDP\\FreeRDP\\Server]\n"SspiModule"=str:"%s"\n' "$1" >/etc/winpr/HKLM.reg
}

# freerdp_accounts FILE: a SAM file from lines of "user password" on standard input, with the domain BOX.
freerdp_accounts() {
    local user password
    while read -r user password; do
        printf '%s:BOX::%s:::\n' "$user" "$(freerdp_hash "$password")"
    done >"$1"
}
# The NT hash: MD4 of the password in UTF-16LE.
freerdp_hash() { printf %s "$1" | iconv -t UTF-16LE | openssl dgst -provider legacy -provider default -md4 -r | cut -d' ' -f1; }

# freerdp_client USER PORT [OPTION…]: NLA with the password of standard input. Succeeds when the server let it in.
freerdp_client() {
    local user=$1 port=$2
    shift 2
    freerdp_display
    timeout 30 xfreerdp /v:"$WORLD_HOST:$port" +auth-only /u:"$user" /cert:ignore /from-stdin:force "$@" 2>&1
}
