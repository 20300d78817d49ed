/*
 * Everything of a Kerberos handshake that we read ourselves: the framing, the 0x8003 checksum,
 * channel bindings, the messages from user to user, the packed context. What can be read and
 * written again must come out as it went in.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "libsspi/packages/kerberos/packed.h"
#include "libsspi/packages/kerberos/handshake/tgt_token.h"
#include "libsspi/packages/kerberos/handshake/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
    if (!condition)
        abort();
}

static void framing(const uint8_t *data, size_t size)
{
    struct wire_writer w = wire_writer_grow(size + 1);
    struct kerb_token token;

    if (kerb_token_read(data, size, &token)) {
        must(token.body_size <= size && token.body + token.body_size == data + size);
        kerb_token_write(&w, &token);
        must(wire_write_ok(&w) && w.offset == size && memcmp(w.data, data, size) == 0);
    }
    wire_writer_free(&w);
}

static void checksum(const uint8_t *data, size_t size)
{
    struct wire_writer w = wire_writer_grow(size + 1);
    struct kerb_checksum c;

    if (kerb_checksum_read(data, size, &c)) {
        kerb_checksum_write(&w, &c);
        must(wire_write_ok(&w) && w.offset <= size && memcmp(w.data, data, w.offset) == 0);
    }
    wire_writer_free(&w);
}

static void user_to_user(const uint8_t *data, size_t size)
{
    struct wire_writer w = wire_writer_grow(size + 1);
    struct kerb_tgt_request request, back;
    struct kerb_wire_text ticket;

    if (kerb_tgt_request_read(data, size, &request)) {
        kerb_tgt_request_write(&w, &request);
        must(wire_write_ok(&w) && w.offset <= size);
        must(kerb_tgt_request_read(w.data, w.offset, &back));
        must(back.name_type == request.name_type && back.parts == request.parts &&
             back.realm.size == request.realm.size);
    } else if (kerb_tgt_reply_read(data, size, &ticket)) {
        must(ticket.bytes >= data && ticket.bytes + ticket.size == data + size);
        kerb_tgt_reply_write(&w, &ticket);
        must(wire_write_ok(&w) && w.offset <= size);
    }
    wire_writer_free(&w);
    if (kerb_ap_req_ticket(data, size, &ticket))
        must(ticket.bytes > data && ticket.bytes + ticket.size <= data + size);
}

static void packed(const uint8_t *data, size_t size)
{
    struct kerb_packed p;
    size_t written;
    void *bytes;

    if (!kerb_packed_read(data, size, &p))
        return;
    bytes = kerb_packed_write(&p, &written);
    must(bytes && written == size && memcmp(bytes, data, size) == 0);
    secret_free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t hash[KERB_BINDINGS_SIZE];

    framing(data, size);
    checksum(data, size);
    user_to_user(data, size);
    packed(data, size);
    kerb_bindings_hash(data, size, hash);
    return 0;
}
