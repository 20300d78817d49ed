/*
 * What a context tells about itself: the negotiation at every stage, the rest as the package does
 * that was agreed on.
 */
#include "libsspi/packages/negotiate/negotiate.h"

static SECURITY_STATUS package_info(const SecPkgInfoW *info, PSecPkgContext_PackageInfoW out)
{
    out->PackageInfo = nego_info_copy(info);
    return out->PackageInfo ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

static SECURITY_STATUS negotiation(const SecPkgInfoW *info, ULONG state,
                                   PSecPkgContext_NegotiationInfoW out)
{
    out->NegotiationState = state;
    out->PackageInfo = nego_info_copy(info);
    return out->PackageInfo ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

/* ---- while the handshake lasts ----------------------------------------------------------------
 */

/*
 * After the package's last token there may still be one of the negotiation: the MIC, or the token
 * of another mechanism when the acceptor will not have this one.
 */
static SECURITY_STATUS last_token(struct lsa_inner_context *inner,
                                  PSecPkgContext_LastClientTokenStatus out)
{
    SECURITY_STATUS status;

    out->LastClientTokenStatus = SecPkgAttrLastClientTokenMaybe;
    if (!inner || lsa_inner()->user(inner))
        return SEC_E_OK;
    status = lsa_inner()->query_context(inner, SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS, out);
    if (status != SEC_E_OK || out->LastClientTokenStatus == SecPkgAttrLastClientTokenYes)
        out->LastClientTokenStatus = SecPkgAttrLastClientTokenMaybe;
    return SEC_E_OK;
}

/* Of the package: its own half-made context answers, or its user-mode half, when only the
 * negotiation goes on. */
static SECURITY_STATUS ask_package(const struct nego_offer *o, ULONG attribute, void *buffer)
{
    const SECPKG_USER_FUNCTION_TABLE *table = o->package->package->user;
    LSA_SEC_HANDLE user = o->context ? lsa_inner()->user(o->context) : 0;

    if (!o->context)
        return SEC_E_INVALID_HANDLE;
    if (!user)
        return lsa_inner()->query_context(o->context, attribute, buffer);
    return table->QueryContextAttributes ? table->QueryContextAttributes(user, attribute, buffer)
                                         : SEC_E_UNSUPPORTED_FUNCTION;
}

NTSTATUS NTAPI nego_query_lsa_context(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    const struct nego_context *c = (const struct nego_context *)handle;
    unsigned index = nego_handshake_selected(c->handshake);
    const struct nego_offer *o = index < c->count ? &c->offers[index] : NULL;
    const SecPkgInfoW *info = o ? &o->package->package->info : &nego_package_info;

    switch (attribute) {
    case SECPKG_ATTR_PACKAGE_INFO:
        return package_info(info, buffer);
    case SECPKG_ATTR_NEGOTIATION_INFO:
        return negotiation(info, nego_handshake_state(c->handshake), buffer);
    case SECPKG_ATTR_NEGO_STATUS:
        ((PSecPkgContext_NegoStatus)buffer)->LastStatus = (ULONG)c->status;
        return SEC_E_OK;
    case SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS:
        return last_token(o ? o->context : NULL, buffer);
    default:
        return o ? ask_package(o, attribute, buffer) : SEC_E_INVALID_HANDLE;
    }
}

/* ---- afterwards -------------------------------------------------------------------------------
 */

NTSTATUS nego_query_user_context(const struct nego_established *e, ULONG attribute, void *buffer)
{
    switch (attribute) {
    case SECPKG_ATTR_PACKAGE_INFO:
        return package_info(&e->package->info, buffer);
    case SECPKG_ATTR_NEGOTIATION_INFO:
        return negotiation(&e->package->info, SECPKG_NEGOTIATION_COMPLETE, buffer);
    case SECPKG_ATTR_NEGO_STATUS:
        ((PSecPkgContext_NegoStatus)buffer)->LastStatus = SEC_E_OK;
        return SEC_E_OK;
    case SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS: /* no more will come */
        ((PSecPkgContext_LastClientTokenStatus)buffer)->LastClientTokenStatus =
            SecPkgAttrLastClientTokenYes;
        return SEC_E_OK;
    default:
        return e->package->user->QueryContextAttributes
                   ? e->package->user->QueryContextAttributes(e->user, attribute, buffer)
                   : SEC_E_UNSUPPORTED_FUNCTION;
    }
}
