/*
 * Attributes of an established context.
 *
 * Source: "QueryContextAttributes (CredSSP) function" (win32/SecAuthN).
 */
#include "libsspi/packages/tspkg/tspkg.h"

#include <credssp.h>
#include <string.h>

#include "base/utf16.h"

static SECURITY_STATUS names(const struct ts_established *e, PSecPkgContext_NamesW out)
{
    size_t size;

    if (!e->name)
        return SEC_E_UNSUPPORTED_FUNCTION;
    size = (utf16_length(e->name) + 1) * sizeof(WCHAR);
    out->sUserName = lsa_host_allocate(size);
    if (!out->sUserName)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(out->sUserName, e->name, size);
    return SEC_E_OK;
}

/* The package that was negotiated, strings and all in one block. */
static SECURITY_STATUS negotiated(const struct ts_established *e, PSecPkgContext_PackageInfoW out)
{
    const struct lsa_package *package = lsa_host_find(e->package);
    size_t name_size, comment_size;
    const SecPkgInfoW *info;
    PSecPkgInfoW copy;

    if (!package)
        return SEC_E_SECPKG_NOT_FOUND;
    info = &package->info;
    name_size = (utf16_length(info->Name) + 1) * sizeof(WCHAR);
    comment_size = info->Comment ? (utf16_length(info->Comment) + 1) * sizeof(WCHAR) : 0;
    copy = lsa_host_allocate(sizeof(*copy) + name_size + comment_size + sizeof(WCHAR));
    if (!copy)
        return SEC_E_INSUFFICIENT_MEMORY;
    *copy = *info;
    copy->Name = memcpy(copy + 1, info->Name, name_size);
    copy->Comment = copy->Name + name_size / sizeof(WCHAR);
    if (comment_size)
        memcpy(copy->Comment, info->Comment, comment_size);
    out->PackageInfo = copy;
    return SEC_E_OK;
}

static SECURITY_STATUS lifespan(const struct ts_established *e, PSecPkgContext_Lifespan out)
{
    out->tsStart.QuadPart = 0;
    out->tsExpiry.QuadPart = e->expiry;
    return SEC_E_OK;
}

/* Of the client's credentials, and the client's own flags. */
static SECURITY_STATUS creds(const struct ts_established *e, ULONG attribute,
                             PSecPkgContext_ClientCreds out)
{
    void *buffer = NULL;
    ULONG size = 0;
    SECURITY_STATUS status = SEC_E_UNSUPPORTED_FUNCTION;

    if (!e->initiator)
        status = ts_received(e, attribute, &buffer, &size);
    out->AuthBuffer = buffer;
    out->AuthBufferLen = size;
    return status;
}

/* What this package does not know, the negotiation may: the PAC of a Kerberos client, say. */
static SECURITY_STATUS ask_negotiation(const struct ts_established *e, ULONG attribute,
                                       void *buffer)
{
    LSA_SEC_HANDLE user;
    const SECPKG_USER_FUNCTION_TABLE *table = ts_negotiation(e->inner, &user);

    return table && table->QueryContextAttributes
               ? table->QueryContextAttributes(user, attribute, buffer)
               : SEC_E_UNSUPPORTED_FUNCTION;
}

NTSTATUS ts_query(const struct ts_established *e, ULONG attribute, void *buffer)
{
    switch (attribute) {
    case SECPKG_ATTR_SIZES: /* no messages */
        *(PSecPkgContext_Sizes)buffer = (SecPkgContext_Sizes){.cbMaxToken = 48256 + 1024};
        return SEC_E_OK;
    case SECPKG_ATTR_NAMES:
        return names(e, buffer);
    case SECPKG_ATTR_LIFESPAN:
        return lifespan(e, buffer);
    case SECPKG_ATTR_FLAGS:
        ((PSecPkgContext_Flags)buffer)->Flags = e->attributes;
        return SEC_E_OK;
    case SECPKG_ATTR_NEGOTIATION_PACKAGE:
        return negotiated(e, buffer);
    case SECPKG_ATTR_SERVER_AUTH_FLAGS:
        if (!e->initiator)
            return SEC_E_UNSUPPORTED_FUNCTION;
        ((PSecPkgContext_Flags)buffer)->Flags = e->server_auth;
        return SEC_E_OK;
    case SECPKG_ATTR_CREDS:
    case SECPKG_ATTR_CREDS_2:
        return creds(e, attribute, buffer);
    case SECPKG_ATTR_SESSION_KEY: /* it protects the credentials */
    case SECPKG_ATTR_NEGO_KEYS:
        return SEC_E_UNSUPPORTED_FUNCTION;
    default:
        return ask_negotiation(e, attribute, buffer);
    }
}
