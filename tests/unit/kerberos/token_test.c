/*
 * The framing of tokens and the 0x8003 checksum: what we write is what the RFCs show, and hostile
 * bytes are refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sspi.h>

#include "libsspi/packages/kerberos/packed.h"
#include "libsspi/packages/kerberos/handshake/tgt_token.h"
#include "libsspi/packages/kerberos/handshake/token.h"
#include "base/secret.h"

#define OID    "\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"
#define MS_OID "\x06\x09\x2a\x86\x48\x82\xf7\x12\x01\x02\x02"

static void written_and_read(size_t size, const char *head, size_t head_size)
{
    uint8_t *body = calloc(1, size + 1), *bytes;
    struct kerb_token token = {.type = KERB_TOKEN_AP_REP, .body = body, .body_size = size}, back;
    struct wire_writer w = wire_writer_grow(size + 64);
    size_t total;

    memset(body, 0x6e, size);
    kerb_token_write(&w, &token);
    bytes = wire_writer_take(&w, &total);
    assert_non_null(bytes);
    assert_int_equal(total, head_size + size);
    assert_int_equal(total, kerb_token_head_size(size) + size);
    assert_memory_equal(bytes, head, head_size);
    assert_true(kerb_token_read(bytes, total, &back));
    assert_int_equal(back.type, KERB_TOKEN_AP_REP);
    assert_int_equal(back.framing, KERB_FRAMED_KRB5);
    assert_int_equal(back.body_size, size);
    assert_memory_equal(back.body, body, size);
    free(bytes);
    free(body);
}

static void test_framing(void **state)
{
    (void)state;
    written_and_read(0, "\x60\x0d" OID "\x02\x00", 15);
    written_and_read(114, "\x60\x7f" OID "\x02\x00", 15);
    written_and_read(115, "\x60\x81\x80" OID "\x02\x00", 16);
    written_and_read(242, "\x60\x81\xff" OID "\x02\x00", 16);
    written_and_read(243, "\x60\x82\x01\x00" OID "\x02\x00", 17);
    written_and_read(65536, "\x60\x83\x01\x00\x0d" OID "\x02\x00", 18);
}

static void test_microsoft_oid_is_echoed(void **state)
{
    static const char bytes[] = "\x60\x0e" MS_OID "\x01\x00"
                                "x";
    struct kerb_token token;
    uint8_t out[32];
    struct wire_writer w = wire_writer(out, sizeof(out));

    (void)state;
    assert_true(kerb_token_read(bytes, sizeof(bytes) - 1, &token));
    assert_int_equal(token.framing, KERB_FRAMED_MICROSOFT);
    assert_int_equal(token.type, KERB_TOKEN_AP_REQ);
    kerb_token_write(&w, &token);
    assert_int_equal(w.offset, sizeof(bytes) - 1);
    assert_memory_equal(out, bytes, w.offset);
}

static void refused(const char *bytes, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* no longer: so that reading past the end is seen */
    struct kerb_token token;

    memcpy(copy, bytes, size);
    assert_false(kerb_token_read(copy, size, &token));
    free(copy);
}
#define REFUSED(bytes) refused(bytes, sizeof(bytes) - 1)

static void test_hostile_framing(void **state)
{
    static const char whole[] = "\x60\x82\x00\x8e" OID "\x01\x00";
    struct kerb_token token;

    (void)state;
    REFUSED("");
    REFUSED("\x61\x0d" OID "\x02\x00");
    REFUSED("\x60\x0e" OID "\x02\x00"); /* a byte is missing */
    REFUSED("\x60\x0d" OID "\x02\x00"
            "x");                               /* a byte too many */
    REFUSED("\x60\x80" OID "\x02\x00\x00\x00"); /* indefinite length */
    REFUSED("\x60\x81\x0d" OID "\x02\x00");     /* not the shortest form */
    REFUSED("\x60\x82\x00\x0d" OID "\x02\x00");
    REFUSED(whole);
    REFUSED("\x60\x85\x00\x00\x00\x00\x0d" OID "\x02\x00");
    REFUSED("\x60\xff" OID "\x02\x00");
    REFUSED("\x60\x84\xff\xff\xff\xff" OID "\x02\x00");
    REFUSED("\x60\x0d\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x03\x02\x00"); /* user-to-user */
    REFUSED("\x60\x0d\x06\x08\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x02\x00");
    REFUSED("\x60\x0b" OID);
    REFUSED("\x60\x0c" OID "\x02");
    assert_false(kerb_token_read(NULL, 0, &token));
    assert_false(kerb_token_read(NULL, 10, &token));
}

