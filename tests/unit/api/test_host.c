/*
 * The package host: the table it hands to packages, the credential functions over a store, calls,
 * threads and notifications.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <ntstatus.h>
#include "base/secret.h"
#include "libsspi/lsa/host.h"
#include "tests/unit/api/fake.h"

/* ---- a credential store in memory ---- */

static struct entry {
    char package[32], key[64], data[70000];
    size_t size;
    bool used;
} store[8];
static const LUID session = {0x51, 7};

static bool ours(const LUID *luid)
{
    return luid->LowPart == session.LowPart && luid->HighPart == session.HighPart;
}

static struct entry *find(const char *package, const char *key)
{
    for (size_t i = 0; i < 8; i++)
        if (store[i].used && strcmp(store[i].package, package) == 0 &&
            strcmp(store[i].key, key) == 0)
            return &store[i];
    return NULL;
}

static NTSTATUS store_add(const LUID *luid, const char *package, const char *key, const void *data,
                          size_t size)
{
    struct entry *e = find(package, key);

    if (!ours(luid))
        return STATUS_NO_SUCH_LOGON_SESSION;
    for (size_t i = 0; !e && i < 8; i++)
        if (!store[i].used)
            e = &store[i];
    if (!e)
        return STATUS_NO_MEMORY;
    strcpy(e->package, package);
    strcpy(e->key, key);
    memcpy(e->data, data, size);
    e->size = size;
    e->used = true;
    return STATUS_SUCCESS;
}

static NTSTATUS store_get(const LUID *luid, const char *package, const char *key, void **data,
                          size_t *size)
{
    struct entry *e = find(package, key);

    if (!ours(luid))
        return STATUS_NO_SUCH_LOGON_SESSION;
    if (!e)
        return STATUS_UNSUCCESSFUL;
    *data = secret_dup(e->data, e->size);
    *size = e->size;
    return STATUS_SUCCESS;
}

