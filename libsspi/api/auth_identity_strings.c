/*
 * Identities and strings: the three that a program shows and stores, and what the functions of a
 * credential manager take.
 *
 * The third string, the packed credentials, is the password itself where there is nothing but a
 * password; that is how programs for Windows (.NET's networking, for one) give it. Any other
 * credential is written in base64 behind a prefix.
 *
 * Source: "SspiEncodeAuthIdentityAsStrings function", "SspiEncodeStringsAsAuthIdentity function",
 * "SspiPrepareForCredRead function", "SspiPrepareForCredWrite function", "SspiExcludePackage
 * function" (sdk-api/sspi).
 */
#include "libsspi/api/auth_identity.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/utf16.h"

static const WCHAR prefix[] = u"@@packed:";
#define PREFIX (ARRAYSIZE(prefix) - 1)

static struct identity_area area_of(const WCHAR *text)
{
    return (struct identity_area){(const uint8_t *)text,
                                  text ? utf16_length(text) * sizeof(WCHAR) : 0};
}

static bool has_prefix(struct identity_area text)
{
    return text.size >= PREFIX * sizeof(WCHAR) &&
           memcmp(text.data, prefix, PREFIX * sizeof(WCHAR)) == 0;
}

/* ---- the third string ------------------------------------------------------------------------ */

/* The UTF-16 password in packed credentials; false when they are of another type. */
static bool find_password(struct identity_area packed, struct identity_area *password)
{
    struct identity_area data;
    GUID type;

    return identity_packed_read(packed, &type, &data) &&
           identity_same_type(&type, &SEC_WINNT_AUTH_DATA_TYPE_PASSWORD) &&
           identity_password_read(data, password);
}

static WCHAR *to_base64(struct identity_area packed)
{
    size_t size = (packed.size + 2) / 3 * 4;
    unsigned char *base64 = secret_alloc(size + 1);
    WCHAR *text = secret_alloc((PREFIX + size + 1) * sizeof(WCHAR));

    if (base64 && text) {
        EVP_EncodeBlock(base64, packed.data, (int)packed.size);
        memcpy(text, prefix, PREFIX * sizeof(WCHAR));
        for (size_t i = 0; i < size; i++)
            text[PREFIX + i] = base64[i];
    } else {
        secret_free(text);
        text = NULL;
    }
    secret_free(base64);
    return text;
}

/* A password with a zero inside, or one that looks like the prefix, could not be told from
 * another. */
static WCHAR *packed_to_text(struct identity_area packed)
{
    struct identity_area password;
    WCHAR *text;

    if (!find_password(packed, &password) || has_prefix(password))
        return to_base64(packed);
    text = api_identity_text(password);
    if (text && utf16_length(text) * sizeof(WCHAR) != password.size) {
        secret_free(text);
        text = to_base64(packed);
    }
    return text;
}

/* NULL when the text is not what to_base64() writes. */
static void *from_base64(const WCHAR *text, size_t *packed_size)
{
    size_t size = utf16_length(text), i;
    unsigned char *base64 = secret_alloc(size + 1), *packed = secret_alloc(size / 4 * 3 + 3);
    size_t padding = 0;
    bool good = base64 && packed && size > 0 && size % 4 == 0;

    for (i = 0; good && i < size; i++) {
        good = text[i] < 0x80;
        base64[i] = (unsigned char)text[i];
    }
    while (good && padding < 2 && base64[size - 1 - padding] == '=')
        padding++;
    good = good && EVP_DecodeBlock(packed, base64, (int)size) == (int)(size / 4 * 3);
    *packed_size = good ? size / 4 * 3 - padding : 0;
    good = good && api_identity_credentials_valid((struct identity_area){packed, *packed_size});
    secret_free(base64);
    if (!good) {
        secret_free(packed);
        packed = NULL;
    }
    return packed;
}

