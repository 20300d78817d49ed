/*
 * LsaCallAuthenticationPackage as any program of any user can call it. An input is a client: its
 * first byte says who it is and what its session has (session.h), then come requests: a byte (bit
 * 0: at an odd address; bit 1: the client cannot be written to; bit 2: export_ccache changes; bit
 * 3: its room lies at the end of memory; bit 4: keys fill the kernel), the client's address of the
 * request (8 bytes), its size (2), the request. Each runs over what the one before has left.
 *
 * Nothing is read outside of the request, whatever its pointers say, and nothing written into it.
 * An answer lies in the client's room with all that it points to. Session keys are in the answer to
 * KerbRetrieve… only, of the session that was asked about, with export_ccache.
 */
#include <stdlib.h>
#include <string.h>

#include <ntsecapi.h>
#include "base/wire.h"
#include "fuzz/kerb_messages/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUESTS_MAX 8
#define ROOM         262144 /* what a client has in truth; LSA_CALL_ROOM */
#define NARROW_ROOM  1024

static struct input {
    const uint8_t *bytes;
    size_t size;
    uint8_t options;
} all;

struct call {
    uint8_t flags;
    uint64_t base;
    const uint8_t *bytes; /* with the exact size, to find whoever reads on */
    size_t size;
    bool exports;
    ULONG type;
    LUID asked;
};

/* ---- the answer ---------------------------------------------------------------------------- */

struct reply {
    const uint8_t *bytes;
    uintptr_t base;
    size_t size;
};

/* What the address in the client stands for. */
static const uint8_t *there(const struct reply *r, const void *address, size_t size)
{
    uintptr_t offset = (uintptr_t)address - r->base;

    must(offset <= r->size && size <= r->size - offset);
    return r->bytes + offset;
}

static void check_text(const struct reply *r, const UNICODE_STRING *s)
{
    must(s->Length % sizeof(WCHAR) == 0 && s->Length <= s->MaximumLength);
    if (s->MaximumLength) {
        must((uintptr_t)s->Buffer % sizeof(WCHAR) == 0);
        there(r, s->Buffer, s->MaximumLength);
    }
}

static void check_name(const struct reply *r, const KERB_EXTERNAL_NAME *name)
{
    const size_t head = offsetof(KERB_EXTERNAL_NAME, Names);
    const uint8_t *at;
    KERB_EXTERNAL_NAME copy;
    UNICODE_STRING text;

    if (!name)
        return;
    must((uintptr_t)name % _Alignof(KERB_EXTERNAL_NAME) == 0);
    at = there(r, name, head);
    memcpy(&copy, at, head);
    there(r, name, head + copy.NameCount * sizeof(text));
    for (size_t i = 0; i < copy.NameCount; i++) {
        memcpy(&text, at + head + i * sizeof(text), sizeof(text));
        check_text(r, &text);
    }
}

static void check_list(const struct reply *r)
{
    const size_t head = offsetof(KERB_QUERY_TKT_CACHE_EX_RESPONSE, Tickets);
    KERB_QUERY_TKT_CACHE_EX_RESPONSE first;
    KERB_TICKET_CACHE_INFO_EX info;

    must(r->size >= sizeof(first));
    memcpy(&first, r->bytes, sizeof(first));
    must(first.MessageType == KerbQueryTicketCacheExMessage);
    must(first.CountOfTickets <= (r->size - head) / sizeof(info));
    for (size_t i = 0; i < first.CountOfTickets; i++) {
        memcpy(&info, r->bytes + head + i * sizeof(info), sizeof(info));
        check_text(r, &info.ClientName);
        check_text(r, &info.ClientRealm);
        check_text(r, &info.ServerName);
        check_text(r, &info.ServerRealm);
    }
}

static void check_ticket(const struct reply *r, bool exports)
{
    KERB_RETRIEVE_TKT_RESPONSE reply;
    const KERB_EXTERNAL_TICKET *t = &reply.Ticket;

    must(r->size >= sizeof(reply));
    memcpy(&reply, r->bytes, sizeof(reply));
    check_name(r, t->ServiceName);
    check_name(r, t->TargetName);
    check_name(r, t->ClientName);
    check_text(r, &t->DomainName);
    check_text(r, &t->TargetDomainName);
    check_text(r, &t->AltTargetDomainName);
    must(exports || (!t->SessionKey.Length && !t->SessionKey.Value));
    if (t->SessionKey.Length)
        there(r, t->SessionKey.Value, t->SessionKey.Length);
    must(t->EncodedTicketSize > 0);
    there(r, t->EncodedTicket, t->EncodedTicketSize);
}

