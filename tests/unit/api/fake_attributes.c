/*
 * What the fake package does with attributes, added credentials, passwords and control tokens: it
 * remembers what it was given, and gives it back.
 */
#include "tests/unit/api/fake.h"

#include <stdlib.h>
#include <string.h>

#include <ntstatus.h>
#include "base/utf16.h"
#include "libsspi/packages/identity.h"

struct fake_given fake_given;

static void keep(char *to, size_t size, const WCHAR *text, size_t units)
{
    char *narrow = text ? utf16_to_utf8(text, units, NULL) : NULL;

    strncpy(to, narrow ? narrow : "", size - 1);
    to[size - 1] = '\0';
    free(narrow);
}

static void keep_counted(char *to, size_t size, PUNICODE_STRING text)
{
    keep(to, size, text ? text->Buffer : NULL, text ? text->Length / sizeof(WCHAR) : 0);
}

/* Memory for the client, as documented. */
static void *give(const void *data, ULONG size)
{
    void *memory = NULL;

    if (fake_lsa_functions->AllocateClientBuffer(NULL, size, &memory) != STATUS_SUCCESS)
        return NULL;
    fake_lsa_functions->CopyToClientBuffer(NULL, size, memory, (PVOID)(uintptr_t)data);
    return memory;
}

NTSTATUS NTAPI fake_query_credential(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    static const WCHAR name[] = u"DOM\\j\u00f6rg", provider[] = u"pr\u00f6vider";

    (void)handle;
    switch (attribute) {
    case SECPKG_CRED_ATTR_NAMES:
        ((PSecPkgCredentials_NamesW)buffer)->sUserName = give(name, sizeof(name));
        return STATUS_SUCCESS;
    case SECPKG_CRED_ATTR_SSI_PROVIDER:
        *(PSecPkgCredentials_SSIProviderW)buffer =
            (SecPkgCredentials_SSIProviderW){give(provider, sizeof(provider)), 3, give("abc", 3)};
        return STATUS_SUCCESS;
    case FAKE_ATTRIBUTE: /* one of the package's own */
        memset(buffer, 'y', FAKE_ATTRIBUTE_SIZE);
        return STATUS_SUCCESS;
    default:
        return STATUS_NOT_SUPPORTED;
    }
}

NTSTATUS NTAPI fake_set_credential(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer, ULONG size)
{
    const WCHAR *text;

    (void)handle;
    fake_given.attribute = attribute;
    fake_given.size = size;
    fake_given.calls++;
    switch (attribute) {
    case SECPKG_CRED_ATTR_NAMES:
    case SECPKG_CRED_ATTR_KDC_URL:
        memcpy(&text, buffer, sizeof(text));
        keep(fake_given.text, sizeof(fake_given.text), text, text ? utf16_length(text) : 0);
        return STATUS_SUCCESS;
    case SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS:
    case FAKE_ATTRIBUTE:
        memcpy(fake_given.bytes, buffer, size < 64 ? size : 64);
        return STATUS_SUCCESS;
    default:
        return STATUS_NOT_SUPPORTED;
    }
}

NTSTATUS NTAPI fake_set_context(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer, ULONG size)
{
    (void)handle;
    return fake_set_credential(0, attribute, buffer, size);
}

NTSTATUS NTAPI fake_add_credentials(LSA_SEC_HANDLE handle, PUNICODE_STRING principal,
                                    PUNICODE_STRING package, ULONG use, PVOID auth_data, PVOID key,
                                    PVOID key_argument, PTimeStamp expiry)
{
    struct identity identity = {0};
    NTSTATUS status = STATUS_SUCCESS;

    (void)handle, (void)key, (void)key_argument;
    fake_given.calls++;
    fake_given.use = use;
    keep_counted(fake_given.principal, sizeof(fake_given.principal), principal);
    keep_counted(fake_given.package, sizeof(fake_given.package), package);
    if (auth_data)
        status = identity_capture(fake_lsa_functions, auth_data, &identity);
    if (status == STATUS_SUCCESS)
        keep(fake_given.text, sizeof(fake_given.text), identity.user, identity.user_units);
    identity_clear(&identity);
    expiry->QuadPart = 55;
    return status;
}

NTSTATUS NTAPI fake_change_password(PUNICODE_STRING domain, PUNICODE_STRING account,
                                    PUNICODE_STRING old, PUNICODE_STRING new, BOOLEAN impersonating,
                                    PSecBufferDesc output)
{
    static const char told[] = "at least 8 letters";

    fake_given.calls++;
    fake_given.impersonating = impersonating;
    keep_counted(fake_given.package, sizeof(fake_given.package), domain);
    keep_counted(fake_given.principal, sizeof(fake_given.principal), account);
    keep_counted(fake_given.text, sizeof(fake_given.text), new);
    if (old->Length != 6 || memcmp(old->Buffer, u"old", 6) != 0)
        return STATUS_WRONG_PASSWORD;
    output->pBuffers[0].pvBuffer = give(told, sizeof(told));
    output->pBuffers[0].cbBuffer = sizeof(told);
    return new->Length ? STATUS_SUCCESS : STATUS_PASSWORD_RESTRICTION;
}

NTSTATUS NTAPI fake_apply_control(LSA_SEC_HANDLE handle, PSecBufferDesc input)
{
    (void)handle;
    fake_given.calls++;
    fake_given.size = input->pBuffers[0].cbBuffer;
    memcpy(fake_given.bytes, input->pBuffers[0].pvBuffer,
           fake_given.size < 64 ? fake_given.size : 64);
    return STATUS_SUCCESS;
}
