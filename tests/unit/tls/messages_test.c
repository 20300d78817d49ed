/*
 * EncryptMessage and DecryptMessage: every form of their buffers, in place and apart, whole records
 * and parts of them, with OpenSSL at the other end.
 */
#include "tests/unit/schannel/sides.h"

#include <openssl/err.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- a connection, one version or cipher after the other ---- */

static const struct {
    int version;
    const char *cipher; /* of TLS 1.2, OpenSSL's name */
} ways[] = {
    {TLS1_3_VERSION, NULL},
    {TLS1_2_VERSION, "ECDHE-ECDSA-AES256-GCM-SHA384"},
    {TLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305"},
    {TLS1_2_VERSION, "ECDHE-ECDSA-AES256-SHA384"},
    {TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA256"},
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

struct link {
    struct ours client;
    struct theirs server;
    SecPkgContext_StreamSizes sizes;
};

static void link_up(struct link *l, size_t way)
{
    memset(l, 0, sizeof(*l));
    ours_client(&l->client);
    theirs_new(&l->server, true);
    SSL_set_min_proto_version(l->server.ssl, ways[way].version);
    SSL_set_max_proto_version(l->server.ssl, ways[way].version);
    if (ways[way].cipher)
        assert_int_equal(SSL_set_cipher_list(l->server.ssl, ways[way].cipher), 1);
    assert_int_equal(shake(&l->client, &l->server), SEC_E_OK);
    assert_int_equal(
        QueryContextAttributesW(&l->client.context, SECPKG_ATTR_STREAM_SIZES, &l->sizes), SEC_E_OK);
    assert_int_equal(l->sizes.cBuffers, 4);
    assert_int_equal(l->sizes.cbMaximumMessage, 16384);
}

static void link_down(struct link *l)
{
    ours_end(&l->client);
    theirs_end(&l->server);
}

static void fill(uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)(i * 7 + i / 251);
}

/* OpenSSL's side reads exactly this. */
static void server_reads(struct link *l, const void *record, size_t size, const uint8_t *text,
                         size_t text_size)
{
    static uint8_t got[20000];
    size_t have = 0;
    int n;

    assert_int_equal(BIO_write(l->server.in, record, (int)size), (int)size);
    while ((n = SSL_read(l->server.ssl, got + have, (int)(sizeof(got) - have))) > 0)
        have += (size_t)n;
    assert_int_equal(have, text_size);
    assert_memory_equal(got, text, text_size);
}

/* And writes a record of it. */
static size_t server_writes(struct link *l, const void *text, size_t size, uint8_t *record)
{
    assert_int_equal(SSL_write(l->server.ssl, text, (int)size), (int)size);
    return (size_t)BIO_read(l->server.out, record, 20000);
}

/* ---- EncryptMessage ---- */

static void sealed_in_place(void **state)
{
    static const size_t lengths[] = {1, 2, 15, 16, 17, 31, 1000, 16383, 16384};
    static uint8_t memory[17000], text[16384];

    (void)state;
    fill(text, sizeof(text));
    for (size_t way = 0; way < WAYS; way++) {
        struct link l;

        link_up(&l, way);
        for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
            uint8_t *at = memory + l.sizes.cbHeader;
            SecBuffer b[4] = {{l.sizes.cbHeader, SECBUFFER_STREAM_HEADER, memory},
                              {(ULONG)lengths[i], SECBUFFER_DATA, at},
                              {l.sizes.cbTrailer, SECBUFFER_STREAM_TRAILER, at + lengths[i]},
                              {0, SECBUFFER_EMPTY, NULL}};
            SecBufferDesc d = {SECBUFFER_VERSION, 4, b};

            memcpy(at, text, lengths[i]);
            assert_int_equal(EncryptMessage(&l.client.context, 0, &d, 0), SEC_E_OK);
            assert_int_equal(b[0].cbBuffer, l.sizes.cbHeader);
            assert_int_equal(b[1].cbBuffer, lengths[i]);
            assert_ptr_equal(b[1].pvBuffer, at);
            assert_true(b[2].cbBuffer > 0 && b[2].cbBuffer <= l.sizes.cbTrailer);
            server_reads(&l, memory, b[0].cbBuffer + b[1].cbBuffer + b[2].cbBuffer, text,
                         lengths[i]);
        }
        link_down(&l);
    }
}

/* Three pieces of memory, in another order, larger than need be. */
static void sealed_apart(void **state)
{
    uint8_t header[64], trailer[100], data[500], text[500], record[700];
    size_t size;

    (void)state;
    fill(text, sizeof(text));
    for (size_t way = 0; way < WAYS; way++) {
        struct link l;
        SecBuffer b[4] = {{sizeof(trailer), SECBUFFER_STREAM_TRAILER, trailer},
                          {3, SECBUFFER_DATA | SECBUFFER_READONLY, (void *)(uintptr_t) "not"},
                          {sizeof(data), SECBUFFER_DATA, data},
                          {sizeof(header), SECBUFFER_STREAM_HEADER, header}};
        SecBufferDesc d = {SECBUFFER_VERSION, 4, b};

        link_up(&l, way);
        memcpy(data, text, sizeof(data));
        assert_int_equal(EncryptMessage(&l.client.context, 0, &d, 0), SEC_E_OK);
        assert_int_equal(b[3].cbBuffer, l.sizes.cbHeader);
        assert_int_equal(b[2].cbBuffer, sizeof(data));
        assert_int_equal(b[1].cbBuffer, 3);
        memcpy(record, header, b[3].cbBuffer);
        memcpy(record + b[3].cbBuffer, data, sizeof(data));
        size = b[3].cbBuffer + sizeof(data);
        memcpy(record + size, trailer, b[0].cbBuffer);
        server_reads(&l, record, size + b[0].cbBuffer, text, sizeof(text));
        link_down(&l);
    }
}

static void seal_refusals(void **state)
{
    static uint8_t memory[17000];
    struct link l;
    SecBuffer b[3] = {{0, SECBUFFER_STREAM_HEADER, memory}, {0, SECBUFFER_DATA, NULL}, {0}};
    SecBufferDesc d = {SECBUFFER_VERSION, 3, b};

    (void)state;
    link_up(&l, 0);
#define SEAL(qop) EncryptMessage(&l.client.context, qop, &d, 0)
#define LAY(h, n, t)                                                                               \
    (b[0] = (SecBuffer){h, SECBUFFER_STREAM_HEADER, memory},                                       \
     b[1] = (SecBuffer){n, SECBUFFER_DATA, memory + (h)},                                          \
     b[2] = (SecBuffer){t, SECBUFFER_STREAM_TRAILER, memory + (h) + (n)})
    assert_int_equal(SEAL(0), SEC_E_INVALID_TOKEN); /* no trailer */
    LAY(5, 10, 17);
    b[1].BufferType |= SECBUFFER_READONLY;
    assert_int_equal(SEAL(0), SEC_E_INVALID_TOKEN);
    LAY(5, 10, 17);
    b[2].BufferType = SECBUFFER_DATA;
    assert_int_equal(SEAL(0), SEC_E_INVALID_TOKEN);
    LAY(5, 10, 17);
    b[1].pvBuffer = NULL;
    assert_int_equal(SEAL(0), SEC_E_INVALID_TOKEN);
    LAY(4, 10, 17);
    assert_int_equal(SEAL(0), SEC_E_BUFFER_TOO_SMALL);
    LAY(5, 10, 16);
    assert_int_equal(SEAL(0), SEC_E_BUFFER_TOO_SMALL);
    LAY(5, 16385, 17);
    assert_int_equal(SEAL(0), SEC_E_BUFFER_TOO_SMALL);
    LAY(5, 10, 17);
    assert_int_equal(SEAL(SECQOP_WRAP_NO_ENCRYPT), SEC_E_QOP_NOT_SUPPORTED);
    LAY(5, 10, 17);
    assert_int_equal(MakeSignature(&l.client.context, 0, &d, 0), SEC_E_UNSUPPORTED_FUNCTION);
    /* Nothing to send. */
    LAY(5, 0, 17);
    assert_int_equal(SEAL(0), SEC_E_OK);
    assert_int_equal(b[0].cbBuffer + b[1].cbBuffer + b[2].cbBuffer, 0);
    /* None of it has harmed the connection. */
    LAY(5, 4, 17);
    memcpy(memory + 5, "fine", 4);
    assert_int_equal(SEAL(0), SEC_E_OK);
    server_reads(&l, memory, 5 + 4 + 17, (const uint8_t *)"fine", 4);
    link_down(&l);
}

/* Alerts that end a connection, as messages; no others can be sent so. */
static void alert_as_a_message(void **state)
{
    (void)state;
    for (size_t way = 0; way < 2 * WAYS; way++) {
        bool fatal = way >= WAYS, cbc;
        uint8_t memory[200], byte;
        struct link l;
        SecBuffer b[3];
        SecBufferDesc d = {SECBUFFER_VERSION, 3, b};
        size_t size;

        link_up(&l, way % WAYS);
        cbc = l.sizes.cbBlockSize > 1;
        LAY(l.sizes.cbHeader, 2, l.sizes.cbTrailer);
        memcpy(b[1].pvBuffer, "\1\50", 2);
        assert_int_equal(SEAL(SECQOP_WRAP_OOB_DATA), SEC_E_UNSUPPORTED_FUNCTION);
        LAY(l.sizes.cbHeader, 3, l.sizes.cbTrailer);
        assert_int_equal(SEAL(SECQOP_WRAP_OOB_DATA), SEC_E_INVALID_TOKEN);
        LAY(l.sizes.cbHeader, 2, l.sizes.cbTrailer);
        memcpy(b[1].pvBuffer, fatal ? "\2\61" : "\1\0", 2);
        if (fatal && cbc) {
            assert_int_equal(SEAL(SECQOP_WRAP_OOB_DATA), SEC_E_UNSUPPORTED_FUNCTION);
            link_down(&l);
            continue;
        }
        assert_int_equal(SEAL(SECQOP_WRAP_OOB_DATA), SEC_E_OK);
        size = b[0].cbBuffer + b[1].cbBuffer + b[2].cbBuffer;
        assert_int_equal(BIO_write(l.server.in, memory, (int)size), (int)size);
        ERR_clear_error();
        assert_true(SSL_read(l.server.ssl, &byte, 1) <= 0);
        if (fatal)
            assert_int_equal(ERR_GET_REASON(ERR_peek_error()), SSL_R_TLSV1_ALERT_ACCESS_DENIED);
        else
            assert_int_equal(SSL_get_shutdown(l.server.ssl), SSL_RECEIVED_SHUTDOWN);
        LAY(l.sizes.cbHeader, 2, l.sizes.cbTrailer);
        assert_int_equal(SEAL(0), SEC_E_CONTEXT_EXPIRED);
        link_down(&l);
    }
}

/* ---- DecryptMessage ---- */

static SECURITY_STATUS open_record(struct link *l, SecBuffer *b, ULONG count)
{
    SecBufferDesc d = {SECBUFFER_VERSION, count, b};

    return DecryptMessage(&l->client.context, &d, 0, NULL);
}

static void opened_in_place(void **state)
{
    static const size_t lengths[] = {1, 16, 1000, 16384};
    static uint8_t memory[20000], text[16384];

    (void)state;
    fill(text, sizeof(text));
    for (size_t way = 0; way < WAYS; way++) {
        struct link l;

        link_up(&l, way);
        for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
            size_t size = server_writes(&l, text, lengths[i], memory);
            SecBuffer b[4] = {{(ULONG)size, SECBUFFER_DATA, memory}};

            assert_int_equal(open_record(&l, b, 4), SEC_E_OK);
            assert_int_equal(b[0].BufferType, SECBUFFER_STREAM_HEADER);
            assert_ptr_equal(b[0].pvBuffer, memory);
            assert_int_equal(b[0].cbBuffer, l.sizes.cbHeader);
            assert_int_equal(b[1].BufferType, SECBUFFER_DATA);
            assert_ptr_equal(b[1].pvBuffer, memory + l.sizes.cbHeader);
            assert_int_equal(b[1].cbBuffer, lengths[i]);
            assert_memory_equal(b[1].pvBuffer, text, lengths[i]);
            assert_int_equal(b[2].BufferType, SECBUFFER_STREAM_TRAILER);
            assert_int_equal(b[0].cbBuffer + b[1].cbBuffer + b[2].cbBuffer, size);
            assert_int_equal(b[3].BufferType, SECBUFFER_EMPTY);
        }
        link_down(&l);
    }
}

