/*
 * Credentials and contexts that TSPkg and Negotiate open in other packages of lsad: see
 * host_inner.h. The packages are called directly, for the client of the call that is under way, and
 * the context of the user-mode half stays here, too: its session key must not leave the LSA.
 */
#include "libsspi/lsa/host_inner_direct.h"
#include "libsspi/lsa/host_internal.h"

#include <stdlib.h>

struct lsa_inner_credential {
    atomic_uint references;
    const struct lsa_package *package;
    LSA_SEC_HANDLE handle;
};

struct lsa_inner_context {
    const struct lsa_package *package;
    struct lsa_inner_credential *credential;
    LSA_SEC_HANDLE lsa;  /* 0: the LSA half is gone */
    LSA_SEC_HANDLE user; /* 0: not established yet */
};

/* ---- the call inside the call -----------------------------------------------------------------
 */

/* The client is that of the outer call; the memory is ours, where the calling package has put all
 * that the other one may read. */
static const struct lsa_call *enter(struct lsa_call *inner)
{
    const struct lsa_call *outer = lsa_call_current();

    *inner = outer ? *outer : (struct lsa_call){0};
    inner->memory = NULL;
    inner->again = false;
    inner->call_attributes |= SECPKG_CALL_RECURSIVE;
    return lsa_call_swap(inner);
}

static void leave(const struct lsa_call *outer)
{
    lsa_call_swap(outer);
}

/* ---- credentials ------------------------------------------------------------------------------
 */

static void release(struct lsa_inner_credential *c)
{
    const struct lsa_call *outer;
    struct lsa_call call;

    if (!c || atomic_fetch_sub_explicit(&c->references, 1, memory_order_acq_rel) != 1)
        return;
    outer = enter(&call);
    if (c->package->lsa->FreeCredentialsHandle)
        c->package->lsa->FreeCredentialsHandle(c->handle);
    leave(outer);
    free(c);
}

static SECURITY_STATUS acquire(const struct lsa_package *package, const UNICODE_STRING *principal,
                               ULONG use, const LUID *luid, PVOID auth_data, PVOID get_key,
                               PVOID get_key_argument, struct lsa_inner_credential **credential,
                               PTimeStamp expiry)
{
    struct lsa_inner_credential *c;
    const struct lsa_call *outer;
    struct lsa_call call;
    UNICODE_STRING name = principal ? *principal : (UNICODE_STRING){0, 0, NULL};
    SECURITY_STATUS status;
    LUID session;

    *credential = NULL;
    /* Nobody accepts for a client of lsad but the packages that have the keys themselves. */
    if (!package->lsa->AcquireCredentialsHandle || use & SECPKG_CRED_INBOUND)
        return SEC_E_UNSUPPORTED_FUNCTION;
    c = calloc(1, sizeof(*c));
    if (!c)
        return SEC_E_INSUFFICIENT_MEMORY;
    atomic_init(&c->references, 1);
    c->package = package;
    outer = enter(&call);
    session = luid ? *luid : call.client.LogonId;
    status =
        package->lsa->AcquireCredentialsHandle(name.Buffer ? &name : NULL, use, &session, auth_data,
                                               get_key, get_key_argument, &c->handle, expiry);
    leave(outer);
    if (status != SEC_E_OK) {
        free(c);
        return status < 0 ? status : SEC_E_INTERNAL_ERROR;
    }
    *credential = c;
    return SEC_E_OK;
}

static SECURITY_STATUS query_credential(struct lsa_inner_credential *c, ULONG attribute,
                                        PVOID buffer)
{
    const struct lsa_call *outer;
    struct lsa_call call;
    SECURITY_STATUS status;

    if (!c->package->lsa->QueryCredentialsAttributes)
        return SEC_E_UNSUPPORTED_FUNCTION;
    outer = enter(&call);
    status = c->package->lsa->QueryCredentialsAttributes(c->handle, attribute, buffer);
    leave(outer);
    return status;
}

static SECURITY_STATUS set_credential(struct lsa_inner_credential *c, ULONG attribute, PVOID buffer,
                                      ULONG size)
{
    (void)c, (void)attribute, (void)buffer, (void)size;
    return SEC_E_UNSUPPORTED_FUNCTION; /* nobody can ask for it through TSPkg */
}

