#!/bin/bash
# The PAM files that are installed, as they stand: the complete examples for sshd and login, and the authselect profile, rendered with and without its
# features. They are right stacks, people log in with them, managers hear of it, and a wrong password or a change that failed
# reaches none. (Debian's pam-configs profile: pam-profile.t.)
. "$(dirname "$0")/world.sh"

here=$world_source/tests/system/lib
world_kdc
world_lsad
world_recorder
world_pam unix without
world_sshd
sshd_key alice
manager_order logon recorder lsa
manager_order password_change recorder lsa

# What must be so with the stacks that stand now; WHAT, and the managers that hear (yes|no).
logins() { # what credmgr
    local what=$1 out method
    for method in password keyboard-interactive; do
        heard_forget
        LOGIN_METHOD=$method ok "$what: alice logs in, $method" session_open one alice
        if [ "$2" = yes ]; then
            heard_logon "$what, $method" alice WinSta_0 "" "$(password_of alice)"
            is "$(session_key one)" "$(heard_value logon luid)" "$what, $method: her processes know the session"
        else
            is "$(heard)$(session_count)" 0 "$what, $method: nobody hears of it"
        fi
        session_close one
        heard_forget
        LOGIN_METHOD=$method LOGIN_PASSWORD=wrong not_ok "$what, $method: a wrong password is refused" login_as alice true
        is "$(heard)$(staged_keys)" "" "$what, $method: and goes nowhere"
    done
    LOGIN_METHOD=publickey is "$(login_as alice id -un)" alice "$what: alice logs in, publickey"
    out=$(tty_login alice 'echo "luid $(keyctl pipe $(keyctl search @s user lsa:logon))"')
    is $? 0 "$what: alice logs in at a terminal"
    [ "$2" = no ] || is "$out" "luid $(heard_value logon luid)" "$what: her processes know the session"
    LOGIN_PASSWORD=wrong tty_login alice true >/dev/null
    isnt $? 0 "$what: not with a wrong password"
    ok "$what: no session is left" wait_for 5 no_sessions
}
# A new password on the way in, and by PAM alone.
changes() { # what service
    local what=$1 old new="Another-of-hers-$WORLD_ID"
    old=$(password_of alice)
    heard_forget
    chage -d 0 alice
    ok "$what: an expired password is changed at sshd" tty_talk \
        "ssh -F $W/ssh_config -o PreferredAuthentications=keyboard-interactive alice@box id" \
        'assword: $' "$old" 'urrent password: $' "$old" 'New password: $' "$new" 'etype new password: $' "$new"
    is "$(heard_value change password)" "$new" "$what: managers hear of the change"
    is "$(heard_value logon previous_password) $(heard_value logon password)" "$old $new" "$what: and of the logon with both passwords"
    heard_forget
    out=$(printf '%s\n' nonsense "$old" "$old" | pamtester "$2" alice chauthtok 2>&1)
    unlike "$out" 'altered successfully' "$what: with a wrong password there is no change"
    out=$(tty_talk "pamtester $2 alice chauthtok" 'ew password: $' short 'etype new password: $' other)
    unlike "$out" 'altered successfully' "$what: nor with two passwords that differ"
    is "$(heard)" "" "$what: and nobody hears of one"
    out=$(tty_talk "pamtester $2 alice chauthtok" 'ew password: $' "$old" 'etype new password: $' "$old")
    like "$out" 'altered successfully' "$what: root changes it"
    is "$(heard_value change password)" "$old" "$what: managers hear of it"
}

# ---- the examples -------------------------------------------------------------------------------------------------

examples=/usr/share/doc/credmgr/examples/pam.d
cp $examples/sshd $examples/login /etc/pam.d/
ok "the examples are right stacks" perl "$here/stack.pl" $examples/*
logins "examples" yes
changes "examples" sshd

# ---- authselect ---------------------------------------------------------------------------------------------------

profile=/usr/share/authselect/vendor/credmgr
render() { perl "$here/authselect.pl" "$profile/$1" "${@:2}"; }
ok "the profile has a name" sh -c "head -n 1 $profile/README | grep -q '^[A-Z].*credmgr'"
for feature in $(perl "$here/authselect.pl" --features $profile/*); do
    ok "README tells of $feature" grep -q "^$feature::" $profile/README
done
is "$(grep -c '::$' $profile/README)" "$(perl "$here/authselect.pl" --features $profile/* | wc -l)" "and of nothing else"
is "$(cat $profile/password-auth)" "$(cat $profile/system-auth)" "system-auth and password-auth are one"

# Every set of features.
mkdir $W/rendered
sound=0
features=(with-credmgr with-sssd with-krb5 with-faillock with-mkhomedir without-nullok without-pwquality)
for set in $(seq 0 $(((1 << ${#features[@]}) - 1))); do
    chosen=()
    for i in "${!features[@]}"; do [ $((set >> i & 1)) = 0 ] || chosen+=("${features[i]}"); done
    render system-auth "${chosen[@]}" >$W/rendered/system-auth && perl "$here/stack.pl" $W/rendered/system-auth >$W/rendered/said ||
        { diag "${chosen[*]}: $(cat $W/rendered/said)"; continue; }
    # The module is there when it was asked for: in auth and password last, behind everything that may fail.
    lines=$(awk '/pam_credmgr/ { n++ } END { print n + 0 }' $W/rendered/system-auth)
    [ "$lines" = $((3 * (set & 1))) ] || { diag "${chosen[*]}: $lines lines with pam_credmgr.so"; continue; }
    sound=$((sound + 1))
done
is $sound 128 "each of 128 sets of features gives right stacks"
for file in postlogin nsswitch.conf REQUIREMENTS; do ok "$file can be rendered" render $file with-credmgr; done
ok "postlogin is right" sh -c "perl '$here/authselect.pl' $profile/postlogin >$W/rendered/postlogin && perl '$here/stack.pl' $W/rendered/postlogin"
like "$(render nsswitch.conf with-sssd)" '^passwd: +files sss systemd$' "nsswitch.conf with SSSD"
unlike "$(render nsswitch.conf)" sss "and without"

# Services the way that Fedora includes these files.
service() { # file first-lines…
    {
        echo "auth substack $2"
        echo "auth include postlogin"
        echo "account required pam_nologin.so"
        echo "account include $2"
        echo "password include $2"
        echo "session required pam_loginuid.so"
        echo "session optional pam_keyinit.so force revoke"
        echo "session include $2"
        echo "session include postlogin"
    } >"/etc/pam.d/$1"
}
service sshd password-auth
service login system-auth
select_features() {
    local file
    for file in system-auth password-auth postlogin; do render $file "$@" >/etc/pam.d/$file; done
    # What a slow guesser is made to wait for would only slow the test.
    sed -i '/pam_faildelay/d' /etc/pam.d/system-auth /etc/pam.d/password-auth
}
select_features with-credmgr without-pwquality
logins "authselect, with-credmgr" yes
changes "authselect, with-credmgr" sshd
select_features with-credmgr with-faillock without-pwquality without-nullok
logins "authselect, with-faillock" yes
select_features without-pwquality
logins "authselect, without it" no
select_features with-credmgr with-krb5 without-pwquality
local_passwords no
logins "authselect, with-krb5" yes

unlike "$(cat $W/syslog $W/lsad.log)" "$(password_of alice)|Another-of-hers" "no password is in a log"
done_testing
