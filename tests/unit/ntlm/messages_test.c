/*
 * Hostile messages: cut off at every byte, with fields that point outside, overlap or repeat. A
 * reader may refuse or accept, but what it accepts lies inside the message; AddressSanitizer
 * watches the rest.
 */
#include "tests/unit/ntlm/vectors.h"

#include <stdlib.h>
#include <string.h>

#include "libsspi/packages/ntlm/lsa_half.h"
#include "libsspi/packages/ntlm/packed.h"

/* Every byte the reader hands out must be inside the message. Reading it makes a sanitizer look. */
static unsigned touch(const struct ntlm_bytes *b, const uint8_t *message, size_t size)
{
    unsigned sum = 0;

    if (!b->size)
        return 0;
    assert_true(b->data >= message && (size_t)(b->data - message) + b->size <= size);
    for (size_t i = 0; i < b->size; i++)
        sum += b->data[i];
    return sum;
}

static bool read_negotiate(const uint8_t *message, size_t size)
{
    struct ntlm_negotiate m;

    if (!ntlm_negotiate_read(message, size, &m))
        return false;
    touch(&m.domain, message, size);
    touch(&m.workstation, message, size);
    return true;
}

static bool read_challenge(const uint8_t *message, size_t size)
{
    struct ntlm_challenge m;
    struct ntlm_target_info info;

    if (!ntlm_challenge_read(message, size, &m))
        return false;
    touch(&m.target_name, message, size);
    touch(&m.target_info, message, size);
    if (m.target_info.size && ntlm_target_info_read(m.target_info, &info)) {
        touch(&info.nb_computer, message, size);
        touch(&info.dns_tree, message, size);
        touch(&info.channel_bindings, message, size);
    }
    return true;
}

static bool read_authenticate(const uint8_t *message, size_t size)
{
    struct ntlm_authenticate m;
    struct ntlm_client_challenge client;
    struct ntlm_bytes temp;
    uint8_t proof[NTLM_PROOF_SIZE];

    if (!ntlm_authenticate_read(message, size, &m))
        return false;
    touch(&m.lm_response, message, size);
    touch(&m.nt_response, message, size);
    touch(&m.domain, message, size);
    touch(&m.user, message, size);
    touch(&m.workstation, message, size);
    touch(&m.session_key, message, size);
    if (ntlm_v2_response_read(m.nt_response, proof, &temp, &client)) {
        touch(&temp, message, size);
        touch(&client.target_info, message, size);
    }
    return true;
}

typedef bool (*reader)(const uint8_t *message, size_t size);

/*
 * Each length in memory of exactly that size; only the whole message, and perhaps some shorter
 * forms, may be accepted.
 */
static void cut(reader read, const struct wire_writer *w, size_t shortest)
{
    for (size_t size = 0; size <= w->offset; size++) {
        uint8_t *copy = malloc(size ? size : 1);

        assert_non_null(copy);
        memcpy(copy, w->data, size);
        if (read(copy, size))
            assert_true(size >= shortest);
        else
            assert_true(size < w->offset);
        free(copy);
    }
}

/* Every byte set to values that make lengths and offsets large. */
static void spoil(reader read, const struct wire_writer *w)
{
    static const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    uint8_t *copy = malloc(w->offset);

    assert_non_null(copy);
    for (size_t at = 0; at < w->offset; at++) {
        for (size_t i = 0; i < sizeof(values); i++) {
            memcpy(copy, w->data, w->offset);
            copy[at] = values[i];
            read(copy, w->offset);
            if (at + 4 <= w->offset) {
                memset(copy + at, values[i], 4);
                read(copy, w->offset);
            }
        }
    }
    free(copy);
}

static void test_negotiate(void **state)
{
    struct wire_writer w = wire_writer_grow(1024);
    const struct ntlm_negotiate m = {.flags = NTLM_UNICODE | NTLM_VERSION | NTLM_DOMAIN_SUPPLIED |
                                              NTLM_WORKSTATION_SUPPLIED,
                                     .domain = hex("45 58"),
                                     .workstation = hex("43"),
                                     .version = NTLM_OUR_VERSION};
    struct ntlm_negotiate back;

    (void)state;
    ntlm_negotiate_write(&w, &m);
    assert_true(ntlm_negotiate_read(w.data, w.offset, &back));
    assert_hex(back.domain.data, back.domain.size, "45 58");
    assert_hex(back.workstation.data, back.workstation.size, "43");
    assert_int_equal(back.version.revision, 15);
    cut(read_negotiate, &w, 43);
    spoil(read_negotiate, &w);
    wire_writer_free(&w);
    /* fields that the flags do not announce may hold anything */
    assert_true(ntlm_negotiate_read(hex("4e 54 4c 4d 53 53 50 00 01 00 00 00 01 02 00 00"
                                        " ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff")
                                        .data,
                                    32, &back));
    assert_int_equal(back.domain.size + back.workstation.size, 0);
    assert_false(read_negotiate(hex("4e 54 4c 4d 53 53 50 00 01 00 00 00 01 12 00 00"
                                    " ff ff ff ff ff ff ff ff 00 00 00 00 00 00 00 00")
                                    .data,
                                32));
    /* the shortest of all, from before there were names or versions */
    assert_true(read_negotiate(hex("4e 54 4c 4d 53 53 50 00 01 00 00 00 01 02 00 00").data, 16));
    assert_false(read_negotiate(hex("4e 54 4c 4d 53 53 50 00 02 00 00 00 01 02 00 00").data, 16));
    assert_false(read_negotiate(hex("4e 54 4c 4d 53 53 50 01 01 00 00 00 01 02 00 00").data, 16));
}

