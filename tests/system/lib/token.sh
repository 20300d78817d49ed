# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154
# A token (SoftHSM) with a certificate and a key of the TLS tests in it, for pkcs11: URIs.

TOKEN_PIN=4711
for TOKEN_MODULE in /usr/lib/softhsm/libsofthsm2.so /usr/lib64/softhsm/libsofthsm2.so /usr/lib64/pkcs11/libsofthsm2.so; do
    [ ! -r $TOKEN_MODULE ] || break
done
export SOFTHSM2_CONF=$T/softhsm2.conf
# The URI of what token_put put there.
token_uri() { echo "pkcs11:token=credmgr;object=$1?module-path=$TOKEN_MODULE"; }

token_make() {
    mkdir -p "$T/tokens"
    printf 'directories.tokendir = %s\nlog.level = ERROR\n' "$T/tokens" >"$T/softhsm2.conf"
    softhsm2-util --module $TOKEN_MODULE --init-token --free --label credmgr --so-pin 12345678 --pin $TOKEN_PIN
}
# token_put NAME ID: $T/NAME.pem and $T/NAME.key
token_put() {
    openssl pkcs8 -topk8 -nocrypt -in "$T/$1.key" -out "$T/$1.p8" &&
        softhsm2-util --module $TOKEN_MODULE --import "$T/$1.p8" --token credmgr --label "$1" --id "$2" --pin $TOKEN_PIN &&
        openssl x509 -in "$T/$1.pem" -outform DER -out "$T/$1.der" &&
        pkcs11-tool --module $TOKEN_MODULE --token-label credmgr --login --pin $TOKEN_PIN --write-object "$T/$1.der" \
            --type cert --label "$1" --id "$2"
}
