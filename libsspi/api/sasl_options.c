/*
 * SaslSetContextOption and SaslGetContextOption: buffer sizes, and whom a client wants to act as.
 *
 * Source: the pages of the functions in "sspi.h header" (sdk-api/sspi).
 */
#include "libsspi/api/sasl.h"

#include <stdlib.h>
#include <string.h>

/* What a message may hold: the other side's buffer, less what sealing adds. */
static ULONG send_size(PCtxtHandle context, const struct api_sasl *sasl)
{
    SecPkgContext_Sizes sizes;
    ULONG room = sasl->send_size < sasl->peer_size ? sasl->send_size : sasl->peer_size, more;

    if (sasl->state != SASL_DONE || !sasl->layers || sasl->layer == SASL_NO_LAYER ||
        QueryContextAttributesW(context, SECPKG_ATTR_SIZES, &sizes) != SEC_E_OK)
        return sasl->send_size;
    more = sizes.cbBlockSize + sizes.cbSecurityTrailer + sizes.cbMaxSignature;
    return room > more ? room - more : 0;
}

static SECURITY_STATUS give(const void *from, size_t size, PVOID value, ULONG room, PULONG needed)
{
    if (needed)
        *needed = (ULONG)size;
    if (size > room || (size && !value))
        return SEC_E_BUFFER_TOO_SMALL;
    if (size)
        memcpy(value, from, size);
    return SEC_E_OK;
}

static SECURITY_STATUS get(PCtxtHandle context, const struct api_sasl *sasl, ULONG option,
                           PVOID value, ULONG room, PULONG needed)
{
    ULONG number;

    switch (option) {
    case SASL_OPTION_SEND_SIZE:
        number = send_size(context, sasl);
        break;
    case SASL_OPTION_RECV_SIZE:
        number = sasl->receive_size;
        break;
    case SASL_OPTION_AUTHZ_PROCESSING:
        number = sasl->authz_processing;
        break;
    case SASL_OPTION_AUTHZ_STRING:
        if (sasl->authz_processing == Sasl_AuthZIDForbidden)
            return SEC_E_UNSUPPORTED_FUNCTION;
        return give(sasl->authz, sasl->authz_size, value, room, needed);
    default:
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
    return give(&number, sizeof(number), value, room, needed);
}

static SECURITY_STATUS set_authz(struct api_sasl *sasl, const void *value, ULONG size)
{
    uint8_t *copy = NULL;

    if (sasl->authz_processing == Sasl_AuthZIDForbidden)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (size > SASL_AUTHZ_MAX || (size && !value))
        return SEC_E_INVALID_PARAMETER;
    if (size) {
        copy = malloc(size);
        if (!copy)
            return SEC_E_INSUFFICIENT_MEMORY;
        memcpy(copy, value, size);
    }
    free(sasl->authz);
    sasl->authz = copy;
    sasl->authz_size = size;
    return SEC_E_OK;
}

static SECURITY_STATUS set(struct api_sasl *sasl, ULONG option, const void *value, ULONG size)
{
    ULONG number;

    if (option == SASL_OPTION_AUTHZ_STRING)
        return set_authz(sasl, value, size);
    if (option != SASL_OPTION_SEND_SIZE && option != SASL_OPTION_RECV_SIZE &&
        option != SASL_OPTION_AUTHZ_PROCESSING)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (size < sizeof(number) || !value)
        return SEC_E_BUFFER_TOO_SMALL;
    memcpy(&number, value, sizeof(number));
    if (number > (option == SASL_OPTION_AUTHZ_PROCESSING ? (ULONG)Sasl_AuthZIDProcessed
                                                         : (ULONG)SASL_SIZE_MAX))
        return SEC_E_INVALID_PARAMETER;
    if (option == SASL_OPTION_SEND_SIZE)
        sasl->send_size = number;
    else if (option == SASL_OPTION_RECV_SIZE)
        sasl->receive_size = number;
    else
        sasl->authz_processing = number;
    return SEC_E_OK;
}

/* The context of a handle that one of the Sasl… functions made; NULL for another. */
static struct api_context *acquire(const SecHandle *handle)
{
    struct api_context *c = handle_acquire(HANDLE_CONTEXT, handle);

    if (!c || c->sasl)
        return c;
    handle_release(handle);
    return NULL;
}

SECURITY_STATUS WINAPI SaslSetContextOption(PCtxtHandle ContextHandle, ULONG Option, PVOID Value,
                                            ULONG Size)
{
    SecHandle handle = ContextHandle ? *ContextHandle : (SecHandle){0, 0};
    struct api_context *c = acquire(&handle);
    SECURITY_STATUS status;

    if (!c)
        return SEC_E_INVALID_HANDLE;
    pthread_mutex_lock(&c->sasl->lock);
    status = set(c->sasl, Option, Value, Size);
    pthread_mutex_unlock(&c->sasl->lock);
    handle_release(&handle);
    return status;
}

SECURITY_STATUS WINAPI SaslGetContextOption(PCtxtHandle ContextHandle, ULONG Option, PVOID Value,
                                            ULONG Size, PULONG Needed)
{
    SecHandle handle = ContextHandle ? *ContextHandle : (SecHandle){0, 0};
    struct api_context *c = acquire(&handle);
    SECURITY_STATUS status;

    if (!c)
        return SEC_E_INVALID_HANDLE;
    pthread_mutex_lock(&c->sasl->lock);
    status = get(&handle, c->sasl, Option, Value, Size, Needed);
    pthread_mutex_unlock(&c->sasl->lock);
    handle_release(&handle);
    return status;
}
