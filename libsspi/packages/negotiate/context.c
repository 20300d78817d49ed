/*
 * Contexts of the LSA-mode half: the legs of a negotiation, at whose end the context of one package
 * is the outcome. They stay beside it, since the peers may negotiate anew.
 */
#include "libsspi/packages/negotiate/negotiate.h"

#include <stdlib.h>
#include <string.h>

#include "base/reason.h"
#include "libsspi/packages/buffers.h"

static void context_free(struct nego_context *c)
{
    if (!c)
        return;
    nego_handshake_free(c->handshake);
    for (size_t i = 0; i < c->count; i++)
        lsa_inner()->remove(c->offers[i].context);
    nego_outcome_put(c->outcome);
    nego_credential_release(c->credential);
    free(c->fell_back);
    free(c);
}

/* All that the credential has is offered. */
static SECURITY_STATUS context_new(LSA_SEC_HANDLE credential, bool initiator,
                                   struct nego_context **out)
{
    struct nego_credential *owner = (struct nego_credential *)credential;
    struct nego_mechanism mechanisms[NEGO_MECHANISMS_MAX];
    struct nego_direction parts;
    struct nego_backend backend;
    struct nego_context *c;

    *out = NULL;
    if (!owner)
        return SEC_E_INVALID_HANDLE;
    nego_credential_grow(owner);
    nego_credential_parts(owner, initiator, &parts);
    if (!parts.count)
        return SEC_E_NO_CREDENTIALS;
    c = calloc(1, sizeof(*c) + parts.count * sizeof(c->offers[0]));
    if (!c)
        return SEC_E_INSUFFICIENT_MEMORY;
    atomic_fetch_add_explicit(&owner->references, 1, memory_order_relaxed);
    c->credential = owner;
    c->initiator = initiator;
    c->count = parts.count;
    for (size_t i = 0; i < c->count; i++) {
        c->offers[i].package = parts.parts[i].package;
        c->offers[i].credential = parts.parts[i].credential;
        mechanisms[i] = parts.parts[i].package->mechanism;
    }
    backend = nego_backend(c);
    c->handshake = initiator ? nego_initiator_new(&backend, mechanisms, c->count)
                             : nego_acceptor_new(&backend, mechanisms, c->count, true);
    if (!c->handshake) {
        context_free(c);
        return SEC_E_INSUFFICIENT_MEMORY;
    }
    *out = c;
    return SEC_E_OK;
}

/* The negotiation is done. A later one renews what the user-mode half has, and nothing is handed
 * over. */
static SECURITY_STATUS settle(struct nego_context *c, PBOOLEAN mapped, PSecBuffer packed)
{
    unsigned index = nego_handshake_selected(c->handshake);
    struct nego_offer *o = index < c->count ? &c->offers[index] : NULL;
    LSA_SEC_HANDLE user = o && o->context ? lsa_inner()->user(o->context) : 0;
    SECURITY_STATUS status;

    if (!user)
        return SEC_E_INTERNAL_ERROR;
    if (c->outcome) {
        status = nego_outcome_renew(c->outcome, o->package->package, user, o->context);
        if (status == SEC_E_OK)
            o->context = NULL;
        else
            reason_set(0, "messages left no time to negotiate the context anew so often");
        return status;
    }
    c->outcome = nego_outcome_new(o->package->package, user, o->context);
    if (!c->outcome)
        return SEC_E_INSUFFICIENT_MEMORY;
    o->context = NULL;
    status = nego_outcome_pack(c->outcome, packed);
    *mapped = status == SEC_E_OK;
    return status;
}

/* What is known of the mechanism that is spoken, or would be. */
static void describe(const struct nego_context *c, PULONG attributes, PTimeStamp expiry)
{
    unsigned index = nego_handshake_selected(c->handshake);

    *attributes = index < c->count ? c->offers[index].attributes : 0;
    expiry->QuadPart = INT64_MAX;
    if (index < c->count && c->offers[index].expiry.QuadPart)
        *expiry = c->offers[index].expiry;
}

/* The peer would take it for a success. */
static void take_back(PSecBufferDesc output)
{
    PSecBuffer token = buffers_find(output, SECBUFFER_TOKEN);

    if (!token)
        return;
    lsa_host_free(token->pvBuffer);
    token->pvBuffer = NULL;
    token->cbBuffer = 0;
}

