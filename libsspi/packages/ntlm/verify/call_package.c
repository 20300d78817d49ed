/*
 * LsaApCallPackage, for MsV1_0ChangeCachedPassword: somebody's password has been changed. With
 * keep_local_accounts the account file gets it, when they are a user that this machine has by
 * itself; users of a domain have their password there.
 */
#include "libsspi/packages/ntlm/verify/call_package.h"

#include <ntstatus.h>
#include <stdlib.h>
#include <string.h>

#include <ntsecapi.h>
#include "base/utf16.h"
#include "libsspi/packages/ntlm/verify/local.h"

/* The string as it lies in the LSA's copy of the request; its address is one of the client's. */
static bool inside(const uint8_t *submit, const void *base, size_t size, const UNICODE_STRING *from,
                   struct ntlm_text *text)
{
    size_t at = (uintptr_t)from->Buffer - (uintptr_t)base;

    if (from->Length % sizeof(WCHAR) || (from->Length && (at > size || size - at < from->Length)))
        return false;
    return ntlm_text_set_bytes(
               text, (struct ntlm_bytes){from->Length ? submit + at : NULL, from->Length}) &&
           utf16_length(text->string) == text->units;
}

/* Users of domains, whom NSS has too, have their password there. */
static enum ntlm_local_user look_for(const struct ntlm_text *user)
{
    char *name = utf16_to_utf8(user->string, user->units, NULL);
    enum ntlm_local_user known = name ? ntlm_local_user(name) : NTLM_LOCAL_NO;

    free(name);
    return known;
}

static NTSTATUS change(const MSV1_0_CHANGEPASSWORD_REQUEST *in, const void *submit,
                       const void *base, size_t size)
{
    struct ntlm_account account = {.has_lm_hash = false};
    struct ntlm_text user = {0};
    enum ntlm_local_user known;
    size_t at = (uintptr_t)in->NewPassword.Buffer - (uintptr_t)base;
    NTSTATUS status = STATUS_INVALID_PARAMETER;

    if (!inside(submit, base, size, &in->AccountName, &user) || !user.units ||
        !in->NewPassword.Length || in->NewPassword.Length % sizeof(WCHAR) || at > size ||
        at % sizeof(WCHAR) || size - at < in->NewPassword.Length)
        goto out;
    status = STATUS_SUCCESS;
    if (!ntlm_lsa.policy.keep_local_accounts)
        goto out;
    known = look_for(&user);
    if (known == NTLM_LOCAL_NO)
        goto out;
    status = STATUS_NO_MEMORY;
    account.user = user;
    if (ntlm_nt_hash((const WCHAR *)(const void *)((const uint8_t *)submit + at),
                     in->NewPassword.Length / sizeof(WCHAR), account.nt_hash)) {
        ntlm_accounts_keep(&account, known);
        status = STATUS_SUCCESS;
    }
    account.user = (struct ntlm_text){0};
out:
    ntlm_account_clear(&account);
    ntlm_text_free(&user);
    return status;
}

/*
 * From the LSA and from programs of root's. STATUS_SUCCESS, also when nothing is to be kept;
 * STATUS_BAD_VALIDATION_CLASS for another message; STATUS_INVALID_PARAMETER for a malformed one.
 */
NTSTATUS NTAPI ntlm_call_package(PLSA_CLIENT_REQUEST request, PVOID submit, PVOID client_base,
                                 ULONG size, PVOID *reply, PULONG reply_size,
                                 PNTSTATUS protocol_status)
{
    MSV1_0_CHANGEPASSWORD_REQUEST in;
    MSV1_0_PROTOCOL_MESSAGE_TYPE type;

    (void)request;
    *reply = NULL;
    *reply_size = 0;
    *protocol_status = STATUS_SUCCESS;
    if (!submit || size < sizeof(type))
        return STATUS_INVALID_PARAMETER;
    memcpy(&type, submit, sizeof(type));
    if (type != MsV1_0ChangeCachedPassword)
        return STATUS_BAD_VALIDATION_CLASS;
    if (size < sizeof(in))
        return STATUS_INVALID_PARAMETER;
    memcpy(&in, submit, sizeof(in));
    return change(&in, submit, client_base, size);
}
