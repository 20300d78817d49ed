/*
 * See traffic.h. [RFC 8446] 5.2, 5.3, 7.1 to 7.3; [RFC 5246] 6.3 with [RFC 5288] 3, [RFC 6655] 3
 * and [RFC 7905] 2.
 */
#include "libsspi/packages/schannel/handshake/traffic.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <string.h>

#include "base/secret.h"
#include "libsspi/packages/schannel/connection.h"
#include "libsspi/packages/schannel/handshake/handshake.h"

#define NONCE      12
#define TAG        16
#define KEY_MAX    32
#define ALERT_TYPE SSL3_RT_ALERT

void tls_traffic_free(struct tls_traffic *t)
{
    secret_free(t->secret);
    t->secret = NULL;
    t->secret_size = 0;
}

/* ---- what OpenSSL tells -----------------------------------------------------------------------
 */

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "CLIENT_TRAFFIC_SECRET_0 RANDOM SECRET", in hexadecimal digits. */
void tls_note_key(const SSL *ssl, const char *line)
{
    struct tls_connection *c = tls_connection_of(ssl);
    const char *label =
        SSL_is_server(ssl) ? "SERVER_TRAFFIC_SECRET_0 " : "CLIENT_TRAFFIC_SECRET_0 ";
    const char *hex = strrchr(line, ' ');
    struct tls_traffic *t;
    size_t size;

    if (!c || !hex || strncmp(line, label, strlen(label)) != 0)
        return;
    t = &c->handshake->traffic;
    tls_traffic_free(t);
    size = strlen(++hex) / 2;
    if (size == 0 || size > TLS_SECRET_MAX || !(t->secret = secret_alloc(size)))
        return;
    for (size_t i = 0; i < size; i++) {
        int high = digit(hex[2 * i]), low = digit(hex[2 * i + 1]);

        if (high < 0 || low < 0)
            return;
        t->secret[i] = (uint8_t)(high << 4 | low);
    }
    t->secret_size = size;
}

static const EVP_MD *digest_of(const SSL *ssl)
{
    const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl);

    return cipher ? SSL_CIPHER_get_handshake_digest(cipher) : NULL;
}

/* HKDF-Expand-Label with an empty context. */
static bool expand(const EVP_MD *md, const uint8_t *secret, size_t secret_size, const char *label,
                   uint8_t *out, size_t size)
{
    EVP_KDF *kdf = md ? EVP_KDF_fetch(NULL, OSSL_KDF_NAME_TLS1_3_KDF, NULL) : NULL;
    EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
    OSSL_PARAM params[6];
    bool good = false;

    if (!context)
        goto out;
    params[0] = OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode);
    params[1] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
                                                 (char *)(uintptr_t)EVP_MD_get0_name(md), 0);
    params[2] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (uint8_t *)(uintptr_t)secret,
                                                  secret_size);
    params[3] =
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PREFIX, (char *)(uintptr_t) "tls13 ", 6);
    params[4] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_LABEL, (char *)(uintptr_t)label,
                                                  strlen(label));
    params[5] = OSSL_PARAM_construct_end();
    good = EVP_KDF_derive(context, out, size, params) > 0;
out:
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    return good;
}

/* [RFC 8446] 7.2: after our KeyUpdate. */
static void next_generation(struct tls_traffic *t, const SSL *ssl)
{
    uint8_t next[TLS_SECRET_MAX];

    if (t->secret_size &&
        expand(digest_of(ssl), t->secret, t->secret_size, "traffic upd", next, t->secret_size))
        memcpy(t->secret, next, t->secret_size);
    else
        tls_traffic_free(t);
    secret_wipe(next, sizeof(next));
}

