#!/bin/bash
# The PAM profile that is installed, put into the stacks by Debian's own pam-auth-update: where the lines come to stand, that a login
# with them works, and that taking it out again leaves the stacks as they were.
. "$(dirname "$0")/world.sh"

if ! command -v pam-auth-update >/dev/null; then
    skip "the profile in the stacks" "no pam-auth-update here"
    done_testing
fi
world_kdc
world_lsad
world_sshd
export DEBIAN_FRONTEND=noninteractive
update() { pam-auth-update --force --package "$@" >$W/pam-auth-update.log 2>&1 </dev/null; }
stacks() { grep -v '^#' /etc/pam.d/common-auth /etc/pam.d/common-session /etc/pam.d/common-session-noninteractive /etc/pam.d/common-password; }

ok "the stacks without it" update --remove credmgr
before=$(stacks)
unlike "$before" pam_credmgr "have no pam_credmgr.so"

for krb5 in no yes; do
    [ $krb5 = no ] && { update --remove krb5; what="pam_unix"; local_passwords yes; }
    [ $krb5 = yes ] && { update --enable krb5; what="pam_krb5"; local_passwords no; }
    ok "$what: the profile is enabled" update --enable credmgr
    is "$(grep -c pam_credmgr.so /etc/pam.d/common-auth)" 1 "$what: one line in common-auth"
    like "$(grep -v '^#' /etc/pam.d/common-auth | tr -s '\n' ' ')" 'pam_permit.so.*pam_credmgr.so' "$what: behind the authentication"
    is "$(grep -c pam_credmgr.so /etc/pam.d/common-password)" 1 "$what: one line in common-password"
    is "$(grep -c pam_credmgr.so /etc/pam.d/common-session)" 1 "$what: one line in common-session"
    is "$(grep -c pam_credmgr.so /etc/pam.d/common-session-noninteractive)" 0 "$what: none for cron and sudo"
    ok "$what: alice logs in" session_open one alice
    is "$(session_count alice)" 1 "$what: she has a logon session"
    is "$(session_key one)" "$(session_luid alice)" "$what: her processes know it"
    ok "$what: NTLM" ntlm_in_session one
    session_close one
    ok "$what: no key is left" wait_for 5 no_keys
    LOGIN_PASSWORD=wrong not_ok "$what: a wrong password is refused" login_as alice true
done
ok "the profile is removed" update --remove credmgr
unlike "$(stacks)" pam_credmgr "no line of it is left"
is "$(login_as alice id -un)" alice "a login works as before"

done_testing
