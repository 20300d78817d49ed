/*
 * InitializeSecurityContext, AcceptSecurityContext, CompleteAuthToken and DeleteSecurityContext: the legs of a handshake, at lsad or in
 * a package of this process, until the user-mode half takes over.
 */
#include "libsspi/api/api.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/api/buffers.h"

/* ISC_REQ_ALLOCATE_MEMORY and its three siblings are the same bit. */
_Static_assert(ISC_REQ_ALLOCATE_MEMORY == ASC_REQ_ALLOCATE_MEMORY &&
                   ISC_REQ_ALLOCATE_MEMORY == ISC_RET_ALLOCATED_MEMORY &&
                   ISC_REQ_ALLOCATE_MEMORY == ASC_RET_ALLOCATED_MEMORY,
               "one bit asks for memory in every direction");
#define ALLOCATE_MEMORY ((ULONG)ISC_REQ_ALLOCATE_MEMORY)

/* One leg: what the application gave, and what came out. */
struct leg {
    WCHAR *target;
    ULONG requirements; /* without ALLOCATE_MEMORY */
    ULONG data_representation;
    PSecBufferDesc input;
    ULONG call_attributes;

    void *token; /* LSA heap */
    ULONG token_size;
    ULONG attributes;
    TimeStamp expiry;
};

static uintptr_t next_user_handle(void)
{
    static atomic_uintptr_t last;

    return atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
}

static void delete_local(struct api_context *c)
{
    struct lsa_call call;

    if (c->local == 0)
        return;
    if (c->package->lsa->DeleteContext) {
        api_call_begin(&call, 0);
        c->package->lsa->DeleteContext(c->local);
        lsa_call_end();
    }
    c->local = 0;
}

static void destroy_context(void *object)
{
    struct api_context *c = object;
    uintptr_t user = atomic_load_explicit(&c->user, memory_order_relaxed);

    if (user != 0 && c->package->user->DeleteUserModeContext)
        c->package->user->DeleteUserModeContext(user);
    if (c->remote)
        lsa_client_delete(c->remote);
    delete_local(c);
    api_credential_release(c->credential);
    pthread_mutex_destroy(&c->leg);
    free(c);
}

static struct api_context *make_context(struct api_credential *credential, bool initiator)
{
    struct api_context *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    c->package = credential->package;
    c->credential = credential;
    api_credential_reference(credential);
    c->initiator = initiator;
    pthread_mutex_init(&c->leg, NULL);
    atomic_init(&c->user, 0);
    return c;
}

/* Hands the packed context to the user-mode half; from then on messages need no LSA. */
static SECURITY_STATUS take_over(struct api_context *c, PSecBuffer packed)
{
    uintptr_t user = next_user_handle();
    NTSTATUS status;

    if (!c->package->user->InitUserModeContext)
        return SEC_E_UNSUPPORTED_FUNCTION;
    status = c->package->user->InitUserModeContext(user, packed);
    if (NT_SUCCESS(status))
        atomic_store_explicit(&c->user, user, memory_order_release);
    return api_status(status);
}

static SECURITY_STATUS remote_leg(struct api_context *c, struct lsa_remote_credential *credential,
                                  struct leg *leg)
{
    struct lsa_leg remote = {.credential = credential,
                             .context = c->remote,
                             .target = leg->target,
                             .requirements = leg->requirements,
                             .data_representation = leg->data_representation,
                             .input = leg->input};
    bool first = c->remote == NULL;
    SECURITY_STATUS status, taken;
    SecBuffer packed;

    status = c->initiator ? lsa_client_initialize(&remote) : lsa_client_accept(&remote);
    c->remote = remote.context;
    leg->token = remote.token;
    leg->token_size = remote.token_size;
    leg->attributes = remote.attributes;
    leg->expiry = remote.expiry;
    if (status == LSA_CLIENT_UNREACHABLE && !first)
        status = SEC_E_INVALID_HANDLE; /* the half-made context went away with lsad */
    if (remote.packed) {
        packed = (SecBuffer){(ULONG)remote.packed_size, SECBUFFER_TOKEN, remote.packed};
        taken = status >= 0 ? take_over(c, &packed) : SEC_E_OK;
        secret_free(remote.packed);
        if (taken != SEC_E_OK)
            status = taken;
    }
    return api_status(status);
}

