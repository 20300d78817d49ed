/*
 * The table of packages of this test program, and those that are made of nothing: an initiator
 * says "1", an acceptor answers "2", and both are done. A signature is the letter of the context's
 * key and the number of the message.
 */
#include "tests/unit/negotiate/package_fake.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <ntsecpkg.h>
#include <ntstatus.h>

#include "base/reason.h"
#include "base/utf16.h"
#include "libsspi/lsa/host.h"
#include "libsspi/packages/buffers.h"
#include "libsspi/packages/handle_map.h"

struct fake fakes[FAKES];

void fakes_reset(void)
{
    for (int i = 0; i < FAKES; i++) {
        struct fake now = fakes[i];

        fakes[i] = (struct fake){
            .credentials = now.credentials, .contexts = now.contexts, .users = now.users};
    }
}

unsigned fakes_seconds_ahead;

int __real_clock_gettime(clockid_t id, struct timespec *now);
int __wrap_clock_gettime(clockid_t id, struct timespec *now);
int __wrap_clock_gettime(clockid_t id, struct timespec *now)
{
    int result = __real_clock_gettime(id, now);

    now->tv_sec += fakes_seconds_ahead;
    return result;
}

static PLSA_SECPKG_FUNCTION_TABLE lsa;
static struct handle_map users = HANDLE_MAP_INIT;

struct user {
    int which;
    ULONG attributes, sent, received;
};

/* ---- the LSA half -----------------------------------------------------------------------------
 */

static NTSTATUS NTAPI initialize(ULONG_PTR id, PSECPKG_PARAMETERS parameters,
                                 PLSA_SECPKG_FUNCTION_TABLE functions)
{
    (void)id, (void)parameters;
    lsa = functions;
    return STATUS_SUCCESS;
}

static NTSTATUS info(int which, PSecPkgInfoW out)
{
    static WCHAR names[FAKES][16] = {u"Kerberos", u"Other"}, comment[] = u"of nothing";

    *out = (SecPkgInfoW){SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_NEGOTIABLE,
                         1,
                         (USHORT)(40 + which),
                         64,
                         names[which],
                         comment};
    return STATUS_SUCCESS;
}

static NTSTATUS extended(int which, SECPKG_EXTENDED_INFORMATION_CLASS class,
                         PSECPKG_EXTENDED_INFORMATION *out)
{
    static const UCHAR oids[FAKES][11] = {
        {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02},
        {0x06, 0x09, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0xe0, 0x3f, 0x01}};

    if (class != SecpkgGssInfo)
        return SEC_E_UNSUPPORTED_FUNCTION;
    *out = lsa->AllocateLsaHeap(sizeof(**out) + sizeof(oids[0]));
    if (!*out)
        return SEC_E_INSUFFICIENT_MEMORY;
    (*out)->Class = class;
    (*out)->Info.GssInfo.EncodedIdLength = sizeof(oids[0]);
    memcpy((UCHAR *)*out + offsetof(SECPKG_EXTENDED_INFORMATION, Info.GssInfo.EncodedId),
           oids[which], sizeof(oids[0]));
    return STATUS_SUCCESS;
}

