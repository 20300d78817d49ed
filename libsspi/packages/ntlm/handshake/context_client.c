/*
 * The initiator in the LSA-mode half: SpInitLsaModeContext.
 */
#include "libsspi/packages/ntlm/handshake/context.h"

#include "libsspi/packages/buffers.h"

/* Bytes. A service name is a host's name with some words around it; what is longer is none. */
#define TARGET_MAX 8192

static uint32_t wanted_flags(ULONG requirements)
{
    uint32_t flags = 0;

    if (requirements & ISC_REQ_CONFIDENTIALITY)
        flags |= NTLM_SEAL | NTLM_SIGN;
    if (requirements & (ISC_REQ_INTEGRITY | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT) &&
        !(requirements & ISC_REQ_NO_INTEGRITY))
        flags |= NTLM_SIGN;
    if (requirements & ISC_REQ_IDENTIFY)
        flags |= NTLM_IDENTIFY;
    if (requirements & ISC_REQ_DATAGRAM)
        flags |= NTLM_DATAGRAM;
    return flags;
}

static SECURITY_STATUS take_target(struct ntlm_context *c, const UNICODE_STRING *target)
{
    struct ntlm_text named = {0};

    if (!target || !target->Buffer || !target->Length)
        return SEC_E_OK;
    if (target->Length > TARGET_MAX)
        return SEC_E_TARGET_UNKNOWN;
    if (!ntlm_text_set(&named, target->Buffer, target->Length / sizeof(WCHAR)))
        return SEC_E_INSUFFICIENT_MEMORY;
    if (ntlm_text_same(&named, &c->target)) {
        ntlm_text_free(&named);
        return SEC_E_OK;
    }
    ntlm_text_free(&c->target);
    c->target = named;
    return ntlm_policy_outbound(&ntlm_lsa.policy, ntlm_text_bytes(&c->target));
}

/* Bindings and target may come with any leg: an application that has them late says them late. */
static SECURITY_STATUS take_input(struct ntlm_context *c, PSecBufferDesc input,
                                  const UNICODE_STRING *target)
{
    SECURITY_STATUS status = ntlm_context_bindings(c, input);

    return status ? status : take_target(c, target);
}

static SECURITY_STATUS client_first(struct ntlm_context *c, PSecBufferDesc output,
                                    PULONG attributes)
{
    struct wire_writer token = wire_writer_grow(NTLM_MESSAGE_MAX);
    SECURITY_STATUS status = ntlm_client_negotiate(&c->handshake, &ntlm_lsa.policy,
                                                   wanted_flags(c->requirements), &token);

    if (!status)
        status = buffers_put_token(ntlm_lsa.table, output,
                                   (c->requirements & ISC_REQ_ALLOCATE_MEMORY) != 0, token.data,
                                   token.offset);
    wire_writer_free(&token);
    *attributes = ntlm_context_attributes(c, wanted_flags(c->requirements));
    return status ? status : SEC_I_CONTINUE_NEEDED;
}

/* Who wants to be nobody, or has no name to give: an anonymous client. */
static bool is_nobody(const struct ntlm_context *c)
{
    return c->credential->anonymous || c->requirements & ISC_REQ_NULL_SESSION;
}

static SECURITY_STATUS client_second(struct ntlm_context *c, struct ntlm_bytes challenge,
                                     PSecBufferDesc output, PULONG attributes,
                                     PSecBuffer context_data)
{
    struct wire_writer token = wire_writer_grow(NTLM_MESSAGE_MAX);
    struct ntlm_account copy = {0};
    struct ntlm_outcome outcome = {0};
    struct ntlm_client_input in = {
        .challenge = challenge,
        .policy = &ntlm_lsa.policy,
        .machine = &ntlm_lsa.machine,
        .target = ntlm_text_bytes(&c->target),
        .unverified_target = (c->requirements & ISC_REQ_UNVERIFIED_TARGET_NAME) != 0,
        .bindings = c->bindings,
    };
    const struct ntlm_text nobody = {0};
    const struct ntlm_text *user = &nobody, *domain = &nobody;
    SECURITY_STATUS status = SEC_E_OK;

    if (!is_nobody(c))
        status = ntlm_credential_account(c->credential, &copy, &in.account);
    if (!status && in.account) {
        user = &in.account->user;
        domain = &in.account->domain;
    }
    if (!status)
        status = ntlm_client_authenticate(&c->handshake, &in, &token, &outcome);
    if (status)
        goto out;
    *attributes = ntlm_context_attributes(c, outcome.flags);
    status =
        buffers_put_token(ntlm_lsa.table, output, (c->requirements & ISC_REQ_ALLOCATE_MEMORY) != 0,
                          token.data, token.offset);
    if (status)
        goto out;
    status = ntlm_context_pack(c, &outcome, *attributes, user, domain, &c->target, context_data);
out:
    ntlm_account_clear(&copy);
    ntlm_outcome_clear(&outcome);
    wire_writer_free(&token);
    return status;
}

