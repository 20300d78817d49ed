/*
 * AddCredentials: more credentials for a handle, which its package chooses from by itself. Where
 * the handle is lsad's, the identity goes there.
 */
#include "libsspi/api/credentials.h"

#include <stdlib.h>

#include "libsspi/api/auth_identity.h"
#include "libsspi/api/reason.h"
#include "libsspi/lsa/host_internal.h"
#include "libsspi/packages/identity.h"

static SECURITY_STATUS add_local(const struct lsa_package *package, LSA_SEC_HANDLE handle,
                                 const struct api_add *r, PTimeStamp expiry)
{
    UNICODE_STRING principal, name;
    struct lsa_call call;
    NTSTATUS status;

    if (!package->lsa->AddCredentials)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (!api_counted(r->principal, &principal) || !api_counted(r->package, &name))
        return SEC_E_UNKNOWN_CREDENTIALS;
    api_call_begin(&call, r->call_attributes);
    status = package->lsa->AddCredentials(
        handle, r->principal ? &principal : NULL, r->package ? &name : NULL, r->use, r->auth_data,
        (PVOID)(uintptr_t)r->get_key, r->get_key_argument, expiry);
    lsa_call_end();
    return api_status(status);
}

static SECURITY_STATUS add_remote(struct lsa_remote_credential *remote, const struct api_add *r,
                                  PTimeStamp expiry)
{
    static const WCHAR empty[] = {0};
    struct lsa_added added = {
        .package = r->package, .principal = r->principal, .use = r->use, .expiry = *expiry};
    struct identity identity = {0};
    SECURITY_STATUS status = SEC_E_OK;

    if (r->auth_data) {
        status = api_status(identity_capture(&lsa_host_table, r->auth_data, &identity));
        if (status == SEC_E_OK && identity.credential) /* not a password */
            status = SEC_E_UNKNOWN_CREDENTIALS;
        added.user = identity.user ? identity.user : empty;
        added.domain = identity.domain;
        added.password = identity.password;
    }
    if (status == SEC_E_OK)
        status = api_status(lsa_client_add_credentials(remote, &added));
    *expiry = added.expiry;
    identity_clear(&identity);
    return status;
}

static SECURITY_STATUS add_half(const struct lsa_package *package, const struct api_half *half,
                                const struct api_add *r, PTimeStamp expiry)
{
    if (!half->present)
        return SEC_E_NO_CREDENTIALS;
    return half->remote ? add_remote(half->remote, r, expiry)
                        : add_local(package, half->local, r, expiry);
}

SECURITY_STATUS api_credential_add(const struct api_credential *c, const struct api_add *r,
                                   PTimeStamp expiry)
{
    const struct lsa_package *named = r->package ? lsa_host_find(r->package) : c->package;
    SECURITY_STATUS status = SEC_E_OK;

    if (!named)
        return SEC_E_SECPKG_NOT_FOUND;
    /* Negotiate alone has credentials of several packages in one handle. */
    if (named != c->package && !c->package->in_process)
        return SEC_E_INVALID_PARAMETER;
    if (!(r->use & SECPKG_CRED_BOTH))
        return SEC_E_INVALID_PARAMETER;
    if (api_one_credential(c) || c->package->in_process)
        return add_half(c->package, c->outbound.present ? &c->outbound : &c->inbound, r, expiry);
    if (r->use & SECPKG_CRED_OUTBOUND)
        status = add_half(c->package, &c->outbound, r, expiry);
    if (status == SEC_E_OK && (r->use & SECPKG_CRED_INBOUND))
        status = add_half(c->package, &c->inbound, r, expiry);
    return status;
}

static SECURITY_STATUS add_to_handle(PCredHandle credentials, struct api_add *r, PTimeStamp expiry)
{
    SecHandle handle = credentials ? *credentials : (SecHandle){0, 0};
    struct api_credential *c = handle_acquire(HANDLE_CREDENTIAL, &handle);
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE plain = NULL;
    TimeStamp until = {.QuadPart = 0};
    SECURITY_STATUS status;

    if (!c)
        return SEC_E_INVALID_HANDLE;
    status = c->package->library ? SEC_E_OK : api_identity_decrypted(r->auth_data, &plain);
    if (plain)
        r->auth_data = plain;
    if (status == SEC_E_OK)
        status = api_credential_add(c, r, &until);
    SspiFreeAuthIdentity(plain);
    if (status == SEC_E_OK && expiry)
        *expiry = until;
    handle_release(&handle);
    return status;
}

SECURITY_STATUS WINAPI AddCredentialsW(PCredHandle hCredentials, SEC_WCHAR *pszPrincipal,
                                       SEC_WCHAR *pszPackage, ULONG fCredentialUse, void *pAuthData,
                                       SEC_GET_KEY_FN pGetKeyFn, void *pvGetKeyArgument,
                                       PTimeStamp ptsExpiry)
{
    struct api_add r = {.principal = pszPrincipal,
                        .package = pszPackage,
                        .use = fCredentialUse,
                        .auth_data = pAuthData,
                        .get_key = pGetKeyFn,
                        .get_key_argument = pvGetKeyArgument};

    api_reason_begin();
    return api_reason_end(add_to_handle(hCredentials, &r, ptsExpiry));
}

/* The flags of pAuthData say how it is written, as for AcquireCredentialsHandleA. */
SECURITY_STATUS WINAPI AddCredentialsA(PCredHandle hCredentials, SEC_CHAR *pszPrincipal,
                                       SEC_CHAR *pszPackage, ULONG fCredentialUse, void *pAuthData,
                                       SEC_GET_KEY_FN pGetKeyFn, void *pvGetKeyArgument,
                                       PTimeStamp ptsExpiry)
{
    bool failed = false, unknown = false;
    WCHAR *principal = api_wide(pszPrincipal, &failed), *package = api_wide(pszPackage, &unknown);
    struct api_add r = {.principal = principal,
                        .package = package,
                        .use = fCredentialUse,
                        .auth_data = pAuthData,
                        .get_key = pGetKeyFn,
                        .get_key_argument = pvGetKeyArgument,
                        .call_attributes = SECPKG_CALL_ANSI};
    SECURITY_STATUS status = SEC_E_UNKNOWN_CREDENTIALS;

    api_reason_begin();
    if (unknown)
        status = SEC_E_SECPKG_NOT_FOUND;
    else if (!failed)
        status = add_to_handle(hCredentials, &r, ptsExpiry);
    free(principal);
    free(package);
    return api_reason_end(status);
}
