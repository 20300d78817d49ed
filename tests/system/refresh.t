#!/bin/bash
# PAM_REFRESH_CRED and PAM_REINITIALIZE_CRED as root, the way of a screen locker that may: with a password just verified they refresh the logon session
# that the person has, in which their programs are, and make no second one. Without a session, or without a password, they do what they did before.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_recorder
world_pam unix
world_sshd
manager_order logon recorder lsa
manager_order password_change recorder lsa
cp /etc/pam.d/sshd /etc/pam.d/locker

# unlock FLAG USER [PASSWORD] [ITEM…]: pamtester as a locker that runs as root.
unlock() {
    local flag=$1 user=$2 password=${3:-$(password_of "$2")}
    shift 3 2>/dev/null || shift 2
    echo "$password" | pamtester "$@" locker "$user" authenticate "setcred($flag)" 2>&1
}
# The KDC's and this machine's password of alice, changed behind everybody's back, as on another machine.
elsewhere() {
    kadmin.local cpw -pw "$1" alice >/dev/null
    sed -i "s,^alice:[^:]*:,alice:$(openssl passwd -6 -stdin <<<"$1"):," /etc/shadow
}

old=$(password_of alice)
for flag in PAM_REFRESH_CRED PAM_REINITIALIZE_CRED; do
    elsewhere "$old"
    new="Of-another-machine-$flag-$WORLD_ID"
    ok "$flag: alice logs in" session_open one alice
    ok "$flag: carla logs in" session_open two carla
    luid=$(session_key one)
    ok "$flag: a ticket came" wait_for 10 has_tgt one
    heard_forget
    log_clear
    elsewhere "$new"
    NTLM_PASSWORD=$new not_ok "$flag: her session has the old password" ntlm_in_session one

    out=$(unlock $flag alice "$old")
    unlike "$out" 'successfully authenticated|credentials have been' "$flag: with the old password she does not unlock"
    is "$(heard)" "" "$flag: and nobody hears of it"

    out=$(unlock $flag alice "$new")
    like "$out" 'successfully authenticated' "$flag: she unlocks with the new one" || diag "$out"
    is "$(logon_sessions alice | cut -d' ' -f1)" "$luid" "$flag: she has the one session she had"
    heard_logon "$flag" alice WinSta_0 "" "$new"
    is "$(heard_value logon luid)" "$luid" "$flag: with the LUID of that session"
    NTLM_PASSWORD=$new ok "$flag: NTLM has the new password" ntlm_in_session one
    NTLM_PASSWORD=$old not_ok "$flag: and no longer the old one" ntlm_in_session one
    gss_server_up $((GSS_SERVER_PORT + ${#flag}))
    ok "$flag: Kerberos" wait_for 10 session_run one "$(kerberos_client alice $((GSS_SERVER_PORT + ${#flag})))"
    NTLM_PASSWORD=$(password_of carla) ok "$flag: carla's is what it was" ntlm_in_session two
    is "$(staged_keys)" "" "$flag: nothing is staged"
    is "$(log_count 'pam_credmgr|mpnotify')" 0 "$flag: nobody had trouble" || diag "$(grep -E 'pam_credmgr|mpnotify' $W/syslog)"

    # Her newest interactive session is told, the other one has the new password, too.
    LOGIN_PASSWORD=$new ok "$flag: a second login" session_open three alice
    three=$(session_key three)
    heard_forget
    elsewhere "$old"
    unlock $flag alice "$old" >/dev/null
    is "$(heard_count logon) $(heard_value logon luid)" "1 $three" "$flag: of two sessions the newest is told, once"
    is "$(session_count alice)" 2 "$flag: there are two, as before"
    for session in one three; do NTLM_PASSWORD=$old ok "$flag: $session is refreshed" ntlm_in_session $session; done
    for session in one two three; do session_close $session; done

    # Nobody is logged on: what was typed makes no session, since nobody opens one.
    heard_forget
    ok "$flag: nobody is logged on" wait_for 5 no_sessions
    unlock $flag alice "$old" >/dev/null
    is "$(heard)$(session_count)" 0 "$flag: alice without a session: nothing is made"
    # …but a program that goes on to open one logs her on.
    cp /etc/pam.d/sshd /etc/pam.d/locker
    echo "$old" | pamtester locker alice authenticate "setcred($flag)" open_session >/dev/null 2>&1
    is "$(heard_count logon) $(heard_value logon password)" "1 $old" "$flag, then open_session: a logon"
    ok "$flag: which ends with the program" wait_for 5 no_sessions
    ok "$flag: no key is left" wait_for 5 no_keys
done

# sshd says REINITIALIZE for root, in a child and after the session was opened.
sshd_key root
sed -i "s,^root:[^:]*:,root:$(openssl passwd -6 -stdin <<<"$(password_of root)"):," /etc/shadow
heard_forget
ok "root logs in" session_open root root
is "$(heard_count logon) $(session_count root)" "1 1" "root is told once, and has one session"
session_close root
ok "no key is left" wait_for 5 no_keys
unlike "$(cat $W/syslog $W/lsad.log)" "$old|Of-another-machine" "no password is in a log"
done_testing
