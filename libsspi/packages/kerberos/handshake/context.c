/*
 * Contexts in the LSA-mode half, from the first token to the packed context.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "libsspi/packages/buffers.h"
#include "libsspi/packages/kerberos/handshake/delegation.h"

void kerb_context_free(struct kerb_context *c)
{
    krb5_context krb;

    if (!c)
        return;
    krb = kerb_context_take();
    if (krb) {
        krb5_auth_con_free(krb, c->auth);
        krb5_free_principal(krb, c->service);
        krb5_free_keyblock(krb, c->user_key);
        kerb_context_give(krb);
    }
    kerb_delegation_drop(c);
    kerb_credential_release(c->credential);
    kerb_about_clear(&c->about);
    free(c->client);
    free(c->server);
    secret_free(c);
}

NTSTATUS NTAPI kerb_delete_context(LSA_SEC_HANDLE handle)
{
    kerb_context_free((struct kerb_context *)handle);
    return SEC_E_OK;
}

/* Whether the initiator's token of this leg was its last: not when it asked for a TGT, and not in
 * DCE style. */
static SECPKG_ATTR_LCT_STATUS last_token(const struct kerb_context *c)
{
    if (!c->initiator || c->leg == KERB_LEG_TGT || (c->attributes & ISC_RET_USED_DCE_STYLE))
        return SecPkgAttrLastClientTokenNo;
    /* An error of the acceptor may bring it to try once more. */
    return c->attributes & ISC_RET_EXTENDED_ERROR ? SecPkgAttrLastClientTokenMaybe
                                                  : SecPkgAttrLastClientTokenYes;
}

/* Before a handshake is done nothing else of it may be relied on; afterwards the user-mode half
 * answers. */
NTSTATUS NTAPI kerb_query_lsa_context(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    if (attribute != SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS)
        return SEC_E_INVALID_HANDLE;
    ((SecPkgContext_LastClientTokenStatus *)buffer)->LastClientTokenStatus =
        last_token((const struct kerb_context *)handle);
    return SEC_E_OK;
}

char *kerb_unparse(krb5_context krb, krb5_const_principal principal)
{
    char *name, *copy;

    if (krb5_unparse_name(krb, principal, &name))
        return NULL;
    copy = strdup(name);
    krb5_free_unparsed_name(krb, name);
    return copy;
}

SECURITY_STATUS kerb_copy_key(const krb5_keyblock *from, struct kerb_key *to)
{
    const struct kerb_profile *profile = kerb_profile(from->enctype);

    if (!profile || from->length != profile->key_size || from->length > sizeof(to->bytes))
        return SEC_E_ALGORITHM_MISMATCH;
    to->enctype = from->enctype;
    memcpy(to->bytes, from->contents, from->length);
    return SEC_E_OK;
}

NTSTATUS kerb_pack(struct kerb_context *c, const struct kerb_key *acceptor_key, uint32_t send,
                   uint32_t receive, PBOOLEAN mapped, PSecBuffer context_data)
{
    struct kerb_packed packed = {
        .initiator = c->initiator,
        .attributes = c->attributes,
        .send_sequence = send,
        .receive_sequence = receive,
        .start = c->start,
        .expiry = c->expiry,
        .key = c->key,
        .client = {c->client, strlen(c->client)},
        .server = {c->server, strlen(c->server)},
        .acceptor_key = *acceptor_key,
        .logon = (uint64_t)(uint32_t)c->logon.HighPart << 32 | c->logon.LowPart,
    };
    size_t size;
    void *bytes;
    NTSTATUS status;

    kerb_describe_pack(&c->about, &packed);
    bytes = kerb_packed_write(&packed, &size);
    secret_wipe(&packed, sizeof(packed));
    if (!bytes)
        return SEC_E_INSUFFICIENT_MEMORY;
    status = buffers_put_context(kerb_lsa, context_data, bytes, size);
    secret_free(bytes);
    if (!status) {
        c->done = true;
        *mapped = TRUE;
    }
    return status;
}

SECURITY_STATUS kerb_get_token(PSecBufferDesc input, struct kerb_token *token, krb5_data *message)
{
    PSecBuffer in = buffers_find(input, SECBUFFER_TOKEN);

    if (!in || !kerb_token_read(in->pvBuffer, in->cbBuffer, token))
        return SEC_E_INVALID_TOKEN;
    *message =
        (krb5_data){.length = (unsigned)token->body_size, .data = (char *)(uintptr_t)token->body};
    return SEC_E_OK;
}

NTSTATUS kerb_put_token(PSecBufferDesc out, ULONG requirements, uint16_t type,
                        enum kerb_framing framing, const krb5_data *message)
{
    struct kerb_token token = {
        .type = type,
        .framing = framing,
        .body = (const uint8_t *)message->data,
        .body_size = message->length,
    };
    struct wire_writer w = wire_writer_grow(message->length + 64);
    NTSTATUS status = SEC_E_INSUFFICIENT_MEMORY;

    kerb_token_write(&w, &token);
    /* ISC_REQ_ and ASC_REQ_ALLOCATE_MEMORY have the same value. */
    if (wire_write_ok(&w))
        status = buffers_put_token(kerb_lsa, out, (requirements & ISC_REQ_ALLOCATE_MEMORY) != 0,
                                   w.data, w.offset);
    wire_writer_free(&w);
    return status;
}
