#!/bin/bash
# Logon scripts: what a credential manager returns is run once for a login, as the person and with what is theirs, when the session is open; it
# delays nothing, holds nothing, and what it writes is in the system log. From a real sshd, login and su.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_recorder recorder other
world_pam unix
world_sshd
sshd_key alice
manager_order logon recorder lsa

# A group besides her own, and a variable that PAM gives.
sed -i 's/^games:.*/&alice/' /etc/group
games=$(getent group games | cut -d: -f3)
echo 'FROM_PAM=of-etc-environment' >>/etc/environment
echo 'FROM_HER=of-her-own' >/home/alice/.pam_environment
chown alice: /home/alice/.pam_environment

# Debian's sshd file has pam_env.so behind common-session: what it gives would come too late.
sed -i 's/^@include common-session/session required pam_env.so user_readenv=1\n&/' /etc/pam.d/sshd

mkdir -m 1777 /tmp/scripts
cat >/usr/local/bin/at-logon <<'ENDOFSCRIPT'
#!/bin/sh
# Takes down what it is, under a name of this run alone.
out=$(mktemp /tmp/scripts/run.XXXXXX)
{
    echo "arguments=$#,$1,$2"
    echo "ids=$(id -un),$(id -ru),$(id -u),$(id -g)"
    echo "groups=$(id -G)"
    echo "luid=$(keyctl pipe $(keyctl search @s user lsa:logon))"
    echo "session=$(credmgr sessions --json | tr -d ' \n')"
    echo "folder=$(pwd)"
    echo "umask=$(umask)"
    echo "terminal=$(tty), $(ps -o tty= -p $$)"
    echo "leader=$(ps -o sid= -p $$ | tr -d ' ')"
    echo "descriptors=$(readlink /proc/$$/fd/* | tr '\n' ' ')"
    echo "capabilities=$(sed -n 's/^Cap[IPEA][a-z]*:\t//p' /proc/$$/status | sort -u | tr '\n' ' ')"
    echo "ignored=$(sed -n 's/^SigIgn:\t//p' /proc/$$/status),$(sed -n 's/^SigBlk:\t//p' /proc/$$/status)"
    env | sort | sed 's/^/environment=/'
} >"$out" 2>&1
echo "words from the script"
echo "words of complaint" >&2
mv "$out" "$out.done"
ENDOFSCRIPT
printf '#!/bin/sh\nexec sleep "$1"\n' >/usr/local/bin/takes-long
printf '#!/bin/sh\nsleep 0.3\ntouch /tmp/scripts/second.$(ls /tmp/scripts | grep -c done)\n' >/usr/local/bin/second
chmod 755 /usr/local/bin/at-logon /usr/local/bin/takes-long /usr/local/bin/second

