/*
 * Writer and reader of the key "session", side by side.
 */
#include "libsspi/lsa/session_record.h"
#include "base/wire.h"

#include <stdlib.h>
#include <string.h>

#define RECORD_VERSION 2u /* 2: the logon time in nanoseconds */
#define INTERACTIVE    1u
#define NETWORK        2u

static void put_text(struct wire_writer *w, const char *s)
{
    size_t length = s ? strlen(s) : 0;

    if (length > LSA_SESSION_TEXT_MAX)
        wire_write_fail(w);
    wire_put_u16le(w, (uint16_t)length);
    wire_put_bytes(w, s, length);
}

size_t lsa_session_record_write(const struct lsa_session *session, uint8_t *out, size_t room)
{
    struct wire_writer w = wire_writer(out, room);

    wire_put_u32le(&w, RECORD_VERSION);
    wire_put_u32le(&w, session->luid.LowPart);
    wire_put_u32le(&w, (uint32_t)session->luid.HighPart);
    wire_put_u32le(&w, session->uid);
    wire_put_u32le(&w, (uint32_t)session->leader);
    wire_put_u64le(&w, session->leader_start);
    wire_put_u64le(&w, (uint64_t)session->logon_time);
    wire_put_u32le(&w, session->audit_session);
    wire_put_u32le(&w, session->audit_uid);
    wire_put_u8(&w, (session->interactive ? INTERACTIVE : 0) | (session->network ? NETWORK : 0));
    put_text(&w, session->user);
    put_text(&w, session->domain);
    put_text(&w, session->service);
    put_text(&w, session->tty);
    put_text(&w, session->rhost);
    return wire_write_ok(&w) ? w.offset : 0;
}

static char *get_text(struct wire_reader *r)
{
    size_t length = wire_u16le(r);
    const uint8_t *bytes = wire_bytes(r, length);
    char *s = NULL;

    if (bytes && length <= LSA_SESSION_TEXT_MAX && !memchr(bytes, 0, length))
        s = strndup((const char *)bytes, length);
    if (!s)
        wire_read_fail(r);
    return s;
}

bool lsa_session_record_read(const void *data, size_t size, struct lsa_session *session)
{
    struct wire_reader r = wire_reader(data, size);
    uint8_t flags;

    if (wire_u32le(&r) != RECORD_VERSION)
        wire_read_fail(&r);
    session->luid.LowPart = wire_u32le(&r);
    session->luid.HighPart = (LONG)wire_u32le(&r);
    session->uid = wire_u32le(&r);
    session->leader = (pid_t)wire_u32le(&r);
    session->leader_start = wire_u64le(&r);
    session->logon_time = (int64_t)wire_u64le(&r);
    session->audit_session = wire_u32le(&r);
    session->audit_uid = wire_u32le(&r);
    flags = wire_u8(&r);
    session->interactive = flags & INTERACTIVE;
    session->network = flags & NETWORK;
    session->user = get_text(&r);
    session->domain = get_text(&r);
    session->service = get_text(&r);
    session->tty = get_text(&r);
    session->rhost = get_text(&r);
    if (wire_done(&r))
        return true;
    lsa_session_clear(session);
    return false;
}