static NTSTATUS call_package(struct api_context *c, LSA_SEC_HANDLE credential, struct leg *leg,
                             LSA_SEC_HANDLE *made, PSecBufferDesc output, PBOOLEAN mapped,
                             PSecBuffer packed)
{
    const SECPKG_FUNCTION_TABLE *lsa = c->package->lsa;
    ULONG requirements = leg->requirements | ALLOCATE_MEMORY;
    UNICODE_STRING target = {0, 0, NULL};

    if (c->initiator) {
        if (!lsa->InitLsaModeContext)
            return SEC_E_UNSUPPORTED_FUNCTION;
        if (leg->target) {
            target.Buffer = leg->target;
            target.Length = (USHORT)(utf16_length(leg->target) * sizeof(WCHAR));
            target.MaximumLength = (USHORT)(target.Length + sizeof(WCHAR));
        }
        return lsa->InitLsaModeContext(credential, c->local, leg->target ? &target : NULL, requirements,
                                       leg->data_representation, leg->input, made, output,
                                       &leg->attributes, &leg->expiry, mapped, packed);
    }
    if (!lsa->AcceptLsaModeContext)
        return SEC_E_UNSUPPORTED_FUNCTION;
    return lsa->AcceptLsaModeContext(credential, c->local, leg->input, requirements,
                                     leg->data_representation, made, output, &leg->attributes,
                                     &leg->expiry, mapped, packed);
}

static SECURITY_STATUS local_leg(struct api_context *c, LSA_SEC_HANDLE credential, struct leg *leg)
{
    SecBuffer token = {0, SECBUFFER_TOKEN, NULL}, packed = {0, SECBUFFER_EMPTY, NULL};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &token};
    LSA_SEC_HANDLE made = c->local;
    BOOLEAN mapped = FALSE;
    struct lsa_call call;
    SECURITY_STATUS status;

    api_call_begin(&call, leg->call_attributes);
    status = api_status(call_package(c, credential, leg, &made, &output, &mapped, &packed));
    lsa_call_end();
    /* A first leg that fails has made no context, whatever it left in the handle. */
    if (status >= 0)
        c->local = made;
    leg->token = token.pvBuffer;
    leg->token_size = token.cbBuffer;
    leg->attributes &= ~ALLOCATE_MEMORY;
    if (status >= 0 && mapped) {
        SECURITY_STATUS taken = take_over(c, &packed);

        if (taken != SEC_E_OK)
            status = taken;
        /* Nothing is left to do for the LSA half; lsad forgets its own at the same moment. */
        if (status == SEC_E_OK)
            delete_local(c);
    }
    lsa_host_free(packed.pvBuffer);
    return status;
}

static SECURITY_STATUS run_leg(struct api_context *c, struct leg *leg)
{
    const struct api_half *half = c->initiator ? &c->credential->outbound : &c->credential->inbound;
    bool first = c->remote == NULL && c->local == 0;
    SECURITY_STATUS status;

    if (half->remote)
        status = remote_leg(c, half->remote, leg);
    else
        status = local_leg(c, half->local, leg);
    /* A handshake that goes on without a context to go on with could only fail later, and less clearly. */
    if (first && status == SEC_I_CONTINUE_NEEDED && c->remote == NULL && c->local == 0)
        status = SEC_E_INTERNAL_ERROR;
    return status;
}

/* Everything that the application gets back, the handle apart. */
static SECURITY_STATUS answer(struct leg *leg, SECURITY_STATUS status, ULONG requested, PSecBufferDesc output,
                              ULONG *attributes, PTimeStamp expiry)
{
    bool allocate = (requested & ALLOCATE_MEMORY) != 0;
    SECURITY_STATUS put;

    /* A failed leg may still have a token for the peer (an error message of the protocol); without one nothing is touched. */
    if (status < 0 && !leg->token)
        return status;
    put = api_output(output, allocate, leg->token, leg->token_size);
    leg->token = NULL;
    if (status < 0)
        return status;
    if (attributes)
        *attributes = leg->attributes | (allocate ? ALLOCATE_MEMORY : 0);
    if (expiry)
        *expiry = leg->expiry;
    return put == SEC_E_OK ? status : put;
}

/* A handle of zeros is no handle: documented for the first leg beside NULL. */
static bool no_context(const SecHandle *handle)
{
    return !handle || (handle->dwLower == 0 && handle->dwUpper == 0);
}

static SECURITY_STATUS first_leg(PCredHandle phCredential, bool initiator, struct leg *leg, ULONG requested,
                                 PCtxtHandle phNewContext, PSecBufferDesc output, ULONG *attributes,
                                 PTimeStamp expiry)
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
    c = make_context(credential, initiator);
    if (!c)
        goto out;
    status = run_leg(c, leg);
    status = answer(leg, status, requested, output, attributes, expiry);
    if (status >= 0 && !handle_open(HANDLE_CONTEXT, c, destroy_context, &made))
        status = SEC_E_INSUFFICIENT_MEMORY;
    if (status >= 0) {
        *phNewContext = made;
        c = NULL;
    }
