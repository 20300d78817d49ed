/*
 * Identities as opaque memory: copied, compared, validated, wiped, freed and serialized, whatever
 * their form is. A copy is always a SEC_WINNT_AUTH_IDENTITY_EX2: one block, which can be encrypted
 * and sent.
 *
 * Source: the pages of the functions in "sspi.h header" (sdk-api/sspi).
 */
#include "libsspi/api/auth_identity.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/utf16.h"

/* ---- taking apart ------------------------------------------------------------------------------
 */

/* The application's memory is ours: these functions run in its process. */
static NTSTATUS NTAPI copy_own(PLSA_CLIENT_REQUEST request, ULONG size, PVOID to, PVOID from)
{
    (void)request;
    memcpy(to, from, size);
    return STATUS_SUCCESS;
}

static const LSA_SECPKG_FUNCTION_TABLE own_memory = {.CopyFromClientBuffer = copy_own};

static struct identity_area area_of(const WCHAR *text, size_t units)
{
    return (struct identity_area){(const uint8_t *)text, units * sizeof(WCHAR)};
}

/* What is not an EX2 block of UTF-16 is made like one. */
static SECURITY_STATUS convert(PSEC_WINNT_AUTH_IDENTITY_OPAQUE from, struct api_identity *out)
{
    struct identity_area packed = out->ex2.packed; /* of an EX2 block with UTF-8 */
    SECURITY_STATUS status = identity_capture(&own_memory, from, &out->captured);
    const struct identity *id = &out->captured;

    if (status != SEC_E_OK)
        return status == SEC_E_INSUFFICIENT_MEMORY ? status : SEC_E_INVALID_PARAMETER;
    if (!packed.data && id->password) {
        out->packed =
            identity_password_write(id->password, id->password_units * sizeof(WCHAR), &packed.size);
        packed.data = out->packed;
        if (!packed.data)
            return errno == ENOMEM ? SEC_E_INSUFFICIENT_MEMORY : SEC_E_INVALID_PARAMETER;
    }
    out->ex2.user = area_of(id->user, id->user_units);
    out->ex2.domain = area_of(id->domain, id->domain_units);
    out->ex2.packages = area_of(id->packages, id->package_units);
    out->ex2.packed = packed;
    out->ex2.flags = (id->flags & ~(ULONG)(SEC_WINNT_AUTH_IDENTITY_ANSI | IDENTITY_ENCRYPTED)) |
                     SEC_WINNT_AUTH_IDENTITY_UNICODE;
    return SEC_E_OK;
}

SECURITY_STATUS api_identity_read(PSEC_WINNT_AUTH_IDENTITY_OPAQUE from, struct api_identity *out)
{
    SECURITY_STATUS status;
    size_t length;

    memset(out, 0, sizeof(*out));
    if (!from)
        return SEC_E_INVALID_PARAMETER;
    if (identity_ex2_head(from, 12, &length)) {
        if (!identity_ex2_read(from, length, &out->ex2))
            return SEC_E_INVALID_PARAMETER;
        if (out->ex2.flags & SEC_WINNT_AUTH_IDENTITY_UNICODE)
            return SEC_E_OK;
    }
    status = convert(from, out);
    if (status != SEC_E_OK)
        api_identity_clear(out);
    return status;
}

void api_identity_clear(struct api_identity *id)
{
    identity_clear(&id->captured);
    secret_free(id->packed);
    memset(id, 0, sizeof(*id));
}

SECURITY_STATUS api_identity_make(const struct identity_ex2 *ex2,
                                  PSEC_WINNT_AUTH_IDENTITY_OPAQUE *out)
{
    size_t size;

    *out = identity_ex2_write(ex2, &size);
    if (*out)
        return SEC_E_OK;
    return errno == ENOMEM ? SEC_E_INSUFFICIENT_MEMORY : SEC_E_INVALID_PARAMETER;
}

WCHAR *api_identity_text(struct identity_area area)
{
    WCHAR *text = secret_alloc(area.size + sizeof(WCHAR));

    if (text && area.size)
        memcpy(text, area.data, area.size);
    return text;
}

bool api_identity_credentials_valid(struct identity_area packed)
{
    struct identity_area data, password;
    GUID type;

    if (packed.size == 0)
        return true;
    return identity_packed_read(packed, &type, &data) &&
           (!identity_same_type(&type, &SEC_WINNT_AUTH_DATA_TYPE_PASSWORD) ||
            identity_password_read(data, &password));
}

