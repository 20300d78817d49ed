/*
 * SASL over SSPI: what a context has beside itself when it was begun by one of the Sasl… functions.
 */
#ifndef CREDMGR_API_SASL_H
#define CREDMGR_API_SASL_H

#include "libsspi/api/api.h"

/* The bits of a security layer, RFC 4752 3.3. */
#define SASL_NO_LAYER        1
#define SASL_INTEGRITY       2
#define SASL_CONFIDENTIALITY 4

#define SASL_SIZE_MAX     0xffffff /* three bytes hold it */
#define SASL_SIZE_DEFAULT 0xffff
#define SASL_AUTHZ_MAX    0xffff /* bytes */

/* Where the exchange stands, seen from our side. */
enum sasl_state {
    SASL_HANDSHAKE,  /* tokens of the package */
    SASL_LAST_TOKEN, /* acceptor: the client has yet to take in the last one */
    SASL_OFFER,      /* initiator: the server's offer of layers comes next */
    SASL_CHOICE,     /* acceptor: the client's choice comes next */
    SASL_DONE
};

struct api_sasl {
    pthread_mutex_t lock; /* one call of the exchange at a time */
    enum sasl_state state;
    bool nudged;      /* initiator: the server has sent an empty challenge before its offer */
    bool layers;      /* the mechanism has an exchange about layers */
    ULONG requested;  /* ISC_REQ_* or ASC_REQ_*, as the application gave them first */
    ULONG attributes; /* of the context below */
    TimeStamp expiry;
    uint8_t offered, layer;
    ULONG receive_size, send_size, peer_size; /* bytes; peer_size: what the other side takes */
    ULONG authz_processing;                   /* SASL_AUTHZID_STATE */
    uint8_t *authz;
    size_t authz_size;
};

/* NULL without memory. */
struct api_sasl *api_sasl_new(ULONG requested, bool layers);
void api_sasl_free(struct api_sasl *sasl); /* NULL is fine */

/* ---- sasl_exchange.c
 * -----------------------------------------------------------------------------
 */

/* One call of either function. */
struct sasl_call {
    bool initiator;
    bool layers; /* as in struct api_sasl */
    PCredHandle credential;
    SecHandle context;
    WCHAR *target;
    ULONG requested, representation;
    PSecBufferDesc input;

    void *token; /* LSA heap */
    ULONG token_size, attributes;
    TimeStamp expiry;
};

/* A leg of the package itself; `first` makes call->context. */
SECURITY_STATUS sasl_run_leg(struct sasl_call *call, bool first);
/* After the one that has ended the handshake: SEC_I_CONTINUE_NEEDED, unless there is nothing to
 * agree on. */
SECURITY_STATUS sasl_handshake_done(struct sasl_call *call, struct api_sasl *sasl);
/* Any later call; the context's SASL is locked. */
SECURITY_STATUS sasl_continue(struct sasl_call *call, struct api_sasl *sasl);

/* ---- sasl_layer.c: the messages about layers, sealed with the context -------------------------
 */

/*
 * One octet of layers, three of the sender's buffer size, then (from a client) whom it wants to
 * act as. *token is LSA heap. Errors are EncryptMessage's.
 */
SECURITY_STATUS sasl_layer_write(PCtxtHandle context, uint8_t layers, ULONG size, const void *authz,
                                 size_t authz_size, void **token, ULONG *token_size);
/*
 * *authz is malloc'ed, NULL when there is none. SEC_E_INVALID_TOKEN, or DecryptMessage's errors.
 */
SECURITY_STATUS sasl_layer_read(PCtxtHandle context, const void *token, ULONG token_size,
                                uint8_t *layers, ULONG *size, uint8_t **authz, size_t *authz_size);

#endif