static void test_challenge(void **state)
{
    struct wire_writer w = wire_writer_grow(1024), info = wire_writer_grow(1024);
    struct ntlm_challenge m = {.flags = NTLM_UNICODE | NTLM_REQUEST_TARGET | NTLM_TARGET_INFO |
                                        NTLM_VERSION,
                               .target_name = hex(WIRE_SERVER)};
    const struct ntlm_target_info names = {.nb_computer = hex(WIRE_SERVER),
                                           .dns_tree = hex(WIRE_DOMAIN),
                                           .has_timestamp = true,
                                           .timestamp = 42};

    (void)state;
    ntlm_target_info_write(&info, &names);
    m.target_info = (struct ntlm_bytes){info.data, info.offset};
    ntlm_challenge_write(&w, &m);
    cut(read_challenge, &w, w.offset);
    spoil(read_challenge, &w);
    wire_patch_u16le(&w, 12, 0xffff); /* the target's name */
    assert_false(read_challenge(w.data, w.offset));
    wire_patch_u32le(&w, 20, m.flags & ~NTLM_REQUEST_TARGET);
    assert_true(read_challenge(w.data, w.offset));
    wire_writer_free(&info);
    wire_writer_free(&w);
}

static void test_authenticate(void **state)
{
    struct wire_writer w = wire_writer_grow(1024);
    const struct ntlm_authenticate m = {
        .flags = NTLM_UNICODE | NTLM_VERSION,
        .user = hex(WIRE_USER),
        .domain = hex(WIRE_DOMAIN),
        .workstation = hex(WIRE_WORKSTATION),
        .lm_response =
            hex("00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"),
        .nt_response = hex(
            "00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 01 01 00 00 00 00 00 00 "
            "00 00 00 00 00 00 00 00 01 02 03 04 05 06 07 08 00 00 00 00 00 00 00 00 00 00 00 00"),
        .session_key = hex(VECTOR_SESSION_KEY),
        .has_mic = true};
    struct ntlm_authenticate back;

    (void)state;
    ntlm_authenticate_write(&w, &m);
    assert_true(ntlm_authenticate_read(w.data, w.offset, &back));
    assert_true(back.has_mic);
    cut(read_authenticate, &w, w.offset);
    spoil(read_authenticate, &w);
    wire_writer_free(&w);
}

/* Longer than any message may be, though all its fields are right. */
static void test_too_long(void **state)
{
    uint8_t *message = calloc(1, NTLM_MESSAGE_MAX + 1);

    (void)state;
    assert_non_null(message);
    memcpy(message, hex("4e 54 4c 4d 53 53 50 00 01 00 00 00 01 02 00 00").data, 16);
    assert_true(read_negotiate(message, NTLM_NEGOTIATE_MAX));
    assert_false(read_negotiate(message, NTLM_NEGOTIATE_MAX + 1));
    message[8] = NTLM_CHALLENGE;
    message[20] = 1;
    assert_true(read_challenge(message, NTLM_MESSAGE_MAX));
    assert_false(read_challenge(message, NTLM_MESSAGE_MAX + 1));
    message[8] = NTLM_AUTHENTICATE;
    assert_true(read_authenticate(message, NTLM_MESSAGE_MAX));
    assert_false(read_authenticate(message, NTLM_MESSAGE_MAX + 1));
    free(message);
}

static void test_pairs(void **state)
{
    static const struct {
        const char *pairs;
        bool good;
    } rows[] = {
        {"", false},
        {"00 00 00 00", true},
        {"00 00 00", false},
        {"00 00 01 00 00", false},    /* an end with a value */
        {"01 00 02 00 41 00", false}, /* no end */
        {"01 00 02 00 41 00 00 00 00 00", true},
        {"01 00 02 00 41 00 00 00 00 00 ff ff ff", true}, /* what follows is not ours to read */
        {"01 00 03 00 41 00 41 00 00 00 00", false},      /* half a character */
        {"01 00 04 00 41 00 00 00", false},               /* value past the end */
        {"01 00 02 00 41 00 01 00 02 00 41 00 00 00 00 00", false}, /* twice */
        {"06 00 04 00 02 00 00 00 00 00 00 00", true},
        {"06 00 02 00 02 00 00 00 00 00", false}, /* short flags */
        {"07 00 08 00 01 02 03 04 05 06 07 08 00 00 00 00", true},
        {"07 00 09 00 01 02 03 04 05 06 07 08 09 00 00 00 00", false}, /* long timestamp */
        {"0a 00 10 00 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 00 00 00 00", true},
        {"0a 00 0f 00 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 00 00 00 00", false},
        {"0a 00 00 00 00 00 00 00", false},   /* empty bindings */
        {"08 00 01 00 ff 00 00 00 00", true}, /* kinds that nobody here reads */
        {"ff ff 01 00 ff 00 00 00 00", true},
    };
    struct ntlm_target_info info;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(ntlm_target_info_read(hex(rows[i].pairs), &info), rows[i].good);
}

