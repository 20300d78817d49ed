/*
 * The tokens of a negotiation: NegTokenInit and NegTokenResp of RFC 4178 4.2, NegTokenInit2 of
 * [MS-SPNG] 2.2.1, the GSS-API framing of RFC 2743 3.1 around the first of them, and how tokens of
 * a mechanism that come without any of it are told apart.
 */
#ifndef CREDMGR_NEGOTIATE_TOKEN_H
#define CREDMGR_NEGOTIATE_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wire.h"
#include "libsspi/packages/negotiate/spnego/handshake.h"

#define NEGO_TOKEN_MAX  (1u << 20) /* bytes: tickets with large PACs, and no more */
#define NEGO_OFFERS_MAX 64         /* mechanisms in a peer's list */
#define NEGO_LIST_MAX   4096       /* bytes of that list */

/* 1.3.6.1.5.5.2 */
extern const struct nego_oid nego_oid_spnego;
/* 1.2.840.113554.1.2.2, its user-to-user sister 1.2.840.113554.1.2.2.3, and 1.2.840.48018.1.2.2:
 * the first one as the implementation of Windows 2000 wrote it, 16 bits to an arc. */
extern const struct nego_oid nego_oid_kerberos, nego_oid_kerberos_user, nego_oid_kerberos_wrong;

bool nego_oid_equal(struct nego_oid a, struct nego_oid b);

/* Borrowed; data is NULL where there is nothing. */
struct nego_bytes {
    const uint8_t *data;
    size_t size;
};

enum nego_frame_kind {
    NEGO_FRAME_NONE,     /* nothing that anybody would send */
    NEGO_FRAME_INIT,     /* [APPLICATION 0], SPNEGO: a NegTokenInit is inside */
    NEGO_FRAME_RESP,     /* a NegTokenResp, which is not framed */
    NEGO_FRAME_GSS,      /* [APPLICATION 0] of a mechanism itself */
    NEGO_FRAME_KERBEROS, /* AP-REQ, AP-REP or KRB-ERROR as they are */
    NEGO_FRAME_NTLM      /* an NTLM message */
};
struct nego_frame {
    enum nego_frame_kind kind;
    struct nego_oid oid;      /* NEGO_FRAME_GSS: whose it is; borrowed */
    struct nego_bytes inside; /* NEGO_FRAME_INIT: behind the frame; borrowed */
};
/* X.690 8.1.3 and 10.1: definite, in the fewest bytes; else the reader fails. */
size_t nego_length_read(struct wire_reader *r);
/* What a token is by its first bytes. The length of a frame must be that of the token. */
struct nego_frame nego_frame_read(const uint8_t *data, size_t size);

enum nego_negstate {
    NEGO_ACCEPT_COMPLETED = 0,
    NEGO_ACCEPT_INCOMPLETE = 1,
    NEGO_REJECT = 2,
    NEGO_REQUEST_MIC = 3,
    NEGO_STATE_ABSENT = 4
};

struct nego_init {
    struct nego_oid offers[NEGO_OFFERS_MAX];
    size_t count;                /* 0: no mechTypes */
    struct nego_bytes list;      /* the DER of MechTypeList: what a mechListMIC signs */
    struct nego_bytes token;     /* mechToken; NULL for an empty one, too */
    struct nego_bytes mic;       /* mechListMIC */
    bool hints;                  /* negHints are there: a NegTokenInit2 */
    struct nego_bytes hint_name; /* hintName of them */
    void *parsed;
};
struct nego_resp {
    enum nego_negstate state;
    struct nego_oid mechanism; /* supportedMech; size 0: absent */
    struct nego_bytes token;   /* responseToken; NULL for an empty one, too */
    struct nego_bytes mic;     /* mechListMIC */
    void *parsed;
    uint8_t *mechanism_der;
};

/*
 * Whole tokens with their frame. False for everything that is not DER to the last byte, has a
 * field twice, out of order or of no known meaning, or is longer than NEGO_TOKEN_MAX. What is read
 * is the structure's own, until it is cleared; offers and list are in `data`. Clear it in any case.
 */
bool nego_init_read(const uint8_t *data, size_t size, struct nego_init *out);
void nego_init_clear(struct nego_init *init);
bool nego_resp_read(const uint8_t *data, size_t size, struct nego_resp *out);
void nego_resp_clear(struct nego_resp *resp);

/*
 * offers, count, token and mic are read, and hints: NegTokenInit2 with the name that [MS-SPNG]
 * 2.2.1 gives. *list, when not NULL, gets the DER of MechTypeList (free()). False without memory.
 */
bool nego_init_write(const struct nego_init *init, uint8_t **token, size_t *token_size,
                     uint8_t **list, size_t *list_size);
/* state, mechanism, token and mic are read. */
bool nego_resp_write(const struct nego_resp *resp, uint8_t **token, size_t *token_size);

#endif