static NTSTATUS store_remove(const LUID *luid, const char *package, const char *key)
{
    struct entry *e = find(package, key);

    if (!ours(luid))
        return STATUS_NO_SUCH_LOGON_SESSION;
    if (e)
        e->used = false;
    return e ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

static NTSTATUS store_each(const LUID *luid, const char *package,
                           bool (*visit)(const char *, void *), void *arg)
{
    if (!ours(luid))
        return STATUS_NO_SUCH_LOGON_SESSION;
    for (size_t i = 0; i < 8; i++)
        if (store[i].used && strcmp(store[i].package, package) == 0 && !visit(store[i].key, arg))
            break;
    return STATUS_SUCCESS;
}

static const struct lsa_store memory_store = {
    .add = store_add, .get = store_get, .remove = store_remove, .each = store_each};
static const struct lsa_setting fake_settings[] = {{"colour", "green"}, {NULL, NULL}};

static const struct lsa_setting *settings(const char *package)
{
    return strcmp(package, "Fake") == 0 ? fake_settings : NULL;
}

static int start(void **state)
{
    static const struct lsa_host_config config = {
        .in_lsa = true, .store = &memory_store, .settings = settings, .realm = "EXAMPLE.ORG"};

    (void)state;
    memset(store, 0, sizeof(store));
    return lsa_host_start(&config) == STATUS_SUCCESS ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    lsa_host_stop();
    return 0;
}

static LSA_STRING text(const char *s)
{
    return (LSA_STRING){(USHORT)strlen(s), (USHORT)strlen(s), (PCHAR)(uintptr_t)s};
}

/* ---- the tests ---- */

static void test_loading(void **state)
{
    static const char *const unknown[] = {"Fake", "Fkae", NULL};
    static const char *const lower[] = {"fake", NULL};
    struct lsa_host_config config = {.in_lsa = true};

    (void)state;
    assert_int_equal(lsa_host_count(), 2);
    assert_string_equal(lsa_host_package(0)->name, "Fake");
    assert_ptr_equal(lsa_host_find(u"FAKE"), lsa_host_package(0));
    assert_ptr_equal(lsa_host_find(u"kerberos"), lsa_host_package(1));
    assert_null(lsa_host_find(u"Fakes"));
    assert_null(lsa_host_find(u""));
    assert_null(lsa_host_find(NULL));
    assert_null(lsa_host_package(2));
    assert_null(lsa_host_package(0)->user); /* in lsad nobody needs it */
    assert_string_equal(lsa_setting("Fake", "Colour", "red"), "green");
    assert_string_equal(lsa_setting("Fake", "size", "big"), "big");
    assert_string_equal(lsa_setting("Other", "colour", "red"), "red");
    lsa_host_stop();
    config.packages = unknown;
    assert_int_equal(lsa_host_start(&config), STATUS_NO_SUCH_PACKAGE);
    assert_int_equal(lsa_host_count(), 0);
    lsa_host_stop();
    config.packages = lower;
    config.in_lsa = false;
    assert_int_equal(lsa_host_start(&config), STATUS_SUCCESS);
    assert_non_null(lsa_host_package(0)->user);
}

static void test_table_is_complete(void **state)
{
    void *members[sizeof(LSA_SECPKG_FUNCTION_TABLE) / sizeof(void *)];
    size_t i;

    (void)state;
    memcpy(members, fake_lsa_functions, sizeof(members));
    for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        assert_non_null(members[i]);
}

static void test_credentials(void **state)
{
    LUID luid = session, other = {1, 1};
    LSA_STRING key = text("Primary"), second = text("Second"), value = text("secret"), out = {0};
    char name[16];
    LSA_STRING found = {0, sizeof(name), name};
    ULONG id = (ULONG)lsa_host_package(0)->id, context = 0, length = 0;
    char *big = malloc(65535);

    (void)state;
    assert_int_equal(fake_lsa_functions->AddCredential(&luid, id, &key, &value), STATUS_SUCCESS);
    assert_int_equal(fake_lsa_functions->AddCredential(&other, id, &key, &value),
                     STATUS_NO_SUCH_LOGON_SESSION);
    assert_int_equal(fake_lsa_functions->AddCredential(&luid, 99, &key, &value),
                     STATUS_NO_SUCH_PACKAGE);

    assert_int_equal(
        fake_lsa_functions->GetCredentials(&luid, id, &context, FALSE, &key, &length, &out),
        STATUS_SUCCESS);
    assert_int_equal(out.Length, 6);
    assert_memory_equal(out.Buffer, "secret", 6);
    fake_lsa_functions->FreeLsaHeap(out.Buffer);
    assert_int_equal(context, 1);
    assert_int_equal(
        fake_lsa_functions->GetCredentials(&luid, id, &context, FALSE, &key, &length, &out),
        STATUS_UNSUCCESSFUL); /* one key, one value */
    context = 0;
    assert_int_equal(
        fake_lsa_functions->GetCredentials(&luid, id, &context, FALSE, &second, &length, &out),
        STATUS_UNSUCCESSFUL);
    assert_null(out.Buffer);
    /* Another package sees none of it. */
    assert_int_equal(
        fake_lsa_functions->GetCredentials(&luid, 1, &context, FALSE, &key, &length, &out),
        STATUS_UNSUCCESSFUL);

    memset(big, 'x', 65535);
    value = (LSA_STRING){65535, 65535, big};
    assert_int_equal(fake_lsa_functions->AddCredential(&luid, id, &second, &value), STATUS_SUCCESS);
    assert_int_equal(
        fake_lsa_functions->GetCredentials(&luid, id, NULL, FALSE, &second, &length, &out),
        STATUS_SUCCESS);
    assert_int_equal(out.Length, 65535);
    assert_memory_equal(out.Buffer, big, 65535);
    fake_lsa_functions->FreeLsaHeap(out.Buffer);

    /* All of them, one a call; a string too small leaves the position where it was. */
    context = 0;
    found.MaximumLength = 3;
    assert_int_equal(
        fake_lsa_functions->GetCredentials(&luid, id, &context, TRUE, &found, &length, &out),
        STATUS_MORE_ENTRIES);
    assert_int_equal(context, 0);
    assert_int_equal(length, 7);
    found.MaximumLength = sizeof(name);
    assert_int_equal(
        fake_lsa_functions->GetCredentials(&luid, id, &context, TRUE, &found, &length, &out),
        STATUS_SUCCESS);
    assert_int_equal(found.Length, 7);
    assert_memory_equal(name, "Primary", 7);
    fake_lsa_functions->FreeLsaHeap(out.Buffer);
    assert_int_equal(
        fake_lsa_functions->GetCredentials(&luid, id, &context, TRUE, &found, &length, &out),
        STATUS_SUCCESS);
    assert_memory_equal(name, "Second", 6);
    fake_lsa_functions->FreeLsaHeap(out.Buffer);
    assert_int_equal(
        fake_lsa_functions->GetCredentials(&luid, id, &context, TRUE, &found, &length, &out),
        STATUS_UNSUCCESSFUL);

    assert_int_equal(fake_lsa_functions->DeleteCredential(&luid, id, &key), STATUS_SUCCESS);
    context = 0;
    assert_int_equal(
        fake_lsa_functions->GetCredentials(&luid, id, &context, FALSE, &key, &length, &out),
        STATUS_UNSUCCESSFUL);
    free(big);
}

static void test_bad_keys(void **state)
{
    LUID luid = session;
    LSA_STRING empty = {0, 0, NULL}, inner = {3, 3, (PCHAR)(uintptr_t) "a\0b"}, value = text("x"),
               out;
    ULONG context = 0;

    (void)state;
    assert_int_equal(fake_lsa_functions->AddCredential(&luid, 0, &empty, &value),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(fake_lsa_functions->AddCredential(&luid, 0, &inner, &value),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(fake_lsa_functions->AddCredential(&luid, 0, NULL, &value),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(
        fake_lsa_functions->GetCredentials(&luid, 0, &context, FALSE, &inner, NULL, &out),
        STATUS_INVALID_PARAMETER);
    assert_int_equal(fake_lsa_functions->DeleteCredential(&luid, 0, &empty),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(fake_lsa_functions->CreateLogonSession(&luid), STATUS_NOT_SUPPORTED);
}

/* A client in another address space: every address is what the client says, offset by one. */
static char client_side[64];

static NTSTATUS client_allocate(void *arg, ULONG size, void **address)
{
    (void)arg;
    *address = size <= 32 ? client_side + 32 : NULL;
    return *address ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

static NTSTATUS client_release(void *arg, void *address)
{
    (void)arg;
    return address == client_side + 32 ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

static NTSTATUS client_write(void *arg, ULONG size, void *address, const void *data)
{
    (void)arg;
    if ((char *)address < client_side || (char *)address + size > client_side + 64)
        return STATUS_ACCESS_VIOLATION;
    memcpy(address, data, size);
    return STATUS_SUCCESS;
}

static NTSTATUS client_read(void *arg, ULONG size, void *data, const void *address)
{
    (void)arg;
    if ((const char *)address < client_side || (const char *)address + size > client_side + 64)
        return STATUS_ACCESS_VIOLATION;
    memcpy(data, address, size);
    return STATUS_SUCCESS;
}

static void test_client_memory(void **state)
{
    static const struct lsa_client_memory memory = {client_allocate, client_release, client_write,
                                                    client_read, NULL};
    struct lsa_call call = {
        .client = {.ProcessID = 1234, .ThreadID = 5}, .call_attributes = 8, .memory = &memory};
    SECPKG_CLIENT_INFO client;
    SECPKG_CALL_INFO info;
    SecBuffer in = {4, SECBUFFER_DATA | SECBUFFER_UNMAPPED, client_side}, mapped;
    char copy[8], three[] = "abc";
    void *p;

    (void)state;
    assert_int_not_equal(fake_lsa_functions->GetClientInfo(&client), STATUS_SUCCESS);
    assert_int_equal(fake_lsa_functions->GetCallInfo(&info), FALSE);
    lsa_call_begin(&call);
    assert_int_equal(fake_lsa_functions->GetClientInfo(&client), STATUS_SUCCESS);
    assert_int_equal(client.ProcessID, 1234);
    assert_int_equal(fake_lsa_functions->GetCallInfo(&info), TRUE);
    assert_int_equal(info.ThreadId, 5);
    assert_int_equal(info.Attributes, 8);
    memcpy(client_side, "over", 4);
    assert_int_equal(fake_lsa_functions->CopyFromClientBuffer(NULL, 4, copy, client_side),
                     STATUS_SUCCESS);
    assert_memory_equal(copy, "over", 4);
    assert_int_equal(fake_lsa_functions->CopyFromClientBuffer(NULL, 8, copy, client_side + 60),
                     STATUS_ACCESS_VIOLATION);
    assert_int_equal(fake_lsa_functions->AllocateClientBuffer(NULL, 16, &p), STATUS_SUCCESS);
    assert_ptr_equal(p, client_side + 32);
    assert_int_equal(fake_lsa_functions->CopyToClientBuffer(NULL, 3, p, three), STATUS_SUCCESS);
    assert_memory_equal(client_side + 32, three, 3);
    assert_int_equal(fake_lsa_functions->FreeClientBuffer(NULL, p), STATUS_SUCCESS);
    assert_int_equal(fake_lsa_functions->MapBuffer(&in, &mapped), STATUS_SUCCESS);
    assert_int_equal(mapped.BufferType, SECBUFFER_DATA);
    assert_ptr_not_equal(mapped.pvBuffer, in.pvBuffer);
    assert_memory_equal(mapped.pvBuffer, "over", 4);
    fake_lsa_functions->FreeLsaHeap(mapped.pvBuffer);
    in.pvBuffer = client_side + 62;
    assert_int_equal(fake_lsa_functions->MapBuffer(&in, &mapped), STATUS_ACCESS_VIOLATION);
    lsa_call_end();
    /* Without a client of its own, the memory is this process's. */
    assert_int_equal(fake_lsa_functions->CopyFromClientBuffer(NULL, 3, copy, three),
                     STATUS_SUCCESS);
    assert_memory_equal(copy, three, 3);
    assert_int_equal(fake_lsa_functions->CopyFromClientBuffer(NULL, 3, copy, NULL),
                     STATUS_ACCESS_VIOLATION);
}

static NTSTATUS NTAPI echo(PLSA_CLIENT_REQUEST request, PVOID submit, PVOID base, ULONG size,
                           PVOID *reply, PULONG reply_size, PNTSTATUS protocol)
{
    SECPKG_CALL_INFO info;
    NTSTATUS status;

    (void)base;
    if (!fake_lsa_functions->GetCallInfo(&info) || !(info.Attributes & SECPKG_CALL_RECURSIVE))
        return STATUS_INVALID_PARAMETER;
    status = fake_lsa_functions->AllocateClientBuffer(request, size, reply);
    if (status == STATUS_SUCCESS)
        status = fake_lsa_functions->CopyToClientBuffer(request, size, *reply, submit);
    *reply_size = size;
    *protocol = 9;
    return status;
}

/* From package to package: the reply is in the LSA's heap even if the client's memory is elsewhere.
 */
static void test_call_package(void **state)
{
    static const struct lsa_client_memory memory = {client_allocate, client_release, client_write,
                                                    client_read, NULL};
    struct lsa_call call = {.client = {.ProcessID = 1}, .memory = &memory};
    UNICODE_STRING name = {8, 8, (PWSTR)(uintptr_t)u"fAKE"},
                   nobody = {4, 4, (PWSTR)(uintptr_t)u"no"};
    NTSTATUS protocol;
    char ping[] = "ping";
    ULONG size;
    void *reply;

    (void)state;
    lsa_call_begin(&call);
    assert_int_equal(fake_lsa_functions->CallPackage(&nobody, NULL, 0, &reply, &size, &protocol),
                     STATUS_NO_SUCH_PACKAGE);
    assert_int_equal(fake_lsa_functions->CallPackage(&name, ping, 4, &reply, &size, &protocol),
                     STATUS_NOT_SUPPORTED);
    fake_lsa_tables[0].CallPackage = echo;
    assert_int_equal(fake_lsa_functions->CallPackage(&name, ping, 4, &reply, &size, &protocol),
                     STATUS_SUCCESS);
    fake_lsa_tables[0].CallPackage = NULL;
    assert_int_equal(size, 4);
    assert_int_equal(protocol, 9);
    assert_memory_equal(reply, "ping", 4);
    fake_lsa_functions->FreeReturnBuffer(reply);
    assert_ptr_equal(lsa_call_current(), &call);
    lsa_call_end();
}

static void test_heap(void **state)
{
    unsigned char *p = fake_lsa_functions->AllocateLsaHeap(1000);
    size_t i;

    (void)state;
    assert_non_null(p);
    for (i = 0; i < 1000; i++)
        assert_int_equal(p[i], 0);
    memset(p, 0xaa, 1000);
    fake_lsa_functions->FreeLsaHeap(p);
    fake_lsa_functions->FreeLsaHeap(NULL);
    p = fake_lsa_functions->AllocateLsaHeap(0);
    assert_non_null(p);
    fake_lsa_functions->FreeLsaHeap(p);
    p = fake_lsa_functions->AllocatePrivateHeap(70000);
    assert_non_null(p);
    assert_int_equal(p[69999], 0);
    fake_lsa_functions->FreePrivateHeap(p);
}

static void test_protect(void **state)
{
    unsigned char before[100], data[100];
    size_t size;

    (void)state;
    for (size = 0; size < 100; size++)
        before[size] = (unsigned char)(size * 7);
    for (size = 1; size <= 100; size++) {
        memcpy(data, before, sizeof(data));
        fake_lsa_functions->LsaProtectMemory(data, (ULONG)size);
        if (size >= 4)
            assert_memory_not_equal(data, before, size);
        assert_memory_equal(data + size, before + size, 100 - size); /* not a byte more */
        fake_lsa_functions->LsaUnprotectMemory(data, (ULONG)size);
        assert_memory_equal(data, before, 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_loading, start, stop),
        cmocka_unit_test_setup_teardown(test_table_is_complete, start, stop),
        cmocka_unit_test_setup_teardown(test_credentials, start, stop),
        cmocka_unit_test_setup_teardown(test_bad_keys, start, stop),
        cmocka_unit_test_setup_teardown(test_client_memory, start, stop),
        cmocka_unit_test_setup_teardown(test_call_package, start, stop),
        cmocka_unit_test_setup_teardown(test_heap, start, stop),
        cmocka_unit_test_setup_teardown(test_protect, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
