/*
 * InitializeSecurityContext, AcceptSecurityContext, CompleteAuthToken and DeleteSecurityContext:
 * the legs of a handshake, at lsad or in a package of this process, until the user-mode half takes
 * over.
 */
#include "libsspi/api/api.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"
#include "libsspi/api/buffers.h"
#include "libsspi/api/contexts.h"
#include "libsspi/api/legs.h"
#include "libsspi/api/token.h"
#include "libsspi/api/reason.h"
#include "libsspi/api/sasl.h"

void api_context_destroy(void *object)
{
    struct api_context *c = object;
    uintptr_t user = atomic_load_explicit(&c->user, memory_order_relaxed);

    if (user == 0)
        user = c->abandoned;
    if (user != 0 && c->package->user->DeleteUserModeContext)
        c->package->user->DeleteUserModeContext(user);
    if (c->remote)
        lsa_client_delete(c->remote);
    api_delete_local(c);
    api_context_forget_token(c);
    lsa_logon_put(c->logon);
    if (c->credential)
        api_credential_release(c->credential);
    api_sasl_free(c->sasl);
    pthread_mutex_destroy(&c->leg);
    free(c);
}

struct api_context *api_context_make(const struct lsa_package *package,
                                     struct api_credential *credential, bool initiator)
{
    struct api_context *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    c->package = package;
    c->credential = credential;
    if (credential)
        api_credential_reference(credential);
    c->initiator = initiator;
    pthread_mutex_init(&c->leg, NULL);
    atomic_init(&c->user, 0);
    return c;
}

/* Everything that the application gets back, the handle apart. */
static SECURITY_STATUS answer(struct api_leg *leg, SECURITY_STATUS status, ULONG requested,
                              PSecBufferDesc output, ULONG *attributes, PTimeStamp expiry)
{
    bool allocate = (requested & API_ALLOCATE_MEMORY) != 0;
    SECURITY_STATUS put;

    api_output_alert(output, allocate, leg->alert, leg->alert_size);
    leg->alert = NULL;
    /* A failed leg may still have a token for the peer (an error message of the protocol); without
     * one nothing is touched. */
    if (status < 0 && !leg->token)
        return status;
    put = api_output(output, allocate, leg->token, leg->token_size);
    leg->token = NULL;
    if (status < 0)
        return status;
    if (attributes)
        *attributes = leg->attributes | (allocate ? API_ALLOCATE_MEMORY : 0);
    if (expiry)
        *expiry = leg->expiry;
    return put == SEC_E_OK ? status : put;
}

/*
 * A leg that failed, for want of room for its token too, leaves nothing to go on with. The
 * user-mode half is only forgotten, since another thread may have seen it.
 */
static void abandon(struct api_context *c)
{
    uintptr_t user = atomic_exchange_explicit(&c->user, 0, memory_order_acq_rel);

    if (user != 0)
        c->abandoned = user;
}

/* A handle of zeros is no handle: documented for the first leg beside NULL. */
static bool no_context(const SecHandle *handle)
{
    return !handle || (handle->dwLower == 0 && handle->dwUpper == 0);
}

static SECURITY_STATUS first_leg(PCredHandle phCredential, bool initiator, struct api_leg *leg,
                                 ULONG requested, PCtxtHandle phNewContext, PSecBufferDesc output,
                                 ULONG *attributes, PTimeStamp expiry)
{
    SecHandle credential_handle;
    struct api_credential *credential = NULL;
    struct api_context *c = NULL;
    SecHandle made;
    SECURITY_STATUS status = SEC_E_INVALID_HANDLE;

    if (!phCredential || !phNewContext)
        return status;
    credential_handle = *phCredential;
    credential = handle_acquire(HANDLE_CREDENTIAL, &credential_handle);
    if (!credential)
        return status;
    status = SEC_E_NO_CREDENTIALS;
    if (!(initiator ? credential->outbound.present : credential->inbound.present))
        goto out;
    status = SEC_E_INSUFFICIENT_MEMORY;
    c = api_context_make(credential->package, credential, initiator);
    if (!c)
        goto out;
    status = api_run_leg(c, leg);
    status = answer(leg, status, requested, output, attributes, expiry);
    if (status >= 0 && !handle_open(HANDLE_CONTEXT, c, api_context_destroy, &made))
        status = SEC_E_INSUFFICIENT_MEMORY;
    if (status >= 0) {
        *phNewContext = made;
        c = NULL;
    }
out:
    if (c)
        api_context_destroy(c);
    handle_release(&credential_handle);
    return status;
}

