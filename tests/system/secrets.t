#!/bin/bash
# Nobody takes the secrets: not the person they belong to, not another user, not a `su` out of a root login, which hands root's user
# keyring to the person's process; not from the keys, not from lsad's process, not from logs, arguments or environments. And
# lsad's own memory holds no password when no call is under way.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_pam unix
world_sshd

# What to look for: alice's password, her NT hash, her Kerberos key.
password=$(password_of alice)
nt_hash=$(printf %s "$password" | iconv -t UTF-16LE | openssl dgst -provider legacy -provider default -md4 -r | cut -d' ' -f1)
printf 'addent -password -p alice -k 1 -e aes256-cts\n%s\nwkt %s/alice.keytab\n' "$password" $W | ktutil >/dev/null 2>&1
kerberos_key=$(klist -K -k -t $W/alice.keytab | sed -n 's/.*(0x\([0-9a-f]*\)).*/\1/p')
like "$nt_hash $kerberos_key" '^[0-9a-f]{32} [0-9a-f]{64}$' "the secrets to look for are known"

# While she logs in, everything that every process shows of itself is collected.
perl -e '
    my ($out, $stop) = @ARGV; my %seen;
    open(my $o, ">", $out) or die;
    until (-e $stop) {
        for my $file (glob("/proc/[0-9]*/{cmdline,environ}")) {
            open(my $f, "<", $file) or next; local $/; my $text = <$f>; next unless defined $text;
            print $o "$file: $text\n" unless $seen{$text}++;
        }
    }' $W/shown $W/stop </dev/null &
watcher=$!
for method in keyboard-interactive password; do
    LOGIN_METHOD=$method ok "alice logs in, $method" session_open $method alice
done
ok "she has tickets" wait_for 10 has_tgt password
touch $W/stop
wait $watcher
cmp_num "$(grep -ac sshd $W/shown)" -gt 0 "what processes showed meanwhile was collected"
# openssl's passwd and the test's own ssh never had it there either.
is "$(grep -acF -e "$password" -e "$nt_hash" $W/shown)" 0 "no password in any argument or environment"
is "$(cat $W/syslog $W/lsad.log $W/sshd.log | grep -acF -e "$password" -e "$nt_hash" -e "$kerberos_key")" 0 "nor in a log"

# ---- keys ----------------------------------------------------------------------------------------------------------

# A staged record, which lives from the authentication to the session.
message() { perl -e 'my @f = (1, "alice", 2, "sshd", 6, $ENV{P}); print "CMN1"; while (@f) { my ($t, $v) = splice(@f, 0, 2); print pack("CN/a", $t, $v) }'; }
P=$password message | /usr/libexec/credmgr/mpnotify stage >/dev/null
staged=$(staged_keys)
keys=$(lsa_keys)
isnt "$keys" "" "root sees the keys of the LSA"
isnt "$staged" "" "and a staged one"
anchors="$(keyctl search @u keyring "$LSA_ANCHOR") $(keyctl search @u keyring "$STAGING_KEYRING")"
readable=0
for key in $keys $staged; do keyctl pipe "$key" >/dev/null 2>&1 && readable=$((readable + 1)); done
cmp_num $readable -gt 0 "root can read them, so they hold something ($readable)"

# Everything a process can try with a key's number, or without. Prints what succeeded.
cat >/tmp/thief <<'END'
for key in "$@"; do
    for verb in describe rdescribe read pipe print list rlist clear invalidate revoke security; do
        keyctl $verb $key >/dev/null 2>&1 && echo "keyctl $verb $key"
    done
    keyctl link $key @s >/dev/null 2>&1 && echo "keyctl link $key @s"
    keyctl move $key @u @s >/dev/null 2>&1 && echo "keyctl move $key"
    keyctl setperm $key 0x3f3f3f3f >/dev/null 2>&1 && echo "keyctl setperm $key"
    keyctl chown $key $(id -u) >/dev/null 2>&1 && echo "keyctl chown $key"
    keyctl timeout $key 1 >/dev/null 2>&1 && echo "keyctl timeout $key"
    keyctl unlink $key @u >/dev/null 2>&1 && echo "keyctl unlink $key @u"
    keyctl update $key x >/dev/null 2>&1 && echo "keyctl update $key"
done
for anchor in $ANCHORS; do
    keyctl search @u keyring $anchor >/dev/null 2>&1 && echo "keyctl search @u keyring $anchor"
    keyctl search @s keyring $anchor >/dev/null 2>&1 && echo "keyctl search @s keyring $anchor"
    keyctl request keyring $anchor >/dev/null 2>&1 && echo "keyctl request keyring $anchor"
