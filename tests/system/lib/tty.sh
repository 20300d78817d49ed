# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154
# A person at a terminal: login(1) on a pty, with expect typing.

# tty_login USER SCRIPT: logs in at a terminal, runs SCRIPT there, logs out. The script's output becomes ours.
tty_login() {
    local secret script out status
    secret=$(mktemp -p $W secret.XXXXXX)
    echo "${LOGIN_PASSWORD:-$(password_of "$1")}" >"$secret"
    script=$(mktemp -p /tmp tty.XXXXXX)
    out=$(mktemp -p /tmp tty.XXXXXX)
    printf '%s\n' "$2" >"$script"
    chmod 644 "$script"
    chmod 666 "$out"
    cat >"$W/tty.exp" <<'END'
set timeout 40
log_user 0
set secret [open $env(WORLD_SECRET)]
gets $secret password
spawn login
expect -brace { "login: " {} timeout { exit 10 } eof { exit 11 } }
send "$env(WORLD_USER)\r"
expect -brace { "assword: " {} timeout { exit 12 } eof { exit 13 } }
send "$password\r"
expect -brace { -re {[$#] $} {} "incorrect" { exit 14 } timeout { exit 15 } eof { exit 16 } }
send "sh $env(WORLD_SCRIPT) >$env(WORLD_OUT) 2>&1; echo end\\of-script\r"
expect -brace { "endof-script" {} timeout { exit 17 } eof { exit 18 } }
send "exit\r"
expect -brace { eof {} timeout { exit 19 } }
END
    WORLD_SECRET=$secret WORLD_USER=$1 WORLD_SCRIPT=$script WORLD_OUT=$out expect "$W/tty.exp"
    status=$?
    cat "$out"
    rm -f "$secret" "$script" "$out"
    return $status
}

# tty_talk COMMAND [PATTERN ANSWER]…: COMMAND (for sh) on a terminal; at each PATTERN (a Tcl regular expression) the ANSWER is typed. What was to be
# seen there becomes our output; 110 and more as a status: the dialog went another way, else COMMAND's own.
tty_talk() {
    local command=$1 dialog status
    shift
    dialog=$(mktemp -p $W secret.XXXXXX)
    [ $# = 0 ] || printf '%s\t%s\n' "$@" >"$dialog"
    cat >"$W/talk.exp" <<'ENDOFSCRIPT'
set timeout 30
set file [open $env(WORLD_DIALOG)]
set dialog [split [string trimright [read $file] "\n"] "\n"]
close $file
unset env(WORLD_DIALOG)
spawn -noecho sh -c $env(WORLD_COMMAND)
foreach line $dialog {
    lassign [split $line "\t"] pattern answer
    expect -re $pattern {} timeout { exit 110 } eof { exit 111 }
    send -- "$answer\r"
}
expect eof {} timeout { exit 112 }
lassign [wait] - - failed value
exit $value
ENDOFSCRIPT
    WORLD_DIALOG=$dialog WORLD_COMMAND=$command expect "$W/talk.exp" </dev/null
    status=$?
    rm -f "$dialog"
    return $status
}