/* ---- the checksum -------------------------------------------------------------------------------
 */

static void test_checksum(void **state)
{
    static const uint8_t expected[] = "\x10\0\0\0"
                                      "0123456789abcdef"
                                      "\x3e\0\0\0";
    struct kerb_checksum c = {.flags = KERB_GSS_MUTUAL | KERB_GSS_REPLAY | KERB_GSS_SEQUENCE |
                                       KERB_GSS_CONF | KERB_GSS_INTEG},
                         back;
    uint8_t out[64];
    struct wire_writer w = wire_writer(out, sizeof(out));

    (void)state;
    memcpy(c.bindings, "0123456789abcdef", 16);
    kerb_checksum_write(&w, &c);
    assert_true(wire_write_ok(&w));
    assert_int_equal(w.offset, sizeof(expected) - 1);
    assert_memory_equal(out, expected, w.offset);
    assert_true(kerb_checksum_read(out, w.offset, &back));
    assert_int_equal(back.flags, c.flags);
    assert_memory_equal(back.bindings, c.bindings, 16);
    assert_null(back.delegation);
    /* extensions behind it are not ours, and no error */
    assert_true(kerb_checksum_read(out, w.offset + 8, &back));
}

static void test_delegation(void **state)
{
    struct kerb_checksum c = {.flags = KERB_GSS_DELEG,
                              .delegation = (const uint8_t *)"KRB-CRED",
                              .delegation_size = 8},
                         back;
    uint8_t out[64];
    struct wire_writer w = wire_writer(out, sizeof(out));

    (void)state;
    kerb_checksum_write(&w, &c);
    assert_int_equal(w.offset, 24 + 4 + 8);
    assert_memory_equal(out + 24, "\x01\x00\x08\x00KRB-CRED", 12);
    assert_true(kerb_checksum_read(out, w.offset, &back));
    assert_int_equal(back.delegation_size, 8);
    assert_memory_equal(back.delegation, "KRB-CRED", 8);
    c.delegation_size = 65536;
    w = wire_writer_grow(1 << 20);
    c.delegation = calloc(1, c.delegation_size);
    kerb_checksum_write(&w, &c);
    assert_false(wire_write_ok(&w));
    wire_writer_free(&w);
    free((void *)(uintptr_t)c.delegation);
    for (size_t size = 0; size < 36; size++)
        assert_false(kerb_checksum_read(out, size, &back));
    out[24] = 2; /* another option than the one that RFC 4121 knows */
    assert_false(kerb_checksum_read(out, 36, &back));
    out[0] = 15;
    assert_false(kerb_checksum_read(out, 36, &back));
}

/* ---- channel bindings ---------------------------------------------------------------------- */

