#!/bin/bash
# CredSSP beside what it consists of, for bench/table.sh. lsa.conf lets fresh credentials go everywhere.
WORLD_VOICE=plain
. "$(dirname "$0")/../../tests/system/world.sh"

cat >>/etc/credmgr/lsa.conf <<END
[tspkg]
allow_fresh_credentials_ntlm_only = *
END
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=server.example.com \
    -addext subjectAltName=DNS:server.example.com -keyout $W/key.pem -out $W/cert.pem 2>/dev/null || die "no certificate"
cat $W/key.pem $W/cert.pem >$W/both.pem
"$BUILD/bench/credssp/credssp" $W/both.pem || die "CredSSP could not be measured"
exit 0