static SECURITY_STATUS add_credentials(struct lsa_inner_credential *c,
                                       const UNICODE_STRING *principal, ULONG use, PVOID auth_data,
                                       PVOID get_key, PVOID get_key_argument, PTimeStamp expiry)
{
    (void)c, (void)principal, (void)use, (void)auth_data, (void)get_key, (void)get_key_argument;
    (void)expiry;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

/* ---- contexts ---------------------------------------------------------------------------------
 */

static void delete_lsa_half(struct lsa_inner_context *c)
{
    if (c->lsa && c->package->lsa->DeleteContext)
        c->package->lsa->DeleteContext(c->lsa);
    c->lsa = 0;
}

static void remove_context(struct lsa_inner_context *c)
{
    const struct lsa_call *outer;
    struct lsa_call call;

    if (!c)
        return;
    outer = enter(&call);
    delete_lsa_half(c);
    if (c->user && c->package->user->DeleteUserModeContext)
        c->package->user->DeleteUserModeContext(c->user);
    leave(outer);
    release(c->credential);
    free(c);
}

/* The numbers of user-mode contexts, which all packages of the process share. */
static LSA_SEC_HANDLE next_user(void)
{
    static atomic_uintptr_t last;

    return atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
}

static SECURITY_STATUS take_over(struct lsa_inner_context *c, PSecBuffer packed)
{
    LSA_SEC_HANDLE user = next_user();
    NTSTATUS status;

    if (!c->package->user || !c->package->user->InitUserModeContext)
        return SEC_E_UNSUPPORTED_FUNCTION;
    status = c->package->user->InitUserModeContext(user, packed);
    if (status < 0)
        return status;
    c->user = user;
    if (!c->package->keeps_context)
        delete_lsa_half(c);
    return SEC_E_OK;
}

static SECURITY_STATUS run(struct lsa_inner_context *c, struct lsa_inner_leg *leg)
{
    SecBuffer token = {0, SECBUFFER_TOKEN, NULL}, packed = {0, SECBUFFER_EMPTY, NULL};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &token};
    UNICODE_STRING target = leg->target ? *leg->target : (UNICODE_STRING){0, 0, NULL};
    LSA_SEC_HANDLE made = c->lsa;
    BOOLEAN mapped = FALSE;
    SECURITY_STATUS status;

    status = c->package->lsa->InitLsaModeContext(
        c->credential->handle, c->lsa, target.Buffer ? &target : NULL,
        leg->requirements | ISC_REQ_ALLOCATE_MEMORY, leg->data_representation, leg->input, &made,
        &output, &leg->attributes, &leg->expiry, &mapped, &packed);
    if (status >= 0)
        c->lsa = made;
    leg->token = token.pvBuffer;
    leg->token_size = token.pvBuffer ? token.cbBuffer : 0;
    leg->attributes &= ~(ULONG)ISC_RET_ALLOCATED_MEMORY;
    if (status == SEC_I_COMPLETE_NEEDED || status == SEC_I_COMPLETE_AND_CONTINUE)
        status = SEC_E_UNSUPPORTED_FUNCTION; /* of no package of lsad's */
    if (status >= 0 && mapped) {
        SECURITY_STATUS taken = take_over(c, &packed);

        if (taken != SEC_E_OK)
            status = taken;
    }
    lsa_host_free(packed.pvBuffer);
    return status;
}

static SECURITY_STATUS initialize(struct lsa_inner_credential *credential,
                                  struct lsa_inner_context **context, struct lsa_inner_leg *leg)
{
    struct lsa_inner_context *c = *context;
    const struct lsa_call *outer;
    struct lsa_call call;
    SECURITY_STATUS status;

    leg->token = NULL;
    leg->token_size = 0;
    leg->attributes = 0;
    leg->expiry.QuadPart = 0;
    if (!credential->package->lsa->InitLsaModeContext)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (!c) {
        c = calloc(1, sizeof(*c));
        if (!c)
            return SEC_E_INSUFFICIENT_MEMORY;
        atomic_fetch_add_explicit(&credential->references, 1, memory_order_relaxed);
        c->credential = credential;
        c->package = credential->package;
        *context = c;
    }
    outer = enter(&call);
    status = run(c, leg);
    leave(outer);
    return status;
}

static SECURITY_STATUS accept(struct lsa_inner_credential *credential,
                              struct lsa_inner_context **context, struct lsa_inner_leg *leg)
{
    (void)credential, (void)context;
    leg->token = NULL;
    leg->token_size = 0;
    return SEC_E_UNSUPPORTED_FUNCTION; /* programs accept by themselves */
}

static SECURITY_STATUS apply_control(struct lsa_inner_context *c, PSecBufferDesc input)
{
    (void)c, (void)input;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

static SECURITY_STATUS query_context(struct lsa_inner_context *c, ULONG attribute, PVOID buffer)
{
    const struct lsa_call *outer;
    struct lsa_call call;
    SECURITY_STATUS status;

    if (!c->lsa)
        return SEC_E_INVALID_HANDLE;
    if (!c->package->lsa->QueryContextAttributes)
        return SEC_E_UNSUPPORTED_FUNCTION;
    outer = enter(&call);
    status = c->package->lsa->QueryContextAttributes(c->lsa, attribute, buffer);
    leave(outer);
    return status;
}

static LSA_SEC_HANDLE user(struct lsa_inner_context *c)
{
    return c->user;
}

const struct lsa_inner_ops lsa_inner_direct = {
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
