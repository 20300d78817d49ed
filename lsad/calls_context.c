/*
 * Credentials and contexts: the calls behind AcquireCredentialsHandle, InitializeSecurityContext
 * and AcceptSecurityContext with the credentials of a logon session.
 */
#include "libsspi/lsa/session.h"
#include "base/log.h"
#include "base/secret.h"
#include "libsspi/lsa/host_logon.h"
#include "lsad/calls.h"
#include "lsad/network.h"

#include <ntstatus.h>
#include <stdlib.h>
#include <string.h>

/* Well-known sessions, [MS-DTYP] and winnt.h: who accepts without having logged on. */
static const LUID system_luid = {.LowPart = 0x3e7};
static const LUID anonymous_luid = {.LowPart = 0x3e6};

#define USE_MASK (SECPKG_CRED_INBOUND | SECPKG_CRED_OUTBOUND)

/* Nothing of the client's own memory is behind these calls: all they need has come in the message.
 */
static NTSTATUS no_allocate(void *arg, ULONG size, void **address)
{
    (void)arg, (void)size;
    *address = NULL;
    return STATUS_ACCESS_VIOLATION;
}

static NTSTATUS no_release(void *arg, void *address)
{
    (void)arg, (void)address;
    return STATUS_ACCESS_VIOLATION;
}

static NTSTATUS no_copy_to(void *arg, ULONG size, void *address, const void *data)
{
    (void)arg, (void)size, (void)address, (void)data;
    return STATUS_ACCESS_VIOLATION;
}

static NTSTATUS no_copy_from(void *arg, ULONG size, void *data, const void *address)
{
    (void)arg, (void)size, (void)data, (void)address;
    return STATUS_ACCESS_VIOLATION;
}

static const struct lsa_client_memory no_memory = {no_allocate, no_release, no_copy_to,
                                                   no_copy_from, NULL};

/* ---- hello --------------------------------------------------------------------------------- */

void call_hello(struct lsad_call *call)
{
    const Lsa__Hello *hello = call->request->hello;

    if (hello->version != LSA_PROTOCOL_VERSION) {
        client_reply_status(call, SEC_E_UNSUPPORTED_FUNCTION);
        return;
    }
    pthread_mutex_lock(&call->client->lock);
    call->client->luid_hint = hello->luid;
    pthread_mutex_unlock(&call->client->lock);
    call->client->greeted = true;
    client_reply_status(call, SEC_E_OK);
}

/* ---- credentials --------------------------------------------------------------------------- */

static const struct lsa_package *package_named(const ProtobufCBinaryData *name16)
{
    WCHAR *name = lsa_wide_dup(name16);
    const struct lsa_package *package = name ? lsa_host_find(name) : NULL;

    free(name);
    return package && !package->in_process ? package : NULL;
}

/* The handle's package, without using the handle. */
static const struct lsa_package *package_of(struct lsad_client *client, uint64_t number, int kind)
{
    struct lsad_handle handle;

    if (!client_handle_get(client, number, kind, &handle))
        return NULL;
    client_handle_put(client, number);
    return handle.package;
}

static const struct lsa_package *package_of_credential(struct lsad_client *client, uint64_t number)
{
    return package_of(client, number, HANDLE_CREDENTIAL);
}

static const struct lsa_package *package_of_either(struct lsad_client *client, uint64_t credential,
                                                   uint64_t context)
{
    return context ? package_of(client, context, HANDLE_CONTEXT)
                   : package_of_credential(client, credential);
}

const struct lsa_package *call_package_of(struct lsad_call *call)
{
    switch (call->request->call_case) {
    case LSA__REQUEST__CALL_ACQUIRE:
        return package_named(&call->request->acquire->package16);
    case LSA__REQUEST__CALL_CREDENTIAL_NAME:
        return package_of_credential(call->client, call->request->credential_name->credential);
    case LSA__REQUEST__CALL_INITIALIZE:
        return package_of_credential(call->client, call->request->initialize->credential);
    case LSA__REQUEST__CALL_ACCEPT:
        return package_of_credential(call->client, call->request->accept->credential);
    case LSA__REQUEST__CALL_QUERY_ATTRIBUTE:
        return package_of_either(call->client, call->request->query_attribute->credential,
                                 call->request->query_attribute->context);
    case LSA__REQUEST__CALL_SET_ATTRIBUTE:
        return package_of_either(call->client, call->request->set_attribute->credential,
                                 call->request->set_attribute->context);
    case LSA__REQUEST__CALL_ADD_CREDENTIALS:
        return package_of_credential(call->client, call->request->add_credentials->credential);
    case LSA__REQUEST__CALL_APPLY_CONTROL:
        return package_of(call->client, call->request->apply_control->context, HANDLE_CONTEXT);
    default:
        return NULL;
    }
}

