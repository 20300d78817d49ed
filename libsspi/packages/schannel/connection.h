/*
 * One TLS connection, shared by the two halves of a context: the LSA-mode half makes and renews it
 * (handshake/), the user-mode half sends and receives messages with it. OpenSSL reads and writes
 * the wire straight from and into the caller's memory, for the length of one call.
 */
#ifndef CREDMGR_SCHANNEL_CONNECTION_H
#define CREDMGR_SCHANNEL_CONNECTION_H

#include <openssl/ssl.h>
#include <pthread.h>
#include <sspi.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wincrypt.h>

#define TLS_RECORD_HEADER 5              /* bytes */
#define TLS_RECORD_MAX    (16384 + 2048) /* bytes after the header, [RFC 5246] 6.2.3 */
#define TLS_PLAIN_MAX     SSL3_RT_MAX_PLAIN_LENGTH

struct tls_credential; /* credentials/credential.h */

/* What came of the peer's certificate, when it sent one. */
struct tls_peer {
    SECURITY_STATUS status;  /* of its validation; SEC_E_OK also when that is the application's */
    bool validated;          /* by us */
    CERT_TRUST_STATUS trust; /* as far as validated */
    STACK_OF(X509) *chain;   /* as built, the leaf first; NULL: see SSL_get_peer_cert_chain() */
};

/* The last alert either way; level 0: none. */
struct tls_alert {
    uint8_t level, number; /* TLS1_ALERT_* of schannel.h */
};

struct tls_connection {
    atomic_uint references;
    /* Held for every use of what follows: a sender and a receiver may be two threads. */
    pthread_mutex_t lock;
    SSL *ssl;
    bool server;
    bool established;    /* the first handshake is done */
    bool shut;           /* ApplyControlToken has asked for the shutdown, or it is sent */
    bool close_received; /* the peer's close_notify */
    bool failed;         /* a fatal alert, either way: nothing goes on */
    /* The peer wants more than messages (a new handshake, an answer to a key update): the next leg
     * does it. Set by the user-mode half when it says SEC_I_RENEGOTIATE. */
    bool wants_leg;
    bool manual;          /* the application validates the peer's certificate */
    uint8_t rules[32];    /* of the credential by which the peer was validated (credential.h) */
    bool no_session;      /* SCHANNEL_SESSION: it shall not be taken up again */
    bool session_allowed; /* the other way round, of a server whose credential allows none */
    bool ticket_due;      /* for which the next leg has room, and a message has none */
    LUID logon;           /* of a client: whose logon session it is */
    struct tls_credential *credential; /* a reference; a later leg may have changed it */
    WCHAR *target;                     /* of a client; NULL: it named none */
    struct tls_peer peer;
    struct tls_alert sent, received;
    /*
     * The wire, for one call (tls_wire_set()). What OpenSSL writes goes to `out` as long as it fits
     * and nothing is pending, then to `pending`, which is taken by the next leg or message.
     */
    const uint8_t *in;
    size_t in_size, in_at;
    uint8_t *out;
    size_t out_room, out_size;
    uint8_t *pending;
    size_t pending_size, pending_room;
    struct tls_handshake *handshake; /* handshake/handshake.h: the leg that is under way, or next */
};

/*
 * A connection of one reference over a new SSL of `context`, with the wire in place. NULL without
 * memory. Takes a reference of `credential`.
 */
struct tls_connection *tls_connection_new(struct tls_credential *credential, SSL_CTX *context,
                                          bool server);
struct tls_connection *tls_connection_hold(struct tls_connection *connection);
void tls_connection_put(struct tls_connection *connection);
/* The connection of one of its SSL's callbacks. */
struct tls_connection *tls_connection_of(const SSL *ssl);

/* What OpenSSL may read, and where it may write (both may be NULL with size 0). */
void tls_wire_set(struct tls_connection *c, const void *in, size_t in_size, void *out,
                  size_t out_room);
/* Ends it: no memory of the caller's is known any more. in_at and out_size stay. */
void tls_wire_end(struct tls_connection *c);
/* Puts bytes behind what is pending; false without memory. */
bool tls_pending_add(struct tls_connection *c, const void *data, size_t size);
/* All that is pending, in memory of lsa_host_allocate(), and forgotten here; *bytes NULL: nothing.
 * False without memory. */
bool tls_pending_take(struct tls_connection *c, void **bytes, size_t *size);

/*
 * The first record of `data`, header included, in bytes: 0 when its header is not all there
 * (*missing then says how many bytes at least). When the record is not all there, its size is
 * greater than `size`. A header that is none of TLS has SIZE_MAX.
 */
size_t tls_record_size(const uint8_t *data, size_t size, size_t *missing);

/* Between the halves: by a number of this process in the packed context. */
SECURITY_STATUS tls_connection_pack(struct tls_connection *c, PSecBuffer packed);
/* With the reference that was packed; NULL: there is none such. */
struct tls_connection *tls_connection_unpack(const SecBuffer *packed);

/* A failure of OpenSSL's, from its error queue, as SSPI names it; empties the queue, and leaves the
 * words in base/reason.h. `fallback`: when the queue says nothing. */
SECURITY_STATUS tls_status(struct tls_connection *c, SECURITY_STATUS fallback);

#endif
