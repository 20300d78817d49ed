/*
 * TSCredentials, [MS-CSSP] 2.2.1.2: reader and writer of each type, side by side.
 */
#include "libsspi/packages/tspkg/wire/credentials.h"

#include <openssl/err.h>
#include <string.h>

#include "base/secret.h"
#include "libsspi/packages/tspkg/wire/asn1.h"

typedef struct {
    uint32_t type;
    struct ts_bytes credentials;
} TS_CREDENTIALS;
DECLARE_ASN1_ITEM(TS_CREDENTIALS)

typedef struct ts_password_creds TS_PASSWORD;
DECLARE_ASN1_ITEM(TS_PASSWORD)

typedef struct {
    uint32_t key_spec;
    struct ts_bytes card, reader, container, csp;
} TS_CSP_DATA;
DECLARE_ASN1_ITEM(TS_CSP_DATA)

typedef struct {
    struct ts_bytes pin;
    TS_CSP_DATA csp;
    struct ts_bytes user_hint, domain_hint;
} TS_SMART_CARD;
DECLARE_ASN1_ITEM(TS_SMART_CARD)

typedef struct ts_package_cred TS_PACKAGE_CRED;
DECLARE_ASN1_ITEM(TS_PACKAGE_CRED)
DEFINE_STACK_OF(TS_PACKAGE_CRED)

typedef struct {
    TS_PACKAGE_CRED logon;
    STACK_OF(TS_PACKAGE_CRED) *supplemental;
} TS_REMOTE_GUARD;
DECLARE_ASN1_ITEM(TS_REMOTE_GUARD)

/* clang-format off */

ASN1_SEQUENCE(TS_CREDENTIALS) = {
    ASN1_EXP_EMBED(TS_CREDENTIALS, type, UINT32, 0),
    ASN1_EXP_EMBED(TS_CREDENTIALS, credentials, TS_OCTETS, 1),
} ASN1_SEQUENCE_END(TS_CREDENTIALS)

ASN1_SEQUENCE(TS_PASSWORD) = {
    ASN1_EXP_EMBED(TS_PASSWORD, domain, TS_OCTETS, 0),
    ASN1_EXP_EMBED(TS_PASSWORD, user, TS_OCTETS, 1),
    ASN1_EXP_EMBED(TS_PASSWORD, password, TS_OCTETS, 2),
} ASN1_SEQUENCE_END(TS_PASSWORD)

ASN1_SEQUENCE(TS_CSP_DATA) = {
    ASN1_EXP_EMBED(TS_CSP_DATA, key_spec, UINT32, 0),
    ASN1_EXP_OPT_EMBED(TS_CSP_DATA, card, TS_OCTETS, 1),
    ASN1_EXP_OPT_EMBED(TS_CSP_DATA, reader, TS_OCTETS, 2),
    ASN1_EXP_OPT_EMBED(TS_CSP_DATA, container, TS_OCTETS, 3),
    ASN1_EXP_OPT_EMBED(TS_CSP_DATA, csp, TS_OCTETS, 4),
} ASN1_SEQUENCE_END(TS_CSP_DATA)

ASN1_SEQUENCE(TS_SMART_CARD) = {
    ASN1_EXP_EMBED(TS_SMART_CARD, pin, TS_OCTETS, 0),
    ASN1_EXP_EMBED(TS_SMART_CARD, csp, TS_CSP_DATA, 1),
    ASN1_EXP_OPT_EMBED(TS_SMART_CARD, user_hint, TS_OCTETS, 2),
    ASN1_EXP_OPT_EMBED(TS_SMART_CARD, domain_hint, TS_OCTETS, 3),
} ASN1_SEQUENCE_END(TS_SMART_CARD)

ASN1_SEQUENCE(TS_PACKAGE_CRED) = {
    ASN1_EXP_EMBED(TS_PACKAGE_CRED, package, TS_OCTETS, 0),
    ASN1_EXP_EMBED(TS_PACKAGE_CRED, credential, TS_OCTETS, 1),
} ASN1_SEQUENCE_END(TS_PACKAGE_CRED)

ASN1_SEQUENCE(TS_REMOTE_GUARD) = {
    ASN1_EXP_EMBED(TS_REMOTE_GUARD, logon, TS_PACKAGE_CRED, 0),
    ASN1_EXP_SEQUENCE_OF_OPT(TS_REMOTE_GUARD, supplemental, TS_PACKAGE_CRED, 1),
} ASN1_SEQUENCE_END(TS_REMOTE_GUARD); /* clang-format would read on to the next semicolon */