/* Several records at once, the last one in parts: EXTRA and MISSING to the byte. */
static void records_and_parts(void **state)
{
    static uint8_t memory[20000];

    (void)state;
    for (size_t way = 0; way < WAYS; way++) {
        struct link l;
        size_t one, two, all;

        link_up(&l, way);
        one = server_writes(&l, "first", 5, memory);
        two = server_writes(&l, "second!", 7, memory + one);
        all = one + two;
        /* One byte after the other. */
        for (size_t have = 0; have < one; have++) {
            SecBuffer b[4] = {{(ULONG)have, SECBUFFER_DATA, memory}};

            assert_int_equal(open_record(&l, b, 4), SEC_E_INCOMPLETE_MESSAGE);
            assert_int_equal(b[0].BufferType, SECBUFFER_DATA);
            assert_int_equal(b[0].cbBuffer, have);
            assert_int_equal(b[1].BufferType, SECBUFFER_MISSING);
            assert_int_equal(b[1].cbBuffer, have < 5 ? 5 - have : one - have);
        }
        for (size_t over = 0; over <= two; over += two) {
            SecBuffer b[4] = {{(ULONG)(one + over), SECBUFFER_DATA, memory}};

            if (over == 0) /* a copy: it is decrypted in place */
                continue;
            assert_int_equal(open_record(&l, b, 4), SEC_E_OK);
            assert_memory_equal(b[1].pvBuffer, "first", 5);
            assert_int_equal(b[3].BufferType, SECBUFFER_EXTRA);
            assert_int_equal(b[3].cbBuffer, two);
            assert_ptr_equal(b[3].pvBuffer, memory + one);
        }
        {
            SecBuffer b[4] = {{(ULONG)(all - one), SECBUFFER_DATA, memory + one}};

            assert_int_equal(open_record(&l, b, 4), SEC_E_OK);
            assert_int_equal(b[1].cbBuffer, 7);
            assert_memory_equal(b[1].pvBuffer, "second!", 7);
        }
        link_down(&l);
    }
}

