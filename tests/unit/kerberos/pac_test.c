/*
 * The PAC: read as [MS-PAC] has it, refused when it is cut or contradicts itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "libsspi/packages/kerberos/user_mode/pac.h"
#include "tests/unit/kerberos/pac_builder.h"

#define ROOM 262144

static uint8_t bytes[ROOM];
static size_t size;

static void build(uint32_t groups)
{
    struct wire_writer w = wire_writer(bytes, sizeof(bytes));

    pac_whole(&w, groups);
    assert_true(wire_write_ok(&w));
    size = w.offset;
}

/* ---- the reader ---------------------------------------------------------------------------- */

struct seen {
    unsigned count;
    char sids[64][KERB_SID_TEXT_SIZE];
    uint32_t attributes[64];
};

static bool see(const struct kerb_sid *sid, uint32_t attributes, void *arg)
{
    struct seen *seen = arg;

    if (seen->count < 64) {
        kerb_sid_text(sid, seen->sids[seen->count]);
        seen->attributes[seen->count] = attributes;
    }
    return ++seen->count < 64;
}

static void test_groups(void **state)
{
    struct kerb_pac pac;
    struct seen seen = {.count = 0};
    char text[KERB_SID_TEXT_SIZE];

    (void)state;
    build(3);
    assert_true(kerb_pac_read(bytes, size, &pac));
    assert_true(pac.has_logon);
    assert_int_equal(pac.user_id, 1105);
    assert_int_equal(pac.account.size, 10);
    assert_int_equal(pac.password_must_change - pac.logon_time, 10000000);
    kerb_sid_text(&pac.domain_sid, text);
    assert_string_equal(text, PAC_DOMAIN_SID);
    kerb_sid_text(&pac.requestor, text);
    assert_string_equal(text, PAC_DOMAIN_SID "-1105");
    kerb_pac_each_group(&pac, see, &seen);
    assert_int_equal(seen.count, 6);
    assert_string_equal(seen.sids[0], PAC_DOMAIN_SID "-513");
    assert_string_equal(seen.sids[2], PAC_DOMAIN_SID "-515");
    assert_string_equal(seen.sids[3], "S-1-18-1");
    assert_string_equal(seen.sids[4], "S-1-5-32-545");
    assert_int_equal(seen.attributes[4], 0x20000007);
    assert_string_equal(seen.sids[5], PAC_DOMAIN_SID "-2000");
    build(5000);
    assert_true(kerb_pac_read(bytes, size, &pac));
    seen.count = 0;
    kerb_pac_each_group(&pac, see, &seen); /* a visitor who has seen enough */
    assert_int_equal(seen.count, 64);
}

static void test_sids(void **state)
{
    struct kerb_sid sid = {.present = true, .count = 15, .authority = UINT64_C(0x123456789abc)};
    char text[KERB_SID_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < 15; i++)
        sid.parts[i] = UINT32_MAX;
    kerb_sid_text(&sid, text);
    assert_int_equal(strlen(text), strlen("S-1-0x123456789abc") + 15 * strlen("-4294967295"));
    assert_false(kerb_sid_with(&sid, 1).present); /* there is no room for more */
    sid.count = 0;
    sid.authority = 0;
    kerb_sid_text(&sid, text);
    assert_string_equal(text, "S-1-0");
    sid.present = false;
    kerb_sid_text(&sid, text);
    assert_string_equal(text, "");
    assert_false(kerb_sid_with(&sid, 1).present);
}

/* Cut anywhere it is refused; the last bytes are those of a buffer that nobody looks at. */
static void test_cut(void **state)
{
    struct kerb_pac pac;

    (void)state;
    build(3);
    for (size_t n = 0; n + 1 < size; n++) {
        uint8_t *cut = malloc(n ? n : 1); /* so that the sanitizers see a read past its end */

        memcpy(cut, bytes, n);
        assert_false(kerb_pac_read(cut, n, &pac));
        free(cut);
    }
    assert_true(kerb_pac_read(bytes, size, &pac));
}

/* A number in the message, found by what stands there, replaced by another. */
static void spoil(uint32_t is, unsigned nth, uint32_t becomes)
{
    build(3);
    for (size_t i = 0; i + 4 <= size; i += 4) {
        uint32_t v = (uint32_t)bytes[i] | (uint32_t)bytes[i + 1] << 8 |
                     (uint32_t)bytes[i + 2] << 16 | (uint32_t)bytes[i + 3] << 24;

        if (v == is && nth-- == 0) {
            for (size_t b = 0; b < 4; b++)
                bytes[i + b] = (uint8_t)(becomes >> 8 * b);
            return;
        }
    }
    fail_msg("there is no %u in the message", is);
}

static void test_contradictions(void **state)
{
    static const struct {
        uint32_t is;
        unsigned nth;
        uint32_t becomes;
    } cases[] = {
        {5, 0, 65},                  /* more buffers than there can be */
        {0x20000, 0, 0},             /* no pointer to the structure */
        {0x2001c, 0, 0},             /* groups, but no pointer to them */
        {0x2002c, 0, 0},             /* extra SIDs, but no pointer */
        {0x2003c, 0, 0},             /* a resource group, but no pointer */
        {0, 0, 1},                   /* another version of PACTYPE */
        {0x00081001, 0, 0x00080001}, /* big endian */
    };
    struct kerb_pac pac;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        spoil(cases[i].is, cases[i].nth, cases[i].becomes);
        assert_false(kerb_pac_read(bytes, size, &pac));
        assert_false(pac.has_logon);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_sids),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_contradictions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
