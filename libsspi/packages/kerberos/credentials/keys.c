/*
 * The keys that a credential accepts with: those of a keytab, of the LSA, made from a password, or
 * given by the caller as a keytab in memory.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "base/wire.h"

/* The keys that the KDC derives from this password with the default salt of `account` (RFC 4120 4),
 * as those of `service`. */
static krb5_error_code fill_keytab(krb5_context krb, krb5_keytab keytab, krb5_principal service,
                                   krb5_const_principal account, char *password)
{
    krb5_enctype *types = NULL;
    krb5_data salt = {0}, word = {.data = password, .length = (unsigned)strlen(password)};
    krb5_error_code code = krb5_get_permitted_enctypes(krb, &types);

    if (!code)
        code = krb5_principal2salt(krb, account, &salt);
    for (size_t i = 0; !code && types[i]; i++) {
        krb5_keytab_entry entry = {.principal = service};

        if (krb5_c_string_to_key(krb, types[i], &word, &salt, &entry.key))
            continue; /* a type that this library does not do */
        code = krb5_kt_add_entry(krb, keytab, &entry);
        krb5_free_keyblock_contents(krb, &entry.key);
    }
    krb5_free_data_contents(krb, &salt);
    if (types)
        krb5_free_enctypes(krb, types);
    return code;
}

/* The keytab in memory, made with the first acceptance. The credential is locked. */
static krb5_error_code explicit_keytab(krb5_context krb, struct kerb_credential *c)
{
    krb5_principal principal = NULL;
    krb5_error_code code;

    if (c->keys)
        return 0;
    if (!c->keytab && asprintf(&c->keytab, "MEMORY:credmgr-%p", (void *)c) < 0)
        c->keytab = NULL;
    code = c->keytab ? krb5_kt_resolve(krb, c->keytab, &c->keys) : ENOMEM;
    if (!code)
        code = krb5_parse_name(krb, c->client, &principal);
    if (!code)
        code = fill_keytab(krb, c->keys, principal, principal, c->password);
    if (code && c->keys) {
        krb5_kt_close(krb, c->keys);
        c->keys = NULL;
    }
    krb5_free_principal(krb, principal);
    return code;
}

krb5_error_code kerb_add_keys(krb5_context krb, struct kerb_credential *c, krb5_principal service,
                              krb5_const_principal account, char *password)
{
    krb5_error_code code;

    pthread_mutex_lock(&c->lock);
    code = explicit_keytab(krb, c);
    if (!code)
        code = fill_keytab(krb, c->keys, service, account, password);
    pthread_mutex_unlock(&c->lock);
    return code;
}

SECURITY_STATUS kerb_open_keytab(krb5_context krb, struct kerb_credential *c, krb5_keytab *keytab)
{
    krb5_error_code code = 0;

    *keytab = NULL;
    if (!(c->use & SECPKG_CRED_INBOUND))
        return SEC_E_NO_CREDENTIALS;
    if (c->source == KERB_MACHINE) {
        SECURITY_STATUS status = kerb_acceptor_keys(krb, c);

        if (status)
            return status;
    }
    /* Another thread may just be giving it a newer keytab. */
    pthread_mutex_lock(&c->lock);
    if (c->source == KERB_EXPLICIT)
        code = explicit_keytab(krb, c);
    if (!code)
        code = c->keytab ? krb5_kt_resolve(krb, c->keytab, keytab) : KRB5_KT_NOTFOUND;
    pthread_mutex_unlock(&c->lock);
    return kerb_status(krb, code, KERB_ACCEPTOR, "the keys to accept with");
}

/* ---- a keytab that the caller gave --------------------------------------------------------- */

#define KEYTAB_VERSION 0x0502 /* of MIT's files; all numbers in it are big-endian */
#define COMPONENTS_MAX 16