static void test_bindings(void **state)
{
    struct {
        SEC_CHANNEL_BINDINGS head;
        char data[22];
    } b = {.head = {.cbApplicationDataLength = 22, .dwApplicationDataOffset = sizeof(b.head)}};
    /* MD5 of four zero words, the length, and the data */
    static const uint8_t expected[] = {0xcf, 0x8f, 0xb4, 0xf5, 0x68, 0x93, 0xce, 0x93,
                                       0x50, 0x4f, 0x2f, 0x1c, 0x7d, 0xf4, 0x71, 0x1b};
    uint8_t hash[16], again[16];

    (void)state;
    memcpy(b.data, "tls-unique:0123456789a", 22);
    assert_true(kerb_bindings_hash(&b, sizeof(b.head) + 22, hash));
    assert_memory_equal(hash, expected, 16);
    b.data[21] ^= 1;
    assert_true(kerb_bindings_hash(&b, sizeof(b.head) + 22, again));
    assert_memory_not_equal(hash, again, 16);
    /* offsets and lengths that point outside */
    assert_false(kerb_bindings_hash(&b, sizeof(b.head) + 21, hash));
    assert_false(kerb_bindings_hash(&b, sizeof(b.head) - 1, hash));
    assert_false(kerb_bindings_hash(&b, 0, hash));
    b.head.dwApplicationDataOffset = UINT32_MAX;
    assert_false(kerb_bindings_hash(&b, sizeof(b.head) + 22, hash));
    b.head.dwApplicationDataOffset = sizeof(b.head) + 1;
    assert_false(kerb_bindings_hash(&b, sizeof(b.head) + 22, hash));
    b.head.dwApplicationDataOffset = sizeof(b.head);
    b.head.cbInitiatorLength = UINT32_MAX;
    assert_false(kerb_bindings_hash(&b, sizeof(b.head) + 22, hash));
}

/* ---- the packed context -------------------------------------------------------------------- */

static void test_packed(void **state)
{
    struct kerb_packed p = {.initiator = true,
                            .attributes = 0x1f,
                            .send_sequence = 0x12345678,
                            .receive_sequence = UINT64_MAX,
                            .start = 1,
                            .expiry = INT64_MAX,
                            .key = {.enctype = 20, .bytes = "0123456789abcdef0123456789abcdef"},
                            .acceptor_key = {.enctype = 17, .bytes = "fedcba9876543210"},
                            .client = {"alice@CREDMGR.TEST", 18},
                            .server = {"", 0}},
                       back;
    size_t size;
    uint8_t *bytes = kerb_packed_write(&p, &size);

    (void)state;
    assert_non_null(bytes);
    assert_true(kerb_packed_read(bytes, size, &back));
    assert_true(back.initiator);
    assert_int_equal(back.attributes, 0x1f);
    assert_true(back.receive_sequence == UINT64_MAX && back.send_sequence == 0x12345678);
    assert_int_equal(back.key.enctype, 20);
    assert_memory_equal(back.key.bytes, p.key.bytes, 32);
    assert_int_equal(back.acceptor_key.enctype, 17);
    assert_memory_equal(back.acceptor_key.bytes, p.acceptor_key.bytes, 16);
    assert_int_equal(back.client.size, 18);
    assert_memory_equal(back.client.bytes, "alice@CREDMGR.TEST", 18);
    assert_int_equal(back.server.size, 0);
    for (size_t i = 0; i < size; i++)
        assert_false(kerb_packed_read(bytes, i, &back));
    bytes[0] ^= 1;
    assert_false(kerb_packed_read(bytes, size, &back));
    secret_free(bytes);
    p.key.enctype = 16; /* DES3: not for messages */
    assert_null(kerb_packed_write(&p, &size));
    p.key.enctype = 18;
    p.client.size = KERB_TEXT_MAX + 1;
    p.client.bytes = calloc(1, p.client.size);
    assert_null(kerb_packed_write(&p, &size));
    free((void *)(uintptr_t)p.client.bytes);
}

/* ---- user to user -------------------------------------------------------------------------- */

#define U2U_OID "\x06\x0a\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x03"

