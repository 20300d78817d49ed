#!/bin/bash
# sudo says PAM_REINITIALIZE_CRED before its session. With the password of the very person it goes to, the logon session that they have is
# refreshed and used, and no second one made; when they have none, sudo logs them on for as long as it runs.
. "$(dirname "$0")/world.sh"

world_kdc
world_lsad
world_recorder
world_pam unix
world_sshd
manager_order logon recorder lsa

printf 'alice ALL=(ALL:ALL) ALL\ncarla ALL=(ALL:ALL) ALL\nDefaults:alice !lecture\nDefaults:carla !lecture,targetpw\n' >/etc/sudoers.d/both
chmod 440 /etc/sudoers.d/both
sed -i "s/@include common-session.*/@include common-session/" /etc/pam.d/sudo
alice_is_gone() { [ "$(session_count alice)" = 0 ]; }
luid='keyctl pipe $(keyctl search @s user lsa:logon)'

# ---- to oneself ---------------------------------------------------------------------------------------------------

ok "alice logs in" session_open one alice
own=$(session_key one)
heard_forget
out=$(session_feed one "sudo -k -S -p '' -u alice sh -c '$luid; echo; id -un'" <<<"$(password_of alice)" 2>/dev/null)
is "$(tr '\n' ' ' <<<"$out")" "$own alice " "sudo -u alice by alice: in her own session"
is "$(heard)" "" "nobody hears of it: sudo asks for no password"
is "$(session_count)" 1 "there is no second one"
is "$(session_key one)" "$own" "and the first goes on"

out=$(session_feed one "sudo -k -S -p '' id -un" <<<"$(password_of alice)" 2>/dev/null)
is "$out $(session_count root)" "root 0" "sudo to root by alice: root has no session of her password"
is "$(heard)" "" "and nobody hears of it"

# ---- to somebody else, with their password ------------------------------------------------------------------------

ok "carla logs in" session_open two carla
hers=$(session_key two)
heard_forget
out=$(session_feed two "sudo -k -S -p '' -u alice sh -c '$luid; echo; id -un'" <<<"$(password_of alice)" 2>/dev/null)
is "$(tr '\n' ' ' <<<"$out")" "$own alice " "sudo -u alice by carla with alice's password: in alice's session"
is "$(session_count alice) $(session_count carla)" "1 1" "nothing is made"
is "$(heard_count logon) $(heard_value logon luid) $(heard_value logon password)" "1 $own $(password_of alice)" "the managers hear of her session"
is "$(session_key two)" "$hers" "carla's is what it was"
is "$(session_key one)" "$own" "and alice's goes on when sudo ends"
session_close one
ok "until she logs out" wait_for 5 alice_is_gone

heard_forget
out=$(session_feed two "sudo -k -S -p '' -u alice sh -c '$luid; echo; id -un'" <<<"$(password_of alice)" 2>/dev/null)
like "$(tr '\n' ' ' <<<"$out")" '^[0-9a-f]{16} alice $' "alice is not logged on: sudo logs her on"
is "$(heard_count logon) $(heard_value logon luid)" "1 $(head -n 1 <<<"$out")" "the managers hear of it"
ok "for as long as it runs" wait_for 5 alice_is_gone
is "$(session_key two)" "$hers" "carla's is what it was"
session_close two

ok "no session is left" wait_for 5 no_sessions
ok "no key is left" wait_for 5 no_keys
unlike "$(cat $W/syslog $W/lsad.log)" "$(password_of alice)" "her password is in no log"
done_testing
