/*
 * The forms in which applications have messages protected: RPC's (DCE style, with parts that are
 * signed only), FreeRDP's (exactly cbSecurityTrailer bytes, and then the data), padding or none;
 * and that none of them costs an allocation.
 */
#include "tests/unit/kerberos/pair.h"

#include <pthread.h>
#include <string.h>

#include "tests/unit/kerberos/counted.h"

#define BOTH (ISC_RET_REPLAY_DETECT | ISC_RET_SEQUENCE_DETECT)
#define DCE  (BOTH | ISC_RET_USED_DCE_STYLE)
#define RC4  23

/* ---- DCE style ----------------------------------------------------------------------------- */

/* A PDU as RPC has it protected: header and trailer signed, the body sealed or signed too. */
struct pdu {
    char header[24], body[64], trailer[8];
    uint8_t token[128];
    SecBuffer b[4];
    SecBufferDesc desc;
};

static void pdu_make(struct pdu *p)
{
    *p = (struct pdu){.header = "header of the PDU", .body = "stub data", .trailer = "trailer"};
    p->b[0] = (SecBuffer){sizeof(p->header), SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM,
                          p->header};
    p->b[1] = (SecBuffer){sizeof(p->body), SECBUFFER_DATA, p->body};
    p->b[2] = (SecBuffer){sizeof(p->trailer), SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM,
                          p->trailer};
    p->b[3] = (SecBuffer){sizeof(p->token), SECBUFFER_TOKEN, p->token};
    p->desc = (SecBufferDesc){SECBUFFER_VERSION, 4, p->b};
}

static void test_dce_style(void **state)
{
    struct pdu p, altered;
    bool encrypted;

    (void)state;
    for (size_t t = 0; t < TYPES; t++) {
        for (int encrypt = 0; encrypt < 2; encrypt++) {
            connect_as(enctypes[t], 0, DCE);
            pdu_make(&p);
            assert_int_equal(kerb_wrap(&initiator, &p.desc, encrypt), SEC_E_OK);
            if (encrypt || enctypes[t] == RC4)
                assert_int_equal(p.b[3].cbBuffer, sizes.cbSecurityTrailer);
            assert_string_equal(p.header, "header of the PDU");
            assert_string_equal(p.trailer, "trailer");
            assert_int_equal(memcmp(p.body, "stub data", 9) != 0, encrypt);
            for (size_t i = 0; i < 3; i++) {
                altered = p;
                for (size_t j = 0; j < 4; j++)
                    altered.b[j].pvBuffer = j == 0   ? (void *)altered.header
                                            : j == 1 ? altered.body
                                            : j == 2 ? altered.trailer
                                                     : (char *)altered.token;
                altered.desc.pBuffers = altered.b;
                ((char *)altered.b[i].pvBuffer)[altered.b[i].cbBuffer - 1] ^= 1;
                assert_int_equal(kerb_unwrap(&acceptor, &altered.desc, &encrypted),
                                 SEC_E_MESSAGE_ALTERED);
            }
            assert_int_equal(kerb_unwrap(&acceptor, &p.desc, &encrypted), SEC_E_OK);
            assert_int_equal(encrypted, encrypt);
            assert_string_equal(p.header, "header of the PDU");
            assert_string_equal(p.body, "stub data");
            assert_string_equal(p.trailer, "trailer");
            disconnect();
        }
    }
}

/* [MS-KILE] 3.4.5.4.1: EC is 16, RRC 28, and the rotation is their sum. */
static void test_dce_layout(void **state)
{
    struct message m;
    void *where;
    ULONG size;
    bool encrypted;

    (void)state;
    connect_as(18, 18, DCE);
    assert_int_equal(sizes.cbSecurityTrailer, 76);
    assert_int_equal(sizes.cbMaxSignature, 28);
    assert_int_equal(wrap(&initiator, true, "data", 4, &m), SEC_E_OK);
    assert_int_equal(m.token, 76);
    assert_memory_equal(m.bytes, "\x05\x04\x06\xff\x00\x10\x00\x1c", 8);
    assert_int_equal(unwrap_stream(&acceptor, &m, &where, &size, &encrypted), SEC_E_OK);
    assert_int_equal(size, 4);
    assert_memory_equal(where, "data", 4);
    disconnect();
    connect_as(RC4, 0, DCE);
    assert_int_equal(sizes.cbSecurityTrailer, 45);
    assert_int_equal(wrap(&acceptor, true, "data", 4, &m), SEC_E_OK);
    assert_int_equal(m.size, 49);
    assert_int_equal(m.bytes[1], 43); /* the frame counts up to the confounder */
    assert_int_equal(unwrap_stream(&initiator, &m, &where, &size, &encrypted), SEC_E_OK);
    assert_int_equal(size, 4);
    assert_memory_equal(where, "data", 4);
    disconnect();
    /* The framing is not signed: neither form may be taken for the other. */
    connect_as(RC4, 0, BOTH);
    assert_int_equal(wrap(&initiator, true, "data", 4, &m), SEC_E_OK);
    m.bytes[1] = 43;
    assert_int_equal(unwrap_stream(&acceptor, &m, &where, &size, &encrypted), SEC_E_INVALID_TOKEN);
    disconnect();
}