/*
 * The session to acquire for. To initiate one must have logged on; to accept, the package decides
 * what the machine lets this uid do.
 */
static bool session_for(struct lsad_call *call, ULONG use, LUID *luid)
{
    if (client_session(call->client, luid))
        return true;
    if (use & SECPKG_CRED_OUTBOUND)
        return false;
    *luid = call->client->uid == 0 ? system_luid : anonymous_luid;
    return true;
}

void call_acquire(struct lsad_call *call)
{
    const Lsa__Acquire *in = call->request->acquire;
    struct lsad_handle handle = {.kind = HANDLE_CREDENTIAL};
    UNICODE_STRING principal = {.Buffer = NULL};
    Lsa__Acquired out = LSA__ACQUIRED__INIT;
    Lsa__Reply reply = LSA__REPLY__INIT;
    struct lsa_call frame;
    TimeStamp expiry = {.QuadPart = 0};
    NTSTATUS status = SEC_E_SECPKG_NOT_FOUND;

    handle.package = package_named(&in->package16);
    if (!handle.package || !handle.package->lsa->AcquireCredentialsHandle)
        goto out;
    status = SEC_E_INVALID_PARAMETER;
    if (!(in->use & USE_MASK))
        goto out;
    status = SEC_E_NO_CREDENTIALS;
    if (in->luid) {
        handle.luid = lsa_luid_from_number(in->luid);
        status = SEC_E_NOT_OWNER;
        if (!network_may_use(call->client, &handle.luid))
            goto out;
    } else if (!session_for(call, in->use, &handle.luid)) {
        goto out;
    }
    status = SEC_E_UNKNOWN_CREDENTIALS;
    if (in->principal16.len && !call_counted(&in->principal16, &principal))
        goto out;
    handle.outbound = (in->use & SECPKG_CRED_OUTBOUND) != 0;
    call_frame(call, &handle.luid, &no_memory, &frame);
    lsa_call_begin(&frame);
    status = handle.package->lsa->AcquireCredentialsHandle(principal.Buffer ? &principal : NULL,
                                                           in->use, &handle.luid, NULL, NULL, NULL,
                                                           &handle.handle, &expiry);
    if (NT_SUCCESS(status)) {
        out.credential = client_handle_add(call->client, &handle);
        if (!out.credential) {
            handle.package->lsa->FreeCredentialsHandle(handle.handle);
            status = SEC_E_INSUFFICIENT_MEMORY;
        }
    }
    lsa_call_end();
    if (NT_SUCCESS(status)) {
        out.expiry = expiry.QuadPart;
        reply.result_case = LSA__REPLY__RESULT_ACQUIRED;
        reply.acquired = &out;
    }
out:
    free(principal.Buffer);
    reply.status = (uint32_t)status;
    client_reply(call, &reply);
}

void call_release(struct lsad_call *call)
{
    client_handle_remove(call->client, call->request->release->credential, HANDLE_CREDENTIAL);
}