/* The record's buffer may be any of them, and there may be fewer. */
static void other_layouts(void **state)
{
    static uint8_t memory[20000];
    struct link l;
    size_t size;

    (void)state;
    link_up(&l, 0);
    for (unsigned at = 0; at < 4; at++) {
        SecBuffer b[4] = {{0, SECBUFFER_EMPTY, NULL}};

        size = server_writes(&l, "text", 4, memory);
        b[at] = (SecBuffer){(ULONG)size, SECBUFFER_DATA, memory};
        assert_int_equal(open_record(&l, b, 4), SEC_E_OK);
        assert_int_equal(b[0].BufferType, SECBUFFER_STREAM_HEADER);
        assert_int_equal(b[1].BufferType, SECBUFFER_DATA);
        assert_memory_equal(b[1].pvBuffer, "text", 4);
    }
    for (ULONG count = 1; count < 4; count++) {
        SecBuffer b[4] = {{0, SECBUFFER_EMPTY, NULL}};

        size = server_writes(&l, "text", 4, memory);
        b[0] = (SecBuffer){(ULONG)size + 3, SECBUFFER_DATA, memory};
        if (count == 1) { /* nowhere to say that there is more */
            assert_int_equal(open_record(&l, b, 1), SEC_E_INVALID_TOKEN);
            b[0].cbBuffer = (ULONG)size;
            assert_int_equal(open_record(&l, b, 1), SEC_E_OK);
            assert_int_equal(b[0].BufferType, SECBUFFER_DATA);
            assert_memory_equal(b[0].pvBuffer, "text", 4);
            continue;
        }
        assert_int_equal(open_record(&l, b, count), SEC_E_OK);
        assert_int_equal(b[count - 2].BufferType, SECBUFFER_DATA);
        assert_memory_equal(b[count - 2].pvBuffer, "text", 4);
        assert_int_equal(b[count - 1].BufferType, SECBUFFER_EXTRA);
        assert_int_equal(b[count - 1].cbBuffer, 3);
    }
    {
        SecBuffer none[2] = {{0, SECBUFFER_EMPTY, NULL}};
        SecBuffer two[2] = {{4, SECBUFFER_DATA, memory}, {4, SECBUFFER_DATA, memory}};

        assert_int_equal(open_record(&l, none, 2), SEC_E_INVALID_TOKEN);
        assert_int_equal(open_record(&l, two, 2), SEC_E_INVALID_TOKEN);
    }
    link_down(&l);
}