/* ---- cbSecurityTrailer bytes, and then the data -------------------------------------------- */

static void exact_split(struct kerb_protection *from, struct kerb_protection *to, ULONG size)
{
    static uint8_t wire[70200], data[70000];
    ULONG trailer = sizes.cbSecurityTrailer;
    SecBuffer b[2] = {{trailer, SECBUFFER_TOKEN, wire}, {size, SECBUFFER_DATA, wire + trailer}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 2, b};
    bool encrypted;

    fill(data, size);
    memcpy(wire + trailer, data, size);
    assert_int_equal(kerb_wrap(from, &desc, true), SEC_E_OK);
    assert_int_equal(b[0].cbBuffer, trailer);
    assert_int_equal(b[1].cbBuffer, size);
    assert_int_equal(kerb_unwrap(to, &desc, &encrypted), SEC_E_OK);
    assert_true(encrypted);
    assert_int_equal(b[1].cbBuffer, size);
    assert_memory_equal(wire + trailer, data, size);
}

static void test_exact_split(void **state)
{
    (void)state;
    for (size_t t = 0; t < TYPES; t++) {
        for (ULONG dce = 0; dce < 2; dce++) {
            connect_as(enctypes[t], 0, dce ? DCE : BOTH);
            for (ULONG size = 0; size < 300; size++)
                exact_split(&initiator, &acceptor, size);
            for (ULONG size = 65440; size < 65550; size++)
                exact_split(&acceptor, &initiator, size);
            disconnect();
        }
    }
}

/* What such a sender sends is a Wrap token for whoever has it in one piece. */
static void test_exact_split_as_stream(void **state)
{
    struct message m;
    void *where;
    ULONG size;
    bool encrypted;

    (void)state;
    for (size_t t = 0; t < TYPES; t++) {
        connect_as(enctypes[t], 0, BOTH);
        for (ULONG n = 0; n < 300; n++) {
            uint8_t data[300];
            SecBuffer b[2] = {{sizes.cbSecurityTrailer, SECBUFFER_TOKEN, m.bytes},
                              {n, SECBUFFER_DATA, m.bytes + sizes.cbSecurityTrailer}};
            SecBufferDesc desc = {SECBUFFER_VERSION, 2, b};

            fill(data, n);
            memcpy(m.bytes + sizes.cbSecurityTrailer, data, n);
            assert_int_equal(kerb_wrap(&initiator, &desc, n % 5), SEC_E_OK);
            memmove(m.bytes + b[0].cbBuffer, m.bytes + sizes.cbSecurityTrailer, n);
            m.size = b[0].cbBuffer + n;
            assert_int_equal(unwrap_stream(&acceptor, &m, &where, &size, &encrypted), SEC_E_OK);
            assert_int_equal(encrypted, n % 5 != 0);
            assert_int_equal(size, n);
            assert_memory_equal(where, data, n);
        }
        disconnect();
    }
}

/* ---- several data buffers, read-only ones, padding ----------------------------------------- */

static void test_where_the_plaintext_goes(void **state)
{
    uint8_t keep[16] = "left as it is", into[64];
    struct message m;
    bool encrypted;

    (void)state;
    connect_as(18, 18, BOTH);
    assert_int_equal(wrap(&initiator, true, "a message", 9, &m), SEC_E_OK);
    {
        /* A read-only buffer is no place for plaintext; the next one is. */
        SecBuffer b[3] = {{sizeof(keep), SECBUFFER_DATA | SECBUFFER_READONLY, keep},
                          {m.size, SECBUFFER_STREAM, m.bytes},
                          {sizeof(into), SECBUFFER_DATA, into}};
        SecBufferDesc desc = {SECBUFFER_VERSION, 3, b};

        assert_int_equal(kerb_unwrap(&acceptor, &desc, &encrypted), SEC_E_OK);
        assert_ptr_equal(b[0].pvBuffer, keep);
        assert_string_equal((char *)keep, "left as it is");
        assert_int_equal(b[2].cbBuffer, 9);
        assert_memory_equal(b[2].pvBuffer, "a message", 9);
        desc.cBuffers = 2;
        assert_int_equal(kerb_unwrap(&acceptor, &desc, &encrypted), SEC_E_INVALID_TOKEN);
    }
    disconnect();
}

