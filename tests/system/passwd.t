#!/bin/bash
# passwd(1): a person changes their own password, root changes somebody's. Credential managers hear the old one (root knows none) and the new; what the
# logon sessions of that person hold is refreshed, and nobody else's.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_recorder
world_sshd
manager_order logon recorder lsa
manager_order password_change recorder lsa
alice=$(password_of alice)
count=0

# What must be so when alice's password has become $new.
changed() { # what old
    local what=$1 session
    if [ -n "$2" ]; then
        heard_change "$what" alice "$2" "$new"
    else
        is "$(heard_count change)" 1 "$what: one NPPasswordChangeNotify"
        is "$(heard_value change user) $(heard_value change password)" "alice $new" "$what: for alice, with the new password"
        is "$(heard_value change previous_information)" none "$what: root knew no old one"
    fi
    is "$(heard_value change station)" "$3" "$what: at $3"
    is "$(heard_count logon)" 0 "$what: no logon is told"
    for session in one two; do
        NTLM_PASSWORD=$new ok "$what: session $session has the new password" ntlm_in_session $session
        NTLM_PASSWORD=$old not_ok "$what: session $session no longer has the old one" ntlm_in_session $session
    done
    ok "$what: carla's session is what it was" ntlm_in_session three
    is "$(logon_sessions alice | cut -d' ' -f1)" "$luids" "$what: alice has the sessions that she had"
}
next() {
    old=$new
    count=$((count + 1))
    new="Number-$count-of-hers-$WORLD_ID"
    heard_forget
}

for stack in unix krb5; do
    world_pam $stack
    kadmin.local cpw -pw "$alice" alice >/dev/null
    new=$alice
    for session in one two; do ok "$stack: alice logs in" session_open $session alice; done
    ok "$stack: carla logs in" session_open three carla
    luids=$(logon_sessions alice | cut -d' ' -f1)

    # By herself, in a login of hers, at a terminal.
    next
    what="$stack, passwd by alice"
    out=$(tty_talk "ssh -tt -F $W/ssh_config -o ControlPath=$W/session-one box passwd" \
        'urrent.*assword: $' "$old" 'ew.*assword: $' "$new" 'etype.*assword: $' "$new")
    is $? 0 "$what: passwd is content" || diag "$out"
    changed "$what" "$old" WinSta_0

    # Mistyped: nothing happens.
    heard_forget
    tty_talk "ssh -tt -F $W/ssh_config -o ControlPath=$W/session-one box passwd" 'urrent.*assword: $' wrong-one >/dev/null
    isnt $? 0 "$what, with a wrong password: passwd is not content"
    is "$(heard)" "" "$what, with a wrong password: nobody hears of it"

    if [ $stack = unix ]; then
        # Root, for alice.
        next
        what="$stack, passwd alice by root"
        out=$(tty_talk "passwd alice" 'ew password: $' "$new" 'etype new password: $' "$new")
        is $? 0 "$what: passwd is content" || diag "$out"
        changed "$what" "" WinSta_0
    fi
    for session in one two three; do session_close $session; done
    ok "$stack: no key is left" wait_for 5 no_keys
done
unlike "$(cat $W/syslog $W/lsad.log)" "$alice|Number-.-of-hers" "no password is in a log"
done_testing
