/*
 * The acceptor in the LSA-mode half: SpAcceptLsaModeContext.
 */
#include "libsspi/packages/ntlm/handshake/context.h"

#include <ntstatus.h>

#include "libsspi/packages/buffers.h"
#include "libsspi/packages/ntlm/verify/chain.h"

static SECURITY_STATUS server_first(struct ntlm_context *c, struct ntlm_bytes negotiate,
                                    PSecBufferDesc output, PULONG attributes)
{
    const struct ntlm_credential *credential = c->credential;
    struct wire_writer token = wire_writer_grow(NTLM_MESSAGE_MAX);
    const struct ntlm_server_offer offer = {.policy = &ntlm_lsa.policy,
                                            .machine = &ntlm_lsa.machine,
                                            .datagram = c->requirements & ASC_REQ_DATAGRAM,
                                            .no_lm_key = !credential->supplied ||
                                                         !credential->account.has_lm_hash,
                                            .negotiate = negotiate};
    SECURITY_STATUS status = ntlm_server_challenge(&c->handshake, &offer, &token);

    if (!status)
        status = buffers_put_token(ntlm_lsa.table, output,
                                   (c->requirements & ASC_REQ_ALLOCATE_MEMORY) != 0, token.data,
                                   token.offset);
    wire_writer_free(&token);
    *attributes = ntlm_context_attributes(c, c->handshake.flags);
    return status ? status : SEC_I_CONTINUE_NEEDED;
}

static SECURITY_STATUS begin(LSA_SEC_HANDLE credential, ULONG requirements, PSecBufferDesc input,
                             PLSA_SEC_HANDLE new_handle, PSecBufferDesc output, PULONG attributes)
{
    static const struct ntlm_text nobody; /* has said its name yet */
    struct ntlm_context *c = NULL;
    SECURITY_STATUS status = ntlm_context_new(credential, false, &c);

    if (status)
        goto out;
    c->requirements = requirements;
    status = ntlm_context_bindings(c, input);
    if (!status && ntlm_lsa.policy.deny_inbound == NTLM_SCOPE_ALL) /* 3.2.5.1.1, ServerBlocked */
        status = ntlm_policy_inbound(&ntlm_lsa.policy, &nobody, &nobody, true);
    if (!status)
        status = server_first(c, ntlm_context_token(input), output, attributes);
    if (status == SEC_I_CONTINUE_NEEDED) {
        *new_handle = (LSA_SEC_HANDLE)c;
        c = NULL;
    }
out:
    ntlm_context_free(c);
    return status;
}

static UNICODE_STRING counted(const struct ntlm_text *text)
{
    USHORT size = (USHORT)(text->units < 1024 ? text->units * sizeof(WCHAR) : 0);

    return (UNICODE_STRING){size, size, text->string};
}

/* Who was refused belongs into the machine's log; the LSA cleans names that strangers chose. */
static void audit(SECURITY_STATUS status, const struct ntlm_outcome *o)
{
    UNICODE_STRING user = counted(&o->user), domain = counted(&o->domain);
    TOKEN_SOURCE source = {.SourceName = {'N', 'T', 'L', 'M'}};
    LUID none = {0};

    if (ntlm_lsa.table->AuditLogon)
        ntlm_lsa.table->AuditLogon(STATUS_LOGON_FAILURE, status, &user, &domain, NULL, NULL,
                                   Network, &source, &none);
}

/*
 * Of the client by whoever verified it, or because a right proof came by a wrong way: somebody
 * stands between. A message that is none is the peer's own trouble.
 */
static bool is_refusal(SECURITY_STATUS status)
{
    switch (status) {
    case SEC_E_LOGON_DENIED:
    case SEC_E_MESSAGE_ALTERED:
    case SEC_E_BAD_BINDINGS:
    case SEC_E_WRONG_PRINCIPAL:
    case SEC_E_NO_AUTHENTICATING_AUTHORITY:
    case STATUS_ACCOUNT_RESTRICTION:
    case STATUS_INVALID_LOGON_HOURS:
    case STATUS_INVALID_WORKSTATION:
    case STATUS_PASSWORD_EXPIRED:
    case STATUS_ACCOUNT_DISABLED:
    case STATUS_ACCOUNT_EXPIRED:
    case STATUS_ACCOUNT_LOCKED_OUT:
    case STATUS_PASSWORD_MUST_CHANGE:
    case STATUS_LOGON_TYPE_NOT_GRANTED:
        return true;
    default:
        return false;
    }
}

