/*
 * Credentials and contexts that Negotiate opens in other packages, host_inner.h: the objects behind
 * an application's own handles, so that each goes where an application's would, to lsad or into a
 * package of this process.
 */
#include "libsspi/lsa/host_inner.h"

#include <stdlib.h>
#include <string.h>

#include "libsspi/api/auth_identity.h"
#include "libsspi/api/contexts.h"
#include "libsspi/api/credentials.h"
#include "libsspi/api/legs.h"
#include "libsspi/lsa/host_internal.h"

/* The casts below are between an object and its name in the interface, which nobody looks into. */
static struct api_credential *credential_of(struct lsa_inner_credential *c)
{
    return (struct api_credential *)(void *)c;
}

static struct api_context *context_of(struct lsa_inner_context *c)
{
    return (struct api_context *)(void *)c;
}

/*
 * Calls do not nest: the one into Negotiate, which asks for this, waits meanwhile. Its attributes
 * (SECPKG_CALL_ANSI) are those of the inner call.
 */
static const struct lsa_call *suspend(ULONG *attributes)
{
    const struct lsa_call *outer = lsa_call_swap(NULL);

    *attributes = outer ? outer->call_attributes & SECPKG_CALL_ANSI : 0;
    return outer;
}

static void resume(const struct lsa_call *outer)
{
    lsa_call_swap(outer);
}

/* A counted string with the zero that the API's have; false without memory. */
static bool terminated(const UNICODE_STRING *counted, WCHAR **out)
{
    size_t size = counted ? counted->Length : 0;

    *out = NULL;
    if (!counted || !counted->Buffer)
        return true;
    *out = calloc(1, size + sizeof(WCHAR));
    if (*out)
        memcpy(*out, counted->Buffer, size);
    return *out != NULL;
}

/* An identity begins with a pointer or its version, and other credentials with a small number. */
static bool may_be_identity(const void *auth_data)
{
    ULONG first;

    if (!auth_data)
        return false;
    memcpy(&first, auth_data, sizeof(first));
    return first >= SEC_WINNT_AUTH_IDENTITY_VERSION;
}

/* ---- credentials --------------------------------------------------------------------------- */

static SECURITY_STATUS acquire(const struct lsa_package *package, const UNICODE_STRING *principal,
                               ULONG use, const LUID *luid, PVOID auth_data, PVOID get_key,
                               PVOID get_key_argument, struct lsa_inner_credential **credential,
                               PTimeStamp expiry)
{
    struct api_acquire r = {.package = package,
                            .use = use,
                            .auth_data = auth_data,
                            .get_key_argument = get_key_argument,
                            .keys_only = true};
    struct api_credential *made = NULL;
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE plain = NULL;
    SECURITY_STATUS status = SEC_E_OK;
    const struct lsa_call *outer;

    r.get_key = (SEC_GET_KEY_FN)(uintptr_t)get_key;
    *credential = NULL;
    if (!terminated(principal, &r.principal))
        return SEC_E_INSUFFICIENT_MEMORY;
    /* What was within a structure of the outer package's own, nobody has decrypted yet. */
    if (!package->own_auth_data && !package->library && may_be_identity(auth_data))
        status = api_identity_decrypted(auth_data, &plain);
    if (plain)
        r.auth_data = plain;
    outer = suspend(&r.call_attributes);
    if (status == SEC_E_OK)
        status = api_credential_make(&r, luid, &made, expiry);
    resume(outer);
    SspiFreeAuthIdentity(plain);
    free(r.principal);
    *credential = (struct lsa_inner_credential *)(void *)made;
    return status;
}

static void release(struct lsa_inner_credential *credential)
{
    ULONG attributes;
    const struct lsa_call *outer;

    if (!credential)
        return;
    outer = suspend(&attributes);
    api_credential_release(credential_of(credential));
    resume(outer);
}

static SECURITY_STATUS query_credential(struct lsa_inner_credential *credential, ULONG attribute,
                                        PVOID buffer)
{
    ULONG attributes;
    const struct lsa_call *outer = suspend(&attributes);
    SECURITY_STATUS status = api_credential_query(credential_of(credential), attribute,
                                                  lsa_credential_attribute(attribute), buffer);

    resume(outer);
    return status;
}

static SECURITY_STATUS set_credential(struct lsa_inner_credential *credential, ULONG attribute,
                                      PVOID buffer, ULONG size)
{
    ULONG attributes;
    const struct lsa_call *outer = suspend(&attributes);
    SECURITY_STATUS status = api_credential_set(credential_of(credential), attribute,
                                                lsa_credential_attribute(attribute), buffer, size);

    resume(outer);
    return status;
}