static void check_answer(const struct call *c, const struct reply *r)
{
    bool retrieval =
        c->type == KerbRetrieveTicketMessage || c->type == KerbRetrieveEncodedTicketMessage;

    if (retrieval)
        check_ticket(r, c->exports);
    else
        must(c->type == KerbQueryTicketCacheExMessage);
    if (!retrieval)
        check_list(r);
    session_check_secrets(r->bytes, r->size, retrieval && c->exports ? &c->asked : NULL, all.bytes,
                          all.size);
}

/* ---- the call ------------------------------------------------------------------------------ */

static void set_room(const struct call *c)
{
    room.size = all.options & NARROW ? NARROW_ROOM : ROOM;
    room.base = c->flags & 8 ? (UINTPTR_MAX - room.size) & ~(uintptr_t)15 : 0x7e0000010000;
    room.used = room.freed = 0;
    room.broken = c->flags & 2;
    keys_full = c->flags & 16;
}

static bool is_known(ULONG type)
{
    return type == KerbQueryTicketCacheExMessage || type == KerbPurgeTicketCacheMessage ||
           type == KerbSubmitTicketMessage || type == KerbRetrieveTicketMessage ||
           type == KerbRetrieveEncodedTicketMessage || type == KerbAddExtraCredentialsMessage;
}

static void check_outcome(const struct call *c, NTSTATUS status, PVOID reply, ULONG reply_size)
{
    if (c->size < sizeof(KERB_QUERY_TKT_CACHE_REQUEST))
        must(status == STATUS_INVALID_PARAMETER);
    else if (!is_known(c->type))
        must(status == STATUS_NOT_SUPPORTED);
    else if (!same_luid(&c->asked, &own) && !(all.options & TRUSTED))
        must(!NT_SUCCESS(status));
    if (!reply) {
        must(!reply_size && room.freed == (room.used ? 1 : 0));
        return;
    }
    must(NT_SUCCESS(status) && !room.freed);
    must((uintptr_t)reply == room.base && reply_size <= room.used);
    check_answer(c, &(struct reply){room.bytes, room.base, reply_size});
}

static void call(struct call *c)
{
    PVOID reply = (PVOID)1;
    ULONG reply_size = 1;
    NTSTATUS status = 1;
    unsigned odd = c->flags & 1;
    uint8_t *copy = malloc(c->size + odd ? c->size + odd : 1);

    must(copy != NULL);
    if (c->size)
        memcpy(copy + odd, c->bytes, c->size);
    set_room(c);
    must(kerb_call_package(NULL, c->size ? copy + odd : NULL, (PVOID)(uintptr_t)c->base,
                           (ULONG)c->size, &reply, &reply_size, &status) == STATUS_SUCCESS);
    must(!c->size || !memcmp(copy + odd, c->bytes, c->size));
    check_outcome(c, status, reply, reply_size);
    free(copy);
}

/* Type and session, which stands elsewhere in one of them. */
static void look_into(struct call *c)
{
    size_t at = offsetof(KERB_QUERY_TKT_CACHE_REQUEST, LogonId);
    struct wire_reader r = wire_reader(c->bytes, c->size);

    c->type = wire_u32le(&r);
    if (c->type == KerbAddExtraCredentialsMessage)
        at = offsetof(KERB_ADD_CREDENTIALS_REQUEST, LogonId);
    c->asked = own;
    if (c->size < at + sizeof(c->asked))
        return;
    memcpy(&c->asked, c->bytes + at, sizeof(c->asked));
    if (!c->asked.LowPart && !c->asked.HighPart)
        c->asked = own;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_reader r = wire_reader(data, size);

    session_start();
    if (!room.bytes)
        room.bytes = malloc(ROOM);
    must(room.bytes != NULL);
    all = (struct input){data, size, wire_u8(&r)};
    if (!wire_ok(&r))
        return 0;
    session_fill(all.options);
    for (int i = 0; i < REQUESTS_MAX && wire_left(&r) > 0; i++) {
        struct call c = {.flags = wire_u8(&r)};

        c.base = wire_u64le(&r);
        c.size = wire_u16le(&r);
        if (!wire_ok(&r))
            break;
        if (c.size > wire_left(&r))
            c.size = wire_left(&r);
        c.bytes = wire_bytes(&r, c.size);
        c.exports = !(all.options & EXPORTS) == !!(c.flags & 4);
        session_set_exports(c.exports);
        look_into(&c);
        call(&c);
    }
    if (all.options & (TGT | KEPT | SERVICES))
        session_check_owner();
    session_clear();
    return 0;
}
