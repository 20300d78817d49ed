/*
 * One leg of a handshake, at lsad or in a package of this process, and the handing over to the
 * user-mode half.
 */
#include "libsspi/api/legs.h"
#include "libsspi/api/token.h"

#include <stdlib.h>

#include "base/secret.h"
#include "base/utf16.h"

uintptr_t api_next_user_handle(void)
{
    static atomic_uintptr_t last;

    return atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
}

void api_delete_local(struct api_context *c)
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

/* Hands the packed context to the user-mode half; from then on messages need no LSA. */
static SECURITY_STATUS take_over(struct api_context *c, PSecBuffer packed)
{
    uintptr_t user = api_next_user_handle();
    NTSTATUS status;

    if (!c->package->user->InitUserModeContext)
        return SEC_E_UNSUPPORTED_FUNCTION;
    status = c->package->user->InitUserModeContext(user, packed);
    if (NT_SUCCESS(status))
        atomic_store_explicit(&c->user, user, memory_order_release);
    return api_status(status);
}

/* The client has delegated credentials: the session with them lives as long as the context. */
static void keep_logon(struct api_context *c, const LUID *luid, bool remote,
                       void (*end)(const LUID *luid))
{
    lsa_logon_put(c->logon);
    c->logon = lsa_logon_adopt(luid, remote, end);
}

static SECURITY_STATUS remote_leg(struct api_context *c, struct lsa_remote_credential *credential,
                                  struct api_leg *leg)
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
    if (remote.logon.LowPart || remote.logon.HighPart)
        keep_logon(c, &remote.logon, true, lsa_client_drop_session);
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

static NTSTATUS call_package(struct api_context *c, LSA_SEC_HANDLE credential, struct api_leg *leg,
                             LSA_SEC_HANDLE *made, PSecBufferDesc output, PBOOLEAN mapped,
                             PSecBuffer packed)
{
    const SECPKG_FUNCTION_TABLE *lsa = c->package->lsa;
    ULONG requirements = leg->requirements | API_ALLOCATE_MEMORY;
    UNICODE_STRING target = {0, 0, NULL};

    if (c->initiator) {
        if (!lsa->InitLsaModeContext)
            return SEC_E_UNSUPPORTED_FUNCTION;
        if (leg->target) {
            target.Buffer = leg->target;
            target.Length = (USHORT)(utf16_length(leg->target) * sizeof(WCHAR));
            target.MaximumLength = (USHORT)(target.Length + sizeof(WCHAR));
        }
        return lsa->InitLsaModeContext(credential, c->local, leg->target ? &target : NULL,
                                       requirements, leg->data_representation, leg->input, made,
                                       output, &leg->attributes, &leg->expiry, mapped, packed);
    }
    if (!lsa->AcceptLsaModeContext)
        return SEC_E_UNSUPPORTED_FUNCTION;
    return lsa->AcceptLsaModeContext(credential, c->local, leg->input, requirements,
                                     leg->data_representation, made, output, &leg->attributes,
                                     &leg->expiry, mapped, packed);
}

static SECURITY_STATUS local_leg(struct api_context *c, LSA_SEC_HANDLE credential,
                                 struct api_leg *leg)
{
    SecBuffer out[2] = {{0, SECBUFFER_TOKEN, NULL}, {0, SECBUFFER_ALERT, NULL}};
    SecBuffer packed = {0, SECBUFFER_EMPTY, NULL};
    SecBufferDesc output = {SECBUFFER_VERSION, leg->wants_alert ? 2 : 1, out};
    LSA_SEC_HANDLE made = c->local;
    BOOLEAN mapped = FALSE;
    struct lsa_call call;
    SECURITY_STATUS status;
    LUID logon;

    api_call_begin(&call, leg->call_attributes);
    status = api_status(call_package(c, credential, leg, &made, &output, &mapped, &packed));
    lsa_call_end();
    if (lsa_call_created(&logon))
        keep_logon(c, &logon, false, lsa_process_logon_end);
    /* A first leg that fails has made no context, whatever it left in the handle. */
    if (status >= 0)
        c->local = made;
    leg->token = out[0].pvBuffer;
    leg->token_size = out[0].cbBuffer;
    leg->alert = out[1].pvBuffer;
    leg->alert_size = out[1].cbBuffer;
    leg->attributes &= ~API_ALLOCATE_MEMORY;
    if (status >= 0 && mapped) {
        SECURITY_STATUS taken = take_over(c, &packed);

        if (taken != SEC_E_OK)
            status = taken;
        /* Nothing is left to do for the LSA half; lsad forgets its own at the same moment. That of
         * an SSP begins anew when the peer wants to, and takes control tokens. */
        if (status == SEC_E_OK && !c->package->keeps_context)
            api_delete_local(c);
    }
    lsa_host_free(packed.pvBuffer);
    return status;
}

SECURITY_STATUS api_leg_credential(struct api_context *c, struct api_credential *credential)
{
    const struct api_half *now, *next;
    bool established;

    if (!credential || credential == c->credential)
        return SEC_E_OK;
    /* A connection that stands is negotiated anew with whichever ("Renegotiating an Schannel
     * Connection"). */
    established =
        c->package->own_auth_data && atomic_load_explicit(&c->user, memory_order_relaxed) != 0;
    if ((!c->wants_credential && !established) || credential->package != c->package)
        return SEC_E_WRONG_CREDENTIAL_HANDLE;
    now = c->initiator ? &c->credential->outbound : &c->credential->inbound;
    next = c->initiator ? &credential->outbound : &credential->inbound;
    /* Where the context is, the credential must be, too. */
    if (!next->present || (next->remote == NULL) != (now->remote == NULL))
        return SEC_E_WRONG_CREDENTIAL_HANDLE;
    api_credential_reference(credential);
    api_credential_release(c->credential);
    c->credential = credential;
    return SEC_E_OK;
}

SECURITY_STATUS api_run_leg(struct api_context *c, struct api_leg *leg)
{
    const struct api_half *half = c->initiator ? &c->credential->outbound : &c->credential->inbound;
    bool first = c->remote == NULL && c->local == 0;
    SECURITY_STATUS status;

    if (half->remote)
        status = remote_leg(c, half->remote, leg);
    else
        status = local_leg(c, half->local, leg);
    /* Of bytes that are still to come nobody has asked anything. */
    if (status != SEC_E_INCOMPLETE_MESSAGE)
        c->wants_credential = status == SEC_I_INCOMPLETE_CREDENTIALS;
    /* Of a context that stands already: the client may be another one now. */
    if (!first && status == SEC_E_OK && c->token)
        api_context_forget_token(c);
    /* A handshake that goes on without a context to go on with could only fail later, and less
     * clearly. */
    if (first && status == SEC_I_CONTINUE_NEEDED && c->remote == NULL && c->local == 0)
        status = SEC_E_INTERNAL_ERROR;
    return status;
}
