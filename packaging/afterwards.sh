#!/bin/sh
# What an installation into the running system needs besides files: the linker's cache, and words on the rest. Accounts, units
# and PAM stacks are the admin's to change.
set -eu
if [ "$(id -u)" = 0 ] && command -v ldconfig >/dev/null; then
    ldconfig
fi
cat <<'END'

credmgr is installed. To put it to use, as root:
    systemd-sysusers credmgr.conf          # the account lsad
    sysctl --system                        # room for keys
    systemctl enable --now lsad.socket     # (or run: lsad)
    pam-auth-update --enable credmgr       # (or edit /etc/pam.d as in the examples)
    credmgr status
END
