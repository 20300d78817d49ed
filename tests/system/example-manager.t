#!/bin/bash
# The credential manager of examples/vault: built from the installed copy with what is installed, nothing else, and put to work. A person logs in
# through a real sshd and has their vault open, they alone, until they log out; passwd(1) changes the vault's password too.
WORLD_LIMIT=${WORLD_LIMIT:-240}
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_pam unix
world_sshd

content="token of $WORLD_ID"
vault=/home/alice/.credmgr/vault.enc

# ---- built as a reader would ---------------------------------------------------------------------------------------

# As `make install` has put it there.
cp -r /usr/share/doc/credmgr/examples/vault $W/vault
ok "the example is installed whole" diff -r --exclude='*.o' --exclude='*.so.1' --exclude=credmgr-vault "$world_source/examples/vault" $W/vault
mkdir $W/built
ok "it builds with the installed headers" env -u MAKEFLAGS make -C $W/vault BUILD=$W/built CFLAGS='-O2 -Werror'
like "$(env -u MAKEFLAGS make -C $W/vault -n -B BUILD=$W/built)" '-I/usr/include/credmgr' "those of /usr/include"
ok "make install" env -u MAKEFLAGS make -C $W/vault BUILD=$W/built install
folder=$(dirname "$(find /usr/lib* -name libcredmgr_lsa.so.1 | head -n 1)")
ok "it lies where managers lie" test -f "$folder/libcredmgr_vault.so.1"
# Beside the variable of GetLastError, which the headers give to every object.
is "$(nm -D --defined-only "$folder/libcredmgr_vault.so.1" | awk '$3 != "credmgr_last_error" { print $3 }' | sort | tr '\n' ' ')" \
    "NPGetCaps NPLogonNotify NPPasswordChangeNotify " "it exports the three functions"

sed -i "s/^logon:.*/logon: lsa vault/; s/^password_change:.*/password_change: lsa vault/" /etc/credmgr/credmgr.conf
ok "credmgr check is content" credmgr check
chmod g+w "$folder/libcredmgr_vault.so.1"
not_ok "but not when others may write the manager" credmgr check
chmod g-w "$folder/libcredmgr_vault.so.1"

# ---- a vault is made -----------------------------------------------------------------------------------------------

# vault USER COMMAND [PASSWORD…]: the tool, outside of any session; the passwords on descriptor 5, the content on standard input.
vault() {
    local user=$1 command=$2
    shift 2
    printf '%s\n' "$@" >$W/passwords
    chmod 644 $W/passwords
    as "$user" sh -c "exec credmgr-vault --password-fd=5 $command 5<$W/passwords"
    local status=$?
    rm -f $W/passwords
    return $status
}
provider() { credmgr providers | awk '$1 == "vault"'; }

log_clear
is "$(session_open one alice && session_run one id -un)" alice "who has no vault logs in"
is "$(log_count 'pam_credmgr|mpnotify')" 0 "without a word"
session_close one
# Of what kernel keys are hers, root sees the number.
keys_of_alice() { awk -v user="$(uid_of alice):" '$1 == user { sub("/.*", "", $4); print $4 }' /proc/key-users; }
session_gone() { ! pgrep -u alice >/dev/null; }
wait_for 10 session_gone
keys=$(keys_of_alice)

make_it() { echo "$content" | vault alice seal "$(password_of alice)" "$1"; }
not_ok "two passwords that differ make none" make_it another
ok "alice makes a vault" make_it "$(password_of alice)"
not_ok "only once" make_it "$(password_of alice)"
is "$(stat -c '%U %a' "$vault")" "alice 600" "it is hers alone"
unlike "$(tr -d '\0' <"$vault")" "$content" "and encrypted"
is "$(vault alice open "$(password_of alice)")" "$content" "her password opens it"
not_ok "another does not" vault alice open "not-hers"

# ---- a login opens it ----------------------------------------------------------------------------------------------

log_clear
ok "alice logs in" session_open one alice
ok "the logon script tells her" logged "credmgr-logon-script.*alice.*your vault is open"
is "$(session_run one credmgr-vault show)" "$content" "in her session the vault is open"
is "$(session_run one 'keyctl rdescribe $(keyctl search @s user credmgr-vault) | cut -d";" -f1-4')" \
    "user;$(uid_of alice);$(id -g alice);3f000000" "its key is in her session keyring, for those who possess it"
is "$(session_run one 'keyctl show @u' | grep -c credmgr-vault:)" 0 "and no longer where the manager left it"
not_ok "outside of the session it is closed to herself" as alice credmgr-vault show
not_ok "bob has nothing of it" as bob credmgr-vault show
not_ok "nor does he reach the file" as bob cat "$vault"
ok "she puts something else into it" session_feed one credmgr-vault store <<<"$content, second"
is "$(session_run one credmgr-vault show)" "$content, second" "which is there"
is "$(vault alice open "$(password_of alice)")" "$content, second" "also by password"
ok "bob logs in, without a vault" session_open three bob
like "$(session_run three credmgr-vault show 2>&1)" "there is no vault" "and is told so"
session_close three
like "$(provider)" '^vault' "credmgr providers knows the manager"

# The person's first command may come before the logon script, or there may be no scripts.
echo "logon_scripts = no" >>/etc/credmgr/credmgr.conf
ok "alice logs in once more, with logon scripts off" session_open two alice
is "$(session_run two 'keyctl search @s user credmgr-vault' 2>&1 | grep -c '^[0-9]')" 0 "nobody has taken the key yet"
is "$(session_run two credmgr-vault show)" "$content, second" "the first command takes it"
sed -i '/^logon_scripts/d' /etc/credmgr/credmgr.conf

