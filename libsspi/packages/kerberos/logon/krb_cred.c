/*
 * KRB-CRED, the message in which tickets travel with their session keys (RFC 4120 5.8). Anybody can
 * submit one to the LSA, so it is read here, strictly, and not by krb5_rd_cred(), which follows
 * pointers that only a well-meaning sender has filled. What it holds is libkrb5's again.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/secret.h"
#include "base/wire.h"

#define USAGE_KRB_CRED 14 /* RFC 4120 7.5.1 */
#define COMPONENTS_MAX 16
#define DER_INTEGER    0x02
#define DER_BITS       0x03
#define DER_OCTETS     0x04
#define DER_TIME       0x18
#define DER_TEXT       0x1b /* KerberosString is a GeneralString */
#define DER_SEQUENCE   0x30
#define DER_TICKET     0x61 /* APPLICATION 1 */
#define DER_KRB_CRED   0x76 /* APPLICATION 22 */
#define DER_CRED_PART  0x7d /* APPLICATION 29 */
#define DER_FIELD(n)   ((uint8_t)(0xa0 + (n)))
#define TIME_DIGITS    15

/* ---- DER ----------------------------------------------------------------------------------- */

/* The contents of the next element, which must be of this type. */
static bool enter(struct wire_reader *r, uint8_t type, struct wire_reader *in)
{
    uint8_t found = wire_u8(r), first = wire_u8(r);
    size_t size = first;

    if (first & 0x80) {
        unsigned octets = first & 0x7f;

        if (octets == 0 || octets > 4) /* of no definite length, or longer than any message */
            wire_read_fail(r);
        for (size = 0; wire_ok(r) && octets; octets--)
            size = size << 8 | wire_u8(r);
    }
    if (found != type)
        wire_read_fail(r);
    if (!wire_ok(r) || size > wire_left(r)) {
        wire_read_fail(r);
        return false;
    }
    *in = wire_slice(r, r->offset, size);
    wire_skip(r, size);
    return wire_ok(r) && wire_ok(in);
}

/* An element of this type comes next. */
static bool comes(const struct wire_reader *r, uint8_t type)
{
    struct wire_reader look = *r;

    return wire_left(r) > 0 && wire_u8(&look) == type;
}

/* Field n of a SEQUENCE, with one element of this type in it. */
static bool field(struct wire_reader *r, unsigned n, uint8_t type, struct wire_reader *in)
{
    struct wire_reader tagged;

    return enter(r, DER_FIELD(n), &tagged) && enter(&tagged, type, in) && wire_done(&tagged);
}

/* A whole number of 32 bits, signed or not: RFC 4120's Int32 and UInt32. */
static bool number_field(struct wire_reader *r, unsigned n, int64_t *value)
{
    struct wire_reader in;
    size_t size;

    if (!field(r, n, DER_INTEGER, &in))
        return false;
    size = wire_left(&in);
    if (size < 1 || size > 5)
        return false;
    *value = (int8_t)wire_u8(&in);
    while (--size)
        *value = *value * 256 + wire_u8(&in);
    return *value >= INT32_MIN && *value <= UINT32_MAX;
}

static bool skip_field(struct wire_reader *r, unsigned n)
{
    struct wire_reader in;

    return !comes(r, DER_FIELD(n)) || enter(r, DER_FIELD(n), &in);
}

/* Bytes as new memory that libkrb5 frees. */
static bool copy_bytes(struct wire_reader *in, krb5_data *out)
{
    size_t size = wire_left(in);
    const uint8_t *bytes = wire_bytes(in, size);

    out->data = bytes ? malloc(size + 1) : NULL;
    if (!out->data)
        return false;
    memcpy(out->data, bytes, size);
    out->data[size] = 0;
    out->length = (unsigned)size;
    return true;
}

/* A text that hides nothing behind a zero. */
static bool copy_text(struct wire_reader *in, krb5_data *out)
{
    return copy_bytes(in, out) && strlen(out->data) == out->length;
}