static NTSTATUS acquire(int which, ULONG use, const UNICODE_STRING *principal,
                        PLSA_SEC_HANDLE handle, PTimeStamp expiry)
{
    struct fake *f = &fakes[which];

    if (principal && f->no_such_name && use & SECPKG_CRED_OUTBOUND)
        return f->no_such_name;
    if ((use & SECPKG_CRED_OUTBOUND && f->no_outbound) ||
        (use & SECPKG_CRED_INBOUND && f->no_inbound))
        return SEC_E_NO_CREDENTIALS;
    f->credentials++;
    *handle = (LSA_SEC_HANDLE)(which + 1);
    expiry->QuadPart = 1000 + which;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI release(LSA_SEC_HANDLE handle)
{
    fakes[handle - 1].credentials--;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI query_credential(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    static const WCHAR name[] = u"NOWHERE\\nobody";

    if (attribute != SECPKG_CRED_ATTR_NAMES || handle != KERBEROS + 1)
        return SEC_E_UNSUPPORTED_FUNCTION;
    ((PSecPkgCredentials_NamesW)buffer)->sUserName =
        memcpy(lsa->AllocateLsaHeap(sizeof(name)), name, sizeof(name));
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI set_credential(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer,
                                     ULONG size)
{
    (void)buffer, (void)size;
    if (attribute != SECPKG_CRED_ATTR_PAC_BYPASS || handle != KERBEROS + 1)
        return SEC_E_UNSUPPORTED_FUNCTION;
    fakes[handle - 1].changed++;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI add(LSA_SEC_HANDLE handle, PUNICODE_STRING principal, PUNICODE_STRING package,
                          ULONG use, PVOID identity, PVOID key, PVOID argument, PTimeStamp expiry)
{
    (void)principal, (void)package, (void)use, (void)identity, (void)key, (void)argument;
    (void)expiry;
    if (fakes[handle - 1].adds_nothing)
        return SEC_E_UNSUPPORTED_FUNCTION;
    fakes[handle - 1].added++;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI change_password(PUNICODE_STRING domain, PUNICODE_STRING account,
                                      PUNICODE_STRING old_password, PUNICODE_STRING new_password,
                                      BOOLEAN impersonating, PSecBufferDesc output)
{
    (void)domain, (void)account, (void)impersonating, (void)output;
    fakes[KERBEROS].changed++;
    return old_password->Length == new_password->Length ? STATUS_PASSWORD_RESTRICTION
                                                        : STATUS_SUCCESS;
}

static NTSTATUS finish(int which, bool initiator, PULONG attributes, PTimeStamp expiry,
                       PBOOLEAN mapped, PSecBuffer packed)
{
    struct user *u = lsa->AllocateLsaHeap(sizeof(*u));

    if (!u)
        return SEC_E_INSUFFICIENT_MEMORY;
    u->which = which;
    if (!fakes[which].no_integrity)
        u->attributes = initiator ? ISC_RET_INTEGRITY : ASC_RET_INTEGRITY;
    *attributes = u->attributes;
    expiry->QuadPart = 500;
    packed->pvBuffer = u;
    packed->cbBuffer = sizeof(*u);
    *mapped = TRUE;
    return SEC_E_OK;
}

static bool says(PSecBufferDesc input, char letter)
{
    PSecBuffer b = buffers_find(input, SECBUFFER_TOKEN);

    return b && b->cbBuffer == 1 && *(char *)b->pvBuffer == letter;
}

static void note(int which, ULONG requirements, PSecBufferDesc input)
{
    fakes[which].requirements = requirements;
    fakes[which].bindings = buffers_find(input, SECBUFFER_CHANNEL_BINDINGS) != NULL;
}

static NTSTATUS NTAPI initiate(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                               PUNICODE_STRING target, ULONG requirements, ULONG drep,
                               PSecBufferDesc input, PLSA_SEC_HANDLE made, PSecBufferDesc output,
                               PULONG attributes, PTimeStamp expiry, PBOOLEAN mapped,
                               PSecBuffer packed)
{
    int which = (int)(context ? context : credential) - 1;
    struct fake *f = &fakes[which];

    (void)drep;
    note(which, requirements, input);
    if (target && target->Length < sizeof(f->target))
        memcpy(f->target, target->Buffer, target->Length);
    if (context)
        return says(input, '2') ? finish(which, true, attributes, expiry, mapped, packed)
                                : SEC_E_INVALID_TOKEN;
    if (f->first_leg) {
        reason_set(f->reason ? f->reason : 7, "it was told to");
        fakes_seconds_ahead += f->first_leg_seconds;
        f->asked++;
        return f->first_leg;
    }
    if (buffers_put_token(lsa, output, true, "1", 1))
        return SEC_E_INSUFFICIENT_MEMORY;
    f->contexts++;
    *made = (LSA_SEC_HANDLE)(which + 1);
    *attributes = ISC_RET_CONNECTION;
    return SEC_I_CONTINUE_NEEDED;
}

static NTSTATUS NTAPI accept(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                             PSecBufferDesc input, ULONG requirements, ULONG drep,
                             PLSA_SEC_HANDLE made, PSecBufferDesc output, PULONG attributes,
                             PTimeStamp expiry, PBOOLEAN mapped, PSecBuffer packed)
{
    int which = (int)credential - 1;

    (void)context, (void)drep;
    note(which, requirements, input);
    if (!says(input, '1'))
        return SEC_E_INVALID_TOKEN;
    if (fakes[which].acceptor)
        return fakes[which].acceptor;
    if (finish(which, false, attributes, expiry, mapped, packed) ||
        buffers_put_token(lsa, output, true, "2", 1))
        return SEC_E_INSUFFICIENT_MEMORY;
    fakes[which].contexts++;
    *made = (LSA_SEC_HANDLE)(which + 1);
    return SEC_E_OK;
}

static NTSTATUS NTAPI delete_context(LSA_SEC_HANDLE context)
{
    fakes[context - 1].contexts--;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI control(LSA_SEC_HANDLE context, PSecBufferDesc input)
{
    (void)input;
    fakes[context - 1].control++;
    return STATUS_SUCCESS;
}

/* ---- the user-mode half -----------------------------------------------------------------------
 */

static NTSTATUS NTAPI init_user(LSA_SEC_HANDLE handle, PSecBuffer packed)
{
    struct user *u = malloc(sizeof(*u));

    if (!u)
        return STATUS_NO_MEMORY;
    memcpy(u, packed->pvBuffer, sizeof(*u));
    if (!handle_map_put(&users, handle, u)) {
        free(u);
        return STATUS_NO_MEMORY;
    }
    fakes[u->which].users++;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI delete_user(LSA_SEC_HANDLE handle)
{
    struct user *u = handle_map_remove(&users, handle);

    fakes[u->which].users--;
    free(u);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI sign(LSA_SEC_HANDLE handle, ULONG qop, PSecBufferDesc message, ULONG sequence)
{
    struct user *u = handle_map_get(&users, handle);
    PSecBuffer token = buffers_find(message, SECBUFFER_TOKEN);
    uint8_t *out = token ? token->pvBuffer : NULL;

    (void)qop, (void)sequence;
    if (atomic_compare_exchange_strong(&fakes[u->which].waiting, &(int){1}, 2))
        while (atomic_load(&fakes[u->which].waiting))
            usleep(1000);
    if (!u->attributes)
        return SEC_E_QOP_NOT_SUPPORTED;
    if (!out || token->cbBuffer < 2)
        return SEC_E_BUFFER_TOO_SMALL;
    out[0] = (uint8_t)('K' + u->which);
    out[1] = (uint8_t)u->sent++;
    token->cbBuffer = 2;
    return SEC_E_OK;
}

static NTSTATUS NTAPI verify(LSA_SEC_HANDLE handle, PSecBufferDesc message, ULONG sequence,
                             PULONG qop)
{
    struct user *u = handle_map_get(&users, handle);
    PSecBuffer token = buffers_find(message, SECBUFFER_TOKEN);
    const uint8_t *in = token ? token->pvBuffer : NULL;

    (void)sequence;
    *qop = 0;
    if (!in || token->cbBuffer != 2)
        return SEC_E_INVALID_TOKEN;
    if (in[0] != 'K' + u->which || in[1] != (uint8_t)u->received)
        return SEC_E_MESSAGE_ALTERED;
    u->received++;
    return SEC_E_OK;
}

static NTSTATUS NTAPI query(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    (void)handle;
    if (attribute != SECPKG_ATTR_SIZES)
        return SEC_E_UNSUPPORTED_FUNCTION;
    *(PSecPkgContext_Sizes)buffer = (SecPkgContext_Sizes){64, 2, 1, 2};
    return SEC_E_OK;
}

/* The client is whoever runs the test. */
static NTSTATUS NTAPI make_token(LSA_SEC_HANDLE handle, PHANDLE token)
{
    LSA_TOKEN_INFORMATION_NULL information = {.Groups = NULL};
    struct passwd *me = getpwuid(geteuid());
    TOKEN_SOURCE source = {"test", {0, 0}};
    UNICODE_STRING name = {0, 0, NULL};
    NTSTATUS status, sub_status;
    size_t units = 0;

    (void)handle;
    *token = NULL;
    if (!me)
        return SEC_E_NO_IMPERSONATION;
    name.Buffer = utf16_from_utf8(me->pw_name, strlen(me->pw_name), &units);
    name.Length = name.MaximumLength = (USHORT)(units * sizeof(WCHAR));
    status =
        lsa->CreateToken(NULL, &source, Network, SecurityImpersonation, LsaTokenInformationNull,
                         &information, NULL, &name, NULL, NULL, NULL, token, &sub_status);
    free(name.Buffer);
    return status;
}

static NTSTATUS NTAPI export(LSA_SEC_HANDLE handle, ULONG flags, PSecBuffer packed, PHANDLE token)
{
    struct user *u = handle_map_get(&users, handle);

    (void)flags;
    *token = NULL;
    packed->pvBuffer = lsa->AllocateLsaHeap(sizeof(*u));
    if (!packed->pvBuffer)
        return SEC_E_INSUFFICIENT_MEMORY;
    packed->cbBuffer = sizeof(*u);
    memcpy(packed->pvBuffer, u, sizeof(*u));
    return SEC_E_OK;
}

static NTSTATUS NTAPI import(PSecBuffer packed, HANDLE token, PLSA_SEC_HANDLE handle)
{
    struct user u;

    (void)token;
    if (packed->cbBuffer != sizeof(u))
        return SEC_E_INVALID_TOKEN;
    memcpy(&u, packed->pvBuffer, sizeof(u));
    return u.which >= 0 && u.which < FAKES ? init_user(*handle, packed) : SEC_E_INVALID_TOKEN;
}

/* What knows only from the table which of them it is. */
#define WHICH(name, which)                                                                         \
    static NTSTATUS NTAPI info_##name(PSecPkgInfoW out)                                            \
    {                                                                                              \
        return info(which, out);                                                                   \
    }                                                                                              \
    static NTSTATUS NTAPI extended_##name(SECPKG_EXTENDED_INFORMATION_CLASS class,                 \
                                          PSECPKG_EXTENDED_INFORMATION *out)                       \
    {                                                                                              \
        return extended(which, class, out);                                                        \
    }                                                                                              \
    static NTSTATUS NTAPI acquire_##name(PUNICODE_STRING principal, ULONG use, PLUID luid,         \
                                         PVOID auth, PVOID key, PVOID argument,                    \
                                         PLSA_SEC_HANDLE handle, PTimeStamp expiry)                \
    {                                                                                              \
        (void)luid, (void)auth, (void)key, (void)argument;                                         \
        return acquire(which, use, principal, handle, expiry);                                     \
    }
WHICH(kerberos, KERBEROS)
WHICH(other, OTHER)

#define TABLE(name)                                                                                \
    {                                                                                              \
        .Initialize = initialize, .GetInfo = info_##name,                                          \
        .AcquireCredentialsHandle = acquire_##name,                                                \
        .QueryCredentialsAttributes = query_credential,                                            \
        .SetCredentialsAttributes = set_credential, .FreeCredentialsHandle = release,              \
        .AddCredentials = add, .InitLsaModeContext = initiate, .AcceptLsaModeContext = accept,     \
        .DeleteContext = delete_context, .GetExtendedInformation = extended_##name,                \
        .ApplyControlToken = control                                                               \
    }

static NTSTATUS NTAPI lsa_mode(ULONG version, PULONG package_version,
                               PSECPKG_FUNCTION_TABLE *tables, PULONG count)
{
    static SECPKG_FUNCTION_TABLE both[FAKES] = {TABLE(kerberos), TABLE(other)};

    both[KERBEROS].ChangeAccountPassword = change_password;
    *package_version = version;
    *tables = both;
    *count = FAKES;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI user_mode(ULONG version, PULONG package_version,
                                PSECPKG_USER_FUNCTION_TABLE *tables, PULONG count)
{
    static SECPKG_USER_FUNCTION_TABLE both[FAKES];

    for (int i = 0; i < FAKES; i++)
        both[i] = (SECPKG_USER_FUNCTION_TABLE){.InitUserModeContext = init_user,
                                               .DeleteUserModeContext = delete_user,
                                               .MakeSignature = sign,
                                               .VerifySignature = verify,
                                               .GetContextToken = make_token,
                                               .QueryContextAttributes = query,
                                               .ExportContext = export,
                                               .ImportContext = import};
    *package_version = version;
    *tables = both;
    *count = FAKES;
    return STATUS_SUCCESS;
}

const struct builtin_package lsa_builtin_packages[] = {
    {"Negotiate", nego_lsa_mode_initialize, nego_user_mode_initialize, BUILTIN_IN_PROCESS},
    {"fakes", lsa_mode, user_mode, 0},
    {"NTLM", ntlm_lsa_mode_initialize, ntlm_user_mode_initialize, 0},
    {NULL, NULL, NULL, 0},
};
