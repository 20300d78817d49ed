/*
 * Messages of an established context, of every encryption type, between two ends of ours that never
 * met a KDC: layouts, rotations, buffers of every kind, alterations, replays.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tests/unit/kerberos/pair.h"

#define BOTH (ISC_RET_REPLAY_DETECT | ISC_RET_SEQUENCE_DETECT)

static const ULONG lengths[] = {0, 1, 15, 16, 17, 100, 127, 128, 1000, 1024, 2000, 5000, 8191};
#define LENGTHS (sizeof(lengths) / sizeof(lengths[0]))

static void exchange(struct kerb_protection *from, struct kerb_protection *to, bool encrypt,
                     ULONG length)
{
    struct message m, again;
    uint8_t data[ROOM], out[ROOM];
    void *where = NULL;
    ULONG size = 0;
    bool encrypted = !encrypt;

    fill(data, length);
    assert_int_equal(wrap(from, encrypt, data, length, &m), SEC_E_OK);
    again = m;
    assert_int_equal(unwrap_stream(to, &m, &where, &size, &encrypted), SEC_E_OK);
    assert_int_equal(encrypted, encrypt);
    assert_int_equal(size, length);
    assert_memory_equal(where, data, length);
    assert_true((uint8_t *)where >= m.bytes && (uint8_t *)where + size <= m.bytes + m.size);
    assert_int_equal(wrap(from, encrypt, data, length, &again), SEC_E_OK);
    assert_int_equal(unwrap_split(to, &again, again.token, out, &size, &encrypted), SEC_E_OK);
    assert_int_equal(encrypted, encrypt);
    assert_int_equal(size, length);
    assert_memory_equal(out, data, length);
}

static void test_every_type(void **state)
{
    (void)state;
    for (size_t t = 0; t < TYPES; t++) {
        for (int subkey = 0; subkey < 2; subkey++) {
            connect_as(enctypes[t], subkey && enctypes[t] != 23 ? enctypes[t] : 0, BOTH);
            for (size_t i = 0; i < LENGTHS; i++) {
                exchange(&initiator, &acceptor, true, lengths[i]);
                exchange(&acceptor, &initiator, true, lengths[i]);
                exchange(&initiator, &acceptor, false, lengths[i]);
                exchange(&acceptor, &initiator, false, lengths[i]);
            }
            disconnect();
        }
    }
}

/* An acceptor's subkey may be of another type than the initiator's. */
static void test_upgrade(void **state)
{
    (void)state;
    connect_as(23, 18, BOTH);
    assert_int_equal(sizes.cbSecurityTrailer, 60);
    exchange(&initiator, &acceptor, true, 100);
    exchange(&acceptor, &initiator, false, 100);
    disconnect();
}

/* Windows' figures, which programs know by heart. */
static void test_sizes_and_layout(void **state)
{
    struct message m;

    (void)state;
    connect_as(18, 18, BOTH);
    assert_int_equal(sizes.cbSecurityTrailer, 60);
    assert_int_equal(sizes.cbMaxSignature, 28);
    assert_int_equal(sizes.cbBlockSize, 1);
    assert_int_equal(wrap(&initiator, true, "data", 4, &m), SEC_E_OK);
    assert_int_equal(m.token, 60);
    assert_int_equal(m.size, 64);
    /* type, sealed under the acceptor's subkey, filler, EC 0, RRC 28, number */
    assert_memory_equal(m.bytes, "\x05\x04\x06\xff\x00\x00\x00\x1c\x00\x00\x00\x00\xff\xff\xff\xfe",
                        16);
    assert_int_equal(wrap(&acceptor, false, "data", 4, &m), SEC_E_OK);
    assert_int_equal(m.token, 28);
    assert_memory_equal(m.bytes, "\x05\x04\x05\xff\x00\x0c\x00\x0c\x00\x00\x00\x00\x00\x00\x00\x07",
                        16);
    assert_memory_equal(m.bytes + 28, "data", 4);
    disconnect();
    connect_as(23, 0, BOTH);
    assert_int_equal(sizes.cbMaxSignature, 37);
    assert_int_equal(wrap(&initiator, true, "data", 4, &m), SEC_E_OK);
    assert_int_equal(m.token, 45);
    assert_memory_equal(
        m.bytes,
        "\x60\x30\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x02\x01\x11\x00\x10\x00\xff\xff", 21);
    disconnect();
}

