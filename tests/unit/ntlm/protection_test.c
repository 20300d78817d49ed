/*
 * Session security under every combination of flags that a handshake can end with: what goes in
 * comes out, what was changed, lost or repeated does not, and no message costs an allocation of
 * ours.
 */
#include "tests/unit/ntlm/vectors.h"

#include <stdio.h>
#include <string.h>

#include "libsspi/packages/ntlm/wire/message.h"
#include "tests/unit/kerberos/counted.h"

static const uint8_t session_key[NTLM_KEY_SIZE] = "sixteen letters";

struct ends {
    struct ntlm_session *client, *server;
};

static struct ends begin(uint32_t flags)
{
    struct ends e = {ntlm_session_new(flags, session_key, true),
                     ntlm_session_new(flags, session_key, false)};

    assert_non_null(e.client);
    assert_non_null(e.server);
    return e;
}

static void end(struct ends *e)
{
    ntlm_session_free(e->client);
    ntlm_session_free(e->server);
}

static SECURITY_STATUS protect(struct ntlm_session *s, enum ntlm_protection how, uint32_t sequence,
                               char *text, uint8_t signature[16])
{
    const struct ntlm_part part = {.data = (uint8_t *)text, .size = strlen(text)};

    return ntlm_session_protect(s, how, sequence, &part, 1, signature);
}

static SECURITY_STATUS unprotect(struct ntlm_session *s, enum ntlm_protection how,
                                 uint32_t sequence, char *text, size_t size,
                                 const uint8_t signature[16])
{
    const struct ntlm_part part = {.data = (uint8_t *)text, .size = size};

    return ntlm_session_unprotect(s, how, sequence, &part, 1, signature);
}

/* One message; `sequence` is its number among datagrams. */
static void passes(struct ntlm_session *from, struct ntlm_session *to, enum ntlm_protection how,
                   uint32_t sequence)
{
    char text[] = "a message of the session";
    uint8_t signature[16];

    assert_int_equal(protect(from, how, sequence, text, signature), SEC_E_OK);
    assert_int_equal(how == NTLM_SEALED, memcmp(text, "a message of the session", 24) != 0);
    assert_int_equal(unprotect(to, how, sequence, text, 24, signature), SEC_E_OK);
    assert_string_equal(text, "a message of the session");
}