void call_credential_name(struct lsad_call *call)
{
    uint64_t number = call->request->credential_name->credential;
    SecPkgCredentials_NamesW names = {.sUserName = NULL};
    Lsa__Name out = LSA__NAME__INIT;
    Lsa__Reply reply = LSA__REPLY__INIT;
    struct lsad_handle handle;
    struct lsa_call frame;
    NTSTATUS status = SEC_E_INVALID_HANDLE;

    if (!client_handle_get(call->client, number, HANDLE_CREDENTIAL, &handle))
        goto out;
    status = SEC_E_UNSUPPORTED_FUNCTION;
    if (handle.package->lsa->QueryCredentialsAttributes) {
        /* no client memory: the name stays here, and the message carries it */
        call_frame(call, &handle.luid, NULL, &frame);
        lsa_call_begin(&frame);
        status = handle.package->lsa->QueryCredentialsAttributes(handle.handle,
                                                                 SECPKG_CRED_ATTR_NAMES, &names);
        lsa_call_end();
    }
    client_handle_put(call->client, number);
    if (NT_SUCCESS(status) && names.sUserName) {
        out.name16 = lsa_wide(names.sUserName);
        reply.result_case = LSA__REPLY__RESULT_NAME;
        reply.name = &out;
    }
out:
    reply.status = (uint32_t)status;
    client_reply(call, &reply);
    lsa_host_free(names.sUserName);
}

/* ---- contexts ------------------------------------------------------------------------------ */

/* What one leg works with. */
struct leg {
    const Lsa__Leg *in;
    bool acceptor;
    struct lsad_handle credential, context;
    UNICODE_STRING target;
    SecBuffer input[LSA_LEG_BUFFERS], token, packed;
    LSA_SEC_HANDLE new_context;
    ULONG attributes;
    TimeStamp expiry;
    BOOLEAN mapped;
    bool has_logon; /* the package has made a network logon session */
    LUID logon;
    struct lsa_call_delay delay; /* what the package asked for */
};

/* The package is done with the handshake, and the caller has all of it. */
static bool handed_over(const struct leg *leg, NTSTATUS status)
{
    return NT_SUCCESS(status) && leg->mapped && status != SEC_I_CONTINUE_NEEDED &&
           status != SEC_I_COMPLETE_AND_CONTINUE;
}

static NTSTATUS call_into_package(struct lsad_call *call, struct leg *leg)
{
    SecBufferDesc input = {SECBUFFER_VERSION, (ULONG)leg->in->n_input, leg->input};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &leg->token};
    const SECPKG_FUNCTION_TABLE *table = leg->credential.package->lsa;
    struct lsa_call frame;
    NTSTATUS status = SEC_E_UNSUPPORTED_FUNCTION;

    leg->token.BufferType = SECBUFFER_TOKEN;
    call_frame(call, &leg->credential.luid, &no_memory, &frame);
    frame.again = call->again;
    lsa_call_begin(&frame);
    if (leg->acceptor && table->AcceptLsaModeContext)
        status = table->AcceptLsaModeContext(
            leg->credential.handle, leg->context.handle, &input,
            leg->in->requirements | ASC_REQ_ALLOCATE_MEMORY, leg->in->data_representation,
            &leg->new_context, &output, &leg->attributes, &leg->expiry, &leg->mapped, &leg->packed);
    else if (!leg->acceptor && table->InitLsaModeContext)
        status = table->InitLsaModeContext(
            leg->credential.handle, leg->context.handle, &leg->target,
            leg->in->requirements | ISC_REQ_ALLOCATE_MEMORY, leg->in->data_representation, &input,
            &leg->new_context, &output, &leg->attributes, &leg->expiry, &leg->mapped, &leg->packed);
    /* Packed and handed over, the context lives in the caller; what is left here is of no more use.
     */
    if (handed_over(leg, status) && table->DeleteContext)
        table->DeleteContext(leg->new_context ? leg->new_context : leg->context.handle);
    lsa_call_end();
    leg->delay = lsa_call_delay();
    leg->has_logon = lsa_call_created(&leg->logon);
    return status;
}

/* The context's number in the reply: 0 when lsad keeps none. */
static NTSTATUS settle_context(struct lsad_call *call, struct leg *leg, NTSTATUS status,
                               uint64_t *number)
{
    struct lsad_handle fresh = {.kind = HANDLE_CONTEXT,
                                .package = leg->credential.package,
                                .handle = leg->new_context,
                                .luid = leg->credential.luid};

    *number = leg->in->context;
    if (handed_over(leg, status)) {
        if (leg->in->context)
            client_handle_forget(call->client, leg->in->context);
        *number = 0;
    } else if (!leg->in->context && NT_SUCCESS(status) && leg->new_context) {
        *number = client_handle_add(call->client, &fresh);
        if (!*number) {
            struct lsa_call frame;

            call_frame(call, &leg->credential.luid, &no_memory, &frame);
            lsa_call_begin(&frame);
            fresh.package->lsa->DeleteContext(fresh.handle);
            lsa_call_end();
            status = SEC_E_INSUFFICIENT_MEMORY;
        }
    }
    return status;
}