done
grep -E -- "$NAMES" /proc/keys
keyctl show @s 2>/dev/null | grep -E -- "$NAMES"
echo tried
END
chmod 755 /tmp/thief
steal="ANCHORS='$LSA_ANCHOR $STAGING_KEYRING' NAMES='$LSA_ANCHOR|$STAGING_KEYRING' sh /tmp/thief $(echo $anchors $keys $staged)"
like "$(session_run password 'NAMES=nothing sh /tmp/thief $(keyctl add user mine x @s)')" '^keyctl pipe' "alice can do things with a key of her own"
is "$(session_run password "$steal")" tried "alice, in her login, can do nothing with them"
is "$(as bob sh -c "$steal")" tried "nor can bob"
is "$(keys_below "$LSA_ANCHOR" | sort | tr '\n' ' ')" "$(echo "$keys" | sort | tr '\n' ' ')" "and all are still there"

# A root login has root's user keyring in its session keyring, and `su alice` inherits that.
sshd_key root
LOGIN_METHOD=publickey session_open root root
like "$(session_run root 'keyctl show @s')" "_uid.0" "a root login possesses root's user keyring"
like "$(session_run root 'su alice -c "keyctl show @s"')" "_uid.0" "and so does su alice inside it"
is "$(session_run root "su alice -c '$(sed "s/'/\"/g" <<<"$steal")'")" tried "alice, in su from a root login, can do nothing with them"
like "$(session_run root 'keyctl search @u keyring '"$LSA_ANCHOR")" '^[0-9]+$' "root still can"

# ---- the process ---------------------------------------------------------------------------------------------------

for pid in $(lsad_processes); do
    what="lsad's process $pid"
    not_ok "alice cannot read the memory of $what" session_run password "dd if=/proc/$pid/mem of=/dev/null bs=1 count=1 skip=0"
    not_ok "nor its map" session_run password "cat /proc/$pid/maps"
    not_ok "nor its environment" session_run password "cat /proc/$pid/environ"
    not_ok "nor see its files" session_run password "ls -l /proc/$pid/fd/"
    unlike "$(session_run password "gcore -o /tmp/core $pid; ls /tmp/core.$pid" 2>&1)" 'Saved corefile|^/tmp/core' "nor dump it"
    unlike "$(session_run password "strace -f -p $pid -o /dev/null & sleep 0.3; kill \$!" 2>&1)" 'attached' "nor trace it"
    for signal in QUIT SEGV KILL STOP; do
        not_ok "nor send it SIG$signal" session_run password "kill -$signal $pid"
    done
    not_ok "nor change its limits" session_run password "prlimit --pid $pid --core=unlimited:unlimited"
done
ok "lsad is well" credmgr status

# ---- what lsad holds -----------------------------------------------------------------------------------------------

# in_memory PID HEX…: counts the secrets found anywhere in the writable memory of a process, read as root.
in_memory() {
    perl -e '
        my ($pid, @secrets) = @ARGV; my $found = 0; my $read = 0;
        open(my $maps, "<", "/proc/$pid/maps") or die; open(my $mem, "<:raw", "/proc/$pid/mem") or die;
        while (<$maps>) {
            /^([0-9a-f]+)-([0-9a-f]+) rw/ or next; my ($from, $size) = (hex $1, hex($2) - hex($1));
            sysseek($mem, $from, 0); my $data = ""; 
            while ($size > 0) { my $n = sysread($mem, $data, $size > 1 << 20 ? 1 << 20 : $size, length $data) or last; $size -= $n; }
            $read += length $data;
            for (@secrets) { $found++ while $data =~ /\Q${\pack("H*", $_)}\E/g }
        }
        die "nothing could be read" unless $read > 100000;
        print "$found\n"' "$@"
}
hex() { od -An -v -tx1 | tr -d ' \n'; }
password_8=$(printf %s "$password" | hex)
password_16=$(printf %s "$password" | iconv -t UTF-16LE | hex)
# The search finds what is there: a process that does hold it.
perl -e '$secret = join "", map chr, unpack("C*", pack("H*", "'"$password_8"'")); $| = 1; sleep 60' &
holder=$!
wait_for 5 test "$(in_memory $holder "$password_8")" -gt 0
cmp_num "$(in_memory $holder "$password_8")" -gt 0 "the search finds a password in a process that holds it"
kill $holder
ntlm_in_session password >/dev/null 2>&1
# A screen that is unlocked, with a wrong password first.
guess=Guess-at-hers-$WORLD_ID
like "$(printf '%s\n' "$guess" | session_feed password "lsa-unlock alice")" '^wrong ' "lsad has looked at a wrong password"
like "$(printf '%s\n' "$password" | session_feed password "lsa-unlock alice")" '^success ' "and at the right one"
guess_8=$(printf %s "$guess" | hex)
guess_16=$(printf %s "$guess" | iconv -t UTF-16LE | hex)
for pid in $(lsad_processes); do
    is "$(in_memory "$pid" "$password_8" "$password_16")" 0 "lsad's process $pid holds no password"
    is "$(in_memory "$pid" "$guess_8" "$guess_16")" 0 "nor the wrong one"
    is "$(in_memory "$pid" "$nt_hash" "$kerberos_key")" 0 "nor a long-term key"
done

for name in password keyboard-interactive root; do session_close $name; done
ok "no session is left" wait_for 5 no_sessions
P=$password message | /usr/libexec/credmgr/mpnotify stage >/dev/null
isnt "$(staged_keys)" "" "a record is staged"

done_testing