static SECURITY_STATUS text_to_packed(const WCHAR *text, void **packed, size_t *size)
{
    struct identity_area area = area_of(text);

    *packed = NULL;
    *size = 0;
    if (!text)
        return SEC_E_OK;
    if (has_prefix(area))
        *packed = from_base64(text + PREFIX, size);
    if (!*packed)
        *packed = identity_password_write(area.data, area.size, size);
    return *packed ? SEC_E_OK : SEC_E_INVALID_PARAMETER;
}

/* ---- three strings ----------------------------------------------------------------------------
 */

/* A string for the application, unless it does not want it or the area is none. */
static bool give(PCWSTR *out, struct identity_area area, WCHAR *(*text)(struct identity_area))
{
    if (!out || !area.data)
        return true;
    *out = text(area);
    return *out != NULL;
}

static void take_back(PCWSTR *out)
{
    if (out) {
        secret_free((void *)(uintptr_t)*out);
        *out = NULL;
    }
}

/*
 * The strings are freed with SspiFreeAuthIdentity or SspiLocalFree; one that the identity has not
 * is NULL. STATUS_INVALID_PARAMETER when the identity is encrypted, SEC_E_INVALID_PARAMETER when it
 * is none, SEC_E_INSUFFICIENT_MEMORY.
 */
SECURITY_STATUS SEC_ENTRY
SspiEncodeAuthIdentityAsStrings(PSEC_WINNT_AUTH_IDENTITY_OPAQUE pAuthIdentity, PCWSTR *ppszUserName,
                                PCWSTR *ppszDomainName, PCWSTR *ppszPackedCredentialsString)
{
    PCWSTR *const out[] = {ppszUserName, ppszDomainName, ppszPackedCredentialsString};
    struct api_identity id;
    SECURITY_STATUS status;

    for (size_t i = 0; i < ARRAYSIZE(out); i++)
        if (out[i])
            *out[i] = NULL;
    status = api_identity_read(pAuthIdentity, &id);
    if (status != SEC_E_OK)
        return status;
    if (id.ex2.flags & IDENTITY_ENCRYPTED)
        status = STATUS_INVALID_PARAMETER;
    else if (!api_identity_credentials_valid(id.ex2.packed))
        status = SEC_E_INVALID_PARAMETER;
    else if (!give(ppszUserName, id.ex2.user, api_identity_text) ||
             !give(ppszDomainName, id.ex2.domain, api_identity_text) ||
             !give(ppszPackedCredentialsString, id.ex2.packed, packed_to_text))
        status = SEC_E_INSUFFICIENT_MEMORY;
    if (status != SEC_E_OK)
        for (size_t i = 0; i < ARRAYSIZE(out); i++)
            take_back(out[i]);
    api_identity_clear(&id);
    return status;
}