/* "20270131235959Z"; a field that is not there is 0. */
static bool time_field(struct wire_reader *r, unsigned n, krb5_timestamp *out)
{
    char text[TIME_DIGITS + 1] = "", *end;
    struct tm t = {0};
    struct wire_reader in;
    time_t when;

    *out = 0;
    if (!comes(r, DER_FIELD(n)))
        return true;
    if (!field(r, n, DER_TIME, &in) || wire_left(&in) != TIME_DIGITS)
        return false;
    wire_copy(&in, text, TIME_DIGITS);
    for (int i = 0; i < TIME_DIGITS - 1; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    end = strptime(text, "%Y%m%d%H%M%SZ", &t);
    when = end && !*end ? timegm(&t) : -1;
    *out = (krb5_timestamp)(uint32_t)when; /* libkrb5 counts until 2106 in it */
    return when >= 0 && when <= UINT32_MAX;
}

/* ---- KrbCredInfo --------------------------------------------------------------------------- */

/* PrincipalName: SEQUENCE { name-type [0] Int32, name-string [1] SEQUENCE OF KerberosString } */
static bool read_name(struct wire_reader *in, krb5_principal p)
{
    struct wire_reader names, name;
    int64_t type;

    if (!number_field(in, 0, &type) || !field(in, 1, DER_SEQUENCE, &names) || !wire_done(in))
        return false;
    p->type = (krb5_int32)type;
    p->data = calloc(COMPONENTS_MAX, sizeof(*p->data));
    if (!p->data)
        return false;
    while (wire_left(&names)) {
        if (p->length == COMPONENTS_MAX || !enter(&names, DER_TEXT, &name) ||
            !copy_text(&name, &p->data[p->length++]))
            return false;
    }
    return p->length > 0;
}

/* A realm and a name, in the fields n and n + 1. */
static bool read_principal(struct wire_reader *r, unsigned n, krb5_principal *out)
{
    struct wire_reader in;
    krb5_principal p = calloc(1, sizeof(*p));

    *out = p;
    if (!p)
        return false;
    p->magic = KV5M_PRINCIPAL;
    return field(r, n, DER_TEXT, &in) && copy_text(&in, &p->realm) && p->realm.length > 0 &&
           field(r, n + 1, DER_SEQUENCE, &in) && read_name(&in, p);
}

/* EncryptionKey: SEQUENCE { keytype [0] Int32, keyvalue [1] OCTET STRING }, of a type and size that
 * go together. */
static bool read_key(krb5_context krb, struct wire_reader *in, krb5_keyblock *key)
{
    struct wire_reader value;
    krb5_data bytes;
    size_t random, length;
    int64_t type;

    if (!number_field(in, 0, &type) || !field(in, 1, DER_OCTETS, &value) || !wire_done(in) ||
        krb5_c_keylengths(krb, (krb5_enctype)type, &random, &length) ||
        length != wire_left(&value) || !copy_bytes(&value, &bytes))
        return false;
    key->magic = KV5M_KEYBLOCK;
    key->enctype = (krb5_enctype)type;
    key->contents = (krb5_octet *)bytes.data;
    key->length = bytes.length;
    return true;
}

/* TicketFlags: a BIT STRING whose first 32 bits count. */
static bool read_flags(struct wire_reader *r, krb5_flags *flags)
{
    struct wire_reader in;

    if (!comes(r, DER_FIELD(3)))
        return true;
    if (!field(r, 3, DER_BITS, &in))
        return false;
    wire_skip(&in, 1); /* how many of the last bits are unused */
    *flags = (krb5_flags)wire_u32be(&in);
    return wire_ok(&in);
}

/*
 * KrbCredInfo: SEQUENCE { key [0], prealm [1], pname [2], flags [3], authtime [4], starttime [5],
 * endtime [6], renew-till [7], srealm [8], sname [9], caddr [10] }. The names are optional for RFC
 * 4120 only: a ticket of nobody, for nothing, is of no use.
 */
static bool read_info(krb5_context krb, struct wire_reader *in, krb5_creds *c)
{
    struct wire_reader key;

    return field(in, 0, DER_SEQUENCE, &key) && read_key(krb, &key, &c->keyblock) &&
           read_principal(in, 1, &c->client) && read_flags(in, &c->ticket_flags) &&
           time_field(in, 4, &c->times.authtime) && time_field(in, 5, &c->times.starttime) &&
           time_field(in, 6, &c->times.endtime) && time_field(in, 7, &c->times.renew_till) &&
           read_principal(in, 8, &c->server) && skip_field(in, 10) && wire_done(in);
}

/* ---- EncKrbCredPart ------------------------------------------------------------------------ */

/* The i-th ticket as it is, once libkrb5 can read it. */
static krb5_error_code take_ticket(krb5_context krb, struct wire_reader *tickets, krb5_creds *c)
{
    size_t begin = tickets->offset;
    struct wire_reader in, whole;
    krb5_ticket *ticket = NULL;
    krb5_error_code code;

    if (!enter(tickets, DER_TICKET, &in))
        return ASN1_PARSE_ERROR;
    whole = wire_slice(tickets, begin, tickets->offset - begin);
    if (wire_left(&whole) > KERB_CRED_TICKET_MAX)
        return E2BIG;
    if (!copy_bytes(&whole, &c->ticket))
        return ENOMEM;
    code = krb5_decode_ticket(&c->ticket, &ticket);
    krb5_free_ticket(krb, ticket);
    return code;
}

/*
 * EncKrbCredPart: [APPLICATION 29] SEQUENCE { ticket-info [0] SEQUENCE OF KrbCredInfo, nonce [1],
 * timestamp [2], usec [3], s-address [4], r-address [5] }. There is one KrbCredInfo for each
 * ticket. Times and addresses would tell a replay between hosts; this message crosses none.
 */
static krb5_error_code read_part(krb5_context krb, struct wire_reader *r,
                                 struct wire_reader *tickets, krb5_creds ***out)
{
    struct wire_reader part, in, infos, info;
    krb5_error_code code = ASN1_PARSE_ERROR;
    krb5_creds **list = calloc(KERB_CRED_TICKETS + 1, sizeof(*list));
    size_t count = 0;

    if (!list)
        return ENOMEM;
    if (!enter(r, DER_CRED_PART, &part) || !enter(&part, DER_SEQUENCE, &in) || !wire_done(&part) ||
        !field(&in, 0, DER_SEQUENCE, &infos))
        goto out;
    for (unsigned n = 1; n <= 5; n++)
        if (!skip_field(&in, n))
            goto out;
    if (!wire_done(&in) || !wire_left(&infos))
        goto out;
    while (wire_left(&infos)) {
        code = E2BIG;
        if (count == KERB_CRED_TICKETS)
            goto out;
        code = ENOMEM;
        list[count] = calloc(1, sizeof(**list));
        if (!list[count])
            goto out;
        list[count]->magic = KV5M_CREDS;
        code = ASN1_PARSE_ERROR;
        if (!enter(&infos, DER_SEQUENCE, &info) || !read_info(krb, &info, list[count]))
            goto out;
        code = take_ticket(krb, tickets, list[count++]);
        if (code)
            goto out;
    }
    code = wire_done(tickets) ? 0 : ASN1_PARSE_ERROR;
out:
    if (code)
        krb5_free_tgt_creds(krb, list);
    else
        *out = list;
    return code;
}

/* ---- KRB-CRED ------------------------------------------------------------------------------ */

/* The encrypted part in the clear; secret memory, which may be longer than what is in it. */
static krb5_error_code open_part(krb5_context krb, const krb5_keyblock *key, int64_t enctype,
                                 struct wire_reader *cipher, void **plain, size_t *size)
{
    krb5_enc_data sealed = {.enctype = (krb5_enctype)enctype};
    krb5_data open = {0};
    krb5_error_code code;

    *size = wire_left(cipher);
    *plain = secret_dup(wire_bytes(cipher, *size), *size);
    if (!*plain)
        return ENOMEM;
    if (enctype == ENCTYPE_NULL)
        return 0;
    if (!key)
        return KRB5KRB_AP_ERR_NOKEY;
    if (key->enctype != (krb5_enctype)enctype)
        return KRB5_BAD_ENCTYPE;
    sealed.ciphertext = (krb5_data){.length = (unsigned)*size, .data = *plain};
    open = (krb5_data){.length = (unsigned)*size, .data = secret_alloc(*size)};
    code = open.data ? krb5_c_decrypt(krb, key, USAGE_KRB_CRED, NULL, &sealed, &open) : ENOMEM;
    secret_free(*plain);
    *plain = open.data;
    *size = code ? 0 : open.length;
    return code;
}

/*
 * KRB-CRED: [APPLICATION 22] SEQUENCE { pvno [0] 5, msg-type [1] 22, tickets [2] SEQUENCE OF
 * Ticket, enc-part [3] SEQUENCE { etype [0] Int32, kvno [1] UInt32 OPTIONAL, cipher [2] OCTET
 * STRING } }
 */
krb5_error_code kerb_cred_read(krb5_context krb, const void *data, size_t size,
                               const krb5_keyblock *key, krb5_creds ***creds)
{
    struct wire_reader r = wire_reader(data, size), outer, in, tickets, sealed, cipher, part;
    int64_t version = 0, type = 0, enctype = 0;
    krb5_error_code code;
    void *plain = NULL;
    size_t plain_size = 0;

    *creds = NULL;
    if (!enter(&r, DER_KRB_CRED, &outer) || !enter(&outer, DER_SEQUENCE, &in) ||
        !wire_done(&outer) || !wire_done(&r) || !number_field(&in, 0, &version) ||
        !number_field(&in, 1, &type))
        return ASN1_PARSE_ERROR;
    if (version != 5)
        return KRB5KRB_AP_ERR_BADVERSION;
    if (type != 22)
        return KRB5KRB_AP_ERR_MSG_TYPE;
    if (!field(&in, 2, DER_SEQUENCE, &tickets) || !field(&in, 3, DER_SEQUENCE, &sealed) ||
        !wire_done(&in) || !number_field(&sealed, 0, &enctype) || !skip_field(&sealed, 1) ||
        !field(&sealed, 2, DER_OCTETS, &cipher) || !wire_done(&sealed))
        return ASN1_PARSE_ERROR;
    code = open_part(krb, key, enctype, &cipher, &plain, &plain_size);
    if (!code) {
        part = wire_reader(plain, plain_size);
        code = read_part(krb, &part, &tickets, creds);
    }
    secret_free(plain);
    return code;
}