/* A peer's padding may be longer than ours (RFC 4757 7.3). */
static void test_longer_padding(void **state)
{
    (void)state;
    connect_as(RC4, 0, BOTH);
    for (ULONG n = 75; n < 90; n++) { /* the frame's length gets its second octet on the way */
        uint8_t wire[256];
        SecBuffer b[2] = {{sizes.cbSecurityTrailer, SECBUFFER_TOKEN, wire},
                          {n, SECBUFFER_DATA, wire + sizes.cbSecurityTrailer}};
        SecBufferDesc desc = {SECBUFFER_VERSION, 2, b};
        ULONG header;

        memset(wire, 'd', sizeof(wire));
        assert_int_equal(kerb_wrap(&initiator, &desc, false), SEC_E_OK);
        header = wire[1] < 0x80 ? 37 : 38;
        assert_int_equal(wire[1] < 0x80 ? wire[1] : wire[2], 50 + n - (header - 35));
        assert_int_equal(wire[sizes.cbSecurityTrailer + n - 1], 50 - header - 8);
    }
    disconnect();
}

/* Of a stream more may come: what can be seen to be cut is not yet wrong. */
static void test_incomplete(void **state)
{
    struct message whole, m;
    void *where;
    ULONG size, least;
    bool encrypted;

    (void)state;
    for (size_t t = 0; t < TYPES; t++) {
        for (int dce = 0; dce < 2; dce++) {
            connect_as(enctypes[t], 0, dce ? DCE : BOTH);
            assert_int_equal(wrap(&initiator, true, "a message", 9, &whole), SEC_E_OK);
            /* RFC 4757's frame tells the length; of the others only the trailer's is known. */
            least = enctypes[t] != RC4 ? sizes.cbSecurityTrailer : whole.size - (dce ? 9 : 0);
            for (ULONG n = 0; n < least; n++) {
                m = whole;
                m.size = n;
                assert_int_equal(unwrap_stream(&acceptor, &m, &where, &size, &encrypted),
                                 SEC_E_INCOMPLETE_MESSAGE);
                assert_int_equal(size, 0);
            }
            m = whole;
            m.size = 10;
            m.bytes[0] ^= 1;
            assert_int_equal(unwrap_stream(&acceptor, &m, &where, &size, &encrypted),
                             SEC_E_INVALID_TOKEN);
            /* where the token has a buffer of its own, it is whole or wrong */
            SecBuffer b[2] = {{10, SECBUFFER_TOKEN, whole.bytes},
                              {0, SECBUFFER_DATA, whole.bytes + 10}};
            SecBufferDesc desc = {SECBUFFER_VERSION, 2, b};

            assert_int_equal(kerb_unwrap(&acceptor, &desc, &encrypted), SEC_E_INVALID_TOKEN);
            assert_int_equal(unwrap_stream(&acceptor, &whole, &where, &size, &encrypted), SEC_E_OK);
            disconnect();
        }
    }
}

/* The names of the buffers on the page of EncryptMessage (Kerberos), and all in one. */
static void test_stream_header(void **state)
{
    uint8_t wire[256];
    bool encrypted;

    (void)state;
    for (size_t t = 0; t < TYPES; t++) {
        SecBuffer b[4] = {{0, SECBUFFER_STREAM_HEADER, wire},
                          {9, SECBUFFER_DATA, wire + 128},
                          {8, SECBUFFER_STREAM_TRAILER, wire + 128 + 9},
                          {0, SECBUFFER_EMPTY, NULL}};
        SecBufferDesc desc = {SECBUFFER_VERSION, 4, b};
        uint8_t *where;

        connect_as(enctypes[t], 0, BOTH);
        b[0].cbBuffer = sizes.cbSecurityTrailer;
        memcpy(wire + 128, "a message", 9);
        assert_int_equal(kerb_wrap(&initiator, &desc, true), SEC_E_OK);
        where = wire + 128 - b[0].cbBuffer;
        memmove(where, wire, b[0].cbBuffer);
        b[0] = (SecBuffer){b[0].cbBuffer + 9 + b[2].cbBuffer, SECBUFFER_DATA, where};
        b[1] = b[2] = b[3];
        assert_int_equal(kerb_unwrap(&acceptor, &desc, &encrypted), SEC_E_OK);
        assert_int_equal(b[0].cbBuffer, 9);
        assert_memory_equal(b[0].pvBuffer, "a message", 9);
        disconnect();
    }
}

