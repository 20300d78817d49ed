/*
 * Reader, writer and answers of an unlocking logon: see the header.
 */
#include "libsspi/packages/unlock.h"

#include <ntsecapi.h>
#include <ntstatus.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "base/secret.h"

#define UNITS_MAX 32766u /* what a UNICODE_STRING can count, with room for the zero */
#define EPOCH     INT64_C(116444736000000000) /* 100 ns from 1601 to 1970 */

/* ---- the request --------------------------------------------------------------------------- */

/* Where a string of the request lies in it; its pointer is one of the client's, and an empty one's
 * may be anything. */
static bool inside(const void *client_base, size_t size, const UNICODE_STRING *s, size_t *offset)
{
    *offset = 0;
    if (!s->Length)
        return true;
    *offset = (uintptr_t)s->Buffer - (uintptr_t)client_base;
    return s->Length % sizeof(WCHAR) == 0 && s->Length <= UNITS_MAX * sizeof(WCHAR) &&
           *offset <= size && s->Length <= size - *offset;
}

/* What follows a zero is seen by some and not by others. */
static bool has_zero(const UNICODE_STRING *s)
{
    for (size_t i = 0; i < s->Length / sizeof(WCHAR); i++)
        if (!s->Buffer[i])
            return true;
    return false;
}

static WCHAR *take(UNICODE_STRING *out, WCHAR *at, const UNICODE_STRING *s, const void *from)
{
    if (s->Length)
        memcpy(at, from, s->Length);
    out->Buffer = at;
    out->Length = s->Length;
    out->MaximumLength = (USHORT)(s->Length + sizeof(WCHAR));
    return at + s->Length / sizeof(WCHAR) + 1;
}

static NTSTATUS allowed(const LSA_SECPKG_FUNCTION_TABLE *lsa, const LUID *luid)
{
    SECPKG_CLIENT_INFO client;
    NTSTATUS status = lsa->GetClientInfo(&client);

    if (!NT_SUCCESS(status))
        return status;
    if (client.HasTcbPrivilege ||
        (client.LogonId.LowPart == luid->LowPart && client.LogonId.HighPart == luid->HighPart))
        return STATUS_SUCCESS;
    return STATUS_ACCESS_DENIED;
}

static NTSTATUS own_session(const LSA_SECPKG_FUNCTION_TABLE *lsa, LUID *luid)
{
    SECPKG_CLIENT_INFO client;
    NTSTATUS status = lsa->GetClientInfo(&client);

    if (NT_SUCCESS(status))
        *luid = client.LogonId;
    return status;
}

static bool stands_before_end(const UNICODE_STRING *s, size_t offset)
{
    return s->Length && offset < sizeof(KERB_INTERACTIVE_UNLOCK_LOGON);
}

NTSTATUS unlock_read(const LSA_SECPKG_FUNCTION_TABLE *lsa, const void *submit,
                     const void *client_base, size_t size, struct unlock_logon *out)
{
    KERB_INTERACTIVE_UNLOCK_LOGON in = {0};
    const uint8_t *bytes = submit;
    size_t domain, user, password;
    WCHAR *at;
    NTSTATUS status;

    memset(out, 0, sizeof(*out));
    if (!submit || size < sizeof(in.Logon.MessageType))
        return STATUS_INVALID_PARAMETER;
    memcpy(&in.Logon.MessageType, submit, sizeof(in.Logon.MessageType));
    if (in.Logon.MessageType != KerbWorkstationUnlockLogon)
        return STATUS_BAD_VALIDATION_CLASS;
    if (size < sizeof(in.Logon))
        return STATUS_INVALID_PARAMETER;
    memcpy(&in, submit, size < sizeof(in) ? sizeof(in.Logon) : sizeof(in));
    if (!inside(client_base, size, &in.Logon.LogonDomainName, &domain) ||
        !inside(client_base, size, &in.Logon.UserName, &user) || !in.Logon.UserName.Length ||
        !inside(client_base, size, &in.Logon.Password, &password))
        return STATUS_INVALID_PARAMETER;
    /* Without a LogonId the strings may begin where it would stand. */
    if (size < sizeof(in) || stands_before_end(&in.Logon.LogonDomainName, domain) ||
        stands_before_end(&in.Logon.UserName, user) ||
        stands_before_end(&in.Logon.Password, password)) {
        status = own_session(lsa, &out->luid);
    } else {
        out->luid = in.LogonId;
        status = allowed(lsa, &out->luid);
    }
    if (!NT_SUCCESS(status))
        return status;
    out->memory = secret_alloc((size_t)in.Logon.LogonDomainName.Length + in.Logon.UserName.Length +
                               in.Logon.Password.Length + 3 * sizeof(WCHAR));
    if (!out->memory)
        return STATUS_NO_MEMORY;
    at = take(&out->domain, out->memory, &in.Logon.LogonDomainName, bytes + domain);
    at = take(&out->user, at, &in.Logon.UserName, bytes + user);
    take(&out->password, at, &in.Logon.Password, bytes + password);
    if (!has_zero(&out->domain) && !has_zero(&out->user) && !has_zero(&out->password))
        return STATUS_SUCCESS;
    unlock_clear(out);
    return STATUS_INVALID_PARAMETER;
}

