/*
 * The negotiation as the handshake calls it: legs of Negotiate's context, and messages through the
 * user-mode half of the package that was agreed on.
 */
#include "libsspi/packages/tspkg/tspkg.h"

#include <stdlib.h>
#include <string.h>

#include "base/reason.h"
#include "base/secret.h"

/* A message is a public key's hash or a set of credentials. */
#define MESSAGE_MAX (1024 * 1024)

/* ---- legs -------------------------------------------------------------------------------------
 */

/* Nothing is delegated by the negotiation itself; that the server proves itself is always asked
 * for, since the policy goes by it. */
static ULONG requirements_of(const struct ts_context *c)
{
    if (c->initiator)
        return ISC_REQ_MUTUAL_AUTH | ISC_REQ_CONFIDENTIALITY | ISC_REQ_INTEGRITY |
               ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT |
               (c->requirements & ISC_REQ_EXTENDED_ERROR);
    return ASC_REQ_MUTUAL_AUTH | ASC_REQ_CONFIDENTIALITY | ASC_REQ_INTEGRITY |
           ASC_REQ_REPLAY_DETECT | ASC_REQ_SEQUENCE_DETECT |
           (c->requirements & ASC_REQ_EXTENDED_ERROR);
}

static SECURITY_STATUS leg(void *arg, const uint8_t *in, size_t in_size, uint8_t **out,
                           size_t *out_size)
{
    struct ts_context *c = arg;
    SecBuffer buffer = {(ULONG)in_size, SECBUFFER_TOKEN, (void *)(uintptr_t)in};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &buffer};
    UNICODE_STRING target = {.Buffer = c->target};
    struct lsa_inner_leg inner = {.requirements = requirements_of(c),
                                  .data_representation = c->data_representation,
                                  .input = in_size ? &input : NULL};
    SECURITY_STATUS status;

    *out = NULL;
    *out_size = 0;
    if (in_size > UINT32_MAX)
        return SEC_E_INVALID_TOKEN;
    for (target.Length = 0; c->target && c->target[target.Length / sizeof(WCHAR)];)
        target.Length += sizeof(WCHAR);
    target.MaximumLength = (USHORT)(target.Length + sizeof(WCHAR));
    inner.target = c->target ? &target : NULL;
    status = c->initiator ? lsa_inner()->initialize(c->negotiate, &c->inner, &inner)
                          : lsa_inner()->accept(c->negotiate, &c->inner, &inner);
    *out = inner.token; /* the LSA's heap is free()'s */
    *out_size = inner.token_size;
    if (status != SEC_E_OK)
        return status;
    c->attributes = inner.attributes;
    c->expiry = inner.expiry;
    if (!(inner.attributes & ISC_RET_CONFIDENTIALITY)) {
        reason_set(0, "what was negotiated keeps nothing secret");
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
    if (!c->initiator && inner.attributes & ASC_RET_NULL_SESSION)
        return SEC_E_LOGON_DENIED; /* nobody has nothing to hand over */
    return SEC_E_OK;
}

/* ---- messages ---------------------------------------------------------------------------------
 */

const SECPKG_USER_FUNCTION_TABLE *ts_negotiation(struct lsa_inner_context *inner,
                                                 LSA_SEC_HANDLE *user)
{
    const struct lsa_package *package = lsa_host_find(u"Negotiate");

    *user = inner ? lsa_inner()->user(inner) : 0;
    return *user && package ? package->user : NULL;
}

static SECURITY_STATUS seal(void *arg, const uint8_t *data, size_t size, uint8_t **sealed,
                            size_t *sealed_size)
{
    struct ts_context *c = arg;
    LSA_SEC_HANDLE user;
    const SECPKG_USER_FUNCTION_TABLE *table = ts_negotiation(c->inner, &user);
    SecPkgContext_Sizes sizes = {0};
    SecBuffer b[3];
    SecBufferDesc message = {SECBUFFER_VERSION, ARRAYSIZE(b), b};
    SECURITY_STATUS status;
    uint8_t *all;
    size_t at;

    if (!table || !table->SealMessage || size > MESSAGE_MAX)
        return SEC_E_UNSUPPORTED_FUNCTION;
    status = table->QueryContextAttributes(user, SECPKG_ATTR_SIZES, &sizes);
    if (status != SEC_E_OK)
        return status;
    at = sizes.cbSecurityTrailer;
    all = secret_alloc(at + size + sizes.cbBlockSize);
    if (!all)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(all + at, data, size);
    b[0] = (SecBuffer){sizes.cbSecurityTrailer, SECBUFFER_TOKEN, all};
    b[1] = (SecBuffer){(ULONG)size, SECBUFFER_DATA, all + at};
    b[2] = (SecBuffer){sizes.cbBlockSize, SECBUFFER_PADDING, all + at + size};
    status = table->SealMessage(user, 0, &message, 0);
    if (status != SEC_E_OK) {
        secret_free(all);
        return status;
    }
    /* The three one after the other, without the room that was not needed. */
    at = b[0].cbBuffer;
    for (int i = 1; i < 3; i++) {
        memmove(all + at, b[i].pvBuffer, b[i].cbBuffer);
        at += b[i].cbBuffer;
    }
    *sealed = all;
    *sealed_size = at;
    return SEC_E_OK;
}

static SECURITY_STATUS unseal(void *arg, const uint8_t *sealed, size_t size, uint8_t **data,
                              size_t *data_size)
{
    struct ts_context *c = arg;
    LSA_SEC_HANDLE user;
    const SECPKG_USER_FUNCTION_TABLE *table = ts_negotiation(c->inner, &user);
    uint8_t *copy = NULL;
    SecBuffer b[2];
    SecBufferDesc message = {SECBUFFER_VERSION, ARRAYSIZE(b), b};
    SECURITY_STATUS status;
    ULONG qop = 0;

    if (!table || !table->UnsealMessage)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (!size || size > MESSAGE_MAX)
        return SEC_E_INVALID_TOKEN;
    copy = secret_dup(sealed, size);
    if (!copy)
        return SEC_E_INSUFFICIENT_MEMORY;
    b[0] = (SecBuffer){(ULONG)size, SECBUFFER_STREAM, copy};
    b[1] = (SecBuffer){0, SECBUFFER_DATA, NULL};
    status = table->UnsealMessage(user, &message, 0, &qop);
    /* Signed is not enough: it must have been secret on the way. */
    if (status == SEC_E_OK && qop & SECQOP_WRAP_NO_ENCRYPT)
        status = SEC_E_MESSAGE_ALTERED;
    if (status == SEC_E_OK) {
        *data = secret_dup(b[1].pvBuffer, b[1].cbBuffer);
        *data_size = b[1].cbBuffer;
        if (!*data)
            status = SEC_E_INSUFFICIENT_MEMORY;
    }
    secret_free(copy);
    return status;
}

static SECURITY_STATUS credentials(void *arg, uint8_t **der, size_t *size)
{
    return ts_delegate(arg, der, size);
}

struct ts_backend ts_backend_of(struct ts_context *c)
{
    return (struct ts_backend){
        .leg = leg, .seal = seal, .unseal = unseal, .credentials = credentials, .arg = c};
}
