/*
 * The last two messages of the GSSAPI mechanism of SASL, in which the sides agree on a security
 * layer: the reader and the writer.
 *
 * Source: RFC 4752 3.1 to 3.3.
 */
#include "libsspi/api/sasl.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/wire.h"

#define HEADER 4 /* bytes before the authorization identity */

SECURITY_STATUS sasl_layer_write(PCtxtHandle context, uint8_t layers, ULONG size, const void *authz,
                                 size_t authz_size, void **token, ULONG *token_size)
{
    SecPkgContext_Sizes sizes;
    SecBuffer b[3];
    SecBufferDesc message = {SECBUFFER_VERSION, ARRAYSIZE(b), b};
    SECURITY_STATUS status = QueryContextAttributesW(context, SECPKG_ATTR_SIZES, &sizes);
    size_t room = HEADER + authz_size;
    struct wire_writer w;
    uint8_t *all;

    *token = NULL;
    if (status != SEC_E_OK)
        return status;
    all = lsa_host_allocate(sizes.cbSecurityTrailer + room + sizes.cbBlockSize);
    if (!all)
        return SEC_E_INSUFFICIENT_MEMORY;
    b[0] = (SecBuffer){sizes.cbSecurityTrailer, SECBUFFER_TOKEN, all};
    b[1] = (SecBuffer){(ULONG)room, SECBUFFER_DATA, all + sizes.cbSecurityTrailer};
    b[2] = (SecBuffer){sizes.cbBlockSize, SECBUFFER_PADDING, all + sizes.cbSecurityTrailer + room};
    w = wire_writer(b[1].pvBuffer, room);
    wire_put_u32be(&w, (uint32_t)layers << 24 | size);
    wire_put_bytes(&w, authz, authz_size);
    status = EncryptMessage(context, SECQOP_WRAP_NO_ENCRYPT, &message, 0);
    if (status != SEC_E_OK) {
        lsa_host_free(all);
        return status;
    }
    /* The three parts one after the other, without the room that was not needed. */
    w = wire_writer(all, sizes.cbSecurityTrailer + room + sizes.cbBlockSize);
    w.offset = b[0].cbBuffer;
    for (int i = 1; i < 3; i++) {
        memmove(all + w.offset, b[i].pvBuffer, b[i].cbBuffer);
        w.offset += b[i].cbBuffer;
    }
    *token = all;
    *token_size = (ULONG)w.offset;
    return SEC_E_OK;
}

SECURITY_STATUS sasl_layer_read(PCtxtHandle context, const void *token, ULONG token_size,
                                uint8_t *layers, ULONG *size, uint8_t **authz, size_t *authz_size)
{
    void *copy = malloc(token_size + 1);
    SecBuffer b[2] = {{token_size, SECBUFFER_STREAM, copy}, {0, SECBUFFER_DATA, NULL}};
    SecBufferDesc message = {SECBUFFER_VERSION, ARRAYSIZE(b), b};
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;
    struct wire_reader r;
    uint32_t head;
    ULONG qop;

    *authz = NULL;
    *authz_size = 0;
    if (!copy)
        return status;
    if (token_size)
        memcpy(copy, token, token_size);
    status = token_size ? DecryptMessage(context, &message, 0, &qop) : SEC_E_INVALID_TOKEN;
    if (status != SEC_E_OK)
        goto out;
    r = wire_reader(b[1].pvBuffer, b[1].cbBuffer);
    head = wire_u32be(&r);
    status = SEC_E_INVALID_TOKEN;
    if (!wire_ok(&r) || wire_left(&r) > SASL_AUTHZ_MAX)
        goto out;
    *layers = (uint8_t)(head >> 24);
    *size = head & SASL_SIZE_MAX;
    *authz_size = wire_left(&r);
    status = SEC_E_OK;
    if (*authz_size == 0)
        goto out;
    *authz = malloc(*authz_size);
    if (*authz)
        wire_copy(&r, *authz, *authz_size);
    else
        status = SEC_E_INSUFFICIENT_MEMORY;
out:
    free(copy);
    return status;
}