void unlock_clear(struct unlock_logon *logon)
{
    secret_free(logon->memory);
    memset(logon, 0, sizeof(*logon));
}

static uint8_t *put(UNICODE_STRING *out, uint8_t *at, const UNICODE_STRING *s)
{
    *out = (UNICODE_STRING){s->Length, s->Length, (WCHAR *)(void *)at};
    if (s->Length)
        memcpy(at, s->Buffer, s->Length);
    return at + s->Length;
}

void *unlock_write(const LUID *luid, const UNICODE_STRING *domain, const UNICODE_STRING *user,
                   const UNICODE_STRING *password, ULONG *size)
{
    size_t need =
        sizeof(KERB_INTERACTIVE_UNLOCK_LOGON) + domain->Length + user->Length + password->Length;
    KERB_INTERACTIVE_UNLOCK_LOGON *out = secret_alloc(need);
    uint8_t *at;

    if (!out)
        return NULL;
    out->Logon.MessageType = KerbWorkstationUnlockLogon;
    out->LogonId = *luid;
    at = put(&out->Logon.LogonDomainName, (uint8_t *)(out + 1), domain);
    at = put(&out->Logon.UserName, at, user);
    put(&out->Logon.Password, at, password);
    *size = (ULONG)need;
    return out;
}

/* ---- the answer ---------------------------------------------------------------------------- */

static void answer_clear(const struct unlock_answer *a)
{
    *a->profile = NULL;
    *a->profile_size = 0;
    memset(a->luid, 0, sizeof(*a->luid));
    *a->sub_status = STATUS_SUCCESS;
    *a->token_type = LsaTokenInformationNull;
    *a->token = NULL;
    *a->account = *a->authority = NULL;
    if (a->machine)
        *a->machine = NULL;
    memset(a->primary, 0, sizeof(*a->primary));
    if (a->supplemental)
        *a->supplemental = NULL;
}

/* A counted copy in LSA heap. */
static bool copy(const LSA_SECPKG_FUNCTION_TABLE *lsa, UNICODE_STRING *out, const WCHAR *s,
                 size_t bytes)
{
    out->Buffer = lsa->AllocateLsaHeap((ULONG)(bytes + sizeof(WCHAR)));
    if (!out->Buffer)
        return false;
    if (bytes)
        memcpy(out->Buffer, s, bytes);
    out->Length = (USHORT)bytes;
    out->MaximumLength = (USHORT)(bytes + sizeof(WCHAR));
    return true;
}

/* The structure and its string in one block, as FreeLsaHeap releases it. */
static PUNICODE_STRING copy_whole(const LSA_SECPKG_FUNCTION_TABLE *lsa, const UNICODE_STRING *s)
{
    PUNICODE_STRING out = lsa->AllocateLsaHeap((ULONG)(sizeof(*out) + s->Length + sizeof(WCHAR)));

    if (!out)
        return NULL;
    out->Buffer = (WCHAR *)(void *)(out + 1);
    out->Length = s->Length;
    out->MaximumLength = (USHORT)(s->Length + sizeof(WCHAR));
    if (s->Length)
        memcpy(out->Buffer, s->Buffer, s->Length);
    return out;
}

