#!/bin/bash
# A password that has expired and is changed on the way in: the logon is told with the new password and, as previous authentication information, the old
# one; the change is told as well; and the session has the credentials of the new password. At sshd, keyboard-interactive (a child of
# sshd changes it) and by password (sshd runs passwd in the session), and at login. With /etc/shadow and with the KDC.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_recorder
world_sshd
manager_order logon recorder lsa
manager_order password_change recorder lsa

ssh="ssh -F $W/ssh_config"
# Its end of the terminal goes away as soon as it is in.
stays="trap '' HUP; $ssh -o ControlMaster=yes -o ControlPath=$W/session-one -f -N"

# The stack, and alice's password again the one it was.
fresh() { # unix|krb5
    kdc_reset
    world_pam "$1"
    heard_forget
    old=$(password_of alice)
    new="Quite-another-7-$WORLD_ID"
}
kdc_reset() { kadmin.local cpw -pw "$(password_of alice)" alice >/dev/null; }
krb5_option() { sed -i "s/pam_krb5.so minimum_uid=1000/& $1/" /etc/pam.d/common-*; }

# ---- keyboard-interactive: everything before the session ----------------------------------------------------------

# What must be so when WHAT has let alice in, session one being open.
changed_on_the_way() { # what
    heard_change "$1" alice "$old" "$new"
    heard_logon "$1" alice WinSta_0 "$old" "$new"
    is "$(heard | cut -f1 | tr '\n' ' ')" "event=change event=logon " "$1: the change first, then the logon"
    is "$(session_count alice)" 1 "$1: she has one logon session"
    is "$(heard_value logon luid) $(session_key one)" "$(session_luid alice) $(session_luid alice)" "$1: of which her processes know"
    NTLM_PASSWORD=$new ok "$1: NTLM has the new password" ntlm_in_session one
    NTLM_PASSWORD=$old not_ok "$1: and not the old one" ntlm_in_session one
    is "$(staged_keys)" "" "$1: nothing is staged any more"
    ok "$1: she logs out" session_close one
}

what="shadow, keyboard-interactive"
fresh unix
chage -d 0 alice
ok "$what: alice changes it and is in" tty_talk \
    "$stays -o PreferredAuthentications=keyboard-interactive alice@box 2>&1" \
    'assword: $' "$old" 'urrent password: $' "$old" 'New password: $' "$new" 'etype new password: $' "$new"
changed_on_the_way "$what"
is "$(LOGIN_PASSWORD=$new login_as alice id -un)" alice "$what: the new password is the one that counts"

fresh krb5
krb5_option defer_pwchange
what="KDC, keyboard-interactive"
kadmin.local modprinc +needchange alice >/dev/null
ok "$what: alice changes it and is in" tty_talk \
    "$stays -o PreferredAuthentications=keyboard-interactive alice@box 2>&1" \
    'assword: $' "$old" 'urrent.*assword: $' "$old" 'ew.*assword: $' "$new" 'etype.*assword: $' "$new"
changed_on_the_way "$what"

# Where libkrb5 asks for the new password itself, in the middle of the authentication, pam_krb5 hands only the old one on: nobody behind it can know
# the new one (pam.d/sshd says so). It must not keep her out.
fresh krb5
what="KDC, in the authentication"
kadmin.local modprinc +needchange alice >/dev/null
ok "$what: alice changes it and is in" tty_talk \
    "$stays -o PreferredAuthentications=keyboard-interactive alice@box 2>&1" \
    'assword: $' "$old" 'ew.*assword.*: $' "$new" 'gain.*: $' "$new"
is "$(session_run one id -un)" alice "$what: she is alice"
ok "$what: she logs out" session_close one

# ---- by password: sshd lets her in with the old one, to passwd and nothing else -----------------------------------

fresh unix
chage -d 0 alice
what="shadow, password"
out=$(tty_talk "$ssh -tt -o PreferredAuthentications=password alice@box 2>&1" \
    'assword: $' "$old" 'urrent password: $' "$old" 'New password: $' "$new" 'etype new password: $' "$new")
like "$out" 'updated successfully' "$what: alice changes it"
heard_logon "$what" alice WinSta_0 "" "$old"
heard_change "$what" alice "$old" "$new"
is "$(heard | cut -f1 | tr '\n' ' ')" "event=logon event=change " "$what: the logon first, then the change"
ok "$what: her session has ended" wait_for 5 no_sessions
heard_forget
LOGIN_PASSWORD=$new ok "$what: she logs in with the new one" session_open one alice
heard_logon "$what, again" alice WinSta_0 "" "$new"
session_close one

# ---- login --------------------------------------------------------------------------------------------------------

at_terminal() { # what pattern…
    local what=$1 out
    shift
    out=$(tty_talk login 'login: $' alice "$@" '[$#] $' \
        "keyctl pipe \$(keyctl search @s user lsa:logon) >/tmp/luid; $(ntlm_client $((GSS_ACCEPTOR_PORT + 1)) alice) >/tmp/ntlm 2>&1; exit")
    is $? 0 "$what: alice changes it and is in" || diag "$out"
    heard_change "$what" alice "$old" "$new"
    heard_logon "$what" alice WinSta_0 "$old" "$new"
    is "$(cat /tmp/luid)" "$(heard_value logon luid)" "$what: her processes know the logon session"
    like "$(cat /tmp/ntlm)" 'signature' "$what: NTLM has the new password"
    rm -f /tmp/luid /tmp/ntlm
}

fresh unix
ntlm_acceptor_up $((GSS_ACCEPTOR_PORT + 1)) "$new"
chage -d 0 alice
at_terminal "shadow, login" 'assword: $' "$old" 'urrent password: $' "$old" 'New password: $' "$new" 'etype new password: $' "$new"
fresh krb5
krb5_option defer_pwchange
kadmin.local modprinc +needchange alice >/dev/null
at_terminal "KDC, login" 'assword: $' "$old" 'urrent.*assword: $' "$old" 'ew.*assword: $' "$new" 'etype.*assword: $' "$new"

# ---- no change, no word of it -------------------------------------------------------------------------------------

# The child of sshd that staged what she typed first ends without a word to any module: the record is to expire.
fresh unix
chage -d 0 alice
sed -i 's/^stage: .*/& timeout=2s/' /etc/credmgr/credmgr.conf
what="given up"
tty_talk "$ssh -o PreferredAuthentications=keyboard-interactive alice@box id 2>&1" \
    'assword: $' "$old" 'urrent password: $' "$old" 'New password: $' "$new" 'etype new password: $' something-else >$W/talk 2>&1
isnt $? 0 "$what: alice does not repeat what she typed and is not let in" || diag "$(cat $W/talk)"
is "$(heard)" "" "$what: nobody hears of it"
# The kernel shows an expired key until it collects it.
nothing_staged() { local key; for key in $(staged_keys); do ! keyctl rdescribe "$key" || return 1; done; }
ok "$what: what was staged expires" wait_for 5 nothing_staged

ok "no session is left" wait_for 5 no_sessions
unlike "$(cat $W/syslog $W/lsad.log $W/sshd.log)" "$old|$new" "neither password is in a log"
done_testing
