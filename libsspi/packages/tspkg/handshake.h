/*
 * CredSSP inside its TLS channel as pure protocol, [MS-CSSP] 3.1.5: TSRequests in and TSRequests
 * out. The negotiation, its keys and the credentials are behind struct ts_backend; nothing here
 * knows packages or the LSA. The messages themselves are in wire/.
 */
#ifndef CREDMGR_TSPKG_HANDSHAKE_H
#define CREDMGR_TSPKG_HANDSHAKE_H

#include <sspi.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TS_VERSION_MAX 6

struct ts_backend {
    /* One leg of the negotiation (SPNEGO). SEC_E_OK or SEC_I_CONTINUE_NEEDED with *out in memory
     * that free() releases (NULL: no token), or why it failed, then perhaps with a token, too. */
    SECURITY_STATUS(*leg)
    (void *arg, const uint8_t *in, size_t in_size, uint8_t **out, size_t *out_size);
    /* EncryptMessage and DecryptMessage of the negotiation that is done, signature first and the
     * message behind it. What comes out is secret memory (base/secret.h). */
    SECURITY_STATUS(*seal)
    (void *arg, const uint8_t *data, size_t size, uint8_t **sealed, size_t *sealed_size);
    SECURITY_STATUS(*unseal)
    (void *arg, const uint8_t *sealed, size_t size, uint8_t **data, size_t *data_size);
    /* Initiators: the DER of TSCredentials in secret memory, asked for when the server has shown
     * the session key and the channel's public key, or why nothing is delegated (the policy). */
    SECURITY_STATUS (*credentials)(void *arg, uint8_t **der, size_t *size);
    void *arg;
};

struct ts_options {
    uint32_t version; /* what we say, 2..TS_VERSION_MAX */
    uint32_t oldest;  /* peers of an older version are refused: 5 wants the hashed binding */
    bool report;      /* an acceptor's failures go to the peer: TSRequest.errorCode */
    const uint8_t *public_key; /* copied; struct ts_channel */
    size_t public_key_size;
};

struct ts_handshake;

/* Backend and options are copied. NULL without memory, and for a version that is none. */
struct ts_handshake *ts_initiator_new(const struct ts_backend *backend,
                                      const struct ts_options *options);
struct ts_handshake *ts_acceptor_new(const struct ts_backend *backend,
                                     const struct ts_options *options);
void ts_handshake_free(struct ts_handshake *h);

/*
 * One leg: one whole TSRequest (`in` NULL on an initiator's first). SEC_E_OK (an initiator's last
 * leg has a token still to be sent), SEC_I_CONTINUE_NEEDED; SEC_E_INVALID_TOKEN for what is no
 * TSRequest or comes at the wrong time, SEC_E_MESSAGE_ALTERED for a public key that is not the
 * channel's (somebody between), SEC_E_UNSUPPORTED_FUNCTION for a peer too old,
 * SEC_E_INSUFFICIENT_MEMORY, what the peer's errorCode says, or what the backend answered. A
 * handshake that failed, or is done, answers SEC_E_INVALID_TOKEN ever after. *out: free(); there
 * may be one with a failure, too.
 */
SECURITY_STATUS ts_handshake_step(struct ts_handshake *h, const uint8_t *in, size_t in_size,
                                  uint8_t **out, size_t *out_size);

/* What the client delegated, DER of TSCredentials that ts_credentials_read() reads, in the
 * handshake's secret memory; acceptors that are done. NULL before. */
const uint8_t *ts_handshake_credentials(const struct ts_handshake *h, size_t *size);
/* 0 before the peer has said it. */
uint32_t ts_handshake_peer_version(const struct ts_handshake *h);

#endif