# script [MANAGER] COMMAND: what that manager returns from now on.
script() { echo "$2" >"$RECORDER_FOLDER/$1.script"; }
begin() { rm -f /tmp/scripts/*; heard_forget; log_clear; }
runs() { find /tmp/scripts -name '*.done' | wc -l; }
ran() { [ "$(runs)" = 1 ]; }
value() { sed -n "s/^$1=//p" /tmp/scripts/run.*.done; }

script recorder 'at-logon "two words" last'

# What must be so when alice's login WHAT, of session LUID, has run its script.
has_run() { # what luid
    ok "$1: the script runs" wait_for 10 ran
    is "$(value arguments)" "2,two words,last" "$1: with its arguments, as CreateProcess takes them apart"
    is "$(value ids)" "alice,$(uid_of alice),$(uid_of alice),$(id -g alice)" "$1: as alice"
    is "$(value groups)" "$(id -G alice)" "$1: with her groups"
    is "$(value luid)" "$2" "$1: it knows the logon session"
    like "$(value session)" "\"$2\"" "$1: and lsad knows it for hers"
    is "$(value folder)" /home/alice "$1: in her home"
    is "$(value umask)" 0022 "$1: with a usual umask"
    is "$(value terminal)" "not a tty, ?" "$1: without a terminal"
    unlike "$(value descriptors)" 'socket:|/dev/(pts|tty|ptmx)|anon_inode|/run/' "$1: with no descriptor of anybody's"
    is "$(value capabilities)" "0000000000000000 " "$1: with no capability"
    is "$(value ignored)" "0000000000000000,0000000000000000" "$1: with no signal ignored or blocked"
    for variable in HOME=/home/alice USER=alice LOGNAME=alice SHELL=/bin/bash FROM_PAM=of-etc-environment; do
        like "$(value environment)" "^$variable\$" "$1: $variable"
    done
    unlike "$(value environment)" 'CREDMGR|Pw-of' "$1: nothing of ours in its environment"
    ok "$1: its output is in the log" logged 'credmgr-logon-script.*alice.*words from the script'
    ok "$1: what it complains about, too" logged 'credmgr-logon-script.*alice.*words of complaint'
    sleep 0.3
    is "$(runs)" 1 "$1: it ran once"
}

# ---- by each way in -----------------------------------------------------------------------------------------------

like "$(id -G alice)" "\\b$games\\b" "alice is in a group besides her own"
for LOGIN_METHOD in password keyboard-interactive; do
    begin
    ok "sshd, $LOGIN_METHOD: alice logs in" session_open one alice
    has_run "sshd, $LOGIN_METHOD" "$(session_key one)"
    like "$(value environment)" '^FROM_HER=of-her-own$' "sshd, $LOGIN_METHOD: the PAM environment, as her shell has it"
    session_close one
done
unset LOGIN_METHOD

begin
out=$(tty_login alice 'keyctl pipe $(keyctl search @s user lsa:logon); sleep 1')
has_run "login" "$out"

ok "carla logs in" session_open one carla
rm -f /tmp/scripts/*
begin
out=$(session_feed one "su alice -c 'keyctl pipe \$(keyctl search @s user lsa:logon); sleep 1'" <<<"$(password_of alice)" 2>/dev/null)
has_run "su" "$out"
session_close one

begin
LOGIN_METHOD=publickey login_as alice sleep 0.5
is "$(runs)" 0 "publickey: nobody was told, no script"

# ---- several, in order --------------------------------------------------------------------------------------------

script other second
manager_order logon recorder lsa other
begin
ok "two managers with a script each: alice logs in" session_open one alice
ok "the first runs" wait_for 10 ran
ok "the second when the first is done" wait_for 10 test -e /tmp/scripts/second.1
session_close one
manager_order logon recorder lsa

# ---- what does not hold up a login --------------------------------------------------------------------------------

begin
script recorder 'takes-long 30'
begin=$(milliseconds)
ok "a script of 30 seconds: alice logs in" session_open one alice
cmp_num $(($(milliseconds) - begin)) -lt 5000 "in $(($(milliseconds) - begin)) ms"
ok "it is running" wait_for 5 pgrep -u alice -f 'sleep 30'
is "$(ps -o uid= -p "$(pgrep -u alice -f 'sleep 30' | head -n 1)" | tr -d ' ')" "$(uid_of alice)" "as alice"
ok "she logs out" session_close one
ok "her logon session ends all the same" wait_for 5 no_sessions
begin=$(milliseconds)
is "$(login_as alice echo in and out)" "in and out" "ssh with a command"
cmp_num $(($(milliseconds) - begin)) -lt 5000 "comes back in $(($(milliseconds) - begin)) ms: nothing of the login is open in the script"
begin=$(milliseconds)
is "$(tty_login alice 'echo in and out')" "in and out" "login"
cmp_num $(($(milliseconds) - begin)) -lt 8000 "comes back, too, in $(($(milliseconds) - begin)) ms"
for process in $(pgrep -u alice -x sleep); do kill "$process"; done

# ---- scripts that are none ----------------------------------------------------------------------------------------

for line in 'not-there-at-all' '/etc/passwd' '"without an end' '/bin/false'; do
    begin
    script recorder "$line"
    is "$(login_as alice id -un)" alice "the script \"$line\": alice logs in"
    ok "the log names it" logged "credmgr-logon-script.*alice"
done

# ---- turned off ---------------------------------------------------------------------------------------------------

begin
script recorder 'at-logon'
credmgr_setting logon_scripts no
ok "logon_scripts = no: alice logs in" session_open one alice
is "$(heard_count logon)" 1 "the manager is told"
sleep 1
is "$(ls /tmp/scripts)" "" "and no script runs"
is "$(log_count credmgr-logon-script)" 0 "nor is one logged"
session_close one

ok "no session is left" wait_for 5 no_sessions
ok "no key is left" wait_for 5 no_keys
unlike "$(cat $W/syslog $W/lsad.log)" "$(password_of alice)" "her password is in no log"
done_testing