static void rotate_right(uint8_t *data, size_t size, size_t by)
{
    uint8_t copy[ROOM];

    memcpy(copy, data, size);
    for (size_t i = 0; i < size; i++)
        data[(i + by) % size] = copy[i];
}

/* The same message, with every rotation and cut anywhere. */
static void test_rotations(void **state)
{
    static const int32_t types[] = {18, 20};
    struct message m, copy;
    uint8_t out[ROOM];
    void *where;
    ULONG size;
    bool encrypted;

    (void)state;
    for (size_t t = 0; t < 4; t++) {
        bool encrypt = t & 1;

        connect_as(types[t / 2], 0, 0);
        assert_int_equal(wrap(&initiator, encrypt, "the message itself", 18, &m), SEC_E_OK);
        rotate_right(m.bytes + 16, m.size - 16, m.size - 16 - m.bytes[7]); /* none */
        for (size_t rotation = 0; rotation < 300; rotation++) {
            copy = m;
            rotate_right(copy.bytes + 16, copy.size - 16, rotation);
            copy.bytes[6] = (uint8_t)(rotation >> 8);
            copy.bytes[7] = (uint8_t)rotation;
            assert_int_equal(unwrap_stream(&acceptor, &copy, &where, &size, &encrypted), SEC_E_OK);
            assert_int_equal(size, 18);
            assert_memory_equal(where, "the message itself", 18);
            assert_true((uint8_t *)where >= copy.bytes &&
                        (uint8_t *)where + size <= copy.bytes + copy.size);
            for (ULONG token = 16; token <= copy.size - 18; token += rotation % 5 + 1) {
                copy = m;
                rotate_right(copy.bytes + 16, copy.size - 16, rotation);
                copy.bytes[6] = (uint8_t)(rotation >> 8);
                copy.bytes[7] = (uint8_t)rotation;
                assert_int_equal(unwrap_split(&acceptor, &copy, token, out, &size, &encrypted),
                                 SEC_E_OK);
                assert_int_equal(size, 18);
                assert_memory_equal(out, "the message itself", 18);
            }
        }
        disconnect();
    }
}

/* EC bytes of filler, as DCE-style senders put them. */
static void test_filler(void **state)
{
    struct message m;
    void *where;
    ULONG size;
    bool encrypted;

    (void)state;
    connect_as(18, 0, BOTH);
    assert_int_equal(wrap(&initiator, true, "x", 1, &m), SEC_E_OK);
    m.bytes[5] = 16; /* filler that the sealed header knows nothing of */
    assert_int_not_equal(unwrap_stream(&acceptor, &m, &where, &size, &encrypted), SEC_E_OK);
    disconnect();
}

/* ---- buffers ------------------------------------------------------------------------------- */