/* ---- memory -------------------------------------------------------------------------------- */

VOID SEC_ENTRY SspiLocalFree(PVOID DataBuffer)
{
    /* What is not ours to free is left alone: an application's own structure, above all. */
    if (DataBuffer && secret_owns(DataBuffer))
        secret_free(DataBuffer);
}

VOID SEC_ENTRY SspiFreeAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData)
{
    SspiLocalFree(AuthData);
}

static void wipe(void *text, size_t units, size_t unit)
{
    if (text && units <= SIZE_MAX / unit)
        secret_wipe(text, units * unit);
}

/* The strings of the pointer forms are wiped where they are; the structure stays what it is, but
 * empty. */
VOID SEC_ENTRY SspiZeroAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData)
{
    SEC_WINNT_AUTH_IDENTITY_INFO *info = AuthData;
    SEC_WINNT_AUTH_IDENTITY_EXW *ex = AuthData;
    SEC_WINNT_AUTH_IDENTITY_W *plain = AuthData;
    size_t length, unit;

    if (!AuthData)
        return;
    if (identity_ex2_head(AuthData, 12, &length)) {
        secret_wipe(AuthData, length);
    } else if (info->AuthIdExw.Version == SEC_WINNT_AUTH_IDENTITY_VERSION &&
               ex->Length >= offsetof(SEC_WINNT_AUTH_IDENTITY_EXW, PackageList) &&
               ex->Length <= sizeof(*ex)) {
        length = ex->Length;
        unit = ex->Flags & SEC_WINNT_AUTH_IDENTITY_UNICODE ? sizeof(WCHAR) : 1;
        wipe(ex->User, ex->UserLength, unit);
        wipe(ex->Domain, ex->DomainLength, unit);
        wipe(ex->Password, ex->PasswordLength, unit);
        secret_wipe(ex, length);
    } else {
        unit = plain->Flags & SEC_WINNT_AUTH_IDENTITY_UNICODE ? sizeof(WCHAR) : 1;
        wipe(plain->User, plain->UserLength, unit);
        wipe(plain->Domain, plain->DomainLength, unit);
        wipe(plain->Password, plain->PasswordLength, unit);
        secret_wipe(plain, sizeof(*plain));
    }
}

/* ---- copies -------------------------------------------------------------------------------- */

SECURITY_STATUS SEC_ENTRY SspiCopyAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData,
                                               PSEC_WINNT_AUTH_IDENTITY_OPAQUE *AuthDataCopy)
{
    struct api_identity id;
    SECURITY_STATUS status;

    if (!AuthDataCopy)
        return SEC_E_INVALID_PARAMETER;
    *AuthDataCopy = NULL;
    status = api_identity_read(AuthData, &id);
    if (status == SEC_E_OK)
        status = api_identity_make(&id.ex2, AuthDataCopy);
    api_identity_clear(&id);
    return status;
}

/* The bytes are the block itself: its offsets need no address. SspiLocalFree frees them. */
SECURITY_STATUS SEC_ENTRY SspiMarshalAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity,
                                                  ULONG *AuthIdentityLength,
                                                  char **AuthIdentityByteArray)
{
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE block = NULL;
    SECURITY_STATUS status;

    if (!AuthIdentityLength || !AuthIdentityByteArray)
        return SEC_E_INVALID_PARAMETER;
    *AuthIdentityLength = 0;
    *AuthIdentityByteArray = NULL;
    status = SspiCopyAuthIdentity(AuthIdentity, &block);
    if (status != SEC_E_OK)
        return status;
    *AuthIdentityLength = ((PSEC_WINNT_AUTH_IDENTITY_EX2)block)->cbStructureLength;
    *AuthIdentityByteArray = block;
    return SEC_E_OK;
}

