/*
 * A context of the LSA-mode half, as the two sides of a handshake (context_client.c,
 * context_server.c) and what they have in common (context.c) see it.
 */
#ifndef CREDMGR_NTLM_CONTEXT_H
#define CREDMGR_NTLM_CONTEXT_H

#include <pthread.h>

#include "libsspi/packages/ntlm/lsa_half.h"

/* A client of lsad may use one handle from two threads at once: each call holds the lock. */
struct ntlm_context {
    pthread_mutex_t lock;
    struct ntlm_credential *credential;
    bool client;
    bool over; /* done, or refused: nothing more can be said in it */
    ULONG requirements;
    struct ntlm_handshake handshake;
    struct ntlm_text target; /* client: the SPN */
    bool has_bindings, audit_bindings;
    uint8_t bindings[NTLM_BINDINGS_SIZE];
    uint64_t start;
};

/*
 * SEC_E_INVALID_HANDLE without a credential, SEC_E_NO_CREDENTIALS for one of the other direction.
 */
SECURITY_STATUS ntlm_context_new(LSA_SEC_HANDLE credential, bool client, struct ntlm_context **out);
void ntlm_context_free(struct ntlm_context *c);

/*
 * Channel bindings may come with any leg; the last ones count. SEC_E_BAD_BINDINGS for a malformed
 * buffer.
 */
SECURITY_STATUS ntlm_context_bindings(struct ntlm_context *c, PSecBufferDesc input);
/* The peer's message; empty without one. */
struct ntlm_bytes ntlm_context_token(PSecBufferDesc input);
/* Which requested and negotiated things are true of the context: ISC_RET_* or ASC_RET_*. */
ULONG ntlm_context_attributes(const struct ntlm_context *c, uint32_t flags);
/* Packs what the user-mode half needs into *context_data. */
SECURITY_STATUS ntlm_context_pack(const struct ntlm_context *c, const struct ntlm_outcome *o,
                                  ULONG attributes, const struct ntlm_text *user,
                                  const struct ntlm_text *domain, const struct ntlm_text *target,
                                  PSecBuffer context_data);
/* A peer that was refused stays refused. A caller whose buffer was too small may try again,
 * and lsad may be asked to (STATUS_RETRY). */
bool ntlm_context_is_over(SECURITY_STATUS status);

#endif