void call_buffers(Lsa__Buffer *const *from, size_t count, SecBuffer *to)
{
    for (size_t i = 0; i < count; i++) {
        /* a client cannot make a package look for the data at an address */
        to[i].BufferType = from[i]->type & ~(ULONG)SECBUFFER_RESERVED;
        to[i].cbBuffer = (ULONG)from[i]->data.len;
        to[i].pvBuffer = from[i]->data.len ? from[i]->data.data : NULL;
    }
}

static NTSTATUS run_leg(struct lsad_call *call, struct leg *leg, Lsa__LegDone *out)
{
    NTSTATUS status = SEC_E_INVALID_PARAMETER;

    if (leg->in->n_input > LSA_LEG_BUFFERS)
        return status;
    call_buffers(leg->in->input, leg->in->n_input, leg->input);
    if (!call_counted(&leg->in->target16, &leg->target))
        return SEC_E_TARGET_UNKNOWN;
    if (!leg->in->context && leg->credential.outbound && !leg->acceptor &&
        !network_may_use(call->client, &leg->credential.luid))
        return SEC_E_NO_CREDENTIALS; /* logged out since */
    status = call_into_package(call, leg);
    status = settle_context(call, leg, status, &out->context);
    if (leg->has_logon && NT_SUCCESS(status)) {
        out->logon = lsa_luid_number(&leg->logon);
        network_name(&leg->logon, leg->credential.package);
    } else if (leg->has_logon) {
        network_end(&leg->logon);
    }
    if (NT_SUCCESS(status)) {
        out->mapped = leg->mapped;
        out->packed.data = leg->mapped ? leg->packed.pvBuffer : NULL;
        out->packed.len = leg->mapped && leg->packed.pvBuffer ? leg->packed.cbBuffer : 0;
    }
    out->token.data = leg->token.pvBuffer; /* a refusal can have a token too */
    out->token.len = leg->token.pvBuffer ? leg->token.cbBuffer : 0;
    out->attributes = leg->attributes;
    out->expiry = leg->expiry.QuadPart;
    return status;
}

void call_leg(struct lsad_call *call)
{
    bool acceptor = call->request->call_case == LSA__REQUEST__CALL_ACCEPT;
    struct leg leg = {.in = acceptor ? call->request->accept : call->request->initialize,
                      .acceptor = acceptor};
    Lsa__LegDone out = LSA__LEG_DONE__INIT;
    Lsa__Reply reply = LSA__REPLY__INIT;
    NTSTATUS status = SEC_E_INVALID_HANDLE;

    if (!client_handle_get(call->client, leg.in->credential, HANDLE_CREDENTIAL, &leg.credential)) {
        client_reply_status(call, status);
        return;
    }
    if (!leg.in->context ||
        client_handle_get(call->client, leg.in->context, HANDLE_CONTEXT, &leg.context)) {
        if (!leg.in->context || leg.context.package == leg.credential.package)
            status = run_leg(call, &leg, &out);
        if (leg.in->context)
            client_handle_put(call->client, leg.in->context);
        reply.result_case = LSA__REPLY__RESULT_LEG;
        reply.leg = &out;
        if (status < 0 && !out.context)
            out.context = leg.in->context;
    }
    client_handle_put(call->client, leg.in->credential);
    reply.status = (uint32_t)status;
    if (leg.token.pvBuffer || !call_put_off(call, &leg.delay, status, out.context))
        client_reply(call, &reply);
    free(leg.target.Buffer);
    lsa_host_free(leg.token.pvBuffer);
    lsa_host_free(leg.packed.pvBuffer);
}

void call_delete(struct lsad_call *call)
{
    client_handle_remove(call->client, call->request->delete_->context, HANDLE_CONTEXT);
}