static void test_other_framings(void **state)
{
    static const char u2u[] = "\x60\x0f" U2U_OID "\x04\x00"
                              "x";
    static const char bare[][5] = {"\x6e\x01x", "\x6f\x01x", "\x7e\x01x"};
    static const uint16_t types[] = {KERB_TOKEN_AP_REQ, KERB_TOKEN_AP_REP, KERB_TOKEN_ERROR};
    struct kerb_token token;
    uint8_t written[32];
    struct wire_writer w = wire_writer(written, sizeof(written));

    (void)state;
    assert_true(kerb_token_read(u2u, sizeof(u2u) - 1, &token));
    assert_int_equal(token.framing, KERB_FRAMED_USER2USER);
    assert_int_equal(token.type, KERB_TOKEN_TGT_REQ);
    kerb_token_write(&w, &token);
    assert_int_equal(w.offset, sizeof(u2u) - 1);
    assert_memory_equal(written, u2u, w.offset);
    for (size_t i = 0; i < 3; i++) {
        assert_true(kerb_token_read(bare[i], 3, &token));
        assert_int_equal(token.framing, KERB_UNFRAMED);
        assert_int_equal(token.type, types[i]);
        assert_int_equal(token.body_size, 3);
        w = wire_writer(written, sizeof(written));
        kerb_token_write(&w, &token);
        assert_memory_equal(written, bare[i], 3);
        assert_false(kerb_token_read(bare[i], 2, &token));
        assert_false(kerb_token_read(bare[i], 4, &token));
    }
    assert_false(kerb_token_read("\x61\x01x", 3, &token));
    /* one octet of the identifier less, and one more */
    assert_false(
        kerb_token_read("\x60\x0c\x06\x08\x2a\x86\x48\x86\xf7\x12\x01\x02\x01\x00", 14, &token));
    assert_false(kerb_token_read("\x60\x0f\x06\x0b" U2U_OID "\x01\x00", 17, &token));
}

static struct kerb_wire_text wire_text(const char *text)
{
    return (struct kerb_wire_text){(const uint8_t *)text, strlen(text)};
}

static void test_tgt_request(void **state)
{
    static const char named[] = "\x30\x2a\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x10"
                                "\xa2\x16\x30\x14\xa0\x03\x02\x01\x02\xa1\x0d\x30\x0b"
                                "\x1b\x04"
                                "host\x1b\x03"
                                "box\xa3\x06\x1b\x04"
                                "TEST";
    static const char bare[] = "\x30\x0a\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x10";
    struct kerb_tgt_request request = {.name_type = 2, .parts = 2}, back;
    uint8_t written[128], *copy;
    struct wire_writer w = wire_writer(written, sizeof(written));

    (void)state;
    request.part[0] = wire_text("host");
    request.part[1] = wire_text("box");
    request.realm = wire_text("TEST");
    kerb_tgt_request_write(&w, &request);
    assert_int_equal(w.offset, sizeof(named) - 1);
    assert_memory_equal(written, named, w.offset);
    assert_true(kerb_tgt_request_read(named, sizeof(named) - 1, &back));
    assert_int_equal(back.name_type, 2);
    assert_int_equal(back.parts, 2);
    assert_memory_equal(back.part[1].bytes, "box", 3);
    assert_int_equal(back.realm.size, 4);
    assert_true(kerb_tgt_request_read(bare, sizeof(bare) - 1, &back));
    assert_int_equal(back.parts, 0);
    assert_int_equal(back.realm.size, 0);
    w = wire_writer(written, sizeof(written));
    kerb_tgt_request_write(&w, &back);
    assert_int_equal(w.offset, sizeof(bare) - 1);
    assert_memory_equal(written, bare, w.offset);
    /* each byte less, in memory of exactly that size */
    for (size_t size = 0; size < sizeof(named) - 1; size++) {
        copy = malloc(size ? size : 1);
        memcpy(copy, named, size);
        assert_false(kerb_tgt_request_read(copy, size, &back));
        free(copy);
    }
    /* another version, another message, an integer of five bytes, one more byte */
    assert_false(
        kerb_tgt_request_read("\x30\x0a\xa0\x03\x02\x01\x04\xa1\x03\x02\x01\x10", 12, &back));
    assert_false(
        kerb_tgt_request_read("\x30\x0a\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x11", 12, &back));
    assert_false(kerb_tgt_request_read("\x30\x0e\xa0\x07\x02\x05\0\0\0\0\x05\xa1\x03\x02\x01\x10",
                                       16, &back));
    assert_false(
        kerb_tgt_request_read("\x30\x0b\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x10\0", 13, &back));
}

