/*
 * What all packages share: capturing an identity from an application, buffers, and the map of
 * handles.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <ntstatus.h>
#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/packages/buffers.h"
#include "libsspi/packages/handle_map.h"
#include "libsspi/packages/identity.h"

/* ---- identities: the client's memory is this process's, and ends where `forbidden` begins  */

static const char *forbidden;

static NTSTATUS NTAPI copy_from_client(PLSA_CLIENT_REQUEST request, ULONG size, PVOID to,
                                       PVOID from)
{
    assert_null(request);
    if (forbidden && (char *)from + size > forbidden && (char *)from < forbidden + 4096)
        return STATUS_ACCESS_VIOLATION;
    memcpy(to, from, size);
    return STATUS_SUCCESS;
}

static PVOID NTAPI allocate(ULONG size)
{
    return calloc(1, size);
}

static const LSA_SECPKG_FUNCTION_TABLE lsa = {.CopyFromClientBuffer = copy_from_client,
                                              .AllocateLsaHeap = allocate};

static void assert_identity(const void *client, const WCHAR *user, const WCHAR *domain,
                            const WCHAR *password)
{
    const WCHAR *const expected[] = {user, domain, password};
    struct identity id;

    assert_int_equal(identity_capture(&lsa, client, &id), SEC_E_OK);
    const WCHAR *const got[] = {id.user, id.domain, id.password};
    const size_t units[] = {id.user_units, id.domain_units, id.password_units};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(got[i] == NULL, expected[i] == NULL);
        assert_int_equal(units[i], expected[i] ? utf16_length(expected[i]) : 0);
        if (expected[i])
            assert_true(utf16_equal(got[i], expected[i]));
    }
    if (id.password)
        assert_int_equal(secret_size(id.password) >= (units[2] + 1) * sizeof(WCHAR), 1);
    identity_clear(&id);
    assert_null(id.password);
}

static void test_wide(void **state)
{
    SEC_WINNT_AUTH_IDENTITY_W id = {.User = (USHORT *)(uintptr_t)u"aliceXX",
                                    .UserLength = 5, /* lengths count, not zeros */
                                    .Password = (USHORT *)(uintptr_t)u"pässwörd",
                                    .PasswordLength = 8,
                                    .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE | 0x00800000};

    (void)state;
    assert_identity(&id, u"alice", NULL, u"pässwörd");
    id.Domain = (USHORT *)(uintptr_t)u"";
    assert_identity(&id, u"alice", u"", u"pässwörd");
}

static void test_narrow(void **state)
{
    SEC_WINNT_AUTH_IDENTITY_A id = {.User = (UCHAR *)(uintptr_t) "Жанна",
                                    .UserLength = 10,
                                    .Domain = (UCHAR *)(uintptr_t) "D",
                                    .DomainLength = 1,
                                    .Password = (UCHAR *)(uintptr_t) "pw",
                                    .PasswordLength = 2,
                                    .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI};
    struct identity out;

    (void)state;
    assert_identity(&id, u"Жанна", u"D", u"pw");
    id.UserLength = 9; /* half a letter */
    assert_int_equal(identity_capture(&lsa, &id, &out), SEC_E_UNKNOWN_CREDENTIALS);
    assert_null(out.user);
    assert_null(out.password);
}

static void test_extended(void **state)
{
    SEC_WINNT_AUTH_IDENTITY_EXW id = {.Version = SEC_WINNT_AUTH_IDENTITY_VERSION,
                                      .Length = sizeof(id),
                                      .User = (USHORT *)(uintptr_t)u"bob",
                                      .UserLength = 3,
                                      .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE,
                                      .PackageList = (USHORT *)(uintptr_t)u"!ntlm",
                                      .PackageListLength = 5};
    SEC_WINNT_AUTH_IDENTITY_EXA narrow = {.Version = SEC_WINNT_AUTH_IDENTITY_VERSION,
                                          .Length = sizeof(narrow),
                                          .Password = (UCHAR *)(uintptr_t) "pw",
                                          .PasswordLength = 2,
                                          .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI};

    (void)state;
    assert_identity(&id, u"bob", NULL, NULL);
    assert_identity(&narrow, NULL, NULL, u"pw");
}