static const uint32_t strengths[] = {0, NTLM_56, NTLM_128, NTLM_128 | NTLM_56};
static const uint32_t forms[] = {
    NTLM_EXTENDED_SECURITY | NTLM_KEY_EXCH,
    NTLM_EXTENDED_SECURITY,
    NTLM_KEY_EXCH,
    0,
    NTLM_LM_KEY,
    NTLM_EXTENDED_SECURITY | NTLM_KEY_EXCH | NTLM_DATAGRAM,
    NTLM_EXTENDED_SECURITY | NTLM_DATAGRAM,
    NTLM_KEY_EXCH | NTLM_DATAGRAM,
    NTLM_LM_KEY | NTLM_DATAGRAM,
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void each_combination(void (*test)(uint32_t flags))
{
    for (size_t f = 0; f < COUNT(forms); f++) {
        for (size_t k = 0; k < COUNT(strengths); k++)
            test(forms[f] | strengths[k] | NTLM_SIGN | NTLM_SEAL | NTLM_ALWAYS_SIGN);
    }
}

static void combination_passes(uint32_t flags)
{
    struct ends e = begin(flags);

    for (uint32_t i = 0; i < 40; i++) {
        passes(e.client, e.server, i % 3 ? NTLM_SEALED : NTLM_SIGNED, 1000 + i);
        passes(e.server, e.client, i % 4 ? NTLM_SEALED : NTLM_SIGNED, 2000 + i);
        if (i % 5 == 0)
            passes(e.client, e.server, NTLM_SEALED, 3000 + i);
    }
    end(&e);
}

static void test_passes(void **state)
{
    (void)state;
    each_combination(combination_passes);
}

/* One bit, anywhere, in every form; of the old form only RandomPad means nothing. */
static void combination_finds_changes(uint32_t flags)
{
    for (size_t i = 0; i < 24 + 16; i++) {
        char text[] = "a message of the session", nothing[24] = "";
        bool clear_number = i >= 36 && flags & NTLM_EXTENDED_SECURITY;
        bool padding = i >= 28 && i < 32 && !(flags & NTLM_EXTENDED_SECURITY);
        struct ends e = begin(flags);
        uint8_t signature[16];
        SECURITY_STATUS status;

        assert_int_equal(protect(e.client, NTLM_SEALED, 7, text, signature), SEC_E_OK);
        if (i < 24)
            text[i] ^= 0x10;
        else
            signature[i - 24] ^= 0x10;
        status = unprotect(e.server, NTLM_SEALED, 7, text, 24, signature);
        if (padding)
            assert_int_equal(status, SEC_E_OK);
        else
            assert_int_equal(status, clear_number ? SEC_E_OUT_OF_SEQUENCE : SEC_E_MESSAGE_ALTERED);
        if (status == SEC_E_MESSAGE_ALTERED)
            assert_memory_equal(text, nothing, 24);
        end(&e);
    }
}

static void test_changes(void **state)
{
    (void)state;
    each_combination(combination_finds_changes);
}

/* On a connection a message comes once and in its place, whatever the flags. */
static void combination_keeps_order(uint32_t flags)
{
    char one[] = "one", two[] = "two", again[4];
    uint8_t first[16], second[16];
    struct ends e = begin(flags);

    if (flags & NTLM_DATAGRAM)
        goto out;
    assert_int_equal(protect(e.client, NTLM_SIGNED, 0, one, first), SEC_E_OK);
    assert_int_equal(protect(e.client, NTLM_SIGNED, 0, two, second), SEC_E_OK);
    if (flags & NTLM_EXTENDED_SECURITY)
        assert_int_equal(unprotect(e.server, NTLM_SIGNED, 0, two, 3, second),
                         SEC_E_OUT_OF_SEQUENCE);
    assert_int_equal(unprotect(e.server, NTLM_SIGNED, 0, one, 3, first), SEC_E_OK);
    memcpy(again, one, sizeof(again));
    assert_int_equal(unprotect(e.server, NTLM_SIGNED, 0, again, 3, first),
                     flags & NTLM_EXTENDED_SECURITY ? SEC_E_OUT_OF_SEQUENCE
                                                    : SEC_E_MESSAGE_ALTERED);
out:
    end(&e);
}

static void test_order(void **state)
{
    (void)state;
    each_combination(combination_keeps_order);
}

/* Datagrams come in any order, get lost, come again; each under its own number alone. */
static void combination_of_datagrams(uint32_t flags)
{
    char texts[8][16], copy[16];
    uint8_t signatures[8][16];
    struct ends e = begin(flags);

    if (!(flags & NTLM_DATAGRAM))
        goto out;
    for (uint32_t i = 0; i < 8; i++) {
        snprintf(texts[i], sizeof(texts[i]), "datagram %u", i);
        assert_int_equal(protect(e.client, NTLM_SEALED, i, texts[i], signatures[i]), SEC_E_OK);
    }
    for (uint32_t i = 8; i-- > 0;) {
        memcpy(copy, texts[i], sizeof(copy));
        assert_int_equal(unprotect(e.server, NTLM_SEALED, i + 1, copy, 10, signatures[i]),
                         flags & NTLM_EXTENDED_SECURITY ? SEC_E_OUT_OF_SEQUENCE
                                                        : SEC_E_MESSAGE_ALTERED);
        assert_int_equal(unprotect(e.server, NTLM_SEALED, i, texts[i], 10, signatures[i]),
                         SEC_E_OK);
        assert_int_equal(texts[i][9], '0' + i);
    }
out:
    end(&e);
}

/* The same text under the same number is the same message: no state is left from one to the next,
 * so the two streams of two numbers differ. */
static void test_datagrams(void **state)
{
    const uint32_t flags =
        NTLM_EXTENDED_SECURITY | NTLM_KEY_EXCH | NTLM_128 | NTLM_SIGN | NTLM_SEAL | NTLM_DATAGRAM;
    char a[] = "text", b[] = "text", c[] = "text";
    uint8_t signature[16];
    struct ends e = begin(flags);

    (void)state;
    each_combination(combination_of_datagrams);
    assert_int_equal(protect(e.client, NTLM_SEALED, 1, a, signature), SEC_E_OK);
    assert_int_equal(protect(e.client, NTLM_SEALED, 2, b, signature), SEC_E_OK);
    assert_int_equal(protect(e.client, NTLM_SEALED, 1, c, signature), SEC_E_OK);
    assert_memory_equal(a, c, 4);
    assert_memory_not_equal(a, b, 4);
    end(&e);
}

/*
 * SealingKey' written out by hand (3.4): MD5 of the sealing key and the number, little endian; the
 * stream of the message begins with it, and the checksum comes behind the message.
 */
static void test_datagram_key(void **state)
{
    const uint32_t flags =
        NTLM_EXTENDED_SECURITY | NTLM_KEY_EXCH | NTLM_128 | NTLM_SIGN | NTLM_SEAL | NTLM_DATAGRAM;
    static const uint8_t number[4] = {0x04, 0x03, 0x02, 0x01};
    uint8_t sealing[NTLM_KEY_SIZE], signing[NTLM_KEY_SIZE], key[NTLM_KEY_SIZE], sum[NTLM_KEY_SIZE];
    uint8_t expected[4 + 8], signature[16];
    char text[] = "text";
    const struct ntlm_bytes key_parts[] = {{sealing, sizeof(sealing)}, {number, 4}},
                            signed_parts[] = {{number, 4}, {(const uint8_t *)"text", 4}};
    struct ends e = begin(flags);
    size_t size;

    (void)state;
    assert_true(ntlm_sealing_key(flags, session_key, NTLM_CLIENT_TO_SERVER, sealing, &size) &&
                ntlm_signing_key(flags, session_key, NTLM_CLIENT_TO_SERVER, signing) &&
                ntlm_md5(key_parts, 2, key) && ntlm_hmac_md5(signing, signed_parts, 2, sum));
    memcpy(expected, "text", 4);
    memcpy(expected + 4, sum, 8);
    assert_true(ntlm_rc4k(key, expected, sizeof(expected), expected));
    assert_int_equal(protect(e.client, NTLM_SEALED, 0x01020304, text, signature), SEC_E_OK);
    assert_memory_equal(text, expected, 4);
    assert_memory_equal(signature + 4, expected + 4, 8);
    assert_memory_equal(signature + 12, number, 4);
    end(&e);
}

/* Without extended session security there is one key and one stream: [MS-NLMP] 3.4, half-duplex. */
static void test_one_stream(void **state)
{
    const uint32_t flags = NTLM_KEY_EXCH | NTLM_128 | NTLM_SIGN | NTLM_SEAL;
    char there[] = "same", back[] = "same", expected[8 + 2 * 12];
    uint8_t signature[16];
    struct ends e = begin(flags);

    (void)state;
    memset(expected, 0, sizeof(expected));
    memcpy(expected, "same", 4);
    memcpy(expected + 16, "same", 4);
    assert_true(ntlm_rc4k(session_key, expected, sizeof(expected), expected));
    assert_int_equal(protect(e.client, NTLM_SEALED, 0, there, signature), SEC_E_OK);
    assert_memory_equal(there, expected, 4);
    assert_int_equal(unprotect(e.server, NTLM_SEALED, 0, there, 4, signature), SEC_E_OK);
    assert_int_equal(protect(e.server, NTLM_SEALED, 0, back, signature), SEC_E_OK);
    assert_memory_equal(back, expected + 16, 4);
    assert_int_equal(signature[12] ^ (uint8_t)expected[28], 1); /* and one row of numbers */
    assert_int_equal(unprotect(e.client, NTLM_SEALED, 0, back, 4, signature), SEC_E_OK);
    end(&e);
}

/* A form without content, where there is to be a signature and nothing to make one with. */
static void test_formal(void **state)
{
    char text[] = "text";
    uint8_t signature[16];
    struct ends e = begin(NTLM_EXTENDED_SECURITY | NTLM_128 | NTLM_ALWAYS_SIGN);

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(protect(e.client, NTLM_SIGNED, 0, text, signature), SEC_E_OK);
        assert_hex(signature, 16, "01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00");
        assert_int_equal(unprotect(e.server, NTLM_SIGNED, 0, text, 4, signature), SEC_E_OK);
    }
    signature[5] = 1;
    assert_int_equal(unprotect(e.server, NTLM_SIGNED, 0, text, 4, signature),
                     SEC_E_MESSAGE_ALTERED);
    assert_int_equal(protect(e.client, NTLM_SEALED, 0, text, signature),
                     SEC_E_UNSUPPORTED_FUNCTION);
    end(&e);
    e = begin(NTLM_EXTENDED_SECURITY | NTLM_128);
    assert_int_equal(protect(e.client, NTLM_SIGNED, 0, text, signature),
                     SEC_E_UNSUPPORTED_FUNCTION);
    end(&e);
}

