/*
 * QueryContextAttributes: the package answers, of its user-mode half once the handshake is done, of
 * its LSA half before. The A form differs in the strings only.
 */
#include "libsspi/api/api.h"

#include <stdlib.h>
#include <string.h>

/* The LSA half, while the handshake lasts; SEC_E_INVALID_HANDLE when it is not in this process. The
 * leg is locked. */
static SECURITY_STATUS ask_lsa_half(struct api_context *c, ULONG attribute, void *buffer)
{
    struct lsa_call call;
    NTSTATUS status;

    if (c->local == 0)
        return SEC_E_INVALID_HANDLE;
    if (!c->package->lsa->QueryContextAttributes)
        return SEC_E_UNSUPPORTED_FUNCTION;
    api_call_begin(&call, 0);
    status = c->package->lsa->QueryContextAttributes(c->local, attribute, buffer);
    lsa_call_end();
    return api_status(status);
}

static SECURITY_STATUS ask_package(struct api_context *c, ULONG attribute, void *buffer)
{
    uintptr_t user = atomic_load_explicit(&c->user, memory_order_acquire);
    SECURITY_STATUS status;

    if (user == 0) {
        pthread_mutex_lock(&c->leg);
        user = atomic_load_explicit(&c->user, memory_order_acquire);
        status = user == 0 ? ask_lsa_half(c, attribute, buffer) : SEC_E_OK;
        pthread_mutex_unlock(&c->leg);
        if (user == 0)
            return status;
    }
    if (!c->package->user->QueryContextAttributes)
        return SEC_E_UNSUPPORTED_FUNCTION;
    return api_status(c->package->user->QueryContextAttributes(user, attribute, buffer));
}

/* `ansi`: SECPKG_ATTR_PACKAGE_INFO is wanted in its A form. */
static SECURITY_STATUS query(PCtxtHandle phContext, ULONG attribute, void *buffer, bool ansi)
{
    SecHandle handle;
    struct api_context *c;
    SECURITY_STATUS status;

    if (!phContext)
        return SEC_E_INVALID_HANDLE;
    handle = *phContext;
    c = handle_acquire(HANDLE_CONTEXT, &handle);
    if (!c)
        return SEC_E_INVALID_HANDLE;
    if (!buffer) {
        status = SEC_E_INVALID_PARAMETER;
    } else if (attribute == SECPKG_ATTR_PACKAGE_INFO) {
        /* The host knows it for every package, whether the handshake is done or not. */
        void *info = ansi ? (void *)api_package_info_a(&c->package, 1)
                          : (void *)api_package_info_w(&c->package, 1);

        *(void **)buffer = info;
        status = info ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
    } else {
        status = ask_package(c, attribute, buffer);
    }
    handle_release(&handle);
    return status;
}

SECURITY_STATUS WINAPI QueryContextAttributesW(PCtxtHandle phContext, ULONG ulAttribute,
                                               void *pBuffer)
{
    return query(phContext, ulAttribute, pBuffer, false);
}

/* Where an attribute's structure has its strings; its A and W forms have the same layout. */
struct strings {
    ULONG attribute;
    size_t size;
    size_t offsets[2];
    size_t count;
};
static const struct strings with_strings[] = {
    {SECPKG_ATTR_NAMES,
     sizeof(SecPkgContext_NamesW),
     {offsetof(SecPkgContext_NamesW, sUserName)},
     1},
    {SECPKG_ATTR_KEY_INFO,
     sizeof(SecPkgContext_KeyInfoW),
     {offsetof(SecPkgContext_KeyInfoW, sSignatureAlgorithmName),
      offsetof(SecPkgContext_KeyInfoW, sEncryptAlgorithmName)},
     2},
    {SECPKG_ATTR_AUTHORITY,
     sizeof(SecPkgContext_AuthorityW),
     {offsetof(SecPkgContext_AuthorityW, sAuthorityName)},
     1},
    {SECPKG_ATTR_PROTO_INFO,
     sizeof(SecPkgContext_ProtoInfoW),
     {offsetof(SecPkgContext_ProtoInfoW, sProtocolName)},
     1},
    {SECPKG_ATTR_NATIVE_NAMES,
     sizeof(SecPkgContext_NativeNamesW),
     {offsetof(SecPkgContext_NativeNamesW, sClientName),
      offsetof(SecPkgContext_NativeNamesW, sServerName)},
     2},
    {SECPKG_ATTR_CREDENTIAL_NAME,
     sizeof(SecPkgContext_CredentialNameW),
     {offsetof(SecPkgContext_CredentialNameW, sCredentialName)},
     1},
};

/* Both strings of a structure, or none. */
static SECURITY_STATUS narrow_strings(const struct strings *s, void *structure)
{
    bool failed = false;
    size_t i;

    for (i = 0; i < s->count; i++) {
        void **at = (void **)((char *)structure + s->offsets[i]);

        *at = api_narrow(*at, &failed);
    }
    for (i = 0; failed && i < s->count; i++) {
        void **at = (void **)((char *)structure + s->offsets[i]);

        lsa_host_free(*at);
        *at = NULL;
    }
    return failed ? SEC_E_INSUFFICIENT_MEMORY : SEC_E_OK;
}

/* SECPKG_ATTR_NEGOTIATION_INFO: the package within the structure, one block in either form. */
static SECURITY_STATUS narrow_negotiation(PSecPkgContext_NegotiationInfoW wide,
                                          PSecPkgContext_NegotiationInfoA narrow)
{
    struct lsa_package package = {0};
    const struct lsa_package *list = &package;

    narrow->NegotiationState = wide->NegotiationState;
    narrow->PackageInfo = NULL;
    if (!wide->PackageInfo)
        return SEC_E_OK;
    package.info = *wide->PackageInfo;
    narrow->PackageInfo = api_package_info_a(&list, 1);
    lsa_host_free(wide->PackageInfo);
    return narrow->PackageInfo ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

SECURITY_STATUS WINAPI QueryContextAttributesA(PCtxtHandle phContext, ULONG ulAttribute,
                                               void *pBuffer)
{
    SecPkgContext_NegotiationInfoW negotiation = {NULL, 0};
    SECURITY_STATUS status;
    size_t i;

    if (ulAttribute == SECPKG_ATTR_NEGOTIATION_INFO && pBuffer) {
        status = query(phContext, ulAttribute, &negotiation, true);
        return status == SEC_E_OK ? narrow_negotiation(&negotiation, pBuffer) : status;
    }
    status = query(phContext, ulAttribute, pBuffer, true);
    for (i = 0; status == SEC_E_OK && i < sizeof(with_strings) / sizeof(with_strings[0]); i++)
        if (with_strings[i].attribute == ulAttribute)
            return narrow_strings(&with_strings[i], pBuffer);
    return status;
}

SECURITY_STATUS WINAPI FreeContextBuffer(void *pvContextBuffer)
{
    lsa_host_free(pvContextBuffer);
    return SEC_E_OK;
}
