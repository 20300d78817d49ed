/*
 * ExportSecurityContext and ImportSecurityContext: an established context as bytes, for another
 * process. Whoever has them has the keys of the context, and whoever imports them believes what
 * they say of the client: they are for a pipe between two processes of one program.
 */
#include "libsspi/api/token.h"

#include <stdlib.h>

#include "base/secret.h"
#include "libsspi/api/contexts.h"
#include "libsspi/api/legs.h"
#include "libsspi/lsa/host_token.h"

#define KNOWN_FLAGS (SECPKG_CONTEXT_EXPORT_RESET_NEW | SECPKG_CONTEXT_EXPORT_DELETE_OLD)

static SECURITY_STATUS export(struct api_context *c, ULONG flags, PSecBuffer packed)
{
    uintptr_t user = atomic_load_explicit(&c->user, memory_order_acquire);
    HANDLE unused = NULL;

    if (!c->package->user->ExportContext)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (user == 0)
        return SEC_E_INVALID_HANDLE;
    return api_status(c->package->user->ExportContext(user, flags, packed, &unused));
}

/*
 * The context as bytes in new memory (FreeContextBuffer); an acceptor's token, when it has one, for
 * CloseHandle. SECPKG_CONTEXT_EXPORT_RESET_NEW: as it was when the handshake was done, with the
 * first message to come; else it goes on where it stands. SECPKG_CONTEXT_EXPORT_DELETE_OLD: the
 * handle is no longer one. SEC_E_INVALID_HANDLE: no established context;
 * SEC_E_UNSUPPORTED_FUNCTION: not of this package, or SECPKG_CONTEXT_EXPORT_TO_KERNEL;
 * SEC_E_INVALID_PARAMETER; SEC_E_INSUFFICIENT_MEMORY.
 * "ExportSecurityContext function (sspi.h)".
 */
SECURITY_STATUS WINAPI ExportSecurityContext(PCtxtHandle phContext, ULONG fFlags,
                                             PSecBuffer pPackedContext, void **pToken)
{
    SecHandle handle;
    struct api_context *c;
    struct lsa_token *token;
    SECURITY_STATUS status;

    if (!phContext)
        return SEC_E_INVALID_HANDLE;
    if (!pPackedContext)
        return SEC_E_INVALID_PARAMETER;
    if (fFlags & SECPKG_CONTEXT_EXPORT_TO_KERNEL)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (fFlags & ~(ULONG)KNOWN_FLAGS)
        return SEC_E_INVALID_PARAMETER;
    handle = *phContext;
    c = handle_acquire(HANDLE_CONTEXT, &handle);
    if (!c)
        return SEC_E_INVALID_HANDLE;
    /* What the application had in there is none of ours to release. */
    pPackedContext->pvBuffer = NULL;
    pPackedContext->cbBuffer = 0;
    /* Both of one client, also when another thread negotiates the context anew. */
    pthread_mutex_lock(&c->leg);
    status = export(c, fFlags, pPackedContext);
    if (status == SEC_E_OK && pToken) {
        status = api_context_token_find(c, &token);
        if (status == SEC_E_NO_IMPERSONATION) /* a context may be without */
            status = SEC_E_OK;
        *pToken = token ? lsa_token_open(token) : NULL;
        if (token && !*pToken)
            status = SEC_E_INSUFFICIENT_MEMORY;
        lsa_token_put(token);
    }
    pthread_mutex_unlock(&c->leg);
    handle_release(&handle);
    if (status != SEC_E_OK) {
        lsa_host_free(pPackedContext->pvBuffer);
        pPackedContext->pvBuffer = NULL;
        pPackedContext->cbBuffer = 0;
    } else if (fFlags & SECPKG_CONTEXT_EXPORT_DELETE_OLD) {
        (void)handle_close(HANDLE_CONTEXT, &handle);
    }
    return status;
}

/* The bytes as a context of this process. */
static SECURITY_STATUS import(struct api_context *c, PSecBuffer packed, HANDLE token)
{
    LSA_SEC_HANDLE user = api_next_user_handle(); /* the package may take this number for its own */
    struct lsa_token *known = lsa_token_get(token);
    SECURITY_STATUS status = SEC_E_OK;

    if (token && !known)
        return SEC_E_INVALID_HANDLE;
    if (known) {
        c->token = lsa_token_open(known);
        c->logon = lsa_logon_hold(known->logon);
        status = c->token ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
    }
    lsa_token_put(known);
    if (status == SEC_E_OK)
        status = api_status(c->package->user->ImportContext(packed, token, &user));
    if (status == SEC_E_OK)
        atomic_store_explicit(&c->user, user, memory_order_release);
    return status;
}

/*
 * `Token` is what ExportSecurityContext gave in this process, or NULL: the token is then made anew.
 * SEC_E_SECPKG_NOT_FOUND; SEC_E_INVALID_TOKEN: no exported context of that package;
 * SEC_E_UNSUPPORTED_FUNCTION: not with this package; SEC_E_INVALID_HANDLE: `Token` is none;
 * SEC_E_INVALID_PARAMETER; SEC_E_INSUFFICIENT_MEMORY. "ImportSecurityContextW function (sspi.h)".
 */
SECURITY_STATUS WINAPI ImportSecurityContextW(SEC_WCHAR *pszPackage, PSecBuffer pPackedContext,
                                              void *Token, PCtxtHandle phContext)
{
    const struct lsa_package *package;
    struct api_context *c;
    SECURITY_STATUS status;

    if (!phContext)
        return SEC_E_INVALID_HANDLE;
    if (!pPackedContext || !pPackedContext->pvBuffer)
        return SEC_E_INVALID_PARAMETER;
    if (!api_start())
        return SEC_E_INTERNAL_ERROR;
    package = pszPackage ? lsa_host_find(pszPackage) : NULL;
    if (!package)
        return SEC_E_SECPKG_NOT_FOUND;
    if (!package->user->ImportContext)
        return SEC_E_UNSUPPORTED_FUNCTION;
    c = api_context_make(package, NULL, false);
    if (!c)
        return SEC_E_INSUFFICIENT_MEMORY;
    status = import(c, pPackedContext, Token);
    if (status == SEC_E_OK && !handle_open(HANDLE_CONTEXT, c, api_context_destroy, phContext))
        status = SEC_E_INSUFFICIENT_MEMORY;
    if (status != SEC_E_OK)
        api_context_destroy(c);
    return status;
}

SECURITY_STATUS WINAPI ImportSecurityContextA(SEC_CHAR *pszPackage, PSecBuffer pPackedContext,
                                              void *Token, PCtxtHandle phContext)
{
    bool failed = false;
    WCHAR *package = api_wide(pszPackage, &failed);
    SECURITY_STATUS status =
        failed ? SEC_E_SECPKG_NOT_FOUND
               : ImportSecurityContextW(package, pPackedContext, Token, phContext);

    free(package);
    return status;
}
