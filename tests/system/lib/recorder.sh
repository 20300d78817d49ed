# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154
# Credential managers that take down what they are told (tests/programs/recorder.c), and how to ask what they heard.

# world_recorder [NAME…]: managers of these names (default: recorder) are installed. The order in credmgr.conf is the test's:
# manager_order logon recorder lsa.
world_recorder() {
    local name
    RECORDER_FOLDER=$(dirname "$(find /usr/lib* -name libcredmgr_lsa.so.1 | head -n 1)")
    for name in "${@:-recorder}"; do
        install -m 644 "$BUILD/tests/system/libcredmgr_recorder.so.1" "$RECORDER_FOLDER/libcredmgr_$name.so.1"
    done
}

# manager_order logon|password_change MANAGER…
manager_order() {
    sed -i "s/^$1:.*/$1: ${*:2}/" /etc/credmgr/credmgr.conf
}

# credmgr_setting NAME VALUE: a `name = value` line of credmgr.conf; without a value it is taken out.
credmgr_setting() {
    sed -i "/^#* *$1 *=/d" /etc/credmgr/credmgr.conf
    [ $# -lt 2 ] || echo "$1 = ${*:2}" >>/etc/credmgr/credmgr.conf
}

# Nothing was heard.
heard_forget() { rm -f "$RECORDER_FOLDER"/*.log; }

# heard [NAME]: what that manager was told, a line an event. heard_count EVENT [NAME]: how often (logon, change).
heard() { cat "$RECORDER_FOLDER/${1:-recorder}.log" 2>/dev/null; }
heard_count() { heard "${2:-}" | grep -c "^event=$1	"; }
heard_something() { [ -n "$(heard "$@")" ]; }

# heard_value EVENT KEY [NAME]: from the last event of that kind.
heard_value() { heard "${3:-}" | grep "^event=$1	" | tail -n 1 | tr '\t' '\n' | sed -n "s/^$2=//p"; }

# heard_logon WHAT USER STATION PREVIOUS-PASSWORD PASSWORD: exactly one logon was told, with all of this; kerberos: HEARD_TYPE
# (Kerberos, the default here, or MSV1_0) chooses type and domain. PREVIOUS-PASSWORD may be empty: no previous information.
heard_logon() {
    local what=$1 user=$2 station=$3 old=$4 new=$5
    is "$(heard_count logon)" 1 "$what: one NPLogonNotify" || diag "$(heard)"
    heard_information logon "$what" "$user" "$old" "$new"
    is "$(heard_value logon station)" "$station" "$what: at $station"
    is "$(heard_value logon script)" empty "$what: with no logon script yet"
}

# heard_change WHAT USER OLD NEW: exactly one password change.
heard_change() {
    local what=$1
    is "$(heard_count change)" 1 "$what: one NPPasswordChangeNotify" || diag "$(heard)"
    heard_information change "$what" "$2" "$3" "$4"
    is "$(heard_value change info)" 1 "$what: dwChangeInfo is WN_VALID_LOGON_ACCOUNT"
}

heard_information() { # event what user old new
    local event=$1 what=$2 user=$3 old=$4 new=$5 which password
    local type=${HEARD_TYPE:-Kerberos}:Interactive domain=$REALM
    [ "${HEARD_TYPE:-Kerberos}" = Kerberos ] || domain=BOX # the machine's own name
    for which in "" previous_; do
        password=$new
        if [ -n "$which" ]; then
            password=$old
            if [ -z "$old" ]; then
                is "$(heard_value "$event" previous_type)$(heard_value "$event" previous_information)" none \
                    "$what: no previous information"
                continue
            fi
        fi
        [ "$type" != any:Interactive ] || { type=$(heard_value "$event" type) domain=$(heard_value "$event" domain); }
        is "$(heard_value "$event" ${which}type) $(heard_value "$event" ${which}message)" "$type 2" "$what: ${which}type and message"
        is "$(heard_value "$event" ${which}user) $(heard_value "$event" ${which}domain)" "$user $domain" "$what: ${which}user and domain"
        is "$(heard_value "$event" ${which}password)" "$password" "$what: ${which}password"
        is "$(heard_value "$event" ${which}user_bytes) $(heard_value "$event" ${which}domain_bytes) $(heard_value "$event" ${which}password_bytes)" \
            "$((2 * ${#user})) $((2 * ${#domain})) $((2 * ${#password}))" "$what: ${which}lengths in bytes"
    done
    is "$(heard_value "$event" handle) $(heard_value "$event" uids) $(heard_value "$event" gids)" "none 0,0,0 0,0,0" \
        "$what: no station handle, as root"
}
