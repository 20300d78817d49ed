/*
 * PKCS#12 (PFX), RFC 7292: a certificate, its key and its chain under one password. What older
 * Windows wrote is encrypted with RC2, which OpenSSL has in its legacy provider only; such a file
 * is read in a library context of its own, and the key taken over into the ordinary one.
 */
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <string.h>

#include "base/secret.h"
#include "libsspi/certificates/load.h"

/* Each password is tried over so many iterations: what asks for more is not from anybody who wants
 * to be read. Windows writes 2,000, OpenSSL 2,048. */
#define ITERATIONS_MAX 1000000

static bool too_many(const ASN1_INTEGER *iterations)
{
    int64_t count = 1;

    return iterations && (!ASN1_INTEGER_get_int64(&count, iterations) || count > ITERATIONS_MAX);
}

static bool too_slow(const PKCS12 *p12)
{
    const ASN1_INTEGER *iterations = NULL;

    PKCS12_get0_mac(NULL, NULL, NULL, &iterations, p12);
    return too_many(iterations);
}

/* How a key is made of the password: PKCS#12's own way and that of PKCS#5 1.5 have the count alike,
 * PBES2 has it in PBKDF2. What is none of these OpenSSL does not know, but for scrypt, whose memory
 * it limits. */
static bool is_slow(const X509_ALGOR *how)
{
    const ASN1_OBJECT *object;
    const void *value;
    PBEPARAM *old = NULL;
    PBE2PARAM *new = NULL;
    PBKDF2PARAM *inner = NULL;
    bool slow = false;
    int type;

    X509_ALGOR_get0(&object, &type, &value, how);
    if (type != V_ASN1_SEQUENCE)
        return false;
    if (OBJ_obj2nid(object) != NID_pbes2) {
        old = ASN1_item_unpack(value, ASN1_ITEM_rptr(PBEPARAM));
        slow = old && too_many(old->iter);
    } else if ((new = ASN1_item_unpack(value, ASN1_ITEM_rptr(PBE2PARAM)))) {
        X509_ALGOR_get0(&object, &type, &value, new->keyfunc);
        if (OBJ_obj2nid(object) == NID_id_pbkdf2 && type == V_ASN1_SEQUENCE)
            inner = ASN1_item_unpack(value, ASN1_ITEM_rptr(PBKDF2PARAM));
        slow = inner && too_many(inner->iter);
    }
    PBEPARAM_free(old);
    PBKDF2PARAM_free(inner);
    PBE2PARAM_free(new);
    return slow;
}

static bool has_slow_keys(const STACK_OF(PKCS12_SAFEBAG) *bags, unsigned depth)
{
    bool slow = depth > 4;

    for (int i = 0; !slow && i < sk_PKCS12_SAFEBAG_num(bags); i++) {
        const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);
        const X509_ALGOR *how = NULL;

        if (PKCS12_SAFEBAG_get_nid(bag) == NID_safeContentsBag) {
            slow = has_slow_keys(PKCS12_SAFEBAG_get0_safes(bag), depth + 1);
        } else if (PKCS12_SAFEBAG_get_nid(bag) == NID_pkcs8ShroudedKeyBag) {
            X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag), &how, NULL);
            slow = is_slow(how);
        }
    }
    return slow;
}

/* What is within, of each part before it is decrypted. */
static bool too_slow_within(const PKCS12 *p12, const char *password)
{
    STACK_OF(PKCS7) *parts = PKCS12_unpack_authsafes(p12);
    bool slow = false;

    for (int i = 0; !slow && i < sk_PKCS7_num(parts); i++) {
        PKCS7 *part = sk_PKCS7_value(parts, i);
        STACK_OF(PKCS12_SAFEBAG) *bags = NULL;

        if (PKCS7_type_is_data(part)) {
            bags = PKCS12_unpack_p7data(part);
        } else if (PKCS7_type_is_encrypted(part)) {
            slow = is_slow(part->d.encrypted->enc_data->algorithm);
            if (!slow)
                bags =
                    PKCS12_unpack_p7encdata(part, password, password ? (int)strlen(password) : 0);
        }
        slow = slow || has_slow_keys(bags, 0);
        sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    }
    sk_PKCS7_pop_free(parts, PKCS7_free);
    return slow;
}

/* Which password is right: none, an empty one, or the one that is asked for. */
static SECURITY_STATUS find_password(PKCS12 *p12, struct asker *asker, char *password,
                                     const char **found)
{
    *found = NULL;
    if (!PKCS12_mac_present(p12) || PKCS12_verify_mac(p12, NULL, 0))
        return SEC_E_OK;
    *found = "";
    if (PKCS12_verify_mac(p12, "", 0))
        return SEC_E_OK;
    if (asker_password(password, LOAD_PASSWORD_MAX, 0, asker) < 0)
        return SEC_E_LOGON_DENIED;
    *found = password;
    return PKCS12_verify_mac(p12, password, -1) ? SEC_E_OK : SEC_E_LOGON_DENIED;
}

/* A key of another library context, as one of the ordinary one. */
static EVP_PKEY *take_over(EVP_PKEY *key)
{
    PKCS8_PRIV_KEY_INFO *plain = key ? EVP_PKEY2PKCS8(key) : NULL;
    EVP_PKEY *ours = plain ? EVP_PKCS82PKEY(plain) : NULL;

    PKCS8_PRIV_KEY_INFO_free(plain);
    EVP_PKEY_free(key);
    return ours;
}