/* Any of the three may be NULL; the identity is freed with SspiFreeAuthIdentity. */
SECURITY_STATUS SEC_ENTRY SspiEncodeStringsAsAuthIdentity(
    PCWSTR pszUserName, PCWSTR pszDomainName, PCWSTR pszPackedCredentialsString,
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE *ppAuthIdentity)
{
    struct identity_ex2 ex2 = {.user = area_of(pszUserName),
                               .domain = area_of(pszDomainName),
                               .flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    void *packed = NULL;
    SECURITY_STATUS status;

    if (!ppAuthIdentity)
        return SEC_E_INVALID_PARAMETER;
    *ppAuthIdentity = NULL;
    status = text_to_packed(pszPackedCredentialsString, &packed, &ex2.packed.size);
    ex2.packed.data = packed;
    if (status == SEC_E_OK)
        status = api_identity_make(&ex2, ppAuthIdentity);
    secret_free(packed);
    return status;
}

/* ---- lists of packages ------------------------------------------------------------------------
 */

/* "!NAME" behind what the list says already. */
SECURITY_STATUS SEC_ENTRY SspiExcludePackage(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity,
                                             PCWSTR pszPackageName,
                                             PSEC_WINNT_AUTH_IDENTITY_OPAQUE *ppNewAuthIdentity)
{
    struct api_identity id = {0};
    /* No identity is the caller's own. */
    struct identity_ex2 none = {.flags = SEC_WINNT_AUTH_IDENTITY_UNICODE}, *ex2 = &none;
    struct identity_area name = area_of(pszPackageName);
    WCHAR *list = NULL, *at;
    SECURITY_STATUS status = SEC_E_OK;

    if (!ppNewAuthIdentity)
        return SEC_E_INVALID_PARAMETER;
    *ppNewAuthIdentity = NULL;
    if (name.size == 0)
        return SEC_E_INVALID_PARAMETER;
    if (AuthIdentity) {
        status = api_identity_read(AuthIdentity, &id);
        ex2 = &id.ex2;
    }
    if (status != SEC_E_OK)
        goto out;
    status = SEC_E_INSUFFICIENT_MEMORY;
    list = calloc(1, ex2->packages.size + name.size + 3 * sizeof(WCHAR));
    if (!list)
        goto out;
    at = list;
    if (ex2->packages.size) {
        memcpy(at, ex2->packages.data, ex2->packages.size);
        at += ex2->packages.size / sizeof(WCHAR);
        *at++ = u',';
    }
    *at++ = u'!';
    memcpy(at, name.data, name.size);
    ex2->packages = area_of(list);
    status = api_identity_make(ex2, ppNewAuthIdentity);
out:
    free(list);
    api_identity_clear(&id);
    return status;
}

/* ---- for a credential manager --------------------------------------------------------------- */

/* wincred.h: what CredRead and CredWrite call them. */
#define CRED_TYPE_GENERIC            1
#define CRED_TYPE_DOMAIN_PASSWORD    2
#define CRED_TYPE_DOMAIN_CERTIFICATE 3

static ULONG credential_type(const struct identity_ex2 *ex2)
{
    struct identity_area data;
    GUID type;

    if (ex2->flags & SEC_WINNT_AUTH_IDENTITY_FLAGS_ID_PROVIDER)
        return CRED_TYPE_GENERIC;
    if (ex2->packed.size == 0 || !identity_packed_read(ex2->packed, &type, &data) ||
        identity_same_type(&type, &SEC_WINNT_AUTH_DATA_TYPE_PASSWORD))
        return CRED_TYPE_DOMAIN_PASSWORD;
    return identity_same_type(&type, &SEC_WINNT_AUTH_DATA_TYPE_CERT) ||
                   identity_same_type(&type, &SEC_WINNT_AUTH_DATA_TYPE_CREDMAN_CERT)
               ? CRED_TYPE_DOMAIN_CERTIFICATE
               : CRED_TYPE_GENERIC;
}

/* DOMAIN\user, or the user alone. */
static WCHAR *account_name(const struct identity_ex2 *ex2)
{
    WCHAR *name = secret_alloc(ex2->user.size + ex2->domain.size + 2 * sizeof(WCHAR)), *at = name;

    if (name && ex2->domain.size) {
        memcpy(at, ex2->domain.data, ex2->domain.size);
        at += ex2->domain.size / sizeof(WCHAR);
        *at++ = u'\\';
    }
    if (name && ex2->user.size)
        memcpy(at, ex2->user.data, ex2->user.size);
    return name;
}

/* An identity of a provider of its own is kept by that name, so that several have room for one
 * target. */
static WCHAR *target_name(const struct identity_ex2 *ex2, PCWSTR target)
{
    struct identity_area given = area_of(target);
    WCHAR *name, *at;

    if (!target)
        return account_name(ex2);
    if (!(ex2->flags & SEC_WINNT_AUTH_IDENTITY_FLAGS_ID_PROVIDER) || ex2->domain.size == 0)
        return api_identity_text(given);
    name = at = secret_alloc(ex2->domain.size + given.size + 2 * sizeof(WCHAR));
    if (!name)
        return NULL;
    memcpy(at, ex2->domain.data, ex2->domain.size);
    at += ex2->domain.size / sizeof(WCHAR);
    *at++ = u':';
    memcpy(at, given.data, given.size);
    return name;
}

/* The blob of a password is its UTF-16 without a terminator; of anything else the packed
 * credentials. */
static PUCHAR blob_of(const struct identity_ex2 *ex2, ULONG *size)
{
    struct identity_area blob = ex2->packed;

    if (!find_password(ex2->packed, &blob))
        blob = ex2->packed;
    *size = (ULONG)blob.size;
    return (PUCHAR)api_identity_text(blob);
}

/* Takes apart an identity that is not ciphertext. */
static SECURITY_STATUS read_plain(PSEC_WINNT_AUTH_IDENTITY_OPAQUE from, struct api_identity *id)
{
    SECURITY_STATUS status = api_identity_read(from, id);

    if (status == SEC_E_OK &&
        (id->ex2.flags & IDENTITY_ENCRYPTED || !api_identity_credentials_valid(id->ex2.packed)))
        status = SEC_E_INVALID_PARAMETER;
    return status;
}

/* *ppszCredmanTargetName is freed with SspiLocalFree. */
SECURITY_STATUS SEC_ENTRY SspiPrepareForCredRead(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity,
                                                 PCWSTR pszTargetName,
                                                 PULONG pCredmanCredentialType,
                                                 PCWSTR *ppszCredmanTargetName)
{
    struct api_identity id = {0};
    SECURITY_STATUS status;

    if (!pszTargetName || !pCredmanCredentialType || !ppszCredmanTargetName)
        return SEC_E_INVALID_PARAMETER;
    *ppszCredmanTargetName = NULL;
    status = read_plain(AuthIdentity, &id);
    if (status == SEC_E_OK) {
        *pCredmanCredentialType = credential_type(&id.ex2);
        *ppszCredmanTargetName = target_name(&id.ex2, pszTargetName);
        if (!*ppszCredmanTargetName)
            status = SEC_E_INSUFFICIENT_MEMORY;
    }
    api_identity_clear(&id);
    return status;
}

/* The strings and the blob are freed with SspiLocalFree. */
SECURITY_STATUS SEC_ENTRY SspiPrepareForCredWrite(
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity, PCWSTR pszTargetName,
    PULONG pCredmanCredentialType, PCWSTR *ppszCredmanTargetName, PCWSTR *ppszCredmanUserName,
    PUCHAR *ppCredentialBlob, PULONG pCredentialBlobSize)
{
    struct api_identity id = {0};
    WCHAR *target = NULL, *user = NULL;
    PUCHAR blob = NULL;
    SECURITY_STATUS status;

    if (!pCredmanCredentialType || !ppszCredmanTargetName || !ppszCredmanUserName ||
        !ppCredentialBlob || !pCredentialBlobSize)
        return SEC_E_INVALID_PARAMETER;
    status = read_plain(AuthIdentity, &id);
    if (status == SEC_E_OK && !pszTargetName && id.ex2.user.size == 0)
        status = SEC_E_INVALID_PARAMETER; /* nothing to name it by */
    if (status != SEC_E_OK)
        goto out;
    status = SEC_E_INSUFFICIENT_MEMORY;
    target = target_name(&id.ex2, pszTargetName);
    user = account_name(&id.ex2);
    blob = blob_of(&id.ex2, pCredentialBlobSize);
    if (!target || !user || !blob)
        goto out;
    *pCredmanCredentialType = credential_type(&id.ex2);
    *ppszCredmanTargetName = target;
    *ppszCredmanUserName = user;
    *ppCredentialBlob = blob;
    target = user = NULL;
    blob = NULL;
    status = SEC_E_OK;
out:
    secret_free(target);
    secret_free(user);
    secret_free(blob);
    api_identity_clear(&id);
    return status;
}
