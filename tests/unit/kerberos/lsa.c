/*
 * The LSA around the package.
 */
#include "tests/unit/kerberos/lsa.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <ntstatus.h>
#include "base/utf16.h"
#include "libsspi/packages/kerberos/packed.h"
#include "tests/unit/kerberos/realm.h"
#include "tests/unit/kerberos/store.h"

const struct builtin_package lsa_builtin_packages[] = {
    {"Kerberos", kerb_lsa_mode_initialize, kerb_user_mode_initialize, 0},
    {NULL, NULL, NULL, 0},
};

const SECPKG_FUNCTION_TABLE *lsa_kerberos;
struct lsa_call lsa_now;
struct lsa_setting lsa_settings[3];
SEC_THREAD_START lsa_timer;

struct lsa_told lsa_told;

static void told(const LUID *luid, NTSTATUS status)
{
    lsa_told.luid = *luid;
    lsa_told.status = status;
    lsa_told.why = *reason_get();
    lsa_told.count++;
}

static const struct lsa_setting *read_settings(const char *package)
{
    (void)package;
    return lsa_settings;
}

static HANDLE NTAPI take_timer(SEC_THREAD_START function, PVOID parameter, ULONG type, ULONG class,
                               ULONG flags, ULONG interval, HANDLE event)
{
    (void)parameter, (void)class, (void)flags, (void)interval, (void)event;
    assert_int_equal(type, NOTIFIER_TYPE_INTERVAL);
    lsa_timer = function;
    return (HANDLE)1;
}

static NTSTATUS NTAPI drop_timer(HANDLE handle)
{
    assert_ptr_equal(handle, (HANDLE)1);
    lsa_timer = NULL;
    return STATUS_SUCCESS;
}

static ULONG_PTR package_id;
static LSA_SECPKG_FUNCTION_TABLE table;

/* The host's own table, but for the timer: a test does not wait a minute. */
static NTSTATUS NTAPI initialize(ULONG_PTR id, PSECPKG_PARAMETERS parameters,
                                 PLSA_SECPKG_FUNCTION_TABLE host)
{
    (void)parameters;
    package_id = id;
    table = *host;
    table.RegisterNotification = take_timer;
    table.CancelNotification = drop_timer;
    return STATUS_SUCCESS;
}

static SpInitializeFn *real_initialize;

int lsa_start(void **state)
{
    static const struct lsa_host_config config = {.in_lsa = true,
                                                  .store = &test_store,
                                                  .settings = read_settings,
                                                  .realm = REALM,
                                                  .failed = told};
    PSECPKG_FUNCTION_TABLE tables;
    ULONG version, count;

    (void)state;
    /* The host fills its table into ours; then the package starts with that. */
    assert_int_equal(kerb_lsa_mode_initialize(SECPKG_INTERFACE_VERSION, &version, &tables, &count),
                     STATUS_SUCCESS);
    real_initialize = real_initialize ? real_initialize : tables->Initialize;
    tables->Initialize = initialize;
    if (lsa_host_start(&config) != STATUS_SUCCESS ||
        real_initialize(package_id, NULL, &table) != STATUS_SUCCESS)
        return -1;
    lsa_kerberos = lsa_host_find(u"Kerberos")->lsa;
    memset(&lsa_now, 0, sizeof(lsa_now));
    lsa_now.client.LogonId.LowPart = 1;
    lsa_call_begin(&lsa_now);
    return 0;
}

int lsa_stop(void **state)
{
    (void)state;
    lsa_call_end();
    lsa_host_stop();
    assert_null(lsa_timer);
    return 0;
}

int lsa_clean(void **state)
{
    for (ULONG i = 1; i < 10; i++)
        store_clear(i);
    memset(lsa_settings, 0, sizeof(lsa_settings));
    return lsa_stop(state);
}

int64_t milliseconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

UNICODE_STRING counted(const WCHAR *text)
{
    USHORT size = text ? (USHORT)(utf16_length(text) * sizeof(WCHAR)) : 0;

    return (UNICODE_STRING){size, size, (WCHAR *)(uintptr_t)text};
}

