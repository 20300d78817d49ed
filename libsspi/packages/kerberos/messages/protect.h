/*
 * Signing and sealing of messages in an established context: RFC 4121 4.2 (AES and Camellia) and
 * RFC 4757 7 (RC4), on the buffers of MakeSignature, VerifySignature, EncryptMessage and
 * DecryptMessage.
 *
 * The layout is Windows': a sealed message is the SECBUFFER_TOKEN followed by the SECBUFFER_DATA
 * buffers, and that is a GSS_Wrap token as it stands ("SSPI/Kerberos Interoperability with GSSAPI"
 * in the Platform SDK). On receipt any rotation is accepted.
 */
#ifndef CREDMGR_KERBEROS_PROTECT_H
#define CREDMGR_KERBEROS_PROTECT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sspi.h>

#include "libsspi/packages/kerberos/packed.h"
#include "libsspi/packages/kerberos/messages/pieces.h"
#include "libsspi/packages/kerberos/messages/rc4_crypto.h"
#include "libsspi/packages/kerberos/messages/sequence.h"

#define KERB_DCE_FILLER 16  /* EC of sealed tokens in DCE style, [MS-KILE] 3.4.5.4.1 */
#define KERB_RANDOM     256 /* bytes that are asked of the kernel at once */

/* A protocol key with what was derived from it for one direction, on first use. */
struct kerb_keyed {
    const struct kerb_profile *profile; /* NULL: no such key */
    uint8_t key[KERB_KEY_MAX];
    struct kerb_seal *seal; /* Ke, Ki for sealing */
    struct kerb_sum *wrap;  /* Kc for wrapping without encryption */
    struct kerb_sum *sign;  /* Kc for signatures */
};

struct kerb_direction {
    pthread_mutex_t lock;
    bool by_acceptor; /* who sends in this direction */
    bool sending;
    bool dce;                    /* DCE style: RPC's layout of Wrap tokens */
    struct kerb_keyed keyed[2];  /* [0] the initiator's subkey, [1] the acceptor's */
    struct kerb_rc4_tools *rc4;  /* on first use */
    uint64_t next;               /* sending: the next message's number */
    struct kerb_sequence window; /* receiving */
    uint8_t random[KERB_RANDOM]; /* of which random_left at the end are unused */
    size_t random_left;
};

/* In secret memory. A process that forks must not go on with it in the child (libsspi does not). */
struct kerb_protection {
    struct kerb_direction send, receive;
};

/* False without memory. */
bool kerb_protection_init(struct kerb_protection *p, const struct kerb_packed *context);
void kerb_protection_clear(struct kerb_protection *p);

/*
 * `message` as the application gave it. Errors: SEC_E_INVALID_TOKEN (a buffer is missing, or what
 * was received is no such token), SEC_E_BUFFER_TOO_SMALL (cbBuffer of the token then says what is
 * needed), SEC_E_INCOMPLETE_MESSAGE (a stream shows that it lacks its end), SEC_E_MESSAGE_ALTERED,
 * SEC_E_OUT_OF_SEQUENCE (the message is genuine, but was seen before or is not the next one),
 * SEC_E_INSUFFICIENT_MEMORY, SEC_E_INTERNAL_ERROR when OpenSSL fails.
 */
SECURITY_STATUS kerb_sign(struct kerb_protection *p, PSecBufferDesc message);
SECURITY_STATUS kerb_verify(struct kerb_protection *p, PSecBufferDesc message);
SECURITY_STATUS kerb_wrap(struct kerb_protection *p, PSecBufferDesc message, bool encrypt);
SECURITY_STATUS kerb_unwrap(struct kerb_protection *p, PSecBufferDesc message, bool *encrypted);
void kerb_sizes(const struct kerb_protection *p, SecPkgContext_Sizes *sizes);

/* ---- for protect.c, message.c, cfx*.c and rc4.c ------------------------------------------- */

/* One message's buffers, sorted out. */
struct kerb_message {
    PSecBuffer token, stream, padding; /* NULL when there is none */
    PSecBuffer out; /* with a stream: the SECBUFFER_DATA that gets the plaintext */
    PSecBuffer data[KERB_DATA_BUFFERS_MAX]; /* in order; sealed unless read-only */
    size_t count;
    size_t size;      /* bytes in those that are sealed: what travels */
    bool signed_only; /* there are some that are not */
};
SECURITY_STATUS kerb_message_read(PSecBufferDesc desc, struct kerb_message *m);
/* The token's memory, when it has room for `size` bytes; else NULL, and cbBuffer says what is
 * needed. */
uint8_t *kerb_message_token(struct kerb_message *m, size_t size);
/* Adds the data buffers. */
void kerb_message_data(const struct kerb_message *m, struct kerb_pieces *parts);
/* The message as it came, from `skip` bytes on: stream, or token, data that travel, padding. */
void kerb_message_travelling(const struct kerb_message *m, size_t skip, struct kerb_pieces *body);
/*
 * Gives the application the `size` bytes of plaintext that lie at `at` in what travelled behind the
 * first `skip` bytes: by a pointer into the stream, or moved into the data buffers.
 */
SECURITY_STATUS kerb_message_deliver(struct kerb_message *m, size_t skip,
                                     const struct kerb_pieces *body, size_t at, size_t size);

/* Random bytes that were not used before. */
bool kerb_fresh_bytes(struct kerb_direction *d, uint8_t *out, size_t size);
/* A genuine message is delivered even when it is late: the application decides (RFC 2743 1.2.3). */
bool kerb_genuine(SECURITY_STATUS status);
/*
 * Messages go out under the acceptor's subkey once there is one; on receipt the token says which it
 * is under (RFC 4121 4.2.2).
 */
struct kerb_keyed *kerb_key_of(struct kerb_direction *d, bool acceptor_subkey);

/* cfx.c, cfx_wrap.c: RFC 4121 */
SECURITY_STATUS kerb_cfx_sign(struct kerb_direction *d, struct kerb_message *m);
SECURITY_STATUS kerb_cfx_verify(struct kerb_direction *d, struct kerb_message *m);
SECURITY_STATUS kerb_cfx_wrap(struct kerb_direction *d, struct kerb_message *m, bool encrypt);
SECURITY_STATUS kerb_cfx_unwrap(struct kerb_direction *d, struct kerb_message *m, bool *encrypted);
void kerb_cfx_sizes(const struct kerb_profile *profile, bool dce, SecPkgContext_Sizes *sizes);

/* rc4.c: RFC 4757 */
SECURITY_STATUS kerb_rc4_sign(struct kerb_direction *d, struct kerb_message *m);
SECURITY_STATUS kerb_rc4_verify(struct kerb_direction *d, struct kerb_message *m);
SECURITY_STATUS kerb_rc4_wrap(struct kerb_direction *d, struct kerb_message *m, bool encrypt);
SECURITY_STATUS kerb_rc4_unwrap(struct kerb_direction *d, struct kerb_message *m, bool *encrypted);
void kerb_rc4_sizes(bool dce, SecPkgContext_Sizes *sizes);

#endif
