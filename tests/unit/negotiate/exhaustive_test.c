/*
 * All of it: every pair of ends that there can be, and every bit of what they say.
 */
#include "tests/unit/negotiate/mechanisms.h"

#include <stdlib.h>
#include <string.h>

/* Every pair of ends: they agree on what the rules say, or both know that they do not. */
static void every_pair(void **state)
{
    const struct stub all[3] = {{KERBEROS}, {NTLM}, {OTHER}};
    static const char orders[][4] = {"0", "1", "2", "01", "10", "12", "21", "012", "102", "210"};
    unsigned pairs = 0, agreed = 0;

    (void)state;
    for (unsigned bits = 0; bits < 10 * 10 * 4 * 2 * 2 * 2; bits++) {
        unsigned n = bits;
        const char *mine = orders[n % 10], *theirs = orders[n / 10 % 10], *chosen;
        unsigned legs = (n /= 100) % 4 + 1;
        bool integrity = (n /= 4) & 1, requires = (n /= 2) & 1, first = (n / 2) & 1, bare, done;
        struct end i = {0}, a = {0};
        struct wire wire = {0};

        for (const char *p = mine; *p; p++)
            i.stubs[p - mine] = all[*p - '0'];
        for (const char *p = theirs; *p; p++)
            a.stubs[p - theirs] = all[*p - '0'];
        for (unsigned k = 0; k < 3; k++) {
            i.stubs[k].legs = a.stubs[k].legs = legs;
            i.stubs[k].no_integrity = a.stubs[k].no_integrity = !integrity;
            i.stubs[k].requires_mic = a.stubs[k].requires_mic = requires;
        }
        end_open(&i, true, false);
        end_open(&a, false, first);
        done = converse(&i, &a, first, &wire);
        chosen = strpbrk(mine, theirs);
        bare = !first && strcmp(mine, "1") == 0;
        assert_int_equal(done, chosen != NULL);
        pairs++;
        if (done) {
            /* with Kerberos' third token goes a MIC in any case */
            bool last = legs == 3 && *chosen == '0';
            bool mics = !bare && integrity && (chosen != mine || requires || last);
            const struct stub *is = &i.stubs[nego_handshake_selected(i.h)];
            const struct stub *as = &a.stubs[nego_handshake_selected(a.h)];

            agreed++;
            assert_int_equal(is->name, all[*chosen - '0'].name);
            if (mics)
                assert_both_mics(is, as);
            else
                assert_int_equal(is->made + as->made + is->verified + as->verified, 0);
        } else if (!bare) {
            assert_int_equal(a.status, SEC_E_UNSUPPORTED_FUNCTION);
            assert_int_equal(i.status, SEC_E_LOGON_DENIED);
        }
        close_both(&i, &a, &wire);
    }
    assert_int_equal(pairs, 3200);
    assert_true(agreed > pairs / 2);
}

static void flip(struct wire *wire, unsigned n, struct message *message)
{
    if (n == wire->a && wire->b / 8 < message->size)
        message->data[wire->b / 8] ^= (uint8_t)(1 << wire->b % 8);
}

/* Every single bit of every message: nobody ends up with a mechanism that would not have been
 * chosen, and an end that signs does not end up at all. */
static void every_bit(void **state)
{
    unsigned changed = 0, refused = 0;

    (void)state;
    for (unsigned kind = 0; kind < 3; kind++) {
        unsigned count = 1, size = 1;

        for (unsigned n = 0; n < count; n++) {
            for (unsigned bit = 0; bit < size * 8; bit++) {
                struct end i = INITIATOR, a = INITIATOR;
                struct wire wire = {.tamper = flip, .a = n, .b = bit};
                char expected = 'K';

                if (kind == 1) { /* the acceptor knows NTLM alone */
                    a = (struct end){.stubs = {{NTLM, .requires_mic = true}}};
                    i.stubs[1].requires_mic = true;
                    expected = 'N';
                }
                if (kind == 2) /* three tokens, and MICs although nothing is talked down */
                    a.stubs[0].legs = i.stubs[0].legs = 3,
                    a.stubs[0].requires_mic = i.stubs[0].requires_mic = true;
                end_open(&i, true, false);
                end_open(&a, false, false);
                converse(&i, &a, false, &wire);
                changed++;
                refused += i.status != SEC_E_OK && a.status != SEC_E_OK;
                if (i.status == SEC_E_OK)
                    assert_int_equal(i.stubs[nego_handshake_selected(i.h)].name, expected);
                if (a.status == SEC_E_OK && i.status == SEC_E_OK)
                    assert_int_equal(a.stubs[nego_handshake_selected(a.h)].name, expected);
                if (n == 0 && bit == 0) {
                    struct wire whole = {0};

                    end_close(&i);
                    end_close(&a);
                    for (unsigned k = 0; k < 2; k++) {
                        i.stubs[k].seen = a.stubs[k].seen = 0;
                        i.stubs[k].done = a.stubs[k].done = false;
                    }
                    end_open(&i, true, false);
                    end_open(&a, false, false);
                    assert_true(converse(&i, &a, false, &whole));
                    count = whole.count;
                    for (unsigned k = 0; k < count; k++)
                        if (whole.messages[k].size > size)
                            size = (unsigned)whole.messages[k].size;
                    wire_clear(&whole);
                }
                wire_clear(&wire);
                end_close(&i);
                end_close(&a);
            }
        }
    }
    assert_true(changed > 5000);
    assert_true(refused > changed / 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair),
        cmocka_unit_test(every_bit),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    token_of(NULL, 0);
    return failed;
}