static void test_bad_identities(void **state)
{
    SEC_WINNT_AUTH_IDENTITY_W id = {.User = (USHORT *)(uintptr_t)u"alice", .UserLength = 5};
    struct identity out;

    (void)state;
    assert_int_equal(identity_capture(&lsa, NULL, &out), SEC_E_UNKNOWN_CREDENTIALS);
    assert_int_equal(identity_capture(&lsa, &id, &out),
                     SEC_E_UNKNOWN_CREDENTIALS); /* no character set */
    id.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE;
    id.UserLength = 40000;
    assert_int_equal(identity_capture(&lsa, &id, &out), SEC_E_UNKNOWN_CREDENTIALS);
    id.UserLength = UINT32_MAX;
    assert_int_equal(identity_capture(&lsa, &id, &out), SEC_E_UNKNOWN_CREDENTIALS);
    id.User = NULL;
    id.UserLength = 1;
    assert_int_equal(identity_capture(&lsa, &id, &out), SEC_E_UNKNOWN_CREDENTIALS);
    id.User = (USHORT *)(uintptr_t)u"alice";
    id.UserLength = 5;
    forbidden = (char *)id.User + 4;
    assert_int_equal(identity_capture(&lsa, &id, &out), SEC_E_UNKNOWN_CREDENTIALS);
    forbidden = (char *)&id + 8;
    assert_int_equal(identity_capture(&lsa, &id, &out), SEC_E_UNKNOWN_CREDENTIALS);
    forbidden = NULL;
}

/* ---- buffers ------------------------------------------------------------------------ */

static void test_put_token(void **state)
{
    char memory[4] = "";
    SecBuffer buffers[] = {
        {0, SECBUFFER_DATA, NULL},
        {sizeof(memory), SECBUFFER_TOKEN | SECBUFFER_READONLY_WITH_CHECKSUM, memory}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 2, buffers};

    (void)state;
    assert_ptr_equal(buffers_find(&desc, SECBUFFER_TOKEN), &buffers[1]);
    assert_null(buffers_find(&desc, SECBUFFER_STREAM));
    assert_null(buffers_find(NULL, SECBUFFER_TOKEN));
    assert_int_equal(buffers_put_token(&lsa, &desc, FALSE, "abcd", 4), SEC_E_OK);
    assert_memory_equal(memory, "abcd", 4);
    assert_int_equal(buffers_put_token(&lsa, &desc, FALSE, "abcde", 5), SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(buffers[1].cbBuffer, 5);
    assert_memory_equal(memory, "abcd", 4);
    assert_int_equal(buffers_put_token(&lsa, &desc, TRUE, "abcde", 5), SEC_E_OK);
    assert_memory_equal(buffers[1].pvBuffer, "abcde", 5);
    free(buffers[1].pvBuffer);
    assert_int_equal(buffers_put_token(&lsa, &desc, TRUE, NULL, 0), SEC_E_OK);
    assert_int_equal(buffers[1].cbBuffer, 0);
    assert_null(buffers[1].pvBuffer);
    desc.cBuffers = 1;
    assert_int_equal(buffers_put_token(&lsa, &desc, FALSE, "a", 1), SEC_E_INVALID_TOKEN);
    assert_int_equal(buffers_put_token(&lsa, &desc, FALSE, NULL, 0), SEC_E_OK);
    assert_int_equal(buffers_put_token(&lsa, NULL, TRUE, "a", 1), SEC_E_INVALID_TOKEN);
}

/* ---- the map of handles ------------------------------------------------------------- */

/* Puts, finds and removes as a table of the same numbers would, through growth and collisions. */
static void test_map(void **state)
{
    static struct handle_map map = HANDLE_MAP_INIT;
    static void *model[5000];
    uint32_t random = 1;

    (void)state;
    assert_null(handle_map_get(&map, 1));
    assert_null(handle_map_remove(&map, 1));
    for (int i = 0; i < 200000; i++) {
        size_t n;

        random = random * 1664525 + 1013904223;
        n = (random >> 8) % 5000;
        if (random >> 30 != 3) {
            assert_ptr_equal(handle_map_get(&map, n * 64), model[n]);
            assert_true(handle_map_put(&map, n * 64, &model[n]) == !model[n]);
            model[n] = &model[n];
        } else {
            assert_ptr_equal(handle_map_remove(&map, n * 64), model[n]);
            model[n] = NULL;
        }
    }
    assert_false(handle_map_put(&map, 7, NULL));
    for (size_t n = 0; n < 5000; n++)
        assert_ptr_equal(handle_map_remove(&map, n * 64), model[n]);
    assert_int_equal(map.used, 0);
    assert_null(map.slots);
}

static struct handle_map shared = HANDLE_MAP_INIT;
static char broken[] = "broken";

static void *use_map(void *arg)
{
    uintptr_t base = (uintptr_t)arg;

    for (uintptr_t i = 0; i < 20000; i++) {
        uintptr_t handle = base + i % 100;

        if (!handle_map_put(&shared, handle, arg) || handle_map_get(&shared, handle) != arg ||
            handle_map_remove(&shared, handle) != arg || handle_map_get(&shared, handle))
            return broken;
    }
    return NULL;
}

static void test_map_threads(void **state)
{
    pthread_t threads[4];
    void *failure;

    (void)state;
    for (uintptr_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use_map, (void *)(1000 * (i + 1))), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], &failure);
        assert_null(failure);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wide),        cmocka_unit_test(test_narrow),
        cmocka_unit_test(test_extended),    cmocka_unit_test(test_bad_identities),
        cmocka_unit_test(test_put_token),   cmocka_unit_test(test_map),
        cmocka_unit_test(test_map_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
