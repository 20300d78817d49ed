/*
 * A handshake from the inside, for the two roles and what they do alike.
 */
#ifndef CREDMGR_TSPKG_STATE_H
#define CREDMGR_TSPKG_STATE_H

#include "libsspi/packages/tspkg/handshake.h"
#include "libsspi/packages/tspkg/wire/request.h"

#define TS_VERSION_MIN    2
#define TS_VERSION_ERRORS 3 /* has errorCode */
#define TS_VERSION_HASHED 5 /* has clientNonce, and hashes where the key itself was */
#define TS_HASH_SIZE      32
#define TS_SIGNATURE_MAX  4096 /* more than any package puts before what it seals */

enum ts_phase {
    TS_BEGIN,       /* initiators: nothing was sent */
    TS_NEGOTIATING, /* negoTokens */
    TS_BINDING,     /* the negotiation is done; pubKeyAuth is waited for */
    TS_DELEGATING,  /* acceptors: authInfo is waited for */
    TS_DONE,
    TS_FAILED
};

struct ts_handshake {
    struct ts_backend backend;
    uint32_t version, oldest;
    bool initiator, report;
    enum ts_phase phase;
    uint32_t peer; /* its version; 0: not known yet */
    bool hashed;   /* initiators: how the key was sent */
    bool has_nonce;
    uint8_t nonce[TS_NONCE_SIZE];
    uint8_t *credentials; /* secret memory */
    size_t credentials_size;
    size_t public_key_size;
    uint8_t public_key[];
};

/* Both move h->phase on when they succeed. `reply`: what is to be sent, all empty at first; what it
 * borrows is in `keep`. */
struct ts_keep {
    uint8_t *token;  /* free() */
    uint8_t *sealed; /* secret_free() */
};
SECURITY_STATUS ts_initiate(struct ts_handshake *h, const struct ts_request *in,
                            struct ts_request *reply, struct ts_keep *keep);
SECURITY_STATUS ts_accept(struct ts_handshake *h, const struct ts_request *in,
                          struct ts_request *reply, struct ts_keep *keep);

/* 2.2.1: what both versions have; before the peer has spoken, ours. */
uint32_t ts_agreed_version(const struct ts_handshake *h);
/* A leg of the negotiation with the token of `in` (NULL: none); its own token, if there is one, is
 * in the reply. */
SECURITY_STATUS ts_negotiate(struct ts_handshake *h, const struct ts_request *in,
                             struct ts_request *reply, struct ts_keep *keep);
/* SEC_E_INVALID_TOKEN, and why. */
SECURITY_STATUS ts_out_of_order(const char *what);

/* binding.c, 3.1.5 steps 3 to 5. `by_client`: what the client sends, else the server. */
SECURITY_STATUS ts_binding_seal(struct ts_handshake *h, bool by_client, bool hashed,
                                struct ts_request *reply, struct ts_keep *keep);
/* SEC_E_MESSAGE_ALTERED for every other key, and for what does not decrypt. */
SECURITY_STATUS ts_binding_verify(struct ts_handshake *h, bool by_client, bool hashed,
                                  struct ts_bytes pub_key_auth);

/* errors.c: TSRequest.errorCode for a status, and the other way. What a peer says is hostile: the
 * status is one of a few failures. */
int32_t ts_error_of(SECURITY_STATUS status);
SECURITY_STATUS ts_error_status(int32_t error);

#endif
