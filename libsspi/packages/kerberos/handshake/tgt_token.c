/*
 * Reader and writer of KERB-TGT-REQUEST and KERB-TGT-REPLY, side by side, and a reader of what
 * libkrb5 does not tell of an AP-REQ. Nothing here knows libkrb5.
 */
#include "libsspi/packages/kerberos/handshake/tgt_token.h"

#include <string.h>

#include "libsspi/packages/kerberos/handshake/token.h"

#define PVNO        5
#define MSG_TGT_REQ 16
#define MSG_TGT_REP 17

#define TAG_INTEGER    0x02
#define TAG_STRING     0x1b /* GeneralString */
#define TAG_SEQUENCE   0x30
#define TAG_TICKET     0x61 /* [APPLICATION 1] */
#define TAG_AP_REQ     0x6e /* [APPLICATION 14] */
#define TAG_CONTEXT(n) (0xa0 | (n))

/* ---- pieces of DER ------------------------------------------------------------------------- */

/* What is inside the next element, which must have this tag; a failed reader when it has not. */
static struct wire_reader inside(struct wire_reader *r, uint8_t tag)
{
    struct wire_reader inner;
    size_t size;

    if (wire_u8(r) != tag)
        wire_read_fail(r);
    size = kerb_der_read_length(r);
    inner = wire_reader(wire_bytes(r, size), size);
    if (!wire_ok(r))
        wire_read_fail(&inner);
    return inner;
}

/* The inner element failed, or something is left in it: so has the outer one. */
static void leave(struct wire_reader *r, const struct wire_reader *inner)
{
    if (!wire_done(inner))
        wire_read_fail(r);
}

/* Whether the next element has this tag; OPTIONAL ones may be missing. */
static bool follows(const struct wire_reader *r, uint8_t tag)
{
    struct wire_reader look = *r;

    return wire_u8(&look) == tag && wire_ok(&look);
}

/* An INTEGER of at most 32 bits. */
static int32_t read_integer(struct wire_reader *r, uint8_t tag)
{
    struct wire_reader tagged = inside(r, tag), number = inside(&tagged, TAG_INTEGER);
    size_t size = wire_left(&number);
    uint8_t first = wire_u8(&number);
    uint32_t value = first & 0x80 ? UINT32_MAX << 8 | first : first;

    if (size > sizeof(value))
        wire_read_fail(&number);
    while (wire_ok(&number) && wire_left(&number))
        value = value << 8 | wire_u8(&number);
    leave(&tagged, &number);
    leave(r, &tagged);
    return (int32_t)value;
}

static struct kerb_wire_text read_string(struct wire_reader *r)
{
    struct wire_reader string = inside(r, TAG_STRING);
    struct kerb_wire_text text = {.size = wire_left(&string)};

    text.bytes = wire_bytes(&string, text.size);
    leave(r, &string);
    return text;
}

/* DER is written from its end: lengths stand before what they count. So it is measured first. */
static size_t element_size(size_t content)
{
    uint8_t length[8];
    struct wire_writer w = wire_writer(length, sizeof(length));

    kerb_der_write_length(&w, content);
    return 1 + w.offset + content;
}

static void write_head(struct wire_writer *w, uint8_t tag, size_t content)
{
    wire_put_u8(w, tag);
    kerb_der_write_length(w, content);
}

/* Octets of an INTEGER, the fewest that keep its sign. */
static size_t integer_octets(int32_t value)
{
    size_t octets = 1;

    while (octets < 4 &&
           (value < -(INT32_C(1) << (8 * octets - 1)) || value >= INT32_C(1) << (8 * octets - 1)))
        octets++;
    return octets;
}

static size_t integer_size(int32_t value)
{
    return element_size(element_size(integer_octets(value)));
}

static void write_integer(struct wire_writer *w, uint8_t tag, int32_t value)
{
    size_t octets = integer_octets(value);

    write_head(w, tag, element_size(octets));
    write_head(w, TAG_INTEGER, octets);
    while (octets-- > 0)
        wire_put_u8(w, (uint8_t)((uint32_t)value >> (8 * octets)));
}

static void write_string(struct wire_writer *w, const struct kerb_wire_text *text)
{
    write_head(w, TAG_STRING, text->size);
    wire_put_bytes(w, text->bytes, text->size);
}

/* ---- PrincipalName, RFC 4120 5.2.2 --------------------------------------------------------- */

static void read_name(struct wire_reader *r, struct kerb_tgt_request *out)
{
    struct wire_reader name = inside(r, TAG_SEQUENCE), tagged, strings;

    out->name_type = read_integer(&name, TAG_CONTEXT(0));
    tagged = inside(&name, TAG_CONTEXT(1));
    strings = inside(&tagged, TAG_SEQUENCE);
    while (wire_ok(&strings) && wire_left(&strings)) {
        if (out->parts == KERB_NAME_PARTS) {
            wire_read_fail(&strings);
            break;
        }
        out->part[out->parts++] = read_string(&strings);
    }
    leave(&tagged, &strings);
    leave(&name, &tagged);
    leave(r, &name);
}