static krb5_data counted(struct wire_reader *r)
{
    uint16_t size = wire_u16be(r);
    const uint8_t *bytes = wire_bytes(r, size);

    return (krb5_data){.data = (char *)(uintptr_t)bytes, .length = bytes ? size : 0};
}

/* One entry, borrowed from `r`. False when it is malformed. */
static bool read_entry(struct wire_reader *r, krb5_principal_data *principal,
                       krb5_data names[COMPONENTS_MAX], krb5_keytab_entry *entry)
{
    uint16_t count = wire_u16be(r);
    krb5_data key;

    principal->realm = counted(r);
    if (count == 0 || count > COMPONENTS_MAX)
        return false;
    for (uint16_t i = 0; i < count; i++)
        names[i] = counted(r);
    principal->data = names;
    principal->length = count;
    principal->type = (krb5_int32)wire_u32be(r);
    entry->principal = principal;
    entry->timestamp = (krb5_timestamp)wire_u32be(r);
    entry->vno = wire_u8(r);
    entry->key.enctype = wire_u16be(r);
    key = counted(r);
    entry->key.contents = (krb5_octet *)key.data;
    entry->key.length = key.length;
    if (wire_ok(r) && wire_left(r) >= 4) { /* a version of more than 8 bits */
        uint32_t version = wire_u32be(r);

        entry->vno = version ? version : entry->vno;
    }
    return wire_ok(r) && principal->realm.length && key.length;
}

static krb5_error_code read_entries(krb5_context krb, const void *data, size_t size,
                                    krb5_keytab keytab, size_t *keys)
{
    struct wire_reader r = wire_reader(data, size);
    krb5_error_code code = 0;

    if (wire_u16be(&r) != KEYTAB_VERSION)
        return KRB5_KEYTAB_BADVNO;
    while (!code && wire_left(&r)) {
        krb5_keytab_entry entry = {.magic = KV5M_KEYTAB_ENTRY};
        krb5_principal_data principal = {.magic = KV5M_PRINCIPAL};
        krb5_data names[COMPONENTS_MAX];
        int32_t length = (int32_t)wire_u32be(&r);
        struct wire_reader one;

        if (!wire_ok(&r) || length == INT32_MIN)
            return KRB5_KT_FORMAT;
        if (length == 0) /* nothing but zeros comes behind */
            break;
        if (length < 0) { /* a hole */
            wire_skip(&r, (size_t)-length);
            continue;
        }
        one = wire_slice(&r, r.offset, (size_t)length);
        wire_skip(&r, (size_t)length);
        if (!read_entry(&one, &principal, names, &entry))
            return KRB5_KT_FORMAT;
        code = krb5_kt_add_entry(krb, keytab, &entry);
        (*keys)++;
    }
    return wire_ok(&r) ? code : KRB5_KT_FORMAT;
}

SECURITY_STATUS kerb_use_given_keytab(krb5_context krb, struct kerb_credential *c, const void *data,
                                      size_t size)
{
    size_t keys = 0;
    krb5_error_code code;

    if (asprintf(&c->keytab, "MEMORY:given-%p", (void *)c) < 0) {
        c->keytab = NULL;
        return SEC_E_INSUFFICIENT_MEMORY;
    }
    code = krb5_kt_resolve(krb, c->keytab, &c->keys);
    if (!code)
        code = read_entries(krb, data, size, c->keys, &keys);
    if (!code && !keys)
        code = KRB5_KT_NOTFOUND;
    if (!code && (c->use & SECPKG_CRED_OUTBOUND))
        code = kerb_use_keytab_as_client(krb, c, c->keytab);
    c->source = KERB_KEYTAB;
    if (!code)
        return SEC_E_OK;
    return kerb_status(krb, code, KERB_ACCEPTOR, "a keytab in an identity") ==
                   SEC_E_INSUFFICIENT_MEMORY
               ? SEC_E_INSUFFICIENT_MEMORY
               : SEC_E_UNKNOWN_CREDENTIALS;
}