/* The credential of a later leg may be left out. The context's leg is locked. */
static SECURITY_STATUS check_credential(PCredHandle phCredential, struct api_context *c)
{
    SecHandle handle;
    struct api_credential *credential;
    SECURITY_STATUS status;

    if (!phCredential)
        return SEC_E_OK;
    handle = *phCredential;
    credential = handle_acquire(HANDLE_CREDENTIAL, &handle);
    if (!credential)
        return SEC_E_INVALID_HANDLE;
    status = api_leg_credential(c, credential);
    handle_release(&handle);
    return status;
}

static SECURITY_STATUS later_leg(PCredHandle phCredential, const SecHandle *phContext,
                                 bool initiator, struct api_leg *leg, ULONG requested,
                                 PCtxtHandle phNewContext, PSecBufferDesc output, ULONG *attributes,
                                 PTimeStamp expiry)
{
    SecHandle handle = *phContext;
    struct api_context *c = handle_acquire(HANDLE_CONTEXT, &handle);
    SECURITY_STATUS status;

    if (!c)
        return SEC_E_INVALID_HANDLE;
    pthread_mutex_lock(&c->leg);
    status = check_credential(phCredential, c);
    if (status != SEC_E_OK)
        goto out;
    /* An established context has no LSA half to go on with, and an acceptor's is none to initiate
     * with. */
    status = SEC_E_INVALID_HANDLE;
    if (c->initiator == initiator && (c->remote || c->local != 0)) {
        bool established = atomic_load_explicit(&c->user, memory_order_relaxed) != 0;

        status = api_run_leg(c, leg);
        status = answer(leg, status, requested, output, attributes, expiry);
        /* That the message is to be read on is no failure. */
        if (status < 0 && status != SEC_E_INCOMPLETE_MESSAGE && !established)
            abandon(c);
    }
out:
    pthread_mutex_unlock(&c->leg);
    if (status >= 0 && phNewContext)
        *phNewContext = handle;
    handle_release(&handle);
    return status;
}

static SECURITY_STATUS any_leg(PCredHandle phCredential, PCtxtHandle phContext, bool initiator,
                               struct api_leg *leg, ULONG requested, const SecBufferDesc *given,
                               PCtxtHandle phNewContext, PSecBufferDesc output, ULONG *attributes,
                               PTimeStamp expiry)
{
    struct api_input input;
    SECURITY_STATUS status;

    api_reason_begin();
    if (!api_start())
        return api_reason_end(SEC_E_INTERNAL_ERROR);
    status = api_input(given, &input, &leg->input);
    if (status != SEC_E_OK)
        return api_reason_end(status);
    if (leg->target && utf16_length(leg->target) >= UINT16_MAX / sizeof(WCHAR))
        return api_reason_end(SEC_E_TARGET_UNKNOWN);
    leg->requirements = requested & ~API_ALLOCATE_MEMORY;
    leg->wants_alert = api_wants_alert(output);
    if (no_context(phContext))
        status = first_leg(phCredential, initiator, leg, requested, phNewContext, output,
                           attributes, expiry);
    else
        status = later_leg(phCredential, phContext, initiator, leg, requested, phNewContext, output,
                           attributes, expiry);
    api_input_back(leg->input, &input);
    lsa_host_free(leg->token);
    lsa_host_free(leg->alert);
    return api_reason_end(status);
}