#define MACHINE_ID                                                                                 \
    "00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d "   \
    "1e 1f"

/*
 * A client's answer keeps the server's pairs, also unknown ones, and replaces those that are its
 * own to say.
 */
static void test_answer(void **state)
{
    struct wire_writer w = wire_writer_grow(1024);
    const struct ntlm_target_answer answer = {.flags = 2,
                                              .machine_id = hex(MACHINE_ID).data,
                                              .bindings = hex(VECTOR_SESSION_KEY).data,
                                              .target = hex("53 00")};
    struct ntlm_target_info info;

    (void)state;
    ntlm_target_info_answer(&w,
                            hex("02 00 02 00 44 00 06 00 04 00 ff ff ff ff 21 00 01 00 99 "
                                "08 00 01 00 77 09 00 02 00 58 00 00 00 00 00"),
                            &answer);
    assert_hex(w.data, w.offset,
               "02 00 02 00 44 00 21 00 01 00 99 06 00 04 00 02 00 00 00 "
               "08 00 30 00 30 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 " MACHINE_ID
               " 0a 00 10 00 " VECTOR_SESSION_KEY " 09 00 02 00 53 00 00 00 00 00");
    assert_true(ntlm_target_info_read((struct ntlm_bytes){w.data, w.offset}, &info));
    assert_hex(info.machine_id, NTLM_MACHINE_ID_SIZE, MACHINE_ID);
    wire_writer_free(&w);
}

static void test_packed(void **state)
{
    struct wire_writer w = wire_writer_grow(1024);
    const struct ntlm_packed p = {.client = true,
                                  .flags = 1,
                                  .attributes = 2,
                                  .start = 3,
                                  .expiry = INT64_MAX,
                                  .user = hex(WIRE_USER),
                                  .domain = hex(WIRE_DOMAIN),
                                  .target = hex(WIRE_SERVER),
                                  .target_info = hex("00 00 00 00"),
                                  .authorization = hex("01 02 03")};
    struct ntlm_packed back;

    (void)state;
    ntlm_packed_write(&w, &p);
    assert_true(ntlm_packed_read(w.data, w.offset, &back));
    assert_true(back.client && back.expiry == INT64_MAX);
    assert_hex(back.user.data, back.user.size, WIRE_USER);
    assert_hex(back.target_info.data, back.target_info.size, "00 00 00 00");
    assert_hex(back.authorization.data, back.authorization.size, "01 02 03");
    for (size_t size = 0; size < w.offset; size++)
        assert_false(ntlm_packed_read(w.data, size, &back));
    w.data[3]++; /* another version */
    assert_false(ntlm_packed_read(w.data, w.offset, &back));
    wire_writer_free(&w);
}

static void test_stored(void **state)
{
    struct ntlm_account account = {
        .user = text_of("alice"), .domain = text_of("EXAMPLE"), .nt_hash = {1, 2}};
    struct ntlm_account back;

    (void)state;
    for (int lm = 0; lm < 2; lm++) {
        struct wire_writer w = wire_writer_grow(1024);

        account.has_lm_hash = lm; /* as levels that let LM be used store it */
        memset(account.lm_hash, 3 * lm, sizeof(account.lm_hash));
        ntlm_stored_write(&w, &account);
        assert_true(ntlm_stored_read(w.data, w.offset, &back));
        assert_true(ntlm_text_same(&back.user, &account.user));
        assert_memory_equal(back.nt_hash, account.nt_hash, sizeof(back.nt_hash));
        assert_int_equal(back.has_lm_hash, lm);
        assert_memory_equal(back.lm_hash, account.lm_hash, sizeof(back.lm_hash));
        ntlm_account_clear(&back);
        for (size_t size = 0; size < w.offset; size++)
            assert_false(ntlm_stored_read(w.data, size, &back));
        w.data[3] = 3; /* no version of ours */
        assert_false(ntlm_stored_read(w.data, w.offset, &back));
        wire_writer_free(&w);
    }
    ntlm_account_clear(&account);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_negotiate),    cmocka_unit_test(test_challenge),
        cmocka_unit_test(test_authenticate), cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_pairs),        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_packed),       cmocka_unit_test(test_stored),
    };

    return cmocka_run_group_tests(tests, crypto_set_up, crypto_tear_down);
}
