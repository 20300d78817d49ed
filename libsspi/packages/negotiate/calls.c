/*
 * LsaCallAuthenticationPackage and ChangeAccountPassword: what Negotiate answers by itself, and
 * what it hands to the package that can do it.
 */
#include "libsspi/packages/negotiate/negotiate.h"

#include <ntsecapi.h>
#include <ntstatus.h>
#include <string.h>

#include "base/utf16.h"

/* One block for the caller, as LsaFreeReturnBuffer releases it. */
static NTSTATUS reply_with(const void *data, size_t size, PVOID *reply, PULONG reply_size)
{
    NTSTATUS status = nego_lsa->AllocateClientBuffer(NULL, (ULONG)size, reply);

    if (!NT_SUCCESS(status))
        return status;
    *reply_size = (ULONG)size;
    return nego_lsa->CopyToClientBuffer(NULL, (ULONG)size, *reply, (void *)(uintptr_t)data);
}

/* The packages that can be negotiated; a prefix is how the package is named on the wire. */
static NTSTATUS package_prefixes(PVOID *reply, PULONG reply_size)
{
    struct {
        NEGOTIATE_PACKAGE_PREFIXES head;
        NEGOTIATE_PACKAGE_PREFIX list[NEGO_MECHANISMS_MAX];
    } out = {.head = {.MessageType = NegEnumPackagePrefixes}};
    const struct nego_package *list[NEGO_MECHANISMS_MAX];
    size_t count = nego_packages(list), n = 0;

    for (size_t i = 0; i < count; i++) {
        const struct nego_oid *oid = &list[i]->mechanism.oid;

        if (oid->size > NEGOTIATE_MAX_PREFIX)
            continue;
        out.list[n].PackageId = list[i]->package->id;
        out.list[n].PrefixLen = oid->size;
        memcpy(out.list[n].Prefix, oid->der, oid->size);
        n++;
    }
    out.head.PrefixCount = (ULONG)n;
    out.head.Offset = (ULONG)offsetof(__typeof__(out), list);
    return reply_with(&out, out.head.Offset + n * sizeof(out.list[0]), reply, reply_size);
}

/* Who the caller's peers will take it for: the default credentials' name. */
static NTSTATUS caller_name(const void *submit, ULONG size, PVOID *reply, PULONG reply_size)
{
    const NEGOTIATE_CALLER_NAME_REQUEST *request = submit;
    SecPkgCredentials_NamesW names = {NULL};
    LUID luid;
    LSA_SEC_HANDLE credential;
    TimeStamp expiry;
    struct {
        NEGOTIATE_CALLER_NAME_RESPONSE head;
        WCHAR name[1024];
    } out = {.head = {.MessageType = NegGetCallerName}};
    size_t units;
    NTSTATUS status;

    if (size < sizeof(*request))
        return STATUS_INVALID_PARAMETER;
    luid = request->LogonId;
    status = nego_acquire_credentials(NULL, SECPKG_CRED_OUTBOUND, &luid, NULL, NULL, NULL,
                                      &credential, &expiry);
    if (status != SEC_E_OK)
        return status == SEC_E_NO_CREDENTIALS ? STATUS_NO_SUCH_LOGON_SESSION : status;
    status = nego_query_credentials(credential, SECPKG_CRED_ATTR_NAMES, &names);
    nego_free_credentials(credential);
    if (status != SEC_E_OK)
        return status;
    units = utf16_length(names.sUserName) + 1;
    status = STATUS_NAME_TOO_LONG;
    if (units <= ARRAYSIZE(out.name)) {
        memcpy(out.name, names.sUserName, units * sizeof(WCHAR));
        status = reply_with(&out, offsetof(__typeof__(out), name) + units * sizeof(WCHAR), reply,
                            reply_size);
        if (NT_SUCCESS(status)) /* the client is this process: its addresses are ours */
            ((PNEGOTIATE_CALLER_NAME_RESPONSE)*reply)->CallerName =
                (WCHAR *)(void *)((char *)*reply + offsetof(__typeof__(out), name));
    }
    lsa_host_free(names.sUserName);
    return status;
}

/*
 * NegEnumPackagePrefixes, NegGetCallerName; STATUS_NOT_SUPPORTED for others (NegTransferCredentials
 * would give one session the credentials of another). "NEGOTIATE_MESSAGES enumeration
 * (ntsecapi.h)".
 */
NTSTATUS NTAPI nego_call_package(PLSA_CLIENT_REQUEST request, PVOID submit, PVOID client_base,
                                 ULONG size, PVOID *reply, PULONG reply_size, PNTSTATUS protocol)
{
    ULONG message;

    (void)request, (void)client_base;
    *reply = NULL;
    *reply_size = 0;
    *protocol = STATUS_SUCCESS;
    if (!submit || size < sizeof(message))
        return STATUS_INVALID_PARAMETER;
    memcpy(&message, submit, sizeof(message));
    switch (message) {
    case NegEnumPackagePrefixes:
        *protocol = package_prefixes(reply, reply_size);
        return STATUS_SUCCESS;
    case NegGetCallerName:
        *protocol = caller_name(submit, size, reply, reply_size);
        return STATUS_SUCCESS;
    default:
        return STATUS_NOT_SUPPORTED;
    }
}

/* Nobody could be asked: another package may know somebody. */
static bool is_nobody(NTSTATUS status)
{
    return status == SEC_E_NO_AUTHENTICATING_AUTHORITY || status == STATUS_NO_LOGON_SERVERS ||
           status == SEC_E_UNSUPPORTED_FUNCTION || status == STATUS_NOT_SUPPORTED;
}

/* The preferred of the packages that can change a password, and find the account's authority. */
NTSTATUS NTAPI nego_change_account_password(PUNICODE_STRING domain, PUNICODE_STRING account,
                                            PUNICODE_STRING old_password,
                                            PUNICODE_STRING new_password, BOOLEAN impersonating,
                                            PSecBufferDesc output)
{
    const struct nego_package *list[NEGO_MECHANISMS_MAX];
    size_t count = nego_packages(list);
    NTSTATUS first = SEC_E_UNSUPPORTED_FUNCTION;

    for (size_t i = 0; i < count; i++) {
        const SECPKG_FUNCTION_TABLE *table = list[i]->package->lsa;
        NTSTATUS status = SEC_E_UNSUPPORTED_FUNCTION;

        if (table->ChangeAccountPassword)
            status = table->ChangeAccountPassword(domain, account, old_password, new_password,
                                                  impersonating, output);
        if (!is_nobody(status))
            return status;
        if (first == SEC_E_UNSUPPORTED_FUNCTION)
            first = status;
    }
    return first;
}