/* clang-format on */

static bool is_text(struct ts_bytes bytes)
{
    return bytes.size <= TS_TEXT_MAX && bytes.size % 2 == 0;
}

/* ---- TSPasswordCreds, 2.2.1.2.1 ------------------------------------------------------------ */

static bool password_is_good(const struct ts_password_creds *creds)
{
    return is_text(creds->domain) && is_text(creds->user) && is_text(creds->password);
}

static bool password_read(struct ts_bytes der, struct ts_password_creds *out)
{
    TS_PASSWORD *creds = ts_asn1_decode(der, ASN1_ITEM_rptr(TS_PASSWORD), true);

    if (creds)
        *out = *creds;
    ASN1_item_free((void *)creds, ASN1_ITEM_rptr(TS_PASSWORD));
    return creds && password_is_good(out);
}

static struct ts_bytes or_empty(struct ts_bytes bytes)
{
    return bytes.data ? bytes : (struct ts_bytes){(const uint8_t *)"", 0};
}

static uint8_t *password_write(const struct ts_password_creds *creds, size_t *size)
{
    TS_PASSWORD wire = {or_empty(creds->domain), or_empty(creds->user), or_empty(creds->password)};

    if (!password_is_good(creds))
        return NULL;
    return ts_asn1_encode(&wire, ASN1_ITEM_rptr(TS_PASSWORD), TS_CREDENTIALS_MAX, true, size);
}

/* ---- TSSmartCardCreds, 2.2.1.2.2 ----------------------------------------------------------- */

static bool smart_card_is_good(const struct ts_smart_card_creds *creds)
{
    return is_text(creds->pin) && is_text(creds->card) && is_text(creds->reader) &&
           is_text(creds->container) && is_text(creds->csp) && is_text(creds->user_hint) &&
           is_text(creds->domain_hint);
}

static bool smart_card_read(struct ts_bytes der, struct ts_smart_card_creds *out)
{
    TS_SMART_CARD *creds = ts_asn1_decode(der, ASN1_ITEM_rptr(TS_SMART_CARD), true);

    if (creds)
        *out = (struct ts_smart_card_creds){
            .pin = creds->pin,
            .key_spec = creds->csp.key_spec,
            .card = creds->csp.card,
            .reader = creds->csp.reader,
            .container = creds->csp.container,
            .csp = creds->csp.csp,
            .user_hint = creds->user_hint,
            .domain_hint = creds->domain_hint,
        };
    ASN1_item_free((void *)creds, ASN1_ITEM_rptr(TS_SMART_CARD));
    return creds && smart_card_is_good(out);
}

static uint8_t *smart_card_write(const struct ts_smart_card_creds *creds, size_t *size)
{
    TS_SMART_CARD wire = {
        .pin = or_empty(creds->pin),
        .csp = {creds->key_spec, creds->card, creds->reader, creds->container, creds->csp},
        .user_hint = creds->user_hint,
        .domain_hint = creds->domain_hint,
    };

    if (!smart_card_is_good(creds))
        return NULL;
    return ts_asn1_encode(&wire, ASN1_ITEM_rptr(TS_SMART_CARD), TS_CREDENTIALS_MAX, true, size);
}

/* ---- TSRemoteGuardCreds, 2.2.1.2.3 --------------------------------------------------------- */

static bool package_cred_is_good(const struct ts_package_cred *cred)
{
    return cred->package.size && is_text(cred->package) && cred->credential.data &&
           cred->credential.size <= TS_CREDENTIALS_MAX;
}

static bool remote_guard_is_good(const struct ts_remote_guard_creds *creds)
{
    if (creds->count > TS_SUPPLEMENTAL_MAX || !package_cred_is_good(&creds->logon))
        return false;
    for (size_t i = 0; i < creds->count; i++)
        if (!package_cred_is_good(&creds->supplemental[i]))
            return false;
    return true;
}