out:
    if (c)
        destroy_context(c);
    handle_release(&credential_handle);
    return status;
}

/* The credential of a later leg may be left out; given, it must be the one the context was begun with. */
static SECURITY_STATUS check_credential(PCredHandle phCredential, const struct api_context *c)
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
    status = credential == c->credential ? SEC_E_OK : SEC_E_WRONG_CREDENTIAL_HANDLE;
    handle_release(&handle);
    return status;
}

static SECURITY_STATUS later_leg(PCredHandle phCredential, const SecHandle *phContext, bool initiator,
                                 struct leg *leg, ULONG requested, PCtxtHandle phNewContext,
                                 PSecBufferDesc output, ULONG *attributes, PTimeStamp expiry)
{
    SecHandle handle = *phContext;
    struct api_context *c = handle_acquire(HANDLE_CONTEXT, &handle);
    SECURITY_STATUS status;

    if (!c)
        return SEC_E_INVALID_HANDLE;
    status = check_credential(phCredential, c);
    if (status != SEC_E_OK)
        goto out;
    pthread_mutex_lock(&c->leg);
    /* An established context has no LSA half to go on with, and an acceptor's is none to initiate with. */
    status = SEC_E_INVALID_HANDLE;
    if (c->initiator == initiator && (c->remote || c->local != 0)) {
        status = run_leg(c, leg);
        status = answer(leg, status, requested, output, attributes, expiry);
    }
    pthread_mutex_unlock(&c->leg);
    if (status >= 0 && phNewContext)
        *phNewContext = handle;
out:
    handle_release(&handle);
    return status;
}

static SECURITY_STATUS any_leg(PCredHandle phCredential, PCtxtHandle phContext, bool initiator,
                               struct leg *leg, ULONG requested, const SecBufferDesc *given,
                               PCtxtHandle phNewContext, PSecBufferDesc output, ULONG *attributes,
                               PTimeStamp expiry)
{
    struct api_input input;
    SECURITY_STATUS status;

    if (!api_start())
        return SEC_E_INTERNAL_ERROR;
    status = api_input(given, &input, &leg->input);
    if (status != SEC_E_OK)
        return status;
    if (leg->target && utf16_length(leg->target) >= UINT16_MAX / sizeof(WCHAR))
        return SEC_E_TARGET_UNKNOWN;
    leg->requirements = requested & ~ALLOCATE_MEMORY;
    if (no_context(phContext))
        status = first_leg(phCredential, initiator, leg, requested, phNewContext, output, attributes,
                           expiry);
    else
        status = later_leg(phCredential, phContext, initiator, leg, requested, phNewContext, output,
                           attributes, expiry);
    lsa_host_free(leg->token);
    return status;
}

SECURITY_STATUS WINAPI InitializeSecurityContextW(PCredHandle phCredential, PCtxtHandle phContext,
                                                  SEC_WCHAR *pszTargetName, ULONG fContextReq,
                                                  ULONG Reserved1, ULONG TargetDataRep,
                                                  PSecBufferDesc pInput, ULONG Reserved2,
                                                  PCtxtHandle phNewContext, PSecBufferDesc pOutput,
                                                  ULONG *pfContextAttr, PTimeStamp ptsExpiry)
{
    struct leg leg = {.target = pszTargetName, .data_representation = TargetDataRep};

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
    struct leg leg = {.target = target,
                      .data_representation = TargetDataRep,
                      .call_attributes = SECPKG_CALL_ANSI};
    SECURITY_STATUS status = SEC_E_TARGET_UNKNOWN;

    (void)Reserved1, (void)Reserved2;
    if (!failed)
        status = any_leg(phCredential, phContext, true, &leg, fContextReq, pInput, phNewContext, pOutput,
                         pfContextAttr, ptsExpiry);
    free(target);
    return status;
}

SECURITY_STATUS WINAPI AcceptSecurityContext(PCredHandle phCredential, PCtxtHandle phContext,
                                             PSecBufferDesc pInput, ULONG fContextReq,
                                             ULONG TargetDataRep, PCtxtHandle phNewContext,
                                             PSecBufferDesc pOutput, ULONG *pfContextAttr,
                                             PTimeStamp ptsExpiry)
{
    struct leg leg = {.data_representation = TargetDataRep};

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