/* What was changed on the way is refused, and so is everything after it. */
static void altered(void **state)
{
    static uint8_t memory[20000];

    (void)state;
    for (size_t way = 0; way < WAYS; way++) {
        for (int place = 0; place < 3; place++) {
            struct link l;
            size_t size;
            SecBuffer b[4] = {{0}};

            link_up(&l, way);
            size = server_writes(&l, "a message", 9, memory);
            memory[place == 0 ? 0 : place == 1 ? l.sizes.cbHeader + 1 : size - 1] ^= 0x40;
            b[0] = (SecBuffer){(ULONG)size, SECBUFFER_DATA, memory};
            /* The outer type of TLS 1.3 says nothing; it must be what it is all the same. */
            assert_int_equal(open_record(&l, b, 4),
                             place == 0 && ways[way].version == TLS1_3_VERSION
                                 ? SEC_E_ILLEGAL_MESSAGE
                                 : SEC_E_MESSAGE_ALTERED);
            size = server_writes(&l, "another", 7, memory);
            memset(b, 0, sizeof(b));
            b[0] = (SecBuffer){(ULONG)size, SECBUFFER_DATA, memory};
            assert_int_equal(open_record(&l, b, 4), SEC_E_CONTEXT_EXPIRED);
            link_down(&l);
        }
    }
}