/* [MS-SPNG] 3.3.5.1: the list's MIC leaves the key stream where it was; its number is spent. */
static void combination_of_mics(uint32_t flags)
{
    char list[] = "list of mechanisms", a[] = "text", b[] = "text";
    uint8_t mic[16], signature[16], other[16];
    struct ends with = begin(flags), without = begin(flags);

    assert_int_equal(protect(with.client, NTLM_MECHLIST, 0, list, mic), SEC_E_OK);
    assert_int_equal(unprotect(with.server, NTLM_MECHLIST, 0, list, strlen(list), mic), SEC_E_OK);
    assert_int_equal(protect(with.server, NTLM_MECHLIST, 0, list, mic), SEC_E_OK);
    assert_int_equal(unprotect(with.client, NTLM_MECHLIST, 0, list, strlen(list), mic), SEC_E_OK);
    assert_int_equal(protect(with.client, NTLM_SEALED, 0, a, signature), SEC_E_OK);
    assert_int_equal(protect(without.client, NTLM_SEALED, 0, b, other), SEC_E_OK);
    assert_memory_equal(a, b, 4); /* the same place of the same stream */
    if (!(flags & NTLM_DATAGRAM))
        assert_memory_not_equal(signature + 12, other + 12, 4);
    assert_int_equal(unprotect(with.server, NTLM_SEALED, 0, a, 4, signature), SEC_E_OK);
    passes(with.server, with.client, NTLM_SEALED, 5);
    /* in the middle, when two negotiate anew */
    assert_int_equal(protect(with.client, NTLM_MECHLIST, 9, list, mic), SEC_E_OK);
    assert_int_equal(unprotect(with.server, NTLM_MECHLIST, 9, list, strlen(list), mic), SEC_E_OK);
    passes(with.client, with.server, NTLM_SEALED, 10);
    passes(with.server, with.client, NTLM_SEALED, 11);
    list[0] = 'L';
    assert_int_equal(protect(with.client, NTLM_MECHLIST, 12, list, mic), SEC_E_OK);
    list[0] = 'l';
    assert_int_equal(unprotect(with.server, NTLM_MECHLIST, 12, list, strlen(list), mic),
                     SEC_E_MESSAGE_ALTERED);
    end(&with);
    end(&without);
}

