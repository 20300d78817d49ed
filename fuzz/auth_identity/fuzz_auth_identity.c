/*
 * Marshalled identities as anybody could send them: nothing is read outside of them, what was taken
 * is whole, and survives every way there and back. Then the same bytes as what a package captures
 * from a client's memory that ends where they end.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <ntstatus.h>
#include <security.h>
#include "base/secret.h"
#include "libsspi/packages/identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
    if (!good)
        abort();
}

/* ---- the API ----------------------------------------------------------------------------------
 */

static void same(PSEC_WINNT_AUTH_IDENTITY_OPAQUE a, PSEC_WINNT_AUTH_IDENTITY_OPAQUE b)
{
    BOOLEAN user = FALSE, identity = FALSE;

    must(SspiCompareAuthIdentities(a, b, &user, &identity) == SEC_E_OK);
    must(user && identity);
}

static void through_bytes(PSEC_WINNT_AUTH_IDENTITY_OPAQUE id)
{
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE again;
    char *bytes;
    ULONG size;

    must(SspiMarshalAuthIdentity(id, &size, &bytes) == SEC_E_OK);
    must(SspiUnmarshalAuthIdentity(size, bytes, &again) == SEC_E_OK);
    must(SspiValidateAuthIdentity(again) == SEC_E_OK);
    if (!SspiIsAuthIdentityEncrypted(id))
        same(id, again);
    SspiFreeAuthIdentity(again);
    SspiLocalFree(bytes);
}

static void through_ciphertext(PSEC_WINNT_AUTH_IDENTITY_OPAQUE id)
{
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE copy;

    must(SspiCopyAuthIdentity(id, &copy) == SEC_E_OK);
    must(SspiEncryptAuthIdentity(copy) == SEC_E_OK);
    must(SspiIsAuthIdentityEncrypted(copy));
    must(SspiDecryptAuthIdentity(copy) == SEC_E_OK);
    same(id, copy);
    SspiFreeAuthIdentity(copy);
}

static void strings(PSEC_WINNT_AUTH_IDENTITY_OPAQUE id)
{
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE again;
    PCWSTR user, domain, packed;
    PWSTR host;

    must(SspiEncodeAuthIdentityAsStrings(id, &user, &domain, &packed) == SEC_E_OK);
    if (SspiEncodeStringsAsAuthIdentity(user, domain, packed, &again) == SEC_E_OK) {
        must(SspiValidateAuthIdentity(again) == SEC_E_OK);
        SspiFreeAuthIdentity(again);
    }
    if (user && SspiGetTargetHostName(user, &host) == SEC_E_OK)
        SspiLocalFree(host);
    SspiLocalFree((void *)(uintptr_t)user);
    SspiLocalFree((void *)(uintptr_t)domain);
    SspiLocalFree((void *)(uintptr_t)packed);
}

static void api(const uint8_t *data, size_t size)
{
    char *copy = malloc(size ? size : 1); /* of its own, so that the end is seen */
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE id;

    must(copy != NULL);
    if (size)
        memcpy(copy, data, size);
    if (SspiUnmarshalAuthIdentity((ULONG)size, copy, &id) == SEC_E_OK) {
        must(SspiValidateAuthIdentity(id) == SEC_E_OK);
        through_bytes(id);
        if (!SspiIsAuthIdentityEncrypted(id)) {
            through_ciphertext(id);
            strings(id);
        }
        SspiZeroAuthIdentity(id);
        SspiFreeAuthIdentity(id);
    }
    free(copy);
}

/* ---- a package --------------------------------------------------------------------------------
 */

static const uint8_t *memory;
static size_t memory_size;

/* The client's memory is the input, from address 0x10000 on. */
static NTSTATUS NTAPI copy_from_client(PLSA_CLIENT_REQUEST request, ULONG size, PVOID to,
                                       PVOID from)
{
    uintptr_t offset = (uintptr_t)from - 0x10000;

    (void)request;
    if (offset > memory_size || size > memory_size - offset)
        return STATUS_ACCESS_VIOLATION;
    memcpy(to, memory + offset, size);
    return STATUS_SUCCESS;
}

static void package(const uint8_t *data, size_t size)
{
    static const LSA_SECPKG_FUNCTION_TABLE lsa = {.CopyFromClientBuffer = copy_from_client};
    struct identity id;

    memory = data;
    memory_size = size;
    if (identity_capture(&lsa, (void *)(uintptr_t)0x10000, &id) == SEC_E_OK) {
        must(!id.user || id.user[id.user_units] == 0);
        must(!id.domain || id.domain[id.domain_units] == 0);
        must(!id.packages || id.packages[id.package_units] == 0);
        must(!id.password || (secret_owns(id.password) && id.password[id.password_units] == 0));
        (void)identity_allows(&id, u"NTLM");
    } else {
        must(!id.user && !id.domain && !id.packages && !id.password && !id.credential);
    }
    identity_clear(&id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > UINT32_MAX)
        return 0;
    api(data, size);
    package(data, size);
    return 0;
}