/* A name of more parts than anybody has, and numbers of all lengths. */
static void test_tgt_request_bounds(void **state)
{
    static const int32_t types[] = {0,     1,     127,  128,     -1,        -128,     -129,
                                    32767, 32768, -130, 8388608, INT32_MAX, INT32_MIN};
    struct kerb_tgt_request request = {.parts = 1}, back;
    uint8_t written[512];
    struct wire_writer w;

    (void)state;
    request.part[0] = wire_text("x");
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        request.name_type = types[i];
        w = wire_writer(written, sizeof(written));
        kerb_tgt_request_write(&w, &request);
        assert_true(kerb_tgt_request_read(written, w.offset, &back));
        assert_int_equal(back.name_type, types[i]);
    }
    request.parts = KERB_NAME_PARTS;
    for (size_t i = 0; i < KERB_NAME_PARTS; i++)
        request.part[i] = wire_text("xyz");
    w = wire_writer(written, sizeof(written));
    kerb_tgt_request_write(&w, &request);
    assert_true(kerb_tgt_request_read(written, w.offset, &back));
    assert_int_equal(back.parts, KERB_NAME_PARTS);
    /* each of the lengths around the strings, and one string more */
    for (size_t at = 0; at < w.offset; at++) {
        if (written[at] == 0x30 || written[at] == 0xa1 || written[at] == 0xa2)
            written[at + 1] = (uint8_t)(written[at + 1] + (written[at + 1] > 20 ? 5 : 0));
    }
    memcpy(written + w.offset, "\x1b\x03xyz", 5);
    assert_false(kerb_tgt_request_read(written, w.offset + 5, &back));
}

static void test_tgt_reply(void **state)
{
    static const char bytes[] = "\x30\x11\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x11\xa2\x05"
                                "\x61\x03\x30\x01\x00";
    struct kerb_wire_text ticket;
    uint8_t written[64], copy[sizeof(bytes)];
    struct wire_writer w = wire_writer(written, sizeof(written));

    (void)state;
    assert_true(kerb_tgt_reply_read(bytes, sizeof(bytes) - 1, &ticket));
    assert_int_equal(ticket.size, 5);
    assert_memory_equal(ticket.bytes, "\x61\x03\x30\x01\x00", 5);
    kerb_tgt_reply_write(&w, &ticket);
    assert_int_equal(w.offset, sizeof(bytes) - 1);
    assert_memory_equal(written, bytes, w.offset);
    for (size_t size = 0; size < sizeof(bytes) - 1; size++)
        assert_false(kerb_tgt_reply_read(bytes, size, &ticket));
    memcpy(copy, bytes, sizeof(copy));
    copy[14] = 0x62; /* no ticket */
    assert_false(kerb_tgt_reply_read(copy, sizeof(bytes) - 1, &ticket));
}

/* Of an AP-REQ only the ticket counts, and what stands before it. */
static void test_ap_req(void **state)
{
    static const char bytes[] = "\x6e\x1c\x30\x1a\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x0e\xa2\x05"
                                "\x03\x03\x00\x20\x00\xa3\x05\x61\x03\x30\x01\x00\xa4\x00";
    struct kerb_wire_text ticket;
    uint8_t copy[sizeof(bytes)];

    (void)state;
    assert_true(kerb_ap_req_ticket(bytes, sizeof(bytes) - 1, &ticket));
    assert_int_equal(ticket.size, 5);
    assert_memory_equal(ticket.bytes, "\x61\x03\x30\x01\x00", 5);
    for (size_t size = 0; size < sizeof(bytes) - 1; size++)
        assert_false(kerb_ap_req_ticket(bytes, size, &ticket));
    memcpy(copy, bytes, sizeof(copy));
    copy[23] = 0x62; /* no ticket */
    assert_false(kerb_ap_req_ticket(copy, sizeof(bytes) - 1, &ticket));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_framing),         cmocka_unit_test(test_microsoft_oid_is_echoed),
        cmocka_unit_test(test_hostile_framing), cmocka_unit_test(test_checksum),
        cmocka_unit_test(test_delegation),      cmocka_unit_test(test_bindings),
        cmocka_unit_test(test_packed),          cmocka_unit_test(test_other_framings),
        cmocka_unit_test(test_tgt_request),     cmocka_unit_test(test_tgt_request_bounds),
        cmocka_unit_test(test_tgt_reply),       cmocka_unit_test(test_ap_req),
    };

    return cmocka_run_group_tests_name("kerberos: tokens", tests, NULL, NULL);
}