# ---- the password changes ------------------------------------------------------------------------------------------

new="Quite-another-7-$WORLD_ID"
was=$(sha256sum <"$vault")
passwd_talk() { # old new
    tty_talk "ssh -F $W/ssh_config -tt -o ControlMaster=no -o ControlPath=$W/session-one box passwd" \
        'urrent password: $' "$1" 'New password: $' "$2" 'etype new password: $' "$2"
}
ok "she changes her password with passwd(1)" passwd_talk "$(password_of alice)" "$new"
isnt "$(sha256sum <"$vault")" "$was" "the vault is another file"
is "$(vault alice open "$new")" "$content, second" "the new password opens it"
not_ok "the old one does not" vault alice open "$(password_of alice)"
is "$(session_run one credmgr-vault show)" "$content, second" "the sessions go on"
is "$(find /home/alice/.credmgr -mindepth 1 | wc -l)" 1 "nothing else lies beside it"
session_close one
session_close two
is "$(LOGIN_PASSWORD=$new login_as alice credmgr-vault show)" "$content, second" "the next login opens it with the new password"

# Root's passwd knows no old password: the vault keeps the one it has, and the log says what to do.
log_clear
ok "root gives her the first password again" tty_talk "passwd alice" 'New password: $' "$(password_of alice)" 'etype new password: $' "$(password_of alice)"
ok "the log says that the vault could not follow" logged 'vault.*another password holds there.*credmgr-vault passwd'
is "$(vault alice open "$new")" "$content, second" "it opens as before"
ok "she logs in" session_open one alice
not_ok "and has no key" session_run one credmgr-vault show
session_close one
ok "credmgr-vault passwd sets it right" vault alice passwd "$new" "$(password_of alice)" "$(password_of alice)"
is "$(login_as alice credmgr-vault show)" "$content, second" "and the next login opens it"

# ---- other ways in -------------------------------------------------------------------------------------------------

is "$(LOGIN_METHOD=keyboard-interactive login_as alice credmgr-vault show)" "$content, second" "keyboard-interactive opens it"
is "$(tty_login alice 'credmgr-vault show')" "$content, second" "a login at a terminal opens it"
sshd_key alice
log_clear
like "$(LOGIN_METHOD=publickey login_as alice credmgr-vault show 2>&1)" "this session has no key of it" "a login by key does not: there is no password"
is "$(log_count 'vault of')" 0 "which is no failure of the manager's"

# An expired password, changed on the way in.
chage -d 0 alice
ok "alice's password has expired: she changes it and is in" tty_talk "trap '' HUP; ssh -F $W/ssh_config -o ControlMaster=yes \
    -o ControlPath=$W/session-one -f -N -o PreferredAuthentications=keyboard-interactive alice@box 2>&1" \
    'assword: $' "$(password_of alice)" 'urrent password: $' "$(password_of alice)" 'New password: $' "$new" 'etype new password: $' "$new"
is "$(session_run one credmgr-vault show)" "$content, second" "the vault is open"
is "$(vault alice open "$new")" "$content, second" "and has the new password"
session_close one
ok "she goes back to the first one" tty_talk "passwd alice" 'New password: $' "$(password_of alice)" 'etype new password: $' "$(password_of alice)"
ok "and so does the vault, by hand" vault alice passwd "$new" "$(password_of alice)" "$(password_of alice)"

# ---- what a person can do to the manager ---------------------------------------------------------------------------

cp -p "$vault" $W/vault.kept
try() { # description pattern
    log_clear
    begin=$(milliseconds)
    is "$(login_as alice id -un)" alice "$1: she logs in"
    cmp_num $(($(milliseconds) - begin)) -lt 10000 "$1: without delay"
    ok "$1: the log says why there is no vault" logged "vault of .alice.: $2"
    rm -rf "$vault"
}
# The file of another: root could open it; the manager is alice by then.
install -m 600 -o root $W/vault.kept /home/alice/.credmgr/vault.enc
try "a file of root's" "it cannot be read|file or directory is not its owner"
install -m 600 -o bob $W/vault.kept /home/bob/vault.enc
ln -s /home/bob/vault.enc "$vault"
try "a link to bob's" "file or directory is not its owner"
mkfifo "$vault" && chown alice "$vault"
try "a pipe" "file or directory is not its owner"
head -c 3000000 /dev/zero >"$vault" && chown alice "$vault" && chmod 600 "$vault"
try "a large file" "the file is no vault"
{ head -c 90 $W/vault.kept; printf x; tail -c +92 $W/vault.kept; } >"$vault" && chown alice "$vault" && chmod 600 "$vault"
log_clear
is "$(login_as alice id -un)" alice "a file that was tampered with: she logs in"
cp -p $W/vault.kept "$vault"
as alice flock /home/alice/.credmgr sleep 60 &
holder=$!
wait_for 5 pgrep -u alice sleep
is "$(login_as alice id -un)" alice "a lock held for ever: she logs in"
ok "and the log says why" logged "vault of .alice.: somebody else is writing it"
kill $holder $(pgrep -u alice -x sleep)

# ---- nothing is left -----------------------------------------------------------------------------------------------

wait $holder 2>/dev/null
is "$(login_as alice credmgr-vault show)" "$content, second" "after all that it still opens"
as_before() { [ "$(keys_of_alice)" -le "$keys" ]; }
ok "after the logout there is no key more than before there was a vault" wait_for 20 as_before || diag "$(keys_of_alice), not $keys"
ok "no process of the manager's is left" wait_for 5 sh -c '! pgrep mpnotify'
unlike "$(cat $W/syslog)" "$(password_of alice)|$new|$content" "neither passwords nor content are in the log"
done_testing