/* ---- threads --------------------------------------------------------------------------------- */

/* Messages of one thread, both ways through the ends that all share; NULL when all arrived. */
static void *talk(void *own)
{
    struct message *m = own;
    uint8_t data[200];
    void *where;
    ULONG size;
    bool encrypted;

    for (ULONG i = 0; i < 200; i++) {
        struct kerb_protection *from = i & 1 ? &initiator : &acceptor;
        struct kerb_protection *to = i & 1 ? &acceptor : &initiator;

        fill(data, i);
        if (wrap(from, true, data, i, m) != SEC_E_OK ||
            unwrap_stream(to, m, &where, &size, &encrypted) != SEC_E_OK || size != i ||
            memcmp(where, data, i))
            return own;
    }
    return NULL;
}

static void test_threads(void **state)
{
    static struct message own[4];
    pthread_t thread[4];

    (void)state;
    for (size_t t = 0; t < TYPES; t++) {
        connect_as(enctypes[t], 0, 0);
        for (size_t i = 0; i < 4; i++)
            assert_int_equal(pthread_create(&thread[i], NULL, talk, &own[i]), 0);
        for (size_t i = 0; i < 4; i++) {
            void *failed;

            assert_int_equal(pthread_join(thread[i], &failed), 0);
            assert_null(failed);
        }
        disconnect();
    }
}

/* ---- memory -------------------------------------------------------------------------------- */

static void every_form(void)
{
    static struct message m, copy;
    uint8_t out[ROOM];
    void *where;
    ULONG size;
    bool encrypted;
    struct pdu p;

    for (int encrypt = 0; encrypt < 2; encrypt++) {
        assert_int_equal(wrap(&initiator, encrypt, "the message itself", 18, &m), SEC_E_OK);
        copy = m;
        assert_int_equal(unwrap_stream(&acceptor, &copy, &where, &size, &encrypted), SEC_E_OK);
        assert_int_equal(wrap(&initiator, encrypt, "the message itself", 18, &m), SEC_E_OK);
        assert_int_equal(unwrap_split(&acceptor, &m, m.token - 5, out, &size, &encrypted),
                         SEC_E_OK);
        assert_memory_equal(out, "the message itself", 18);
        /* a stranger's rotation: whether it is genuine or not, it is put right in place */
        assert_int_equal(wrap(&initiator, encrypt, "the message itself", 18, &m), SEC_E_OK);
        m.bytes[7] ^= 5;
        assert_int_not_equal(unwrap_stream(&acceptor, &m, &where, &size, &encrypted), SEC_E_OK);
        pdu_make(&p);
        assert_int_equal(kerb_wrap(&initiator, &p.desc, encrypt), SEC_E_OK);
        assert_int_equal(kerb_unwrap(&acceptor, &p.desc, &encrypted), SEC_E_OK);
    }
    pdu_make(&p);
    assert_int_equal(kerb_sign(&initiator, &p.desc), SEC_E_OK);
    assert_int_equal(kerb_verify(&acceptor, &p.desc), SEC_E_OK);
}

static void test_no_allocation(void **state)
{
    unsigned long before;

    (void)state;
    for (size_t t = 0; t < TYPES; t++) {
        for (ULONG dce = 0; dce < 2; dce++) {
            connect_as(enctypes[t], 0, dce ? ISC_RET_USED_DCE_STYLE : 0);
            before = counted_calls();
            every_form(); /* the first of each kind derives its key */
            assert_true(counted_calls() > before);
            before = counted_calls();
            for (int i = 0; i < 100; i++)
                every_form();
            assert_int_equal(counted_calls() - before, 0);
            disconnect();
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dce_style),
        cmocka_unit_test(test_dce_layout),
        cmocka_unit_test(test_exact_split),
        cmocka_unit_test(test_exact_split_as_stream),
        cmocka_unit_test(test_where_the_plaintext_goes),
        cmocka_unit_test(test_longer_padding),
        cmocka_unit_test(test_incomplete),
        cmocka_unit_test(test_stream_header),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_no_allocation),
    };

    return cmocka_run_group_tests_name("kerberos: forms of messages", tests, NULL, NULL);
}