static SECURITY_STATUS server_second(struct ntlm_context *c, struct ntlm_bytes authenticate,
                                     PSecBufferDesc output, PULONG attributes,
                                     PSecBuffer context_data)
{
    struct ntlm_chain chain = {.luid = c->credential->luid, .self_only = c->credential->self_only};
    struct ntlm_outcome outcome = {0};
    struct ntlm_server_input in = {
        .authenticate = authenticate,
        .bindings = c->has_bindings ? c->bindings : NULL,
        .allow_missing_bindings = (c->requirements & ASC_REQ_ALLOW_MISSING_BINDINGS) != 0,
        .proxy_bindings = (c->requirements & ASC_REQ_PROXY_BINDINGS) != 0,
        .audit_bindings = c->audit_bindings,
        .allow_anonymous = (c->requirements & ASC_REQ_ALLOW_NULL_SESSION) != 0,
        .policy = &ntlm_lsa.policy,
        .machine = &ntlm_lsa.machine,
        .verify = c->credential->supplied ? ntlm_supplied_verify : ntlm_chain_verify,
        .verify_arg = c->credential->supplied ? (void *)&c->credential->account : &chain,
    };
    SECURITY_STATUS status = ntlm_server_verify(&c->handshake, &in, &outcome);

    if (is_refusal(status))
        audit(status, &outcome);
    if (status)
        goto out;
    *attributes = ntlm_context_attributes(c, outcome.flags);
    status = buffers_put_token(ntlm_lsa.table, output, FALSE, NULL, 0);
    if (!status)
        status = ntlm_context_pack(c, &outcome, *attributes, &outcome.user, &outcome.domain,
                                   &outcome.target, context_data);
out:
    ntlm_outcome_clear(&outcome);
    return status;
}

static SECURITY_STATUS go_on(struct ntlm_context *c, ULONG requirements, PSecBufferDesc input,
                             PSecBufferDesc output, PULONG attributes, PSecBuffer context_data)
{
    SECURITY_STATUS status = SEC_E_INVALID_HANDLE;

    pthread_mutex_lock(&c->lock);
    if (c->over || c->client)
        goto out;
    c->requirements |= requirements & (ASC_REQ_ALLOW_MISSING_BINDINGS | ASC_REQ_PROXY_BINDINGS |
                                       ASC_REQ_ALLOW_NULL_SESSION);
    status = ntlm_context_bindings(c, input);
    if (!status)
        status = server_second(c, ntlm_context_token(input), output, attributes, context_data);
    c->over = ntlm_context_is_over(status);
out:
    pthread_mutex_unlock(&c->lock);
    return status;
}

/*
 * AcceptSecurityContext: SEC_I_CONTINUE_NEEDED, then SEC_E_OK with *mapped. Errors: those of
 * ntlm_server_challenge and ntlm_server_verify, SEC_E_INVALID_HANDLE, SEC_E_NO_CREDENTIALS,
 * SEC_E_BUFFER_TOO_SMALL. With ASC_REQ_DATAGRAM the first call needs no token.
 */
NTSTATUS NTAPI ntlm_accept_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE handle,
                                   PSecBufferDesc input, ULONG requirements, ULONG representation,
                                   PLSA_SEC_HANDLE new_handle, PSecBufferDesc output,
                                   PULONG attributes, PTimeStamp expiry, PBOOLEAN mapped,
                                   PSecBuffer context_data)
{
    SECURITY_STATUS status;

    (void)representation;
    *new_handle = handle;
    expiry->QuadPart = INT64_MAX;
    if (!handle)
        status = begin(credential, requirements, input, new_handle, output, attributes);
    else
        status = go_on((struct ntlm_context *)handle, requirements, input, output, attributes,
                       context_data);
    *mapped = status == SEC_E_OK;
    return status;
}
