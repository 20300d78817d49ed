/*
 * The packed context: what the LSA-mode half hands the user-mode half when a handshake is done, and
 * all that the caller's process ever learns of it. Keys are those of this one context; no ticket
 * and no password is among them.
 */
#ifndef CREDMGR_KERBEROS_PACKED_H
#define CREDMGR_KERBEROS_PACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libsspi/packages/kerberos/messages/crypto.h"

struct kerb_key {
    int32_t enctype; /* 0: none */
    uint8_t bytes[KERB_KEY_MAX];
};

/* A counted name in UTF-8, borrowed. */
struct kerb_text {
    const char *bytes;
    size_t size;
};
#define KERB_TEXT_MAX 4096

/* Counted bytes, borrowed. */
struct kerb_bytes {
    const uint8_t *bytes;
    size_t size;
};
#define KERB_PAC_MAX 131072 /* bytes of a PAC, or of bindings, that are handed on; more is none */

struct kerb_packed {
    bool initiator;
    uint32_t attributes;    /* ISC_RET_* or ASC_RET_* */
    uint64_t send_sequence; /* of the next message in each direction */
    uint64_t receive_sequence;
    int64_t start, expiry;           /* seconds since 1970 */
    struct kerb_key key;             /* the initiator's subkey, or else the session key */
    struct kerb_key acceptor_key;    /* the acceptor's subkey, if it asserted one */
    struct kerb_key session_key;     /* of the ticket; type 0 when it is of no use to anybody */
    uint32_t ticket_flags;           /* TKT_FLG_* as RFC 4120 5.3 numbers them */
    int64_t auth_time;               /* of the initial authentication; 0: not known */
    uint64_t logon;                  /* LUID of the network logon session with the delegated
                                        credentials; 0: none */
    struct kerb_text client, server; /* principals, unparsed */
    struct kerb_text target;         /* initiator: as the application gave it; acceptor: the service
                                        name in the client's ticket */
    struct kerb_text local_user;     /* acceptor: whom krb5.conf's rules make of the client; empty
                                        when nobody */
    struct kerb_bytes pac;      /* acceptor: the client's, its signature checked; empty: none */
    struct kerb_bytes bindings; /* SEC_CHANNEL_BINDINGS that the context is bound to; empty: none */
};

/* Into new secret memory (secret_free); NULL without memory or with a name that is too long. */
void *kerb_packed_write(const struct kerb_packed *context, size_t *size);
/* False when it is not a packed context of this version; `out` borrows its names from `data`. */
bool kerb_packed_read(const void *data, size_t size, struct kerb_packed *out);

#endif