static SECURITY_STATUS add_credentials(struct lsa_inner_credential *credential,
                                       const UNICODE_STRING *principal, ULONG use, PVOID auth_data,
                                       PVOID get_key, PVOID get_key_argument, PTimeStamp expiry)
{
    struct api_add r = {.use = use, .auth_data = auth_data, .get_key_argument = get_key_argument};
    SECURITY_STATUS status;
    const struct lsa_call *outer;

    r.get_key = (SEC_GET_KEY_FN)(uintptr_t)get_key;
    if (!terminated(principal, &r.principal))
        return SEC_E_INSUFFICIENT_MEMORY;
    outer = suspend(&r.call_attributes);
    status = api_credential_add(credential_of(credential), &r, expiry);
    resume(outer);
    free(r.principal);
    return status;
}

/* ---- contexts ------------------------------------------------------------------------------ */

static void remove_context(struct lsa_inner_context *context)
{
    ULONG attributes;
    const struct lsa_call *outer;

    if (!context)
        return;
    outer = suspend(&attributes);
    api_context_destroy(context_of(context));
    resume(outer);
}

/* A package that completes its token in the user-mode half: nobody else will ask it to. */
static SECURITY_STATUS complete(struct api_context *c, const struct api_leg *leg,
                                SECURITY_STATUS status)
{
    const SECPKG_USER_FUNCTION_TABLE *user = c->package->user;
    uintptr_t number = atomic_load_explicit(&c->user, memory_order_relaxed);
    SecBuffer token = {leg->token_size, SECBUFFER_TOKEN, leg->token};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, &token};
    SECURITY_STATUS completed;

    if (status != SEC_I_COMPLETE_NEEDED && status != SEC_I_COMPLETE_AND_CONTINUE)
        return status;
    if (number == 0 || !user->CompleteAuthToken)
        return SEC_E_UNSUPPORTED_FUNCTION;
    completed = api_status(user->CompleteAuthToken(number, &desc));
    if (completed != SEC_E_OK)
        return completed;
    return status == SEC_I_COMPLETE_NEEDED ? SEC_E_OK : SEC_I_CONTINUE_NEEDED;
}

static SECURITY_STATUS run(struct lsa_inner_credential *credential,
                           struct lsa_inner_context **context, struct lsa_inner_leg *in,
                           bool initiator)
{
    struct api_credential *owner = credential_of(credential);
    const struct api_half *half = initiator ? &owner->outbound : &owner->inbound;
    struct api_context *c = context_of(*context);
    struct api_leg leg = {.requirements = in->requirements & ~API_ALLOCATE_MEMORY,
                          .data_representation = in->data_representation,
                          .input = in->input};
    const struct lsa_call *outer;
    SECURITY_STATUS status;

    in->token = NULL;
    in->token_size = 0;
    if (!half->present)
        return SEC_E_NO_CREDENTIALS;
    if (initiator && !terminated(in->target, &leg.target))
        return SEC_E_INSUFFICIENT_MEMORY;
    outer = suspend(&leg.call_attributes);
    status = SEC_E_INSUFFICIENT_MEMORY;
    if (!c)
        c = api_context_make(owner->package, owner, initiator);
    if (c) {
        pthread_mutex_lock(&c->leg);
        status = api_leg_credential(c, owner);
        if (status == SEC_E_OK)
            status = api_run_leg(c, &leg);
        if (status >= 0)
            status = complete(c, &leg, status);
        pthread_mutex_unlock(&c->leg);
    }
    *context = (struct lsa_inner_context *)(void *)c;
    resume(outer);
    free(leg.target);
    in->token = leg.token;
    in->token_size = leg.token ? leg.token_size : 0;
    in->attributes = leg.attributes;
    in->expiry = leg.expiry;
    return status;
}

static SECURITY_STATUS initialize(struct lsa_inner_credential *credential,
                                  struct lsa_inner_context **context, struct lsa_inner_leg *leg)
{
    return run(credential, context, leg, true);
}

static SECURITY_STATUS accept(struct lsa_inner_credential *credential,
                              struct lsa_inner_context **context, struct lsa_inner_leg *leg)
{
    return run(credential, context, leg, false);
}

static SECURITY_STATUS apply_control(struct lsa_inner_context *context, PSecBufferDesc input)
{
    ULONG attributes;
    const struct lsa_call *outer = suspend(&attributes);
    SECURITY_STATUS status = api_context_apply(context_of(context), input);

    resume(outer);
    return status;
}

static SECURITY_STATUS query_context(struct lsa_inner_context *context, ULONG attribute,
                                     PVOID buffer)
{
    ULONG attributes;
    const struct lsa_call *outer = suspend(&attributes);
    SECURITY_STATUS status = api_context_ask_lsa(context_of(context), attribute,
                                                 lsa_context_attribute(attribute), buffer);

    resume(outer);
    return status;
}

static LSA_SEC_HANDLE user(struct lsa_inner_context *context)
{
    return atomic_load_explicit(&context_of(context)->user, memory_order_acquire);
}

const struct lsa_inner_ops api_inner = {
    .acquire = acquire,
    .release = release,
    .query_credential = query_credential,
    .set_credential = set_credential,
    .add_credentials = add_credentials,
    .initialize = initialize,
    .accept = accept,
    .remove = remove_context,
    .apply_control = apply_control,
    .query_context = query_context,
    .user = user,
};
