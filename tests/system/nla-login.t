#!/bin/bash
# What a client has delegated becomes a login: nla-server with PAM, FreeRDP's client and our own. The session that opens is one as of a login at the
# screen: the person's programs have single sign-on in it. PAM has the last word.
. "$(dirname "$0")/world.sh"

lsad_configure
printf '%s\n' '[acceptors]' 'NTLM = root' '[tspkg]' 'allow_fresh_credentials_ntlm_only = TERMSRV/*' >>/etc/credmgr/lsa.conf
lsad_start
world_pam unix
nla_build >$W/build.log 2>&1 || die "the example does not build: $(cat $W/build.log)"
nla_certificates >$W/openssl.log 2>&1 || die "the certificates cannot be made: $(cat $W/openssl.log)"
cat >/etc/pam.d/nla <<END
@include common-auth
@include common-account
session optional pam_keyinit.so force revoke
@include common-session
END
# NTLM's accounts; carla's password there is not the one that PAM knows.
for name in alice bob carla; do password_of $name >$W/$name.password; done
echo another-one >$W/carla.password
for name in alice bob carla; do credmgr account add --password-fd 0 $name <$W/$name.password; done
ntlm_acceptor_up $GSS_ACCEPTOR_PORT ""

cat >$W/command <<END
echo "user \$(id -un)"
echo "session \$(keyctl pipe \$(keyctl search @s user lsa:logon))"
$(ntlm_client $GSS_ACCEPTOR_PORT alice)
END
chmod a+x $W
chmod a+r $W/command
nla_server 3601 self -l nla -c "sh $W/command"

ours() { nla_client "$1.password" -k -u "$1" -d BOX "${@:2}" 3601; }
says() {
    out=$("${@:2}")
    echo "$out"
    grep -qE -- "$1" <<<"$out"
}

# The server says at the end of the handshake whether PAM lets the user in, which the client waits for.
ok "our client: alice is let in" ours alice
log_says $W/nla-3601.log '^PAM: yes' "PAM let her in" 1
log_says $W/nla-3601.log '^user alice' "the command is hers" 1
log_says $W/nla-3601.log '^session [0-9a-f:]+' "there is a logon session" 1
log_says $W/nla-3601.log 'signature' "with which her programs authenticate: nobody typed anything" 1
log_says $W/nla-3601.log '^session: status 0' "the session is over" 1
ok "and lsad has none of it any more" wait_for 10 no_sessions

# (It expects a desktop behind it, so it cannot be content.)
freerdp_client alice 3601 /d:BOX <$W/alice.password >$W/xfreerdp.log
interop "$FREERDP" client "CredSSP/Negotiate/NTLM" "xfreerdp's user is logged in with what it has delegated" wait_for 10 log_has_lines $W/nla-3601.log '^session: status 0' 2
is "$(grep -c '^user alice' $W/nla-3601.log)" 2 "as alice"

chage -E 1 bob
ok "an account that has expired: PAM says no, and the client is told" says 'does not let that user in' ours bob
log_says $W/nla-3601.log '^PAM: no' "PAM: no" 1
ok "a password that PAM does not know" says 'does not let that user in' ours carla
log_says $W/nla-3601.log '^PAM: no' "PAM: no, again" 2
ok "nothing delegated" says 'does not let that user in' ours alice -n
log_says $W/nla-3601.log '^PAM: no' "PAM was not even asked" 3
is "$(grep -c '^session: ' $W/nla-3601.log)" 2 "nobody else had a session"
ok "lsad has no session" wait_for 10 no_sessions
is "$(staged_keys)" "" "nothing is staged"

unlike "$(cat $W/nla-3601.log $W/lsad.log $W/syslog)" "$(cat $W/alice.password)|$(cat $W/bob.password)" "no password is in a log"
done_testing