static void test_many_buffers(void **state)
{
    (void)state;
    for (size_t t = 0; t < TYPES; t++) {
        uint8_t header[] = "header", body[] = "the body of the message", trailer[] = "trailer",
                token[256], pad[1], unseen[] = "not covered at all";
        SecBuffer b[] = {
            {sizeof(header), SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM, header},
            {sizeof(body), SECBUFFER_DATA, body},
            {sizeof(unseen), SECBUFFER_DATA | SECBUFFER_READONLY, unseen},
            {0, SECBUFFER_DATA, NULL},
            {sizeof(trailer), SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM, trailer},
            {sizeof(token), SECBUFFER_TOKEN, token},
            {sizeof(pad), SECBUFFER_PADDING, pad},
            {0, SECBUFFER_EMPTY, NULL}};
        SecBufferDesc desc = {SECBUFFER_VERSION, 8, b};
        bool encrypted;

        connect_as(enctypes[t], 0, BOTH);
        assert_int_equal(kerb_wrap(&initiator, &desc, true), SEC_E_OK);
        if (enctypes[t] != 23) { /* RC4's trailer counts the longest frame, and its padding */
            assert_int_equal(b[5].cbBuffer, sizes.cbSecurityTrailer);
            assert_int_equal(b[6].cbBuffer, 0);
        }
        assert_string_equal((char *)header, "header");
        assert_string_equal((char *)trailer, "trailer");
        assert_memory_not_equal(body, "the body of the message", sizeof(body));
        unseen[0] ^= 1; /* nobody looks */
        assert_int_equal(kerb_unwrap(&acceptor, &desc, &encrypted), SEC_E_OK);
        assert_string_equal((char *)body, "the body of the message");
        b[5].cbBuffer = sizeof(token);
        b[6].cbBuffer = 1;
        assert_int_equal(kerb_wrap(&initiator, &desc, true), SEC_E_OK);
        trailer[2] ^= 1;
        assert_int_equal(kerb_unwrap(&acceptor, &desc, &encrypted), SEC_E_MESSAGE_ALTERED);
        /* signatures */
        b[5].cbBuffer = sizeof(token);
        b[6].BufferType = SECBUFFER_EMPTY;
        assert_int_equal(kerb_sign(&acceptor, &desc), SEC_E_OK);
        assert_int_equal(b[5].cbBuffer, sizes.cbMaxSignature);
        unseen[0] ^= 1;
        assert_int_equal(kerb_verify(&initiator, &desc), SEC_E_OK);
        b[5].cbBuffer = sizeof(token);
        assert_int_equal(kerb_sign(&acceptor, &desc), SEC_E_OK);
        header[0] ^= 1;
        assert_int_equal(kerb_verify(&initiator, &desc), SEC_E_MESSAGE_ALTERED);
        disconnect();
    }
}