SECURITY_STATUS WINAPI InitializeSecurityContextW(PCredHandle phCredential, PCtxtHandle phContext,
                                                  SEC_WCHAR *pszTargetName, ULONG fContextReq,
                                                  ULONG Reserved1, ULONG TargetDataRep,
                                                  PSecBufferDesc pInput, ULONG Reserved2,
                                                  PCtxtHandle phNewContext, PSecBufferDesc pOutput,
                                                  ULONG *pfContextAttr, PTimeStamp ptsExpiry)
{
    struct api_leg leg = {.target = pszTargetName, .data_representation = TargetDataRep};

    (void)Reserved1, (void)Reserved2;
    return any_leg(phCredential, phContext, true, &leg, fContextReq, pInput, phNewContext, pOutput,
                   pfContextAttr, ptsExpiry);
}

SECURITY_STATUS WINAPI InitializeSecurityContextA(PCredHandle phCredential, PCtxtHandle phContext,
                                                  SEC_CHAR *pszTargetName, ULONG fContextReq,
                                                  ULONG Reserved1, ULONG TargetDataRep,
                                                  PSecBufferDesc pInput, ULONG Reserved2,
                                                  PCtxtHandle phNewContext, PSecBufferDesc pOutput,
                                                  ULONG *pfContextAttr, PTimeStamp ptsExpiry)
{
    bool failed = false;
    WCHAR *target = api_wide(pszTargetName, &failed);
    struct api_leg leg = {.target = target,
                          .data_representation = TargetDataRep,
                          .call_attributes = SECPKG_CALL_ANSI};
    SECURITY_STATUS status = errno == ENOMEM ? SEC_E_INSUFFICIENT_MEMORY : SEC_E_TARGET_UNKNOWN;

    (void)Reserved1, (void)Reserved2;
    if (!failed)
        status = any_leg(phCredential, phContext, true, &leg, fContextReq, pInput, phNewContext,
                         pOutput, pfContextAttr, ptsExpiry);
    free(target);
    return status;
}

SECURITY_STATUS WINAPI AcceptSecurityContext(PCredHandle phCredential, PCtxtHandle phContext,
                                             PSecBufferDesc pInput, ULONG fContextReq,
                                             ULONG TargetDataRep, PCtxtHandle phNewContext,
                                             PSecBufferDesc pOutput, ULONG *pfContextAttr,
                                             PTimeStamp ptsExpiry)
{
    struct api_leg leg = {.data_representation = TargetDataRep};

    return any_leg(phCredential, phContext, false, &leg, fContextReq, pInput, phNewContext, pOutput,
                   pfContextAttr, ptsExpiry);
}

/* Packages that need it (none of the built-in ones) complete the token in their user-mode half. */
SECURITY_STATUS WINAPI CompleteAuthToken(PCtxtHandle phContext, PSecBufferDesc pToken)
{
    SecHandle handle;
    struct api_context *c;
    uintptr_t user;
    SECURITY_STATUS status = SEC_E_UNSUPPORTED_FUNCTION;

    if (!phContext)
        return SEC_E_INVALID_HANDLE;
    handle = *phContext;
    c = handle_acquire(HANDLE_CONTEXT, &handle);
    if (!c)
        return SEC_E_INVALID_HANDLE;
    user = atomic_load_explicit(&c->user, memory_order_acquire);
    if (c->package->user->CompleteAuthToken)
        status = user == 0 ? SEC_E_INVALID_HANDLE
                           : api_status(c->package->user->CompleteAuthToken(user, pToken));
    handle_release(&handle);
    return status;
}

SECURITY_STATUS WINAPI DeleteSecurityContext(PCtxtHandle phContext)
{
    return phContext && handle_close(HANDLE_CONTEXT, phContext) ? SEC_E_OK : SEC_E_INVALID_HANDLE;
}
