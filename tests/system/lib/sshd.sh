# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154
# A real sshd on loopback with UsePAM, Debian's PAM stacks, and people who log in.

SSHD_PORT=2222
CREDMGR_PAM="pam_credmgr.so"

# world_pam unix|krb5 [with|without]: the common-* stacks as pam-auth-update writes them, pam_credmgr.so (with, the
# default) in their Additional blocks. unix: passwords are checked in /etc/shadow; krb5: by the KDC, /etc/shadow has none. The services' own files stay as Debian ships them.
world_pam() {
    local ours=${2:-with} first=pam_unix.so krb5=""
    local auth="" password=""
    if [ "$1" = krb5 ]; then
        auth="auth [success=2 default=ignore] pam_krb5.so minimum_uid=1000"
        password="password [success=2 default=ignore] pam_krb5.so minimum_uid=1000"
        first="pam_unix.so try_first_pass"
        krb5=" pam_krb5.so minimum_uid=1000"
        local_passwords no
    else
        local_passwords yes
    fi
    {
        [ -z "$auth" ] || echo "$auth"
        cat <<END
auth [success=1 default=ignore] $first nodelay
auth requisite pam_deny.so
auth required pam_permit.so
END
        [ "$ours" = without ] || echo "auth optional $CREDMGR_PAM"
    } >/etc/pam.d/common-auth
    {
        cat <<END
account [success=1 new_authtok_reqd=done default=ignore] pam_unix.so
account requisite pam_deny.so
account required pam_permit.so
END
        [ -z "$krb5" ] || echo "account required$krb5"
        [ "$ours" = without ] || echo "account optional $CREDMGR_PAM"
    } >/etc/pam.d/common-account
    {
        [ -z "$password" ] || echo "$password"
        cat <<END
password [success=1 default=ignore] $first obscure yescrypt
password requisite pam_deny.so
password required pam_permit.so
END
        [ "$ours" = without ] || echo "password optional $CREDMGR_PAM"
    } >/etc/pam.d/common-password
    {
        cat <<END
session [default=1] pam_permit.so
session requisite pam_deny.so
session required pam_permit.so
END
        [ -z "$krb5" ] || echo "session optional$krb5"
        echo "session required pam_unix.so"
    } >/etc/pam.d/common-session-noninteractive
    cp /etc/pam.d/common-session-noninteractive /etc/pam.d/common-session
    [ "$ours" = without ] || echo "session optional $CREDMGR_PAM" >>/etc/pam.d/common-session
}

world_sshd() {
    mkdir /run/sshd
    ssh-keygen -q -t ed25519 -N '' -f $W/sshd_key
    cat >/etc/ssh/sshd_config <<END
ListenAddress 127.0.0.1
Port $SSHD_PORT
HostKey $W/sshd_key
PidFile none
UsePAM yes
UseDNS no
PermitRootLogin yes
PasswordAuthentication yes
KbdInteractiveAuthentication yes
PubkeyAuthentication yes
PrintMotd no
MaxStartups 1000
MaxSessions 1000
LogLevel VERBOSE
END
    cat >$W/ssh_config <<END
Host *
    Hostname 127.0.0.1
    Port $SSHD_PORT
    StrictHostKeyChecking no
    UserKnownHostsFile /dev/null
    GlobalKnownHostsFile /dev/null
    LogLevel ERROR
    NumberOfPasswordPrompts 1
    ControlPath $W/session-%n
    IdentityFile $W/client_key
    IdentitiesOnly yes
    GSSAPIAuthentication no
    KexAlgorithms curve25519-sha256
END
    /usr/sbin/sshd -D -e -f /etc/ssh/sshd_config </dev/null >>$W/sshd.log 2>&1 &
    SSHD_PID=$!
    wait_for 10 ss_listening $SSHD_PORT || die "sshd does not start: $(cat $W/sshd.log)"
}

# sshd_key USER: from now on USER may log in with the test's public key.
sshd_key() {
    local home
    [ -e $W/client_key ] || ssh-keygen -q -t ed25519 -N '' -f $W/client_key
    home=$(getent passwd "$1" | cut -d: -f6)
    install -d -m 700 -o "$1" "$home/.ssh"
    install -m 600 -o "$1" $W/client_key.pub "$home/.ssh/authorized_keys"
}

# login_as USER COMMAND…: one login by password that runs one command. LOGIN_METHOD (password, keyboard-interactive,
# publickey) and LOGIN_PASSWORD may say otherwise.
login_as() {
    local user=$1
    shift
    login_ssh "$user" -o ControlPath=none "$user@box" "$@"
}

# ssh asks for passwords through a program: so none is ever in an argument or an environment.
login_ssh() { # user ssh-argument…
    local user=$1 secret status
    shift
    secret=$(mktemp -p $W secret.XXXXXX)
    echo "${LOGIN_PASSWORD:-$(password_of "$user")}" >"$secret"
    if [ ! -e $W/askpass ]; then
        # shellcheck disable=SC2016
        printf '#!/bin/sh\nexec cat "$WORLD_SECRET"\n' >$W/askpass.new
        chmod 755 $W/askpass.new
        mv $W/askpass.new $W/askpass
    fi
    WORLD_SECRET=$secret SSH_ASKPASS=$W/askpass SSH_ASKPASS_REQUIRE=force \
        ssh -F $W/ssh_config -o PreferredAuthentications="${LOGIN_METHOD:-password}" "$@" </dev/null
    status=$?
    rm -f "$secret"
    return $status
}

# session_open NAME USER: a login that stays; session_run NAME COMMAND… runs in it (session_feed: with our standard
# input), session_close NAME logs out.
session_open() {
    login_ssh "$2" -o ControlMaster=yes -o ControlPath="$W/session-$1" -f -N "$2@box" >>$W/ssh.log 2>&1 &&
        # sshd says that the password was right before it opens the PAM session; it serves commands after that.
        session_run "$1" true
}
session_run() { session_feed "$@" </dev/null; }
session_feed() {
    local name=$1
    shift
    ssh -F $W/ssh_config -o ControlMaster=no -o ControlPath="$W/session-$name" -o BatchMode=yes \
        -o PreferredAuthentications=none box "$@"
}
# The LUID that the processes of session NAME know.
session_key() { session_run "$1" 'keyctl pipe $(keyctl search @s user lsa:logon)' 2>/dev/null; }
session_close() {
    ssh -F $W/ssh_config -o ControlPath="$W/session-$1" -O exit box >>$W/ssh.log 2>&1
    wait_for 10 test ! -e "$W/session-$1"
}
