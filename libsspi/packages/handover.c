/*
 * See handover.h.
 */
#include "libsspi/packages/handover.h"

#include <stdatomic.h>
#include <string.h>

#include "libsspi/lsa/host.h"

SECURITY_STATUS handover_pack(struct handle_map *on_the_way, void *object, PSecBuffer packed)
{
    static atomic_uintptr_t last;
    uintptr_t number = atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;

    packed->pvBuffer = lsa_host_allocate(sizeof(number));
    if (!packed->pvBuffer)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(packed->pvBuffer, &number, sizeof(number));
    packed->cbBuffer = sizeof(number);
    if (handle_map_put(on_the_way, number, object))
        return SEC_E_OK;
    lsa_host_free(packed->pvBuffer);
    packed->pvBuffer = NULL;
    packed->cbBuffer = 0;
    return SEC_E_INSUFFICIENT_MEMORY;
}

void *handover_unpack(struct handle_map *on_the_way, const SecBuffer *packed)
{
    uintptr_t number;

    if (!packed || !packed->pvBuffer || packed->cbBuffer != sizeof(number))
        return NULL;
    memcpy(&number, packed->pvBuffer, sizeof(number));
    return handle_map_remove(on_the_way, number);
}
