/*
 * Messages over an established TLS connection: one record a call, in the caller's own memory.
 */
#ifndef CREDMGR_SCHANNEL_MESSAGES_H
#define CREDMGR_SCHANNEL_MESSAGES_H

#include "libsspi/packages/schannel/connection.h"

/* What a record adds to a message of at most `message` bytes; all in bytes. */
struct tls_sizes {
    uint32_t header;  /* the record's own header and what the cipher puts before the text */
    uint32_t trailer; /* at most: tag, MAC, padding, the inner type of TLS 1.3 */
    uint32_t message;
    uint32_t block; /* of the cipher; 1 when it has none */
};
/* Of the cipher that is in use for what is sent; the lock is held. */
void tls_sizes(const SSL *ssl, struct tls_sizes *sizes);

/*
 * EncryptMessage: SECBUFFER_STREAM_HEADER, SECBUFFER_DATA (in place) and SECBUFFER_STREAM_TRAILER,
 * in any order; what they hold, one behind the other, is to be sent. Nothing is sent for no data:
 * all three are empty then. `qop` 0, or SECQOP_WRAP_OOB_DATA with the two bytes of a close_notify
 * or a fatal alert.
 *
 * SEC_E_INVALID_TOKEN (a buffer is not there), SEC_E_BUFFER_TOO_SMALL (header or trailer, or more
 * data than cbMaximumMessage), SEC_E_QOP_NOT_SUPPORTED, SEC_E_UNSUPPORTED_FUNCTION (another alert,
 * or a suite with CBC), SEC_E_CONTEXT_EXPIRED (shut down, failed, or the next leg is due),
 * SEC_E_INSUFFICIENT_MEMORY, SEC_E_ENCRYPT_FAILURE. "EncryptMessage (Schannel)".
 */
SECURITY_STATUS tls_seal(struct tls_connection *c, ULONG qop, PSecBufferDesc message);

/*
 * DecryptMessage: the first record in SECBUFFER_DATA, in place. It and the empty buffers become, in
 * their order, SECBUFFER_STREAM_HEADER, SECBUFFER_DATA, SECBUFFER_STREAM_TRAILER and, when more
 * follows the record, SECBUFFER_EXTRA (of three buffers there is no trailer, of two no header). A
 * record with nothing for the application (a session ticket, a change of keys, an empty record)
 * leaves no data.
 *
 * SEC_E_INCOMPLETE_MESSAGE (SECBUFFER_MISSING in the first empty buffer), SEC_I_CONTEXT_EXPIRED
 * (the peer's close_notify), SEC_I_RENEGOTIATE (the next leg has something to send or to read),
 * SEC_E_INVALID_TOKEN (the buffers), SEC_E_MESSAGE_ALTERED, SEC_E_CONTEXT_EXPIRED, what an alert
 * of the peer stands for. "DecryptMessage (Schannel)".
 */
SECURITY_STATUS tls_unseal(struct tls_connection *c, PSecBufferDesc message);

#endif
