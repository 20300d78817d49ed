/*
 * The application's buffer descriptors: read with care, and the token put where it wants it.
 */
#ifndef CREDMGR_API_BUFFERS_H
#define CREDMGR_API_BUFFERS_H

#include "libsspi/api/api.h"

#define API_MAX_BUFFERS 16 /* in one descriptor; as many as lsad takes */

/* A copy of an input descriptor that the package may keep pointing into for the call. */
struct api_input {
    SecBufferDesc desc;
    SecBuffer buffers[API_MAX_BUFFERS];
    PSecBuffer given[API_MAX_BUFFERS]; /* the application's own, in the same order */
};

/*
 * Copies the descriptor. An empty token counts as no token, as applications pass one on the first
 * leg. The result is NULL when nothing is left. SEC_E_INVALID_TOKEN for a descriptor that cannot be
 * one.
 */
SECURITY_STATUS api_input(const SecBufferDesc *given, struct api_input *copy,
                          PSecBufferDesc *result);

/*
 * What the package wrote into the buffers of the copy, to the application's: it makes an empty one
 * SECBUFFER_EXTRA, for what was behind the token, or SECBUFFER_MISSING, for how much is to be read
 * yet. `desc` is the result of api_input(); NULL is fine.
 */
void api_input_back(const SecBufferDesc *desc, const struct api_input *copy);

/*
 * Puts the `size` bytes of `token` (LSA heap, consumed in every case) into the application's token
 * buffer. With `allocate` the buffer receives the memory itself. SEC_E_BUFFER_TOO_SMALL, with
 * cbBuffer telling the size needed; SEC_E_INVALID_TOKEN when there is a token and no buffer for it.
 */
SECURITY_STATUS api_output(PSecBufferDesc output, bool allocate, void *token, ULONG size);

/* Whether there is a place for SECBUFFER_ALERT. */
bool api_wants_alert(const SecBufferDesc *output);
/*
 * The same for the alert of a leg that failed (LSA heap, consumed in every case). A buffer that is
 * too small for it says how large it should have been and holds nothing; without `alert` it is
 * empty then.
 */
void api_output_alert(PSecBufferDesc output, bool allocate, void *alert, ULONG size);

#endif
