#!/bin/bash
# NTLM handshakes with the default credentials of a person who logged in through sshd, for bench/table.sh.
WORLD_VOICE=plain
. "$(dirname "$0")/../../tests/system/world.sh"

world_lsad
world_pam unix
world_sshd
session_open bench alice || die "alice cannot log in: $(tail -n 3 $W/ssh.log)"
password_of alice | session_feed bench "$BUILD/bench/ntlm/ntlm" default alice || die "the handshakes failed: $(tail -n 3 $W/lsad.log)"
session_close bench
exit 0