static size_t strings_size(const struct kerb_tgt_request *request)
{
    size_t size = 0;

    for (size_t i = 0; i < request->parts; i++)
        size += element_size(request->part[i].size);
    return size;
}

static size_t name_size(const struct kerb_tgt_request *request)
{
    return integer_size(request->name_type) + element_size(element_size(strings_size(request)));
}

static void write_name(struct wire_writer *w, const struct kerb_tgt_request *request)
{
    size_t strings = strings_size(request);

    write_head(w, TAG_SEQUENCE, name_size(request));
    write_integer(w, TAG_CONTEXT(0), request->name_type);
    write_head(w, TAG_CONTEXT(1), element_size(strings));
    write_head(w, TAG_SEQUENCE, strings);
    for (size_t i = 0; i < request->parts; i++)
        write_string(w, &request->part[i]);
}

/* ---- the messages -------------------------------------------------------------------------- */

/* What both begin with. */
static void read_begin(struct wire_reader *r, int32_t type)
{
    if (read_integer(r, TAG_CONTEXT(0)) != PVNO || read_integer(r, TAG_CONTEXT(1)) != type)
        wire_read_fail(r);
}

static size_t begin_size(int32_t type)
{
    return integer_size(PVNO) + integer_size(type);
}

static void write_begin(struct wire_writer *w, int32_t type)
{
    write_integer(w, TAG_CONTEXT(0), PVNO);
    write_integer(w, TAG_CONTEXT(1), type);
}

bool kerb_tgt_request_read(const void *data, size_t size, struct kerb_tgt_request *out)
{
    struct wire_reader r = wire_reader(data, size), message, tagged;

    memset(out, 0, sizeof(*out));
    message = inside(&r, TAG_SEQUENCE);
    read_begin(&message, MSG_TGT_REQ);
    if (follows(&message, TAG_CONTEXT(2))) {
        tagged = inside(&message, TAG_CONTEXT(2));
        read_name(&tagged, out);
        leave(&message, &tagged);
    }
    if (follows(&message, TAG_CONTEXT(3))) {
        tagged = inside(&message, TAG_CONTEXT(3));
        out->realm = read_string(&tagged);
        leave(&message, &tagged);
    }
    leave(&r, &message);
    return wire_done(&r);
}

void kerb_tgt_request_write(struct wire_writer *w, const struct kerb_tgt_request *request)
{
    size_t name = request->parts ? element_size(name_size(request)) : 0;
    size_t realm = request->realm.size ? element_size(request->realm.size) : 0;

    write_head(w, TAG_SEQUENCE,
               begin_size(MSG_TGT_REQ) + (name ? element_size(name) : 0) +
                   (realm ? element_size(realm) : 0));
    write_begin(w, MSG_TGT_REQ);
    if (name) {
        write_head(w, TAG_CONTEXT(2), name);
        write_name(w, request);
    }
    if (realm) {
        write_head(w, TAG_CONTEXT(3), realm);
        write_string(w, &request->realm);
    }
}

bool kerb_tgt_reply_read(const void *data, size_t size, struct kerb_wire_text *ticket)
{
    struct wire_reader r = wire_reader(data, size), message = inside(&r, TAG_SEQUENCE), tagged;

    read_begin(&message, MSG_TGT_REP);
    tagged = inside(&message, TAG_CONTEXT(2));
    if (!follows(&tagged, TAG_TICKET))
        wire_read_fail(&tagged);
    ticket->size = wire_left(&tagged);
    ticket->bytes = wire_bytes(&tagged, ticket->size);
    leave(&message, &tagged);
    leave(&r, &message);
    return wire_done(&r);
}

void kerb_tgt_reply_write(struct wire_writer *w, const struct kerb_wire_text *ticket)
{
    write_head(w, TAG_SEQUENCE, begin_size(MSG_TGT_REP) + element_size(ticket->size));
    write_begin(w, MSG_TGT_REP);
    write_head(w, TAG_CONTEXT(2), ticket->size);
    wire_put_bytes(w, ticket->bytes, ticket->size);
}

/* ---- AP-REQ, RFC 4120 5.5.1 ---------------------------------------------------------------- */

bool kerb_ap_req_ticket(const void *data, size_t size, struct kerb_wire_text *ticket)
{
    struct wire_reader r = wire_reader(data, size), message = inside(&r, TAG_AP_REQ),
                       fields = inside(&message, TAG_SEQUENCE), tagged;

    for (uint8_t i = 0; i < 3; i++) /* pvno, msg-type, ap-options */
        inside(&fields, TAG_CONTEXT(i));
    tagged = inside(&fields, TAG_CONTEXT(3));
    if (!follows(&tagged, TAG_TICKET))
        wire_read_fail(&tagged);
    ticket->size = wire_left(&tagged);
    ticket->bytes = wire_bytes(&tagged, ticket->size);
    return wire_ok(&tagged);
}