static bool remote_guard_read(struct ts_bytes der, struct ts_remote_guard_creds *out)
{
    TS_REMOTE_GUARD *creds = ts_asn1_decode(der, ASN1_ITEM_rptr(TS_REMOTE_GUARD), true);
    int count = creds && creds->supplemental ? sk_TS_PACKAGE_CRED_num(creds->supplemental) : 0;
    bool fits = count >= 0 && count <= TS_SUPPLEMENTAL_MAX;

    if (creds && fits) {
        out->logon = creds->logon;
        for (int i = 0; i < count; i++)
            out->supplemental[i] = *sk_TS_PACKAGE_CRED_value(creds->supplemental, i);
        out->count = (size_t)count;
    }
    ASN1_item_free((void *)creds, ASN1_ITEM_rptr(TS_REMOTE_GUARD));
    return creds && fits && remote_guard_is_good(out);
}

static uint8_t *remote_guard_write(const struct ts_remote_guard_creds *creds, size_t *size)
{
    struct ts_remote_guard_creds copy = *creds; /* a stack of OpenSSL's is of what may change */
    TS_REMOTE_GUARD wire = {.logon = creds->logon};
    uint8_t *der = NULL;

    if (!remote_guard_is_good(creds))
        return NULL;
    if (creds->count && !(wire.supplemental = sk_TS_PACKAGE_CRED_new_null()))
        return NULL;
    for (size_t i = 0; i < creds->count; i++)
        if (!sk_TS_PACKAGE_CRED_push(wire.supplemental, &copy.supplemental[i]))
            goto out;
    der = ts_asn1_encode(&wire, ASN1_ITEM_rptr(TS_REMOTE_GUARD), TS_CREDENTIALS_MAX, true, size);
out:
    sk_TS_PACKAGE_CRED_free(wire.supplemental);
    return der;
}

/* ---- TSCredentials, 2.2.1.2 ---------------------------------------------------------------- */

bool ts_credentials_read(const uint8_t *der, size_t size, struct ts_credentials *out)
{
    TS_CREDENTIALS *outer = NULL;
    struct ts_bytes inside = {NULL, 0};
    uint32_t type = 0;
    bool good = false;

    memset(out, 0, sizeof(*out));
    ERR_set_mark();
    if (der && size <= TS_CREDENTIALS_MAX)
        outer = ts_asn1_decode((struct ts_bytes){der, size}, ASN1_ITEM_rptr(TS_CREDENTIALS), true);
    if (outer) {
        type = outer->type;
        inside = outer->credentials;
    }
    switch (type) {
    case TS_PASSWORD_CREDS:
        good = password_read(inside, &out->u.password);
        break;
    case TS_SMART_CARD_CREDS:
        good = smart_card_read(inside, &out->u.smart_card);
        break;
    case TS_REMOTE_GUARD_CREDS:
        good = remote_guard_read(inside, &out->u.remote_guard);
        break;
    default:
        break;
    }
    out->type = (enum ts_credentials_type)type;
    if (!good)
        memset(out, 0, sizeof(*out));
    ASN1_item_free((void *)outer, ASN1_ITEM_rptr(TS_CREDENTIALS));
    ERR_pop_to_mark();
    return good;
}

bool ts_credentials_write(const struct ts_credentials *credentials, uint8_t **der, size_t *size)
{
    TS_CREDENTIALS outer = {.type = credentials->type};
    uint8_t *inside = NULL;

    *der = NULL;
    *size = 0;
    ERR_set_mark();
    switch (credentials->type) {
    case TS_PASSWORD_CREDS:
        inside = password_write(&credentials->u.password, &outer.credentials.size);
        break;
    case TS_SMART_CARD_CREDS:
        inside = smart_card_write(&credentials->u.smart_card, &outer.credentials.size);
        break;
    case TS_REMOTE_GUARD_CREDS:
        inside = remote_guard_write(&credentials->u.remote_guard, &outer.credentials.size);
        break;
    }
    outer.credentials.data = inside;
    if (inside)
        *der =
            ts_asn1_encode(&outer, ASN1_ITEM_rptr(TS_CREDENTIALS), TS_CREDENTIALS_MAX, true, size);
    secret_free(inside);
    ERR_pop_to_mark();
    return *der != NULL;
}

bool ts_credentials_are_empty(const struct ts_credentials *credentials)
{
    const struct ts_password_creds *creds = &credentials->u.password;

    return credentials->type == TS_PASSWORD_CREDS && !creds->domain.size && !creds->user.size &&
           !creds->password.size;
}