void tls_note_record(int sent, int version, int type, const void *data, size_t size, SSL *ssl,
                     void *unused)
{
    struct tls_connection *c = tls_connection_of(ssl);
    const uint8_t *message = data;
    struct tls_traffic *t;
    bool new;

    (void)version, (void)unused;
    if (!c)
        return;
    t = &c->handshake->traffic;
    new = SSL_version(ssl) == TLS1_3_VERSION;
    /* What comes after the first handshake of TLS 1.3 is none to OpenSSL's info callback. */
    if (!sent && type == SSL3_RT_HANDSHAKE && new && c->established &&size > 0 &&
        message[0] == SSL3_MT_FINISHED)
        c->handshake->done++;
    if (!sent)
        return;
    if (type == SSL3_RT_HEADER) {
        t->records++;
    } else if (type == SSL3_RT_CHANGE_CIPHER_SPEC && !new) {
        t->encrypted = true;
        t->records = 0;
    } else if (type == SSL3_RT_HANDSHAKE && new &&size > 0 && message[0] == SSL3_MT_FINISHED &&
               !c->established) {
        t->encrypted = true;
        t->records = 0;
    } else if (type == SSL3_RT_HANDSHAKE && new &&size > 0 && message[0] == SSL3_MT_KEY_UPDATE) {
        next_generation(t, ssl);
        t->records = 0;
    }
}

/* ---- the record -------------------------------------------------------------------------------
 */

struct keys {
    const EVP_CIPHER *cipher;
    uint8_t key[KEY_MAX], iv[NONCE];
    size_t key_size;
    bool explicit_nonce; /* TLS 1.2 with GCM: four bytes of iv, eight in the record */
};

static bool choose_cipher(const SSL *ssl, struct keys *k)
{
    const SSL_CIPHER *suite = SSL_get_current_cipher(ssl);
    int nid = suite ? SSL_CIPHER_get_cipher_nid(suite) : NID_undef;

    switch (nid) {
    case NID_aes_128_gcm:
    case NID_aes_256_gcm:
        k->explicit_nonce = SSL_version(ssl) != TLS1_3_VERSION;
        break;
    case NID_chacha20_poly1305:
        break;
    default:
        return false;
    }
    k->cipher = EVP_get_cipherbynid(nid);
    k->key_size = k->cipher ? (size_t)EVP_CIPHER_get_key_length(k->cipher) : 0;
    return k->cipher && k->key_size <= KEY_MAX;
}

/* [RFC 5246] 6.3: an AEAD has no MAC keys, so both sides' keys come first, then both sides' IVs. */
static bool keys_1_2(const SSL *ssl, struct keys *k)
{
    size_t iv = k->explicit_nonce ? 4 : NONCE, master_size, total = 2 * (k->key_size + iv);
    uint8_t block[2 * (KEY_MAX + NONCE)], master[SSL_MAX_MASTER_KEY_LENGTH];
    uint8_t seed[13 + 2 * SSL3_RANDOM_SIZE] = "key expansion";
    const EVP_MD *md = digest_of(ssl);
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_TLS1_PRF, NULL);
    EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    bool server = SSL_is_server(ssl), good = false;
    OSSL_PARAM params[4];

    master_size = SSL_SESSION_get_master_key(SSL_get_session(ssl), master, sizeof(master));
    if (!context || !md || !master_size)
        goto out;
    SSL_get_server_random(ssl, seed + 13, SSL3_RANDOM_SIZE);
    SSL_get_client_random(ssl, seed + 13 + SSL3_RANDOM_SIZE, SSL3_RANDOM_SIZE);
    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
                                                 (char *)(uintptr_t)EVP_MD_get0_name(md), 0);
    params[1] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, master, master_size);
    params[2] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed, sizeof(seed));
    params[3] = OSSL_PARAM_construct_end();
    if (EVP_KDF_derive(context, block, total, params) <= 0)
        goto out;
    memcpy(k->key, block + (server ? k->key_size : 0), k->key_size);
    memcpy(k->iv, block + 2 * k->key_size + (server ? iv : 0), iv);
    good = true;
out:
    secret_wipe(block, sizeof(block));
    secret_wipe(master, sizeof(master));
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    return good;
}

static void put_number(uint8_t out[8], uint64_t number)
{
    for (int i = 0; i < 8; i++)
        out[i] = (uint8_t)(number >> (56 - 8 * i));
}

