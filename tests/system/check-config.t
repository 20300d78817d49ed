#!/bin/bash
# credmgr check: every mistake of credmgr.conf, and every manager that mpnotify would refuse, as file:line: what: remedy.
. "$(dirname "$0")/world.sh"

conf=$W/checked.conf
managers=$(dirname "$(find /usr/lib* -name libcredmgr_lsa.so.1 | head -1)")
manager() { echo "$managers/libcredmgr_$1.so.1"; }
bytes() { printf '%s\n' "$@" >$conf; }
check() { credmgr --config=$conf check 2>&1; }
# finds DESCRIPTION PATTERN…: as many problems as patterns, in their order.
finds() {
    local description=$1 output
    shift
    output=$(check) && status=0 || status=$?
    is "$status" 1 "$description: exit status 1"
    is "$(wc -l <<<"$output")" $# "$description: $# problem(s)" || diag "$output"
    while [ $# -gt 0 ]; do
        like "$(head -1 <<<"$output")" "^$conf$1" "$description: $1" || diag "$output"
        output=$(tail -n +2 <<<"$output")
        shift
    done
}

ok "the configuration as installed is right" credmgr check
like "$(credmgr check)" 'credmgr.conf: nothing is wrong' "and is called so"
rm -f $conf
ok "so is none at all" credmgr --config=$conf check

# ---- words: all of them in one go
bytes 'logon: lsa [retrun=continue]' 'logn: lsa' 'password_change: lsa [success=maybe]' 'notify_without_password = perhaps' \
    'restore_timeout = soon' 'stage: tiemout=3s' 'managers: memory=much' 'silent_services = sshd' 'interactive_services = sshd' \
    'no sense at all'
finds "mistakes" ':1: .*retrun.*: .' ':2: .*logn.*: .*logon' ':3: .*maybe.*: .*return' ':4: .*perhaps.*: .*yes' \
    ':5: .*soon.*: .' ':6: .*tiemout.*: .*timeout' ':7: .*much.*: .' ':9: .*sshd.*: .' ':10: .*: .'
bytes 'interactive_services = sshd sshx'
finds "a service that is none" ':1: no PAM service is called "sshx": .*pam.d'

# ---- managers
bytes '# nobody' 'logon: lsa nobody' 'password_change: lsa nobody'
finds "not installed" ':2: .*nobody.*: .' ':3: .*nobody.*: .'
bytes 'logon: lsa other'
cp "$(manager lsa)" "$(manager other)"
ok "a manager of root's" credmgr --config=$conf check
chown alice "$(manager other)"
finds "not root's" ":1: .*$(manager other) belongs to .*: .*chown root"
chown root "$(manager other)"
chmod o+w "$(manager other)"
finds "writable by others" ":1: .*$(manager other) .*written by others.*: .*chmod"
chmod g+w,o-w "$(manager other)"
finds "writable by its group" ":1: .*$(manager other) .*written by.*: .*chmod"
chmod g-w "$(manager other)"
chmod o+w "$managers"
finds "in a folder that is writable by others" ":1: .*$managers can be written.*: .*chmod" ":1: .*$managers can be written.*: .*chmod" \
    '.*: .'
chmod o-w "$managers"
mkdir /home/alice/managers
cp "$(manager lsa)" /home/alice/managers/libcredmgr_other.so.1
bytes 'managers: directory=/home/alice/managers' 'logon: other' 'password_change: other'
finds "below a folder of somebody else's" ':2: .*/home/alice belongs to.*: .' ':3: .*/home/alice belongs to.*: .'
head -c 5000 /dev/urandom >"$(manager other)"
bytes 'logon: lsa other'
finds "no shared object" ':1: it cannot be loaded: .*: .'

bytes 'logon: lsa other [class=network]'
cp "$(manager lsa)" "$(manager other)"
finds "of a class that is not notified" ':1: .*"other" is never notified.*: .*class=credential'
is "$(credmgr --config=$conf --json providers | grep '"class"' | tr -d ' ,' | tr '\n' ' ')" '"class":"credential" "class":"network" ' \
    "credmgr providers tells the classes"
bytes 'logon: other'

# A manager of each kind, made here: without a function, one that needs what is not there, one that crashes, exits, writes or hangs.
build_manager() { # flags… with the source on standard input
    cc -shared -fPIC -x c -o "$(manager other)" - "$@"
}
echo 'int NPGetCaps; int NPPasswordChangeNotify;' | build_manager
finds "no NPLogonNotify" ':1: .*exports no NPLogonNotify: .'
bytes 'password_change: other'
ok "which a password change does not need" credmgr --config=$conf check
echo 'int NPLogonNotify, NPPasswordChangeNotify;' | build_manager
finds "no NPGetCaps" ':1: .*exports no NPGetCaps: .'
bytes 'logon: other'
echo 'extern void missing(void); void NPLogonNotify(void) { missing(); } int NPGetCaps;' | build_manager -Wl,-z,now
finds "bound to what is not there" ':1: it cannot be loaded: .*missing.*: .'
echo 'extern void WNetSetLastErrorW(int, void *, void *); void NPLogonNotify(void) { WNetSetLastErrorW(1, 0, 0); } int NPGetCaps;' |
    build_manager -Wl,-z,now
ok "bound to what mpnotify offers" credmgr --config=$conf check
echo '__attribute__((constructor)) static void f(void) { *(volatile int *)8 = 1; }' | build_manager
finds "crashes" ':1: .*crashes or exits while it is loaded: .'
echo '#include <stdio.h>
#include <stdlib.h>
__attribute__((constructor)) static void f(void) { puts("hello"); fflush(stdout); exit(0); }' | build_manager
finds "writes and exits" ':1: .*crashes or exits while it is loaded: .'
echo '#include <unistd.h>
__attribute__((constructor)) static void f(void) { pause(); }' | build_manager
finds "hangs" ':1: .*hangs while it is loaded: .'
rm "$(manager other)"

# ---- the file itself
bytes 'logon: lsa'
chmod 666 $conf
finds "writable by everybody" ': .*writ.*: .'
chmod 644 $conf
chown alice $conf
finds "not root's" ': .*: .'
chown root $conf
mkdir -m 777 $W/open
cp $conf $W/open/credmgr.conf
like "$(credmgr --config=$W/open/credmgr.conf check)" "^$W/open/credmgr.conf: $W/open can be written by others.*: .*chmod" \
    "in a folder that is writable by others"

# ---- PAM files
printf '# %s\nauth optional %s config=/etc/credmgr/no.conf # this one\n' pam_credmgr.so pam_credmgr.so >/etc/pam.d/checked
printf 'session [success=ok default=ignore] /opt/pam_credmgr.so debug\n' >/etc/pam.d/checked2
output=$(credmgr --config=$conf check)
like "$output" '/etc/pam.d/checked:2: there is no file /etc/credmgr/no.conf: .' "a PAM file that names another configuration"
like "$output" '/etc/pam.d/checked2:1: /opt/pam_credmgr.so is not installed.*: .' "a PAM file that names another module"
is "$(wc -l <<<"$output")" 2 "and nothing else" || diag "$output"
rm /etc/pam.d/checked /etc/pam.d/checked2
like "$(printf 'logon: lsa gone\n' >$conf && credmgr --config=$conf --json check)" '"line": 1' "the same as JSON"
is "$(printf 'logon: lsa\n' >$conf && credmgr --config=$conf --json check | tr -d ' \n')" '{"problems":[]}' "none, as JSON"

# ---- lsa.conf, by lsad
rm -f $conf
cp /etc/credmgr/lsa.conf $W/lsa.conf
lsa() { # line… behind what is there; what lsad and credmgr say of it
    { cat $W/lsa.conf; printf '%s\n' "$@"; } >/etc/credmgr/lsa.conf
    found=$(lsad --check)
    is $? 1 "lsad --check: $2: exit status 1"
    lines=$(($(wc -l <$W/lsa.conf) + 2))
    # "FILE:LINE: WHAT (REMEDY)" is "FILE:LINE: WHAT: REMEDY" there.
    is "$(credmgr check | tail -n "$(wc -l <<<"$found")")" "$(sed 's/ (\(.*\))$/: \1/' <<<"$found")" "credmgr check says that, too"
}
ok "lsa.conf as installed is right" lsad --check
is "$(lsad --check)" "" "and nothing is said"
lsa '[kerberos]' 'ticket_wiat = 3'
like "$found" "^/etc/credmgr/lsa.conf:$lines: .kerberos. has no setting \"ticket_wiat\"" "a setting that nobody knows"
lsa '[kerberos]' 'keep_password = maybe'
like "$found" "lsa.conf:$lines: \"maybe\" is no value for \"keep_password\" \(it takes yes or no\)" "a value that is none"
lsa '[kerberos]' 'export_ccache = MEMORY:x'
like "$found" "lsa.conf:$lines: \"MEMORY:x\" is no value for \"export_ccache\"" "a cache that nobody could read"
lsa '[acceptors]' 'HTTP = nobody-like-that keytab=/etc/krb5.keytab'
like "$found" "lsa.conf:$lines: there is no user \"nobody-like-that\" to accept as HTTP" "an acceptor that does not exist"
lsa '[acceptors]' 'HTTP = alice keytab=/nonexistent'
like "$found" "lsa.conf:$lines: the keys of HTTP cannot be read: .*nonexistent" "a keytab that is not there"
lsa '[tspkg]' 'allow_default_credentials = TERMSRV/*.example.*'
like "$found" "lsa.conf:$lines: \"TERMSRV/\*.example.\*\" is no value for \"allow_default_credentials\" \(it takes service principal names" "a pattern with two wildcards"
lsa '[tspkg]' 'restrict_delegation = both'
like "$found" "lsa.conf:$lines: \"both\" is no value for \"restrict_delegation\"" "a form of delegation that there is not"
lsa '[tspkg]' 'oldest_peer_version = 1'
like "$found" "lsa.conf:$lines: \"1\" is no value for \"oldest_peer_version\" \(it takes 2 to 6\)" "a version that nobody speaks"
lsa '[schannel]' 'minimum_protocol = tls1.1'
like "$found" "lsa.conf:$lines: \"tls1.1\" is no value for \"minimum_protocol\" \(it takes tls1.2 or tls1.3\)" "a version of TLS that is not spoken"
lsa '[lsa]' 'packages = kerberos ntml'
like "$found" "lsa.conf:$lines: unknown security package \"ntml\"" "a package that is none"
lsa '[lsa]' 'max_thread = 3'
like "$found" "lsa.conf:$lines: unknown setting \"max_thread\"" "a mistake that keeps lsad from starting"
cp $W/lsa.conf /etc/credmgr/lsa.conf

done_testing