static void test_mics(void **state)
{
    (void)state;
    each_combination(combination_of_mics);
}

/* 3.4.6.1 and 3.4.8.1: what is not to be signed is, with extended session security. */
static void combination_unsigned(uint32_t flags)
{
    char header[] = "header", body[] = "body";
    struct ntlm_part parts[] = {
        {.data = (uint8_t *)header, .size = 6, .plain = true, .unsigned_in_v1 = true},
        {.data = (uint8_t *)body, .size = 4},
    };
    uint8_t signature[16];
    struct ends e = begin(flags);

    assert_int_equal(ntlm_session_protect(e.client, NTLM_SEALED, 1, parts, 2, signature), SEC_E_OK);
    assert_string_equal(header, "header");
    header[0] = 'H';
    assert_int_equal(ntlm_session_unprotect(e.server, NTLM_SEALED, 1, parts, 2, signature),
                     flags & NTLM_EXTENDED_SECURITY ? SEC_E_MESSAGE_ALTERED : SEC_E_OK);
    end(&e);
}

static void test_unsigned(void **state)
{
    (void)state;
    each_combination(combination_unsigned);
}

/* Sessions that go on in another process, from where they were. */
static void combination_moves(uint32_t flags)
{
    struct ntlm_progress send, receive;
    struct ends e = begin(flags);

    passes(e.client, e.server, NTLM_SEALED, 1);
    passes(e.server, e.client, NTLM_SIGNED, 1);
    passes(e.client, e.server, NTLM_SEALED, 2);
    assert_true(ntlm_session_progress(e.client, &send, &receive));
    ntlm_session_free(e.client);
    e.client = ntlm_session_new(flags, session_key, true);
    assert_non_null(e.client);
    assert_true(ntlm_session_resume(e.client, &send, &receive));
    passes(e.client, e.server, NTLM_SEALED, 3);
    passes(e.server, e.client, NTLM_SEALED, 4);
    end(&e);
}

