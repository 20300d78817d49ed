/*
 * What the tests of the entry points share: one state of the world a test, and a handshake in one
 * line.
 */
#ifndef CREDMGR_TEST_API_COMMON_H
#define CREDMGR_TEST_API_COMMON_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <security.h>
#include <ntsecapi.h>
#include "tests/unit/api/fake.h"

/* A descriptor with one buffer. */
struct one {
    SecBuffer buffer;
    SecBufferDesc desc;
};
#define ONE(size, type, memory)                                                                    \
    {                                                                                              \
        .buffer = {(size), (type), (memory) }                                                      \
    }
static inline PSecBufferDesc desc(struct one *o)
{
    o->desc = (SecBufferDesc){SECBUFFER_VERSION, 1, &o->buffer};
    return &o->desc;
}

static inline CredHandle acquire(ULONG use)
{
    static USHORT user[] = {'a', 'l', 'i', 'c', 'e'}, password[] = {'x'};
    SEC_WINNT_AUTH_IDENTITY_W id = {.User = user,
                                    .UserLength = 5,
                                    .Password = password,
                                    .PasswordLength = 1,
                                    .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    static WCHAR package[] = u"Fake";
    CredHandle h;

    assert_int_equal(AcquireCredentialsHandleW(NULL, package, use, NULL, &id, NULL, NULL, &h, NULL),
                     SEC_E_OK);
    return h;
}

/* Both halves of a context, established. */
static inline void handshake(PCredHandle out, PCredHandle in, PCtxtHandle client,
                             PCtxtHandle server)
{
    static WCHAR target[] = u"host/server";
    char memory[2][64];
    struct one token = ONE(64, SECBUFFER_TOKEN, memory[0]),
               answer = ONE(64, SECBUFFER_TOKEN, memory[1]);

    assert_int_equal(InitializeSecurityContextW(out, NULL, target, 0, 0, 0, NULL, 0, client,
                                                desc(&token), NULL, NULL),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(
        AcceptSecurityContext(in, NULL, desc(&token), 0, 0, server, desc(&answer), NULL, NULL),
        SEC_I_CONTINUE_NEEDED);
    token.buffer.cbBuffer = 64;
    assert_int_equal(InitializeSecurityContextW(out, client, target, 0, 0, 0, desc(&answer), 0,
                                                client, desc(&token), NULL, NULL),
                     SEC_E_OK);
    answer.buffer.cbBuffer = 64;
    assert_int_equal(
        AcceptSecurityContext(in, server, desc(&token), 0, 0, server, desc(&answer), NULL, NULL),
        SEC_E_OK);
    assert_int_equal(answer.buffer.cbBuffer, 0);
}

static inline int reset(void **state)
{
    (void)state;
    memset(&fake, 0, sizeof(fake));
    memset(&fake_last, 0, sizeof(fake_last));
    memset(&fake_given, 0, sizeof(fake_given));
    memset(&fake_lsad, 0, sizeof(fake_lsad));
    return 0;
}

/* Nothing may be left of any test, and no half may have been used after its end. */
static inline int nothing_left(void **state)
{
    (void)state;
    assert_int_equal(fake.credentials, 0);
    assert_int_equal(fake.contexts, 0);
    assert_int_equal(fake.user_contexts, 0);
    assert_int_equal(fake.used_after_delete, 0);
    assert_int_equal(fake.foreign_process, 0);
    assert_int_equal(fake_lsad.credentials, 0);
    assert_int_equal(fake_lsad.contexts, 0);
    return 0;
}
#define TEST(f) cmocka_unit_test_setup_teardown(f, reset, nothing_left)

#endif