/* From anybody: all of it is verified, and what is not part of the identity is not taken over. */
SECURITY_STATUS SEC_ENTRY SspiUnmarshalAuthIdentity(ULONG AuthIdentityLength,
                                                    char *AuthIdentityByteArray,
                                                    PSEC_WINNT_AUTH_IDENTITY_OPAQUE *ppAuthIdentity)
{
    size_t length;
    void *copy;
    struct identity_ex2 ex2;
    SECURITY_STATUS status = SEC_E_INVALID_PARAMETER;

    if (!ppAuthIdentity)
        return status;
    *ppAuthIdentity = NULL;
    if (!AuthIdentityByteArray ||
        !identity_ex2_head(AuthIdentityByteArray, AuthIdentityLength, &length) ||
        length > AuthIdentityLength)
        return status;
    copy = secret_dup(AuthIdentityByteArray, length); /* aligned, and nobody changes it meanwhile */
    if (!copy)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (identity_ex2_read(copy, length, &ex2) &&
        (ex2.flags & IDENTITY_ENCRYPTED || api_identity_credentials_valid(ex2.packed)))
        status = SspiCopyAuthIdentity(copy, ppAuthIdentity);
    secret_free(copy);
    return status;
}

/* ---- questions -------------------------------------------------------------------------------
 */

SECURITY_STATUS SEC_ENTRY SspiValidateAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData)
{
    struct api_identity id;
    SECURITY_STATUS status = api_identity_read(AuthData, &id);

    if (status == SEC_E_OK && !(id.ex2.flags & IDENTITY_ENCRYPTED) &&
        !api_identity_credentials_valid(id.ex2.packed))
        status = SEC_E_INVALID_PARAMETER;
    api_identity_clear(&id);
    return status;
}

/* A name as accounts are told apart: "DOMAIN\user" in one string is the same as in two. */
struct account {
    WCHAR *text;
    const WCHAR *user, *domain;
};

static bool account_of(const struct identity_ex2 *ex2, struct account *out)
{
    WCHAR *domain, *separator;
    size_t units = ex2->user.size / sizeof(WCHAR);

    out->text = secret_alloc(ex2->user.size + ex2->domain.size + 2 * sizeof(WCHAR));
    if (!out->text)
        return false;
    if (units)
        memcpy(out->text, ex2->user.data, ex2->user.size);
    domain = out->text + units + 1;
    if (ex2->domain.size)
        memcpy(domain, ex2->domain.data, ex2->domain.size);
    out->user = out->text;
    out->domain = domain;
    if (*domain)
        return true;
    for (separator = out->text; *separator && *separator != u'\\'; separator++)
        ;
    if (*separator) {
        *separator = 0;
        out->domain = out->text;
        out->user = separator + 1;
    }
    return true;
}

static bool same_area(struct identity_area a, struct identity_area b)
{
    return a.size == b.size && (a.size == 0 || secret_equal(a.data, b.data, a.size));
}

static SECURITY_STATUS compare(const struct identity_ex2 *a, const struct identity_ex2 *b,
                               PBOOLEAN user, PBOOLEAN identity)
{
    struct account first = {0}, second = {0};
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

    if (account_of(a, &first) && account_of(b, &second)) {
        *user = utf16_equal_nocase(first.user, second.user) &&
                utf16_equal_nocase(first.domain, second.domain);
        *identity = *user && same_area(a->packed, b->packed);
        status = SEC_E_OK;
    }
    secret_free(first.text);
    secret_free(second.text);
    return status;
}

/* The same identity: the same user with the same credentials. Two that are NULL are the caller's
 * own. */
SECURITY_STATUS SEC_ENTRY SspiCompareAuthIdentities(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity1,
                                                    PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity2,
                                                    PBOOLEAN SameSuppliedUser,
                                                    PBOOLEAN SameSuppliedIdentity)
{
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE given[] = {AuthIdentity1, AuthIdentity2};
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE plain[] = {NULL, NULL};
    struct api_identity id[2] = {0};
    BOOLEAN user = FALSE, identity = FALSE;
    SECURITY_STATUS status = SEC_E_OK;

    if (!AuthIdentity1 || !AuthIdentity2) {
        user = identity = AuthIdentity1 == AuthIdentity2;
        goto out;
    }
    for (int i = 0; i < 2 && status == SEC_E_OK; i++) {
        status = api_identity_decrypted(given[i], &plain[i]);
        if (status == SEC_E_OK)
            status = api_identity_read(plain[i] ? plain[i] : given[i], &id[i]);
    }
    if (status == SEC_E_OK)
        status = compare(&id[0].ex2, &id[1].ex2, &user, &identity);
out:
    if (SameSuppliedUser)
        *SameSuppliedUser = user;
    if (SameSuppliedIdentity)
        *SameSuppliedIdentity = identity;
    for (int i = 0; i < 2; i++) {
        api_identity_clear(&id[i]);
        SspiFreeAuthIdentity(plain[i]);
    }
    return status;
}
