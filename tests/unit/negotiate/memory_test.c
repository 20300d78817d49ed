/*
 * No memory, at every place where some is asked for, in the negotiation and within OpenSSL: it
 * fails, it loses nothing (AddressSanitizer looks), and no end takes that for an agreement.
 */
#include "tests/unit/negotiate/mechanisms.h"
#include "tests/unit/no_memory.h"

#include <stdlib.h>
#include <string.h>

/* One negotiation of each kind; false when there is no kind of that number. */
static bool negotiate(unsigned kind, bool *agreed)
{
    struct end i = INITIATOR, a = INITIATOR;
    struct wire wire = {0};
    unsigned mics = 0;

    if (kind == 1 || kind == 2) { /* another mechanism than the first choice */
        a = (struct end){.stubs = {{NTLM}}};
        mics = 2;
    }
    if (kind == 3) /* bare */
        i = (struct end){.stubs = {{NTLM}}};
    if (kind == 4) /* nothing in common */
        a = (struct end){.stubs = {{OTHER}}};
    if (kind > 4)
        return false;
    *agreed = false;
    if (end_open(&i, true, false) && end_open(&a, false, kind == 2)) {
        *agreed = converse(&i, &a, kind == 2, &wire);
        if (*agreed) {
            const struct stub *is = &i.stubs[nego_handshake_selected(i.h)];
            const struct stub *as = &a.stubs[nego_handshake_selected(a.h)];

            assert_int_equal(is->name, kind == 0 ? 'K' : 'N');
            assert_int_equal(is->verified + as->verified, mics);
        }
    }
    wire_clear(&wire);
    end_close(&i);
    end_close(&a);
    return true;
}

static void no_memory(void **state)
{
    unsigned failed = 0, places = 0;
    bool agreed;

    (void)state;
    for (unsigned kind = 0; negotiate(kind, &agreed); kind++) {
        assert_int_equal(agreed, kind != 4);
        for (unsigned place = 1;; place++) {
            no_memory_asked = 0;
            no_memory_at = place;
            negotiate(kind, &agreed);
            no_memory_at = 0;
            if (no_memory_asked < place) /* there are no more places */
                break;
            places++;
            failed += !agreed;
        }
        assert_int_equal(agreed, kind != 4);
    }
    assert_true(places > 200);
    assert_true(failed > places * 9 / 10);
}

static void put_head(uint8_t **at, uint8_t tag, size_t length)
{
    const uint8_t head[] = {tag, 0x83, (uint8_t)(length >> 16), (uint8_t)(length >> 8),
                            (uint8_t)length};

    *at -= sizeof(head);
    memcpy(*at, head, sizeof(head));
}

/* A list of a hundred thousand mechanisms, in DER and not, is not worth an allocation. */
static void long_list(void **state)
{
    static uint8_t token[0x50000];
    struct nego_init init;

    (void)state;
    for (unsigned form = 0; form < 2; form++) {
        uint8_t *end = token + sizeof(token), *at = end;
        size_t size = 0;

        for (unsigned i = 0; i < 100000; i++)
            memcpy(at -= 3, (const uint8_t[]){0x06, 0x01, 0x2a}, 3);
        put_head(&at, 0x30, (size_t)(end - at));
        if (form) { /* its length in one byte too many */
            memmove(at - 1, at, 2);
            at--;
            at[1] = 0x84;
            at[2] = 0;
        }
        put_head(&at, 0xa0, (size_t)(end - at));
        put_head(&at, 0x30, (size_t)(end - at));
        put_head(&at, 0xa0, (size_t)(end - at));
        at -= nego_oid_spnego.size;
        memcpy(at, nego_oid_spnego.der, nego_oid_spnego.size);
        put_head(&at, 0x60, (size_t)(end - at));
        size = (size_t)(end - at);
        assert_int_equal(nego_frame_read(at, size).kind, NEGO_FRAME_INIT);
        no_memory_asked = 0;
        no_memory_at = UINT32_MAX; /* counts */
        assert_false(nego_init_read(at, size, &init));
        no_memory_at = 0;
        nego_init_clear(&init);
        assert_true(no_memory_asked < 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_memory), cmocka_unit_test(long_list)};

    if (!no_memory_openssl())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