static NTSTATUS answer_names(const LSA_SECPKG_FUNCTION_TABLE *lsa, const struct unlock_logon *logon,
                             const struct unlock_answer *a)
{
    *a->account = copy_whole(lsa, &logon->user);
    *a->authority = copy_whole(lsa, &logon->domain);
    return *a->account && *a->authority ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

static void primary_free(const LSA_SECPKG_FUNCTION_TABLE *lsa, PSECPKG_PRIMARY_CRED primary)
{
    UNICODE_STRING *strings[] = {&primary->DownlevelName, &primary->DomainName, &primary->Password,
                                 &primary->Upn};

    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
        if (strings[i]->Buffer)
            lsa->FreeLsaHeap(strings[i]->Buffer);
    memset(primary, 0, sizeof(*primary));
}

/* alice@realm without a domain is a user principal name; what stands before the @ is the account.
 */
static bool primary_copy(const LSA_SECPKG_FUNCTION_TABLE *lsa, const struct unlock_logon *logon,
                         bool cached, PSECPKG_PRIMARY_CRED primary)
{
    size_t units = logon->user.Length / sizeof(WCHAR), name = units;

    for (size_t i = 1; i < units && !logon->domain.Length; i++)
        if (logon->user.Buffer[i] == u'@')
            name = i;
    memset(primary, 0, sizeof(*primary));
    primary->LogonId = logon->luid;
    primary->Flags = PRIMARY_CRED_CLEAR_PASSWORD | PRIMARY_CRED_UPDATE |
                     (cached ? PRIMARY_CRED_CACHED_LOGON : 0);
    return copy(lsa, &primary->DownlevelName, logon->user.Buffer, name * sizeof(WCHAR)) &&
           copy(lsa, &primary->DomainName, logon->domain.Buffer, logon->domain.Length) &&
           copy(lsa, &primary->Password, logon->password.Buffer, logon->password.Length) &&
           (name == units || copy(lsa, &primary->Upn, logon->user.Buffer, logon->user.Length));
}

static NTSTATUS answer_fill(const LSA_SECPKG_FUNCTION_TABLE *lsa, PLSA_CLIENT_REQUEST request,
                            const struct unlock_logon *logon, bool cached,
                            const struct unlock_answer *a)
{
    KERB_INTERACTIVE_PROFILE profile = {.MessageType = KerbInteractiveProfile,
                                        .LogoffTime.QuadPart = INT64_MAX,
                                        .KickOffTime.QuadPart = INT64_MAX,
                                        .PasswordMustChange.QuadPart = INT64_MAX,
                                        .UserFlags = cached ? LOGON_CACHED_ACCOUNT : 0};
    PLSA_TOKEN_INFORMATION_NULL token = lsa->AllocateLsaHeap(sizeof(*token));
    PVOID address = NULL;
    NTSTATUS status = STATUS_NO_MEMORY;

    profile.LogonTime.QuadPart = (int64_t)time(NULL) * 10000000 + EPOCH;
    if (!token || !primary_copy(lsa, logon, cached, a->primary))
        goto out;
    token->ExpirationTime.QuadPart = INT64_MAX;
    status = lsa->AllocateClientBuffer(request, sizeof(profile), &address);
    if (!NT_SUCCESS(status))
        goto out;
    status = lsa->CopyToClientBuffer(request, sizeof(profile), address, &profile);
    if (!NT_SUCCESS(status)) {
        lsa->FreeClientBuffer(request, address);
        goto out;
    }
    *a->profile = address;
    *a->profile_size = sizeof(profile);
    *a->luid = logon->luid;
    *a->token = token;
    token = NULL;
out:
    if (token)
        lsa->FreeLsaHeap(token);
    if (!NT_SUCCESS(status))
        primary_free(lsa, a->primary);
    return status;
}

NTSTATUS unlock_logon_user(const LSA_SECPKG_FUNCTION_TABLE *lsa, PLSA_CLIENT_REQUEST request,
                           SECURITY_LOGON_TYPE type, const void *submit, const void *client_base,
                           size_t size, unlock_check check, const struct unlock_answer *answer)
{
    struct unlock_logon logon = {0};
    NTSTATUS status;

    answer_clear(answer);
    if (type != Unlock && type != CachedUnlock)
        return STATUS_INVALID_LOGON_TYPE;
    status = unlock_read(lsa, submit, client_base, size, &logon);
    if (NT_SUCCESS(status))
        status = answer_names(lsa, &logon, answer);
    if (NT_SUCCESS(status))
        status = check(type, &logon, answer->sub_status);
    if (NT_SUCCESS(status))
        status = answer_fill(lsa, request, &logon, type == CachedUnlock, answer);
    unlock_clear(&logon);
    return status;
}