static void test_moves(void **state)
{
    (void)state;
    each_combination(combination_moves);
}

/* The last number is given out once; nothing begins anew behind it. */
static void combination_ends(uint32_t flags)
{
    struct ntlm_progress last, other;
    char text[] = "text";
    uint8_t signature[16];
    struct ends e = begin(flags);

    assert_true(ntlm_session_progress(e.client, &last, &other));
    last.sequence = UINT32_MAX;
    assert_true(
        ntlm_session_resume(e.client, &last, flags & NTLM_EXTENDED_SECURITY ? &other : &last));
    assert_true(
        ntlm_session_resume(e.server, flags & NTLM_EXTENDED_SECURITY ? &other : &last, &last));
    passes(e.client, e.server, NTLM_SEALED, 0);
    assert_int_equal(protect(e.client, NTLM_SEALED, 0, text, signature),
                     flags & NTLM_DATAGRAM ? SEC_E_OK : SEC_E_CONTEXT_EXPIRED);
    end(&e);
}

static void test_ends(void **state)
{
    (void)state;
    each_combination(combination_ends);
}

/* ---- allocations ---------------------------------------------------------------------------- */

static void combination_without_allocation(uint32_t flags)
{
    unsigned long before = counted_calls();
    struct ends e = begin(flags);

    assert_true(counted_calls() > before); /* the counter counts */
    before = counted_calls();
    for (uint32_t i = 0; i < 10; i++) {
        passes(e.client, e.server, NTLM_SEALED, i);
        passes(e.server, e.client, NTLM_SIGNED, i);
        passes(e.client, e.server, NTLM_MECHLIST, 100 + i);
    }
    assert_int_equal(counted_calls() - before, 0);
    end(&e);
}

static void test_no_allocation(void **state)
{
    (void)state;
    each_combination(combination_without_allocation);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_passes),       cmocka_unit_test(test_changes),
        cmocka_unit_test(test_order),        cmocka_unit_test(test_datagrams),
        cmocka_unit_test(test_datagram_key), cmocka_unit_test(test_one_stream),
        cmocka_unit_test(test_formal),       cmocka_unit_test(test_mics),
        cmocka_unit_test(test_unsigned),     cmocka_unit_test(test_moves),
        cmocka_unit_test(test_ends),         cmocka_unit_test(test_no_allocation),
    };

    return cmocka_run_group_tests(tests, crypto_set_up, crypto_tear_down);
}