/* Datagrams: an application may hold the server's word already when it calls first. */
static SECURITY_STATUS begin(LSA_SEC_HANDLE credential, const UNICODE_STRING *target,
                             ULONG requirements, PSecBufferDesc input, PLSA_SEC_HANDLE new_handle,
                             PSecBufferDesc output, PULONG attributes, PSecBuffer context_data)
{
    struct ntlm_context *c = NULL;
    struct ntlm_bytes challenge;
    SECURITY_STATUS status = ntlm_context_new(credential, true, &c);

    if (status)
        goto out;
    c->requirements = requirements;
    status = take_input(c, input, target);
    if (!status && !c->target.units)
        status = ntlm_policy_outbound(&ntlm_lsa.policy, ntlm_text_bytes(&c->target));
    if (!status)
        status = client_first(c, output, attributes);
    challenge = ntlm_context_token(input);
    if (status == SEC_I_CONTINUE_NEEDED && c->handshake.datagram && challenge.size) {
        status = client_second(c, challenge, output, attributes, context_data);
        c->over = true;
    }
    if (status == SEC_I_CONTINUE_NEEDED || status == SEC_E_OK) {
        *new_handle = (LSA_SEC_HANDLE)c;
        c = NULL;
    }
out:
    ntlm_context_free(c);
    return status;
}

static SECURITY_STATUS go_on(struct ntlm_context *c, const UNICODE_STRING *target,
                             ULONG requirements, PSecBufferDesc input, PSecBufferDesc output,
                             PULONG attributes, PSecBuffer context_data)
{
    /* What was asked of the context is settled; these are each call's own matter. */
    const ULONG own = ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_UNVERIFIED_TARGET_NAME;
    SECURITY_STATUS status = SEC_E_INVALID_HANDLE;

    pthread_mutex_lock(&c->lock);
    if (c->over || !c->client)
        goto out;
    c->requirements = (c->requirements & ~own) | (requirements & own);
    status = take_input(c, input, target);
    if (!status)
        status = client_second(c, ntlm_context_token(input), output, attributes, context_data);
    c->over = ntlm_context_is_over(status);
out:
    pthread_mutex_unlock(&c->lock);
    return status;
}

/*
 * InitializeSecurityContext: SEC_I_CONTINUE_NEEDED, then SEC_E_OK with *mapped. Errors: those of
 * ntlm_client_authenticate, SEC_E_INVALID_HANDLE, SEC_E_NO_CREDENTIALS, SEC_E_BUFFER_TOO_SMALL,
 * SEC_E_BAD_BINDINGS for a malformed bindings buffer, SEC_E_TARGET_UNKNOWN for a name that is too
 * long. With ISC_REQ_DATAGRAM the first call gives an empty token: the server speaks first.
 */
NTSTATUS NTAPI ntlm_init_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE handle,
                                 PUNICODE_STRING target, ULONG requirements, ULONG representation,
                                 PSecBufferDesc input, PLSA_SEC_HANDLE new_handle,
                                 PSecBufferDesc output, PULONG attributes, PTimeStamp expiry,
                                 PBOOLEAN mapped, PSecBuffer context_data)
{
    SECURITY_STATUS status;

    (void)representation;
    *new_handle = handle;
    expiry->QuadPart = INT64_MAX;
    if (!handle)
        status = begin(credential, target, requirements, input, new_handle, output, attributes,
                       context_data);
    else
        status = go_on((struct ntlm_context *)handle, target, requirements, input, output,
                       attributes, context_data);
    *mapped = status == SEC_E_OK;
    return status;
}