static void test_wrong_buffers(void **state)
{
    uint8_t token[256], data[16] = {0};
    SecBuffer b[3] = {
        {0, SECBUFFER_TOKEN, token}, {16, SECBUFFER_DATA, data}, {0, SECBUFFER_EMPTY, NULL}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 2, b}, none = {SECBUFFER_VERSION, 3, NULL};
    SecBuffer many[80];
    bool encrypted;

    (void)state;
    connect_as(18, 18, BOTH);
    for (ULONG room = 0; room < 60; room++) {
        b[0].cbBuffer = room;
        assert_int_equal(kerb_wrap(&initiator, &desc, true), SEC_E_BUFFER_TOO_SMALL);
        assert_int_equal(b[0].cbBuffer, 60);
    }
    b[0].cbBuffer = 27;
    assert_int_equal(kerb_sign(&initiator, &desc), SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(b[0].cbBuffer, 28);
    b[0].pvBuffer = NULL;
    assert_int_equal(kerb_sign(&initiator, &desc), SEC_E_INVALID_TOKEN);
    b[0].pvBuffer = token;
    b[1].pvBuffer = NULL;
    assert_int_equal(kerb_sign(&initiator, &desc), SEC_E_INVALID_TOKEN);
    b[1].pvBuffer = data;
    b[1].BufferType = SECBUFFER_EMPTY;
    b[0].cbBuffer = sizeof(token);
    assert_int_equal(kerb_wrap(&initiator, &desc, true), SEC_E_INVALID_TOKEN); /* no data */
    b[1].BufferType = SECBUFFER_DATA;
    b[0].BufferType = SECBUFFER_EMPTY;
    assert_int_equal(kerb_wrap(&initiator, &desc, true), SEC_E_INVALID_TOKEN); /* no token */
    assert_int_equal(kerb_unwrap(&initiator, &desc, &encrypted), SEC_E_INVALID_TOKEN);
    assert_int_equal(kerb_verify(&initiator, &desc), SEC_E_INVALID_TOKEN);
    b[0].BufferType = SECBUFFER_STREAM; /* nowhere to put the data */
    b[1].BufferType = SECBUFFER_EMPTY;
    assert_int_equal(kerb_unwrap(&initiator, &desc, &encrypted), SEC_E_INVALID_TOKEN);
    assert_int_equal(kerb_unwrap(&initiator, NULL, &encrypted), SEC_E_INVALID_TOKEN);
    assert_int_equal(kerb_wrap(&initiator, &none, true), SEC_E_INVALID_TOKEN);
    for (size_t i = 0; i < 80; i++)
        many[i] = (SecBuffer){1, SECBUFFER_DATA, data};
    desc = (SecBufferDesc){SECBUFFER_VERSION, 80, many};
    assert_int_equal(kerb_sign(&initiator, &desc), SEC_E_INVALID_TOKEN);
    disconnect();
    /* RC4 needs a byte of padding behind the data, or room for it in the token */
    connect_as(23, 0, BOTH);
    b[0] = (SecBuffer){sizes.cbSecurityTrailer - 1, SECBUFFER_TOKEN, token};
    b[1] = (SecBuffer){16, SECBUFFER_DATA, data};
    b[2] = (SecBuffer){0, SECBUFFER_PADDING, token};
    desc = (SecBufferDesc){SECBUFFER_VERSION, 3, b};
    assert_int_equal(kerb_wrap(&initiator, &desc, true), SEC_E_INSUFFICIENT_BUFFERS);
    desc.cBuffers = 2;
    assert_int_equal(kerb_wrap(&initiator, &desc, true), SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(b[0].cbBuffer, sizes.cbSecurityTrailer);
    disconnect();
}

/* ---- hostile messages ---------------------------------------------------------------------- */

static bool refusal(SECURITY_STATUS status)
{
    return status == SEC_E_MESSAGE_ALTERED || status == SEC_E_INVALID_TOKEN ||
           status == SEC_E_OUT_OF_SEQUENCE || status == SEC_E_INCOMPLETE_MESSAGE;
}

/* The bit between the two object identifiers of the mechanism: the framing of RFC 4757 is no part
 * of what is signed. */
static bool other_name(int32_t type, ULONG bit)
{
    return type == 23 && bit == 7 * 8 + 2;
}

static void test_alterations(void **state)
{
    struct message m, copy;
    void *where;
    ULONG size;
    bool encrypted;

    (void)state;
    for (size_t t = 0; t < TYPES; t++) {
        for (int encrypt = 0; encrypt < 2; encrypt++) {
            connect_as(enctypes[t], 0, BOTH);
            assert_int_equal(wrap(&initiator, encrypt, "a message to be altered", 23, &m),
                             SEC_E_OK);
            for (ULONG i = 0; i < m.size * 8; i++) {
                if (other_name(enctypes[t], i))
                    continue;
                copy = m;
                copy.bytes[i / 8] ^= (uint8_t)(1 << i % 8);
                assert_true(refusal(unwrap_stream(&acceptor, &copy, &where, &size, &encrypted)));
            }
            for (ULONG i = 0; i < m.size; i++) {
                struct message *cut = malloc(sizeof(*cut));

                *cut = m;
                cut->size = i;
                assert_true(refusal(unwrap_stream(&acceptor, cut, &where, &size, &encrypted)));
                free(cut);
            }
            /* After all that the genuine one is still the next. (RFC 4757 does not sign the
             * number.) */
            if (enctypes[t] != 23 || encrypt)
                assert_int_equal(unwrap_stream(&acceptor, &m, &where, &size, &encrypted), SEC_E_OK);
            disconnect();
        }
    }
}

static void test_altered_signatures(void **state)
{
    (void)state;
    for (size_t t = 0; t < TYPES; t++) {
        uint8_t data[] = "signed", token[64], copy[64];
        SecBuffer b[2] = {{sizeof(data), SECBUFFER_DATA, data},
                          {sizeof(token), SECBUFFER_TOKEN, token}};
        SecBufferDesc desc = {SECBUFFER_VERSION, 2, b};
        ULONG length;

        connect_as(enctypes[t], 0, BOTH);
        assert_int_equal(kerb_sign(&initiator, &desc), SEC_E_OK);
        length = b[1].cbBuffer;
        assert_int_equal(length, sizes.cbMaxSignature);
        b[1].pvBuffer = copy;
        for (ULONG i = 0; i < length * 8; i++) {
            if (other_name(enctypes[t], i))
                continue;
            memcpy(copy, token, length);
            copy[i / 8] ^= (uint8_t)(1 << i % 8);
            /* two bytes of the header are filler that RFC 4121 wants to be 0xff: covered as well */
            assert_true(refusal(kerb_verify(&acceptor, &desc)));
        }
        memcpy(copy, token, sizeof(token));
        for (b[1].cbBuffer = 0; b[1].cbBuffer < length; b[1].cbBuffer++)
            assert_true(refusal(kerb_verify(&acceptor, &desc)));
        b[1].cbBuffer = length + 1;
        assert_true(refusal(kerb_verify(&acceptor, &desc)));
        b[1].cbBuffer = length;
        /* sent back to where it came from */
        assert_true(refusal(kerb_verify(&initiator, &desc)));
        if (enctypes[t] != 23)
            assert_int_equal(kerb_verify(&acceptor, &desc), SEC_E_OK);
        disconnect();
    }
}

/* A stream beside the token takes the data's place: nothing would be signed. */
static void test_signed_stream(void **state)
{
    uint8_t data[] = "signed", token[64];
    SecBuffer b[3] = {{sizeof(data), SECBUFFER_DATA, data},
                      {sizeof(token), SECBUFFER_TOKEN, token},
                      {sizeof(data), SECBUFFER_STREAM, data}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 3, b};

    (void)state;
    connect_as(18, 18, BOTH);
    assert_int_equal(kerb_sign(&initiator, &desc), SEC_E_INVALID_TOKEN);
    assert_int_equal(kerb_verify(&acceptor, &desc), SEC_E_INVALID_TOKEN);
    disconnect();
}

static void test_reflection(void **state)
{
    struct message m;
    void *where;
    ULONG size;
    bool encrypted;

    (void)state;
    for (size_t t = 0; t < TYPES; t++) {
        connect_as(enctypes[t], 0, 0);
        assert_int_equal(wrap(&initiator, true, "mine", 4, &m), SEC_E_OK);
        assert_int_equal(unwrap_stream(&initiator, &m, &where, &size, &encrypted),
                         SEC_E_MESSAGE_ALTERED);
        disconnect();
    }
}

/* ---- numbers ------------------------------------------------------------------------------- */

static SECURITY_STATUS receive(const struct message *m)
{
    struct message copy = *m;
    void *where;
    ULONG size = 0;
    bool encrypted;
    SECURITY_STATUS status = unwrap_stream(&acceptor, &copy, &where, &size, &encrypted);

    /* a genuine message can be read, even when its number is wrong */
    if (status == SEC_E_OK || status == SEC_E_OUT_OF_SEQUENCE)
        assert_int_equal(size, 1);
    return status;
}

static void test_numbers(void **state)
{
    static struct message m[200];

    (void)state;
    for (size_t t = 0; t < TYPES; t++) {
        /* in order: each once, and only the next */
        connect_as(enctypes[t], 0, BOTH);
        for (size_t i = 0; i < 200; i++)
            assert_int_equal(wrap(&initiator, true, "x", 1, &m[i]), SEC_E_OK);
        assert_int_equal(receive(&m[0]), SEC_E_OK);
        assert_int_equal(receive(&m[0]), SEC_E_OUT_OF_SEQUENCE);
        assert_int_equal(receive(&m[1]), SEC_E_OK);
        assert_int_equal(receive(&m[4]), SEC_E_OUT_OF_SEQUENCE); /* a gap is told once */
        assert_int_equal(receive(&m[5]), SEC_E_OK);
        assert_int_equal(receive(&m[2]), SEC_E_OUT_OF_SEQUENCE);
        assert_int_equal(receive(&m[199]), SEC_E_OUT_OF_SEQUENCE);
        assert_int_equal(receive(&m[6]), SEC_E_OUT_OF_SEQUENCE);
        disconnect();
        /* replays only: any order, each once */
        connect_as(enctypes[t], 0, ISC_RET_REPLAY_DETECT);
        for (size_t i = 0; i < 200; i++)
            assert_int_equal(wrap(&initiator, true, "x", 1, &m[i]), SEC_E_OK);
        assert_int_equal(receive(&m[3]), SEC_E_OK);
        assert_int_equal(receive(&m[1]), SEC_E_OK);
        assert_int_equal(receive(&m[1]), SEC_E_OUT_OF_SEQUENCE);
        assert_int_equal(receive(&m[0]), SEC_E_OK);
        assert_int_equal(receive(&m[3]), SEC_E_OUT_OF_SEQUENCE);
        assert_int_equal(receive(&m[66]), SEC_E_OK);
        assert_int_equal(receive(&m[4]), SEC_E_OK);
        assert_int_equal(receive(&m[2]),
                         SEC_E_OUT_OF_SEQUENCE); /* too old to be told from a replay */
        assert_int_equal(receive(&m[199]), SEC_E_OK);
        assert_int_equal(receive(&m[136]), SEC_E_OK);
        assert_int_equal(receive(&m[135]), SEC_E_OUT_OF_SEQUENCE);
        disconnect();
        /* neither */
        connect_as(enctypes[t], 0, 0);
        assert_int_equal(wrap(&initiator, true, "x", 1, &m[0]), SEC_E_OK);
        for (size_t i = 0; i < 3; i++)
            assert_int_equal(receive(&m[0]), SEC_E_OK);
        disconnect();
    }
}

static void test_window(void **state)
{
    struct kerb_sequence s;

    (void)state;
    kerb_sequence_init(&s, 0, true, false, true);
    assert_false(kerb_sequence_check(&s, UINT64_MAX)); /* there was nothing before the first */
    assert_true(kerb_sequence_check(&s, 0));
    assert_true(kerb_sequence_check(&s, 64));
    assert_true(kerb_sequence_check(&s, 63));
    assert_true(kerb_sequence_check(&s, 1));
    assert_false(kerb_sequence_check(&s, 0));
    assert_true(kerb_sequence_check(&s, UINT64_MAX / 2));
    kerb_sequence_init(&s, UINT32_MAX - 1, true, true, false);
    assert_true(kerb_sequence_check(&s, UINT32_MAX - 1));
    assert_true(kerb_sequence_check(&s, UINT32_MAX));
    assert_true(kerb_sequence_check(&s, 0)); /* RFC 4757's numbers have 32 bits */
    assert_true(kerb_sequence_check(&s, 1));
    assert_false(kerb_sequence_check(&s, UINT32_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_type),
        cmocka_unit_test(test_upgrade),
        cmocka_unit_test(test_sizes_and_layout),
        cmocka_unit_test(test_rotations),
        cmocka_unit_test(test_filler),
        cmocka_unit_test(test_many_buffers),
        cmocka_unit_test(test_wrong_buffers),
        cmocka_unit_test(test_alterations),
        cmocka_unit_test(test_altered_signatures),
        cmocka_unit_test(test_signed_stream),
        cmocka_unit_test(test_reflection),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_window),
    };

    return cmocka_run_group_tests_name("kerberos: messages", tests, NULL, NULL);
}