static void closed(void **state)
{
    static uint8_t memory[20000];

    (void)state;
    for (size_t way = 0; way < WAYS; way++) {
        struct link l;
        size_t text, all;
        SecBuffer b[4] = {{0}};

        link_up(&l, way);
        text = server_writes(&l, "the last", 8, memory);
        assert_int_equal(SSL_shutdown(l.server.ssl), 0);
        all = text + (size_t)BIO_read(l.server.out, memory + text, 1000);
        memcpy(memory + all, "GET / HTTP/1.0", 14);
        b[0] = (SecBuffer){(ULONG)all + 14, SECBUFFER_DATA, memory};
        assert_int_equal(open_record(&l, b, 4), SEC_E_OK);
        assert_memory_equal(b[1].pvBuffer, "the last", 8);
        b[0] = (SecBuffer){b[3].cbBuffer, SECBUFFER_DATA, b[3].pvBuffer};
        b[1] = b[2] = b[3] = (SecBuffer){0, SECBUFFER_EMPTY, NULL};
        assert_int_equal(open_record(&l, b, 4), SEC_I_CONTEXT_EXPIRED);
        /* What follows is none of the connection's, and left alone. */
        assert_int_equal(b[3].BufferType, SECBUFFER_EXTRA);
        assert_int_equal(b[3].cbBuffer, 14);
        assert_memory_equal(b[3].pvBuffer, "GET /", 5);
        b[0] = (SecBuffer){14, SECBUFFER_DATA, b[3].pvBuffer};
        b[1] = b[2] = b[3] = (SecBuffer){0, SECBUFFER_EMPTY, NULL};
        assert_int_equal(open_record(&l, b, 4), SEC_I_CONTEXT_EXPIRED);
        link_down(&l);
    }
}

/* A message that comes in one piece with the end of the handshake is not lost. */
static void right_behind_the_handshake(void **state)
{
    (void)state;
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        for (int mutual = 0; mutual < 2; mutual++) {
            struct ours server;
            struct theirs client;
            struct bytes up = {NULL, 0}, down = {NULL, 0};
            char got[64];
            bool done = false;
            SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;

            ours_server(&server);
            if (mutual)
                server.flags |= ASC_REQ_MUTUAL_AUTH;
            theirs_new(&client, false);
            SSL_set_max_proto_version(client.ssl, version);
            if (mutual) {
                SSL_use_certificate(client.ssl, world.client.x509);
                SSL_use_PrivateKey(client.ssl, world.client.key);
            }
            for (int leg = 0; leg < 6 && status == SEC_I_CONTINUE_NEEDED; leg++) {
                done = theirs_step(&client, &down, &up);
                if (done)
                    theirs_send(&client, "early", &up);
                status = ours_leg(&server, &up, &down);
            }
            assert_int_equal(status, SEC_E_OK);
            if (!done) { /* TLS 1.2: the client is done after the server */
                assert_true(theirs_step(&client, &down, &up));
                theirs_send(&client, "early", &up);
            }
            assert_int_equal(ours_receive(&server, &up, got, sizeof(got)), SEC_E_OK);
            assert_string_equal(got, "early");
            bytes_free(&up);
            bytes_free(&down);
            theirs_end(&client);
            ours_end(&server);
        }
    }
}