NTSTATUS log_on(ULONG session, const WCHAR *upn, const char *password)
{
    UNICODE_STRING name = counted(u"somebody");
    size_t units = 0;
    WCHAR *wide = utf16_from_utf8(password, strlen(password), &units);
    SECPKG_PRIMARY_CRED primary = {.LogonId = {session, 0},
                                   .DownlevelName = name,
                                   .DomainName = counted(u"CREDMGR"),
                                   .Upn = counted(upn),
                                   .Password = {(USHORT)(2 * units), (USHORT)(2 * units), wide},
                                   .Flags = PRIMARY_CRED_CLEAR_PASSWORD};
    NTSTATUS status = lsa_kerberos->AcceptCredentials(Interactive, &name, &primary, NULL);

    free(wide);
    return status;
}

bool soon(bool (*is)(ULONG session, const char *key), bool wanted, ULONG session, const char *key)
{
    for (int i = 0; i < 500; i++) {
        if (is(session, key) == wanted)
            return true;
        usleep(10000);
    }
    return false;
}

void alice_logs_on(ULONG session)
{
    assert_int_equal(log_on(session, u"alice@" REALM_WIDE, ALICE_PASSWORD), STATUS_SUCCESS);
    assert_true(soon(store_has, true, session, "tgt"));
    assert_true(soon(store_has, false, session, "password"));
}

SECURITY_STATUS acquire(ULONG use, LSA_SEC_HANDLE *handle)
{
    TimeStamp expiry;

    return lsa_kerberos->AcquireCredentialsHandle(NULL, use, NULL, NULL, NULL, NULL, handle,
                                                  &expiry);
}

static NTSTATUS leg(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE *context, const WCHAR *target,
                    gss_buffer_t in, PSecBuffer out, PSecBuffer packed)
{
    SecBuffer token = {in ? (ULONG)in->length : 0, SECBUFFER_TOKEN, in ? in->value : NULL};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &token}, output = {SECBUFFER_VERSION, 1, out};
    UNICODE_STRING name = counted(target);
    ULONG attributes;
    TimeStamp expiry;
    BOOLEAN mapped;
    NTSTATUS status;

    *out = (SecBuffer){0, SECBUFFER_TOKEN, NULL};
    status = lsa_kerberos->InitLsaModeContext(
        credential, *context, &name, ISC_REQ_MUTUAL_AUTH | ISC_REQ_ALLOCATE_MEMORY, 0,
        in ? &input : NULL, context, &output, &attributes, &expiry, &mapped, packed);
    if (NT_SUCCESS(status))
        assert_int_equal(mapped, in != NULL);
    return status;
}

/* A whole handshake with MIT's acceptor; the packed context names who we are. */
NTSTATUS connect_to(LSA_SEC_HANDLE credential, const WCHAR *target, const char *client)
{
    LSA_SEC_HANDLE context = 0;
    SecBuffer out, packed = {0};
    gss_ctx_id_t theirs = GSS_C_NO_CONTEXT;
    gss_buffer_desc in, reply;
    struct kerb_packed p;
    OM_uint32 minor;
    NTSTATUS status = leg(credential, &context, target, NULL, &out, &packed);

    if (status != SEC_I_CONTINUE_NEEDED)
        return status;
    in = (gss_buffer_desc){out.cbBuffer, out.pvBuffer};
    assert_int_equal(gss_accept_sec_context(&minor, &theirs, GSS_C_NO_CREDENTIAL, &in,
                                            GSS_C_NO_CHANNEL_BINDINGS, NULL, NULL, &reply, NULL,
                                            NULL, NULL),
                     GSS_S_COMPLETE);
    lsa_host_free(out.pvBuffer);
    status = leg(credential, &context, target, &reply, &out, &packed);
    assert_int_equal(status, SEC_E_OK);
    assert_int_equal(out.cbBuffer, 0);
    assert_true(kerb_packed_read(packed.pvBuffer, packed.cbBuffer, &p));
    assert_int_equal(p.client.size, strlen(client));
    assert_memory_equal(p.client.bytes, client, p.client.size);
    assert_int_equal(lsa_kerberos->DeleteContext(context), SEC_E_OK);
    lsa_host_free(packed.pvBuffer);
    gss_release_buffer(&minor, &reply);
    gss_delete_sec_context(&minor, &theirs, GSS_C_NO_BUFFER);
    return status;
}

NTSTATUS try_to(const WCHAR *target)
{
    LSA_SEC_HANDLE credential;
    NTSTATUS status = acquire(SECPKG_CRED_OUTBOUND, &credential);

    if (status)
        return status;
    status = connect_to(credential, target, "alice@" REALM);
    assert_int_equal(lsa_kerberos->FreeCredentialsHandle(credential), SEC_E_OK);
    return status;
}