static void make_nonce(const struct keys *k, uint64_t number, uint8_t nonce[NONCE])
{
    uint8_t bytes[8];

    put_number(bytes, number);
    memcpy(nonce, k->iv, NONCE);
    for (int i = 0; i < 8; i++)
        nonce[NONCE - 8 + i] = k->explicit_nonce ? bytes[i] : nonce[NONCE - 8 + i] ^ bytes[i];
}

static bool seal(const struct keys *k, const uint8_t nonce[NONCE], const uint8_t *extra,
                 int extra_size, const uint8_t *plain, int plain_size, uint8_t *out)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int size = 0, last = 0;
    bool good;

    good = context && EVP_EncryptInit_ex(context, k->cipher, NULL, NULL, NULL) &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, NONCE, NULL) > 0 &&
           EVP_EncryptInit_ex(context, NULL, NULL, k->key, nonce) &&
           EVP_EncryptUpdate(context, NULL, &size, extra, extra_size) &&
           EVP_EncryptUpdate(context, out, &size, plain, plain_size) &&
           EVP_EncryptFinal_ex(context, out + size, &last) &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG, out + plain_size) > 0;
    EVP_CIPHER_CTX_free(context);
    return good;
}

static void put_header(uint8_t *record, uint8_t type, size_t size)
{
    record[0] = type;
    record[1] = SSL3_VERSION_MAJOR;
    record[2] = TLS1_2_VERSION_MINOR;
    record[3] = (uint8_t)(size >> 8);
    record[4] = (uint8_t)size;
}

static bool alert_1_3(const struct tls_traffic *t, const SSL *ssl, struct keys *k,
                      const uint8_t alert[2], uint8_t *record, size_t *size)
{
    uint8_t plain[3] = {alert[0], alert[1], ALERT_TYPE}, nonce[NONCE];
    const EVP_MD *md = digest_of(ssl);

    if (!t->secret_size || !expand(md, t->secret, t->secret_size, "key", k->key, k->key_size) ||
        !expand(md, t->secret, t->secret_size, "iv", k->iv, NONCE))
        return false;
    make_nonce(k, t->records, nonce);
    put_header(record, SSL3_RT_APPLICATION_DATA, sizeof(plain) + TAG);
    *size = TLS_RECORD_HEADER + sizeof(plain) + TAG;
    return seal(k, nonce, record, TLS_RECORD_HEADER, plain, sizeof(plain),
                record + TLS_RECORD_HEADER);
}

static bool alert_1_2(const struct tls_traffic *t, const SSL *ssl, struct keys *k,
                      const uint8_t alert[2], uint8_t *record, size_t *size)
{
    size_t prefix = k->explicit_nonce ? 8 : 0;
    uint8_t nonce[NONCE], extra[13];

    if (!keys_1_2(ssl, k))
        return false;
    make_nonce(k, t->records, nonce);
    put_number(extra, t->records);
    put_header(extra + 8, ALERT_TYPE, 2);
    put_header(record, ALERT_TYPE, prefix + 2 + TAG);
    memcpy(record + TLS_RECORD_HEADER, nonce + NONCE - 8, prefix);
    *size = TLS_RECORD_HEADER + prefix + 2 + TAG;
    return seal(k, nonce, extra, sizeof(extra), alert, 2, record + TLS_RECORD_HEADER + prefix);
}

bool tls_traffic_alert(const struct tls_traffic *t, const SSL *ssl, const uint8_t alert[2],
                       uint8_t *record, size_t *size)
{
    struct keys k = {.cipher = NULL};
    bool good;

    if (!t->encrypted) {
        put_header(record, ALERT_TYPE, 2);
        memcpy(record + TLS_RECORD_HEADER, alert, 2);
        *size = TLS_RECORD_HEADER + 2;
        return true;
    }
    good = !SSL_in_init(ssl) && choose_cipher(ssl, &k) &&
           (SSL_version(ssl) == TLS1_3_VERSION ? alert_1_3(t, ssl, &k, alert, record, size)
                                               : alert_1_2(t, ssl, &k, alert, record, size));
    secret_wipe(&k, sizeof(k));
    ERR_clear_error();
    return good;
}
