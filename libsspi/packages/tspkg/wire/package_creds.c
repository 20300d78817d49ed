/*
 * KERB_TICKET_LOGON and NTLM_REMOTE_SUPPLEMENTAL_CREDENTIAL, as Remote Credential Guard sends them:
 * reader and writer of each, side by side.
 */
#include "libsspi/packages/tspkg/wire/package_creds.h"

#include <ntsecapi.h>

#include "base/secret.h"
#include "base/wire.h"
#include "libsspi/packages/tspkg/wire/credentials.h"

/* ---- Kerberos ------------------------------------------------------------------------------ */

#define TICKET_LOGON_HEAD 32 /* four ULONGs, two pointers */

static struct ts_bytes at(const struct wire_reader *r, uint64_t offset, uint32_t size)
{
    struct wire_reader part = wire_slice(r, offset < r->size ? (size_t)offset : r->size, size);
    struct ts_bytes bytes = {wire_bytes(&part, size), size};

    return size && offset >= TICKET_LOGON_HEAD && wire_ok(&part) ? bytes
                                                                 : (struct ts_bytes){NULL, 0};
}

bool ts_ticket_logon_read(struct ts_bytes data, struct ts_ticket_logon *out)
{
    struct wire_reader r = wire_reader(data.data, data.size);
    bool known = wire_u32le(&r) == KerbTicketLogon;
    uint32_t ticket_size, tgt_size;
    uint64_t ticket, tgt;

    out->flags = wire_u32le(&r);
    ticket_size = wire_u32le(&r);
    tgt_size = wire_u32le(&r);
    ticket = wire_u64le(&r);
    tgt = wire_u64le(&r);
    out->service_ticket = at(&r, ticket, ticket_size);
    out->tgt = at(&r, tgt, tgt_size);
    return known && wire_ok(&r) && out->service_ticket.data && out->tgt.data;
}

bool ts_ticket_logon_write(const struct ts_ticket_logon *logon, uint8_t **data, size_t *size)
{
    struct ts_bytes ticket = logon->service_ticket, tgt = logon->tgt;
    struct wire_writer w;

    *data = NULL;
    *size = 0;
    if (ticket.size > TS_CREDENTIALS_MAX || tgt.size > TS_CREDENTIALS_MAX)
        return false;
    *size = TICKET_LOGON_HEAD + ticket.size + tgt.size;
    *data = secret_alloc(*size);
    if (!*data)
        return false;
    w = wire_writer(*data, *size);
    wire_put_u32le(&w, KerbTicketLogon);
    wire_put_u32le(&w, logon->flags);
    wire_put_u32le(&w, (uint32_t)ticket.size);
    wire_put_u32le(&w, (uint32_t)tgt.size);
    wire_put_u64le(&w, TICKET_LOGON_HEAD);
    wire_put_u64le(&w, TICKET_LOGON_HEAD + ticket.size);
    wire_put_bytes(&w, ticket.data, ticket.size);
    wire_put_bytes(&w, tgt.data, tgt.size);
    return true;
}

/* [MS-RPCE] 2.2.6.1 and 2.2.6.2: version 1, little-endian; the size of what follows, a multiple
 * of 8. */
#define NDR_HEAD     0x00081001u
#define NDR_FILLER   0xccccccccu
#define NDR_REFERENT 0x00020000u
#define KERB_KEY_FIX (5 * 4) /* bytes of the structure before its array */

static size_t kerb_key_body(size_t value_size)
{
    return (KERB_KEY_FIX + value_size + 7) / 8 * 8;
}

bool ts_kerb_key_read(struct ts_bytes data, struct ts_kerb_key *out)
{
    struct wire_reader r = wire_reader(data.data, data.size);
    bool known = wire_u32le(&r) == NDR_HEAD;
    size_t body;

    wire_u32le(&r); /* a filler that nobody reads */
    body = wire_u32le(&r);
    wire_u32le(&r);
    wire_u32le(&r); /* reserved1: a pointer that is none */
    out->type = (int32_t)wire_u32le(&r);
    out->value.size = wire_u32le(&r);
    known = known && wire_u32le(&r) != 0 && wire_u32le(&r) == out->value.size;
    known = known && out->value.size && out->value.size <= TS_KERB_KEY_MAX &&
            body == kerb_key_body(out->value.size);
    out->value.data = known ? wire_bytes(&r, out->value.size) : NULL;
    wire_skip(&r, known ? body - KERB_KEY_FIX - out->value.size : 0);
    return known && wire_done(&r);
}

bool ts_kerb_key_write(const struct ts_kerb_key *key, uint8_t **data, size_t *size)
{
    size_t body = kerb_key_body(key->value.size);
    struct wire_writer w;

    *data = NULL;
    *size = 0;
    if (!key->value.size || key->value.size > TS_KERB_KEY_MAX)
        return false;
    *size = 16 + body;
    *data = secret_alloc(*size);
    if (!*data)
        return false;
    w = wire_writer(*data, *size);
    wire_put_u32le(&w, NDR_HEAD);
    wire_put_u32le(&w, NDR_FILLER);
    wire_put_u32le(&w, (uint32_t)body);
    wire_put_u32le(&w, 0);
    wire_put_u32le(&w, 0);
    wire_put_u32le(&w, (uint32_t)key->type);
    wire_put_u32le(&w, (uint32_t)key->value.size);
    wire_put_u32le(&w, NDR_REFERENT);
    wire_put_u32le(&w, (uint32_t)key->value.size);
    wire_put_bytes(&w, key->value.data, key->value.size);
    return true; /* secret memory is zero behind it */
}

/* ---- NTLM ---------------------------------------------------------------------------------- */

#define NTLM_HEAD (4 + 4 + TS_NTLM_KEY_SIZE + 4 + 4)

bool ts_ntlm_credential_read(struct ts_bytes data, struct ts_ntlm_credential *out)
{
    struct wire_reader r = wire_reader(data.data, data.size);
    bool known = wire_u32le(&r) == MSV1_0_CRED_VERSION_REMOTE;

    out->flags = wire_u32le(&r);
    out->key = wire_bytes(&r, TS_NTLM_KEY_SIZE);
    out->key_type = wire_u32le(&r);
    out->encrypted_creds.size = wire_u32le(&r);
    out->encrypted_creds.data = wire_bytes(&r, out->encrypted_creds.size);
    return known && wire_ok(&r);
}

bool ts_ntlm_credential_write(const struct ts_ntlm_credential *credential, uint8_t **data,
                              size_t *size)
{
    struct ts_bytes creds = credential->encrypted_creds;
    struct wire_writer w;

    *data = NULL;
    *size = 0;
    if (creds.size > TS_CREDENTIALS_MAX)
        return false;
    *size = NTLM_HEAD + creds.size;
    *data = secret_alloc(*size);
    if (!*data)
        return false;
    w = wire_writer(*data, *size);
    wire_put_u32le(&w, MSV1_0_CRED_VERSION_REMOTE);
    wire_put_u32le(&w, credential->flags);
    wire_put_bytes(&w, credential->key, TS_NTLM_KEY_SIZE);
    wire_put_u32le(&w, credential->key_type);
    wire_put_u32le(&w, (uint32_t)creds.size);
    wire_put_bytes(&w, creds.data, creds.size);
    return true;
}
