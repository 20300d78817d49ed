/*
 * What a handshake has come to, on its way from one half to the other. An initiator's is a record
 * of names and flags, since it may come from lsad, and no key leaves that; an acceptor's is a
 * number, since both halves are in one process and the negotiation is to be asked for the client.
 */
#include "libsspi/packages/tspkg/tspkg.h"

#include <credssp.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/utf16.h"
#include "base/wire.h"
#include "libsspi/packages/buffers.h"
#include "libsspi/packages/handle_map.h"

#define VERSION   1
#define NAME_MAX  4096 /* units */
#define INITIATOR 'I'
#define ACCEPTOR  'A'

void ts_established_free(struct ts_established *e)
{
    if (!e)
        return;
    lsa_inner()->remove(e->inner);
    ts_credential_release(e->credential);
    secret_free(e->delegated);
    free(e->name);
    free(e->package);
    free(e);
}

/* ---- what is known ----------------------------------------------------------------------------
 */

static WCHAR *copy_of(const WCHAR *text)
{
    size_t size = (utf16_length(text) + 1) * sizeof(WCHAR);
    WCHAR *copy = malloc(size);

    return copy ? memcpy(copy, text, size) : NULL;
}

/* The name may be missing: not every package tells an initiator who it is. */
static bool describe(struct ts_context *c, struct ts_established *e)
{
    LSA_SEC_HANDLE user;
    const SECPKG_USER_FUNCTION_TABLE *table = ts_negotiation(c->inner, &user);
    SecPkgContext_NegotiationInfoW info = {.PackageInfo = NULL};
    SecPkgContext_NamesW names = {.sUserName = NULL};
    bool good = true;

    if (!table || !table->QueryContextAttributes)
        return false;
    if (table->QueryContextAttributes(user, SECPKG_ATTR_NAMES, &names) == SEC_E_OK &&
        names.sUserName)
        good = (e->name = copy_of(names.sUserName)) != NULL;
    lsa_host_free(names.sUserName);
    if (table->QueryContextAttributes(user, SECPKG_ATTR_NEGOTIATION_INFO, &info) != SEC_E_OK)
        return false;
    good = good && (e->package = copy_of(info.PackageInfo->Name)) != NULL;
    lsa_host_free(info.PackageInfo);
    return good;
}

static struct ts_established *established(struct ts_context *c, ULONG attributes)
{
    struct ts_established *e = calloc(1, sizeof(*e));

    if (!e)
        return NULL;
    e->initiator = c->initiator;
    e->attributes = attributes;
    e->version = ts_handshake_peer_version(c->handshake);
    e->expiry = c->expiry.QuadPart;
    if (c->initiator && c->attributes & ISC_RET_MUTUAL_AUTH)
        e->server_auth = CREDSSP_SERVER_AUTH_NEGOTIATE;
    if (!describe(c, e)) {
        ts_established_free(e);
        return NULL;
    }
    return e;
}

/* ---- an initiator's ---------------------------------------------------------------------------
 */

static void put_text(struct wire_writer *w, const WCHAR *text)
{
    size_t units = text ? utf16_length(text) : 0;

    if (units > NAME_MAX)
        wire_write_fail(w);
    wire_put_u16le(w, (uint16_t)units);
    if (units)
        wire_put_bytes(w, text, units * sizeof(WCHAR));
}

static WCHAR *get_text(struct wire_reader *r)
{
    size_t units = wire_u16le(r);
    WCHAR *text = units <= NAME_MAX ? calloc(units + 1, sizeof(*text)) : NULL;

    if (text)
        wire_copy(r, text, units * sizeof(WCHAR));
    else
        wire_read_fail(r);
    return text;
}

static void record_write(struct wire_writer *w, const struct ts_established *e)
{
    wire_put_u8(w, INITIATOR);
    wire_put_u8(w, VERSION);
    wire_put_u32le(w, e->attributes);
    wire_put_u32le(w, e->server_auth);
    wire_put_u32le(w, e->version);
    wire_put_u64le(w, (uint64_t)e->expiry);
    put_text(w, e->name);
    put_text(w, e->package);
}

