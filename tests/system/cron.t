#!/bin/bash
# cron: Debian's cron runs a person's job through PAM, without a password and without a person. Nobody is told, also where logons without a
# password are told; the job has no logon session, and none is made.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_recorder
world_pam unix
manager_order logon recorder lsa
manager_order password_change recorder lsa

# The host's jobs are not ours to run.
rm -rf /etc/cron.d/* /etc/cron.hourly/* /etc/cron.daily/* /etc/cron.weekly/* /etc/cron.monthly/* /var/spool/cron/crontabs/*
sed -i '/^[^#]*run-parts/d' /etc/crontab
# cron runs jobs at the beginning of a minute; one to run at its start does not keep us waiting.
cat >/home/alice/job <<'ENDOFJOB'
#!/bin/sh
{
    echo "who $(id -un)"
    echo "luid $(keyctl pipe $(keyctl search @s user lsa:logon 2>/dev/null) 2>/dev/null)"
    echo "sessions $(credmgr sessions --json | tr -d ' \n')"
} >"$HOME/job.$1" 2>&1
mv "$HOME/job.$1" "$HOME/job.$1.done"
ENDOFJOB
chmod 755 /home/alice/job
chown alice: /home/alice/job

job() { # name
    echo "@reboot /home/alice/job $1" | as alice crontab - || return 1
    cron -f -L 15 >>$W/cron.log 2>&1 &
    CRON_PID=$!
    wait_for 10 test -e "/home/alice/job.$1.done"
    kill $CRON_PID
    wait $CRON_PID 2>/dev/null
    rm -f /run/crond.reboot /run/crond.pid /var/run/crond.reboot
}

for stack in common-session-noninteractive common-session; do
    # Debian's own stack, and one whose admin wrote pam_credmgr.so for cron as well.
    sed -i "s/@include common-session.*/@include $stack/" /etc/pam.d/cron
    for setting in no yes; do
        what="$stack, notify_without_password = $setting"
        credmgr_setting notify_without_password $setting
        heard_forget
        log_clear
        ok "$what: cron runs alice's job" job $stack-$setting
        out=$(cat "/home/alice/job.$stack-$setting.done")
        like "$out" '^who alice$' "$what: as alice"
        like "$out" '^luid $' "$what: which knows no logon session"
        unlike "$out" '"luid"' "$what: and has none"
        ok "$what: it went through PAM" logged 'pam_unix\(cron:session\): session opened for user alice'
        is "$(heard)" "" "$what: nobody hears of it"
        is "$(log_count 'pam_credmgr|mpnotify')" 0 "$what: there is nothing to say about it" || diag "$(cat $W/syslog)"
        ok "$what: no session and no key is made" no_keys
    done
done

# A job while its owner is logged in: it is none of that login's.
world_sshd
ok "alice logs in" session_open one alice
ok "cron runs her job" job beside
like "$(cat /home/alice/job.beside.done)" '^luid $' "it does not know her logon session"
is "$(session_count alice)" 1 "which is the only one"
session_close one
ok "no key is left" wait_for 5 no_keys
done_testing