static SECURITY_STATUS step(struct nego_context *c, struct lsa_inner_leg *given,
                            PSecBufferDesc output, PULONG attributes, PTimeStamp expiry,
                            PBOOLEAN mapped, PSecBuffer packed)
{
    PSecBuffer in = buffers_find(given->input, SECBUFFER_TOKEN);
    const uint8_t *token = in && in->cbBuffer ? in->pvBuffer : NULL;
    uint8_t *out = NULL;
    size_t out_size = 0;
    SECURITY_STATUS status, put;

    if (nego_handshake_state(c->handshake) == SECPKG_NEGOTIATION_COMPLETE) { /* begins anew */
        free(c->fell_back);
        c->fell_back = NULL;
        c->fallen = 0;
    }
    c->leg = given;
    status = nego_handshake_step(c->handshake, token, token ? in->cbBuffer : 0, &out, &out_size);
    c->leg = NULL;
    describe(c, attributes, expiry);
    put = buffers_put_token(nego_lsa, output, true, out, out_size);
    free(out);
    if (status >= 0 && put != SEC_E_OK)
        status = put;
    /* Last: a context that the peer will not hear of must not take the place of another. */
    if (status == SEC_E_OK) {
        status = settle(c, mapped, packed);
        if (status != SEC_E_OK)
            take_back(output);
    }
    c->status = status;
    return status;
}

static NTSTATUS run(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context, bool initiator,
                    struct lsa_inner_leg *given, PLSA_SEC_HANDLE new_context, PSecBufferDesc output,
                    PULONG attributes, PTimeStamp expiry, PBOOLEAN mapped, PSecBuffer packed)
{
    struct nego_context *c = (struct nego_context *)context;
    SECURITY_STATUS status = SEC_E_OK;

    *mapped = FALSE;
    if (!c)
        status = context_new(credential, initiator, &c);
    if (status == SEC_E_OK)
        status = step(c, given, output, attributes, expiry, mapped, packed);
    if (status >= 0)
        *new_context = (LSA_SEC_HANDLE)c;
    else if (!context)
        context_free(c);
    return status;
}

/*
 * SEC_I_CONTINUE_NEEDED, SEC_E_OK; the errors of nego_handshake_step(), SEC_E_NO_CREDENTIALS when
 * the handle has none to initiate with. On an established context it begins anew.
 */
NTSTATUS NTAPI nego_init_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                                 PUNICODE_STRING target, ULONG requirements,
                                 ULONG data_representation, PSecBufferDesc input,
                                 PLSA_SEC_HANDLE new_context, PSecBufferDesc output,
                                 PULONG attributes, PTimeStamp expiry, PBOOLEAN mapped,
                                 PSecBuffer packed)
{
    struct lsa_inner_leg given = {.target = target && target->Buffer ? target : NULL,
                                  .requirements = requirements,
                                  .data_representation = data_representation,
                                  .input = input};

    return run(credential, context, true, &given, new_context, output, attributes, expiry, mapped,
               packed);
}

NTSTATUS NTAPI nego_accept_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                                   PSecBufferDesc input, ULONG requirements,
                                   ULONG data_representation, PLSA_SEC_HANDLE new_context,
                                   PSecBufferDesc output, PULONG attributes, PTimeStamp expiry,
                                   PBOOLEAN mapped, PSecBuffer packed)
{
    struct lsa_inner_leg given = {
        .requirements = requirements, .data_representation = data_representation, .input = input};

    return run(credential, context, false, &given, new_context, output, attributes, expiry, mapped,
               packed);
}

NTSTATUS NTAPI nego_delete_context(LSA_SEC_HANDLE handle)
{
    if (!handle)
        return SEC_E_INVALID_HANDLE;
    context_free((struct nego_context *)handle);
    return SEC_E_OK;
}

/* For the package that is spoken. */
NTSTATUS NTAPI nego_apply_control(LSA_SEC_HANDLE handle, PSecBufferDesc input)
{
    struct nego_context *c = (struct nego_context *)handle;
    unsigned index = nego_handshake_selected(c->handshake);
    struct lsa_inner_context *inner = index < c->count ? c->offers[index].context : NULL;

    if (!inner && c->outcome)
        inner = atomic_load(&c->outcome->current)->context;
    return inner ? lsa_inner()->apply_control(inner, input) : SEC_E_UNSUPPORTED_FUNCTION;
}