static X509 *take_over_certificate(X509 *x509)
{
    unsigned char *der = NULL;
    int size = i2d_X509(x509, &der);
    const unsigned char *at = der;
    X509 *ours = size > 0 ? d2i_X509(NULL, &at, size) : NULL;
    int length = 0;
    unsigned char *alias = X509_alias_get0(x509, &length);

    if (ours && alias)
        X509_alias_set1(ours, alias, length);
    OPENSSL_free(der);
    X509_free(x509);
    return ours;
}

static SECURITY_STATUS add(X509 *leaf, STACK_OF(X509) *others, EVP_PKEY *key, bool foreign,
                           struct loaded *loaded)
{
    bool had_key = key != NULL;
    SECURITY_STATUS status = SEC_E_OK;

    if (foreign)
        key = take_over(key);
    if (had_key && !key)
        status = SEC_E_INSUFFICIENT_MEMORY;
    EVP_PKEY_free(loaded->key);
    loaded->key = key;
    /* without a key PKCS12_parse() leaves every certificate among the others */
    if (leaf && !sk_X509_unshift(others, leaf)) {
        X509_free(leaf);
        status = SEC_E_INSUFFICIENT_MEMORY;
    }
    while (sk_X509_num(others) > 0) {
        X509 *x509 = sk_X509_shift(others);

        if (foreign)
            x509 = take_over_certificate(x509);
        if (!x509 || !loaded_certificate(loaded, x509))
            status = SEC_E_INSUFFICIENT_MEMORY;
    }
    return status;
}

static SECURITY_STATUS parse(OSSL_LIB_CTX *library, const void *bytes, size_t size,
                             struct asker *asker, struct loaded *loaded, bool *unknown)
{
    PKCS12 *p12 = PKCS12_init_ex(NID_pkcs7_data, library, NULL);
    BIO *memory = BIO_new_mem_buf(bytes, (int)size);
    char *password = secret_alloc(LOAD_PASSWORD_MAX);
    const char *found = NULL;
    X509 *leaf = NULL;
    EVP_PKEY *key = NULL;
    STACK_OF(X509) *others = sk_X509_new_null();
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

    *unknown = false;
    if (!p12 || !memory || !password || !others)
        goto out;
    status = SEC_E_CERT_UNKNOWN;
    /* which ends p12 itself where it has begun to fill it */
    if (!d2i_PKCS12_bio(memory, &p12) || too_slow(p12))
        goto out;
    status = find_password(p12, asker, password, &found);
    if (status != SEC_E_OK)
        goto out;
    if (too_slow_within(p12, found)) {
        status = SEC_E_CERT_UNKNOWN;
        goto out;
    }
    if (!PKCS12_parse(p12, found, &key, &leaf, &others)) {
        *unknown = PKCS12_mac_present(p12);
        status = SEC_E_CERT_UNKNOWN;
        goto out;
    }
    status = add(leaf, others, key, library != NULL, loaded);
out:
    sk_X509_pop_free(others, X509_free);
    PKCS12_free(p12);
    BIO_free(memory);
    secret_free(password);
    return status;
}

/* The password that the first attempt was given, for the second. */
struct once {
    struct asker *asker;
    char *password;
    LONG length;
};

static LONG WINAPI ask_once(void *context, const char *source, char *password, ULONG size)
{
    struct once *once = context;

    once->asker->wanted = true;
    if (once->length < 0 && once->asker->callback)
        once->length = once->asker->callback(once->asker->context, source, once->password, size);
    if (once->length < 0 || (ULONG)once->length > size)
        return -1;
    memcpy(password, once->password, (size_t)once->length);
    once->asker->answered = true;
    return once->length;
}

static SECURITY_STATUS parse_legacy(const void *bytes, size_t size, struct asker *asker,
                                    struct loaded *loaded)
{
    OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();
    OSSL_PROVIDER *legacy = library ? OSSL_PROVIDER_load(library, "legacy") : NULL;
    OSSL_PROVIDER *standard = legacy ? OSSL_PROVIDER_load(library, "default") : NULL;
    SECURITY_STATUS status = SEC_E_CERT_UNKNOWN;
    bool unknown;

    if (standard)
        status = parse(library, bytes, size, asker, loaded, &unknown);
    OSSL_PROVIDER_unload(standard);
    OSSL_PROVIDER_unload(legacy);
    OSSL_LIB_CTX_free(library);
    return status;
}

SECURITY_STATUS load_pkcs12(const void *bytes, size_t size, struct asker *asker,
                            struct loaded *loaded)
{
    struct once once = {asker, secret_alloc(LOAD_PASSWORD_MAX), -1};
    struct asker again = {.source = asker->source, .callback = ask_once, .context = &once};
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;
    bool unknown;

    if (!once.password)
        return status;
    status = parse(NULL, bytes, size, &again, loaded, &unknown);
    if (unknown) {
        ERR_set_mark();
        status = parse_legacy(bytes, size, &again, loaded);
        ERR_pop_to_mark();
    }
    secret_free(once.password);
    return status;
}
