/*
 * The borrowed OCTET STRING for OpenSSL's templates, and the way in and out of DER.
 */
#include "libsspi/packages/tspkg/wire/asn1.h"

#include <limits.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

/* ---- the borrowed OCTET STRING ------------------------------------------------------------- */

/* An embedded value has its place in the structure around it: there is nothing to be made. */
static int octets_new(ASN1_VALUE **value, const ASN1_ITEM *item)
{
    (void)value, (void)item;
    return 0;
}

static void octets_clear(ASN1_VALUE **value, const ASN1_ITEM *item)
{
    (void)item;
    memset(*value, 0, sizeof(struct ts_bytes));
}

static int octets_read(ASN1_VALUE **value, const unsigned char *content, int size, int type,
                       char *collected, const ASN1_ITEM *item)
{
    (void)type, (void)item;
    if (*collected || size < 0) /* a string in pieces: BER, and not where it came from */
        return 0;
    *(struct ts_bytes *)(void *)*value = (struct ts_bytes){content, (size_t)size};
    return 1;
}

static int octets_write(const ASN1_VALUE **value, unsigned char *content, int *type,
                        const ASN1_ITEM *item)
{
    const struct ts_bytes *bytes = (const void *)*value;

    (void)type, (void)item;
    if (!bytes || !bytes->data)
        return -1; /* absent */
    if (content && bytes->size)
        memcpy(content, bytes->data, bytes->size);
    return (int)bytes->size;
}

static const ASN1_PRIMITIVE_FUNCS octets = {
    .prim_new = octets_new,
    .prim_free = octets_clear,
    .prim_clear = octets_clear,
    .prim_c2i = octets_read,
    .prim_i2c = octets_write,
};

/* clang-format off */
ASN1_ITEM_start(TS_OCTETS)
    ASN1_ITYPE_PRIMITIVE, V_ASN1_OCTET_STRING, NULL, 0, &octets, sizeof(struct ts_bytes), "octets"
ASN1_ITEM_end(TS_OCTETS)

/* ---- DER ----------------------------------------------------------------------------------- */

uint8_t *ts_asn1_encode(const void *value, const ASN1_ITEM *item, size_t limit, bool secret,
                        size_t *size)
/* clang-format on */
{
    int length = ASN1_item_i2d(value, NULL, item);
    uint8_t *der = NULL, *end;

    if (length <= 0 || (size_t)length > limit)
        return NULL;
    end = der = secret ? secret_alloc((size_t)length) : malloc((size_t)length);
    if (!der)
        return NULL;
    if (ASN1_item_i2d(value, &end, item) != length) {
        if (secret)
            secret_free(der);
        else
            free(der);
        return NULL;
    }
    *size = (size_t)length;
    return der;
}

void *ts_asn1_decode(struct ts_bytes from, const ASN1_ITEM *item, bool secret)
{
    const uint8_t *end = from.data;
    uint8_t *again = NULL;
    size_t size = 0;
    void *value = NULL;
    bool same = false;

    if (!from.data || from.size > LONG_MAX)
        return NULL;
    ERR_set_mark();
    value = ASN1_item_d2i(NULL, &end, (long)from.size, item);
    if (!value)
        goto out;
    again = ts_asn1_encode(value, item, from.size, secret, &size);
    same = again && size == from.size && memcmp(again, from.data, size) == 0;
out:
    if (secret)
        secret_free(again);
    else
        free(again);
    if (!same) {
        ASN1_item_free(value, item);
        value = NULL;
    }
    ERR_pop_to_mark();
    return value;
}
