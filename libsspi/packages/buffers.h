/*
 * The buffer descriptors a package is called with. In LSA mode the host hands over SecBufferDesc
 * whose input buffers lie in the LSA's own memory (already copied and bounded) and whose output
 * token is one SECBUFFER_TOKEN.
 */
#ifndef CREDMGR_PACKAGES_BUFFERS_H
#define CREDMGR_PACKAGES_BUFFERS_H

#include <ntsecpkg.h>
#include <sspi.h>

/* First buffer of `type` (attribute bits masked off), or NULL. A NULL descriptor is fine. */
PSecBuffer buffers_find(PSecBufferDesc desc, ULONG type);
/*
 * Puts a token into the SECBUFFER_TOKEN of `desc`: into its memory, or, when `allocate`, into new
 * LSA heap. SEC_E_BUFFER_TOO_SMALL (cbBuffer then says what is needed), SEC_E_INVALID_TOKEN without
 * such a buffer, SEC_E_INSUFFICIENT_MEMORY. With size 0, cbBuffer becomes 0 and a missing buffer is
 * no error.
 */
SECURITY_STATUS buffers_put_token(const LSA_SECPKG_FUNCTION_TABLE *lsa, PSecBufferDesc desc,
                                  BOOLEAN allocate, const void *token, size_t size);
/* Packed context for the user-mode half: LSA heap, freed and wiped by the host. */
NTSTATUS buffers_put_context(const LSA_SECPKG_FUNCTION_TABLE *lsa, PSecBuffer context_data,
                             const void *packed, size_t size);

#endif
