/*
 * Session security: signing and sealing messages once a handshake is done, [MS-NLMP] section 3.4.
 */
#ifndef CREDMGR_NTLM_SESSION_H
#define CREDMGR_NTLM_SESSION_H

#include <sspi.h>

#include "libsspi/packages/ntlm/keys.h"
#include "libsspi/packages/ntlm/messages/pass.h"

#define NTLM_SIGNATURE_SIZE 16
/* More buffers than this in one message are refused: nobody has so many. */
#define NTLM_PARTS_MAX 32

/*
 * A piece of a message, in the caller's memory. All pieces are signed with extended session
 * security, and without it those not `unsigned_in_v1` (3.4.6.1, 3.4.8.1); sealing changes those not
 * plain.
 */
struct ntlm_part {
    uint8_t *data;
    size_t size;
    bool plain;
    bool unsigned_in_v1;
};

/*
 * `exported` is the ExportedSessionKey, `flags` what was negotiated. Keys lie in secret memory.
 * NULL when memory has run out. The two directions have a lock each, so one thread may send while
 * another receives; without extended session security both are one stream, half-duplex, and one
 * lock.
 */
struct ntlm_session;
struct ntlm_session *ntlm_session_new(uint32_t flags, const uint8_t exported[NTLM_KEY_SIZE],
                                      bool client);
void ntlm_session_free(struct ntlm_session *session);

/* How far one direction has come. Secret. */
struct ntlm_progress {
    uint32_t sequence;
    bool used_up; /* the last sequence number has been given */
    struct ntlm_stream stream;
};
/* Both give false without memory. */
bool ntlm_session_progress(struct ntlm_session *session, struct ntlm_progress *send,
                           struct ntlm_progress *receive);
/* A session that has just been made goes on there. */
bool ntlm_session_resume(struct ntlm_session *session, const struct ntlm_progress *send,
                         const struct ntlm_progress *receive);

/* What is done with a message. */
enum ntlm_protection {
    NTLM_SIGNED,
    NTLM_SEALED, /* encrypted in place, too */
    /* The MIC over SPNEGO's list of mechanisms: signed, and the key stream is afterwards as it was
     * before, [MS-SPNG] 3.3.5.1. */
    NTLM_MECHLIST
};

/*
 * Protects the next message to be sent. On a datagram session `sequence` is the number the
 * application gives the message, else it is not looked at. Without signing and sealing, where the
 * two have agreed on NTLM_ALWAYS_SIGN, the signature is a form without content.
 *
 * SEC_E_OK; SEC_E_UNSUPPORTED_FUNCTION when no protection was negotiated,
 * SEC_E_CONTEXT_EXPIRED when all sequence numbers are used up, SEC_E_INVALID_TOKEN for too many
 * parts, SEC_E_INSUFFICIENT_MEMORY.
 */
SECURITY_STATUS ntlm_session_protect(struct ntlm_session *session, enum ntlm_protection how,
                                     uint32_t sequence, const struct ntlm_part *parts, size_t count,
                                     uint8_t signature[NTLM_SIGNATURE_SIZE]);
/*
 * Checks (and decrypts in place) the next message received. Also SEC_E_OUT_OF_SEQUENCE for a
 * message that is not the next one (a replayed, lost or reordered one; of datagrams: another than
 * the application expects): nothing has changed, the next one may still come; and
 * SEC_E_MESSAGE_ALTERED; sealed parts are then all zeros, and a session with encrypted checksums
 * cannot receive any more, as its key stream is spent (datagrams can: each has a stream of its
 * own). What is no signed message of a session without NTLM_SEAL changes nothing: it may be tried
 * as a sealed one.
 */
SECURITY_STATUS ntlm_session_unprotect(struct ntlm_session *session, enum ntlm_protection how,
                                       uint32_t sequence, const struct ntlm_part *parts,
                                       size_t count, const uint8_t signature[NTLM_SIGNATURE_SIZE]);

#endif