/* False: malformed, or no memory. */
static bool record_read(struct wire_reader *r, struct ts_established *e)
{
    if (wire_u8(r) != VERSION)
        return false;
    e->initiator = true;
    e->attributes = wire_u32le(r);
    e->server_auth = wire_u32le(r);
    e->version = wire_u32le(r);
    e->expiry = (int64_t)wire_u64le(r);
    e->name = get_text(r);
    e->package = get_text(r);
    return wire_done(r);
}

static SECURITY_STATUS pack_record(const struct ts_established *e, PSecBuffer packed)
{
    struct wire_writer w = wire_writer_grow(64 + 4 * NAME_MAX);
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

    record_write(&w, e);
    if (wire_write_ok(&w))
        status = buffers_put_context(ts_lsa, packed, w.data, w.offset);
    wire_writer_free(&w);
    return status;
}

/* ---- an acceptor's ----------------------------------------------------------------------------
 */

static struct handle_map on_the_way = HANDLE_MAP_INIT;

static SECURITY_STATUS pack_number(struct ts_established *e, PSecBuffer packed)
{
    static atomic_uintptr_t last;
    uintptr_t number = atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
    uint8_t bytes[1 + sizeof(number)] = {ACCEPTOR};
    SECURITY_STATUS status;

    memcpy(bytes + 1, &number, sizeof(number));
    status = buffers_put_context(ts_lsa, packed, bytes, sizeof(bytes));
    if (status != SEC_E_OK || handle_map_put(&on_the_way, number, e))
        return status;
    lsa_host_free(packed->pvBuffer);
    packed->pvBuffer = NULL;
    packed->cbBuffer = 0;
    return SEC_E_INSUFFICIENT_MEMORY;
}

/* The negotiation, and what was delegated, are the user-mode half's from now on. */
static SECURITY_STATUS give(struct ts_context *c, struct ts_established *e, PSecBuffer packed)
{
    const uint8_t *der = ts_handshake_credentials(c->handshake, &e->delegated_size);
    SECURITY_STATUS status;

    e->delegated = der ? secret_dup(der, e->delegated_size) : NULL;
    if (!e->delegated)
        return SEC_E_INSUFFICIENT_MEMORY;
    e->credential = ts_credential_hold(c->credential);
    e->inner = c->inner;
    status = pack_number(e, packed);
    if (status == SEC_E_OK)
        c->inner = NULL;
    else
        e->inner = NULL;
    return status;
}

/* ---- from one half to the other ---------------------------------------------------------------
 */

SECURITY_STATUS ts_established_pack(struct ts_context *c, ULONG attributes, PSecBuffer packed)
{
    struct ts_established *e = established(c, attributes);
    SECURITY_STATUS status;

    if (!e)
        return SEC_E_INSUFFICIENT_MEMORY;
    status = c->initiator ? pack_record(e, packed) : give(c, e, packed);
    if (c->initiator || status != SEC_E_OK)
        ts_established_free(e);
    return status;
}

SECURITY_STATUS ts_established_unpack(const SecBuffer *packed, struct ts_established **out)
{
    struct wire_reader r = wire_reader(packed->pvBuffer, packed->pvBuffer ? packed->cbBuffer : 0);
    uint8_t kind = wire_u8(&r);
    struct ts_established *e = NULL;
    uintptr_t number = 0;

    *out = NULL;
    if (kind == ACCEPTOR) {
        wire_copy(&r, &number, sizeof(number));
        *out = wire_done(&r) ? handle_map_remove(&on_the_way, number) : NULL;
        return *out ? SEC_E_OK : SEC_E_INVALID_TOKEN;
    }
    if (kind != INITIATOR)
        return SEC_E_INVALID_TOKEN;
    e = calloc(1, sizeof(*e));
    if (!e)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (!record_read(&r, e)) {
        ts_established_free(e);
        return SEC_E_INVALID_TOKEN;
    }
    *out = e;
    return SEC_E_OK;
}