/* ---- two threads ---- */

#define MESSAGES 3000

struct traffic {
    struct ours *from, *to;
    int pipe[2];
    bool good;
};

static void *sender(void *argument)
{
    struct traffic *t = argument;

    for (uint32_t i = 0; i < MESSAGES; i++) {
        uint8_t memory[200];
        SecPkgContext_StreamSizes s;
        SecBuffer b[3];
        SecBufferDesc d = {SECBUFFER_VERSION, 3, b};
        uint32_t size;

        if (QueryContextAttributesW(&t->from->context, SECPKG_ATTR_STREAM_SIZES, &s) != SEC_E_OK)
            break;
        LAY(s.cbHeader, sizeof(i), s.cbTrailer);
        memcpy(b[1].pvBuffer, &i, sizeof(i));
        if (EncryptMessage(&t->from->context, 0, &d, 0) != SEC_E_OK)
            break;
        size = b[0].cbBuffer + b[1].cbBuffer + b[2].cbBuffer;
        if (write(t->pipe[1], memory, size) != (ssize_t)size)
            break;
    }
    close(t->pipe[1]);
    return NULL;
}

static void *receiver(void *argument)
{
    struct traffic *t = argument;
    static _Thread_local uint8_t in[4096];
    size_t have = 0;
    uint32_t next = 0;

    for (;;) {
        SecBuffer b[4] = {{(ULONG)have, SECBUFFER_DATA, in}};
        SecBufferDesc d = {SECBUFFER_VERSION, 4, b};
        SECURITY_STATUS status =
            have ? DecryptMessage(&t->to->context, &d, 0, NULL) : SEC_E_INCOMPLETE_MESSAGE;
        size_t extra = b[3].BufferType == SECBUFFER_EXTRA ? b[3].cbBuffer : 0;

        if (status == SEC_E_INCOMPLETE_MESSAGE) {
            ssize_t n = read(t->pipe[0], in + have, sizeof(in) - have);

            if (n <= 0)
                break;
            have += (size_t)n;
            continue;
        }
        if (status != SEC_E_OK || b[1].cbBuffer != sizeof(next) ||
            memcmp(b[1].pvBuffer, &next, sizeof(next)) != 0)
            break;
        next++;
        memmove(in, in + have - extra, extra);
        have = extra;
    }
    t->good = next == MESSAGES && have == 0;
    close(t->pipe[0]);
    return NULL;
}

/* Both ends send and receive at the same time. */
static void two_threads(void **state)
{
    struct ours client, server;
    SECURITY_STATUS status;
    struct traffic t[2];
    pthread_t threads[4];

    (void)state;
    ours_client(&client);
    ours_server(&server);
    assert_int_equal(shake_ours(&client, &server, &status), SEC_E_OK);
    assert_int_equal(status, SEC_E_OK);
    t[0] = (struct traffic){.from = &client, .to = &server};
    t[1] = (struct traffic){.from = &server, .to = &client};
    for (int i = 0; i < 2; i++)
        assert_int_equal(pipe(t[i].pipe), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&threads[2 * i], NULL, sender, &t[i]), 0);
        assert_int_equal(pthread_create(&threads[2 * i + 1], NULL, receiver, &t[i]), 0);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_true(t[0].good);
    assert_true(t[1].good);
    ours_end(&client);
    ours_end(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_behind_the_handshake),
        cmocka_unit_test(sealed_in_place),
        cmocka_unit_test(sealed_apart),
        cmocka_unit_test(seal_refusals),
        cmocka_unit_test(alert_as_a_message),
        cmocka_unit_test(opened_in_place),
        cmocka_unit_test(records_and_parts),
        cmocka_unit_test(other_layouts),
        cmocka_unit_test(altered),
        cmocka_unit_test(closed),
        cmocka_unit_test(two_threads),
    };

    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
