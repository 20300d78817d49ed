/*
 * What a context tells about itself: who it is with TSPkg knows, and how the channel is made
 * Schannel. "QueryContextAttributes (CredSSP)"; docs/credssp.md has the list.
 */
#include "libsspi/packages/credssp/credssp.h"

#include <credmgr.h>

bool credssp_is_of_ts(ULONG attribute)
{
    switch (attribute) {
    case SECPKG_ATTR_CREDS:
    case SECPKG_ATTR_CREDS_2:
    case SECPKG_ATTR_NEGOTIATION_PACKAGE:
    case SECPKG_ATTR_SERVER_AUTH_FLAGS:
    case SECPKG_ATTR_C_ACCESS_TOKEN:
    case SECPKG_ATTR_C_FULL_ACCESS_TOKEN:
    case SECPKG_ATTR_C_FULL_IDENT_TOKEN:
    case SECPKG_ATTR_ACCESS_TOKEN:
    case SECPKG_ATTR_NAMES:
    case SECPKG_ATTR_NATIVE_NAMES:
    case SECPKG_ATTR_CREDENTIAL_NAME:
    case SECPKG_ATTR_NEGOTIATION_INFO:
    case SECPKG_ATTR_PASSWORD_EXPIRY:
    case SECPKG_ATTR_LOGOFF_TIME:
    case SECPKG_ATTR_USER_FLAGS:
    case SECPKG_ATTR_AUTHENTICATION_ID:
    case SECPKG_ATTR_CLIENT_SPECIFIED_TARGET:
    case SECPKG_ATTR_TARGET:
    case SECPKG_ATTR_SUBJECT_SECURITY_ATTRIBUTES:
    case SECPKG_ATTR_CREDMGR_PAC:
    case SECPKG_ATTR_CREDMGR_CLIENT:
        return true;
    default:
        return false;
    }
}

static SECURITY_STATUS package_info(PSecPkgContext_PackageInfoW out)
{
    out->PackageInfo = credssp_info_copy();
    return out->PackageInfo ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

static SECURITY_STATUS trust_status(bool initiator, const struct credssp_server *server, void *out)
{
    if (!initiator)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (!server->key) /* there is no channel yet */
        return SEC_E_INVALID_HANDLE;
    *(CERT_TRUST_STATUS *)out = server->trust;
    return SEC_E_OK;
}

/* ---- while the handshake lasts ----------------------------------------------------------------
 */

static SECURITY_STATUS ask_tls(const struct credssp_context *c, ULONG attribute, void *buffer)
{
    if (c->tls_half.handle)
        return credssp_half_query(&c->tls_half, attribute, buffer);
    return c->tls ? lsa_inner()->query_context(c->tls, attribute, buffer) : SEC_E_INVALID_HANDLE;
}

NTSTATUS NTAPI credssp_query_lsa_context(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    const struct credssp_context *c = (const struct credssp_context *)handle;

    if (attribute == SECPKG_ATTR_PACKAGE_INFO)
        return package_info(buffer);
    if (c->established)
        return credssp_query_user_context(c->established, attribute, buffer);
    if (attribute == SECPKG_ATTR_CERT_TRUST_STATUS)
        return trust_status(c->initiator, &c->server, buffer);
    if (credssp_is_of_ts(attribute) || attribute == SECPKG_ATTR_SIZES)
        return SEC_E_INVALID_HANDLE; /* that is not known of an incomplete context */
    return ask_tls(c, attribute, buffer);
}

/* ---- afterwards -------------------------------------------------------------------------------
 */

static SECURITY_STATUS server_auth_flags(struct credssp_established *e, PSecPkgContext_Flags out)
{
    SECURITY_STATUS status;

    if (!e->initiator)
        return SEC_E_UNSUPPORTED_FUNCTION;
    status = credssp_half_query(&e->ts_half, SECPKG_ATTR_SERVER_AUTH_FLAGS, out);
    if (status != SEC_E_OK)
        return status;
    out->Flags &= ~(ULONG)CREDSSP_SERVER_AUTH_CERTIFICATE;
    if (e->server.certificate == SEC_E_OK)
        out->Flags |= CREDSSP_SERVER_AUTH_CERTIFICATE;
    return SEC_E_OK;
}

NTSTATUS credssp_query_user_context(struct credssp_established *e, ULONG attribute, void *buffer)
{
    SECURITY_STATUS status;

    switch (attribute) {
    case SECPKG_ATTR_PACKAGE_INFO:
        return package_info(buffer);
    case SECPKG_ATTR_CERT_TRUST_STATUS:
        return trust_status(e->initiator, &e->server, buffer);
    default:
        break;
    }
    if (attribute != SECPKG_ATTR_FLAGS && !credssp_is_of_ts(attribute))
        return credssp_half_query(&e->tls_half, attribute, buffer);
    pthread_mutex_lock(&e->lock);
    status = SEC_E_OK;
    if (attribute == SECPKG_ATTR_FLAGS)
        ((PSecPkgContext_Flags)buffer)->Flags = e->attributes;
    else if (attribute == SECPKG_ATTR_SERVER_AUTH_FLAGS)
        status = server_auth_flags(e, buffer);
    else
        status = credssp_half_query(&e->ts_half, attribute, buffer);
    pthread_mutex_unlock(&e->lock);
    return status;
}
