/*
 * Memory as packages see it: the LSA's heap, the private heap for secrets, and the client's memory,
 * which is only ever reached through the functions that the call brought along.
 */
#include "libsspi/lsa/host_internal.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <ntstatus.h>
#include "base/secret.h"

/*
 * The heap is malloc's, so whatever a package returns to the application of libsspi can be released
 * by FreeContextBuffer, no matter which half allocated it. Nobody says what was a secret:
 * everything is wiped.
 */
void *lsa_host_allocate(size_t size)
{
    return calloc(1, size ? size : 1);
}

void lsa_host_free(void *p)
{
    if (!p)
        return;
    secret_wipe(p, malloc_usable_size(p));
    free(p);
}

PVOID NTAPI lsa_allocate_heap(ULONG size)
{
    return lsa_host_allocate(size);
}

VOID NTAPI lsa_free_heap(PVOID base)
{
    lsa_host_free(base);
}

PVOID NTAPI lsa_allocate_private_heap(SIZE_T size)
{
    return secret_alloc(size);
}

VOID NTAPI lsa_free_private_heap(PVOID base)
{
    secret_free(base);
}

/* NULL: the client is this process itself. */
static const struct lsa_client_memory *client_memory(void)
{
    const struct lsa_call *call = lsa_call_current();

    return call ? call->memory : NULL;
}

NTSTATUS NTAPI lsa_allocate_client_buffer(PLSA_CLIENT_REQUEST request, ULONG size, PVOID *address)
{
    const struct lsa_client_memory *memory = client_memory();

    (void)request;
    *address = NULL;
    if (memory)
        return memory->allocate(memory->arg, size, address);
    *address = lsa_host_allocate(size);
    return *address ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

NTSTATUS NTAPI lsa_free_client_buffer(PLSA_CLIENT_REQUEST request, PVOID address)
{
    const struct lsa_client_memory *memory = client_memory();

    (void)request;
    if (memory)
        return memory->release(memory->arg, address);
    lsa_host_free(address);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI lsa_copy_to_client_buffer(PLSA_CLIENT_REQUEST request, ULONG size, PVOID address,
                                         PVOID data)
{
    const struct lsa_client_memory *memory = client_memory();

    (void)request;
    if (memory)
        return memory->copy_to(memory->arg, size, address, data);
    if (size > 0 && (!address || !data))
        return STATUS_ACCESS_VIOLATION;
    if (size > 0)
        memcpy(address, data, size);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI lsa_copy_from_client_buffer(PLSA_CLIENT_REQUEST request, ULONG size, PVOID data,
                                           PVOID address)
{
    const struct lsa_client_memory *memory = client_memory();

    (void)request;
    if (memory)
        return memory->copy_from(memory->arg, size, data, address);
    if (size > 0 && (!address || !data))
        return STATUS_ACCESS_VIOLATION;
    if (size > 0)
        memcpy(data, address, size);
    return STATUS_SUCCESS;
}

/*
 * The host hands input over in the LSA's memory already, so mapping is needed only for what a
 * buffer points at further: a buffer marked SECBUFFER_UNMAPPED is copied from the client into LSA
 * heap, which the package frees.
 */
NTSTATUS NTAPI lsa_map_buffer(PSecBuffer input, PSecBuffer output)
{
    SecBuffer mapped = *input;
    NTSTATUS status;

    if (!(input->BufferType & SECBUFFER_UNMAPPED) || !client_memory()) {
        mapped.BufferType &= ~(ULONG)SECBUFFER_UNMAPPED;
        *output = mapped;
        return STATUS_SUCCESS;
    }
    mapped.BufferType &= ~(ULONG)SECBUFFER_UNMAPPED;
    mapped.pvBuffer = lsa_host_allocate(input->cbBuffer);
    if (!mapped.pvBuffer)
        return STATUS_NO_MEMORY;
    status = lsa_copy_from_client_buffer(NULL, input->cbBuffer, mapped.pvBuffer, input->pvBuffer);
    if (!NT_SUCCESS(status)) {
        lsa_host_free(mapped.pvBuffer);
        return status;
    }
    *output = mapped;
    return STATUS_SUCCESS;
}
