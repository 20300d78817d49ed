/*
 * What the two roles of a handshake share: its state, one leg of a mechanism, and the mechListMICs.
 * For handshake*.c alone.
 */
#ifndef CREDMGR_NEGOTIATE_STATE_H
#define CREDMGR_NEGOTIATE_STATE_H

#include "libsspi/packages/negotiate/spnego/token.h"

enum nego_phase {
    NEGO_BEGIN,   /* no token of the peer's, but perhaps a NegTokenInit2 of ours */
    NEGO_TALKING, /* the mechanism is not done */
    NEGO_CLOSING, /* the mechanism is done; the peer has something left to say */
    NEGO_DONE,
    NEGO_FAILED
};

struct nego_handshake {
    struct nego_backend backend;
    struct nego_mechanism mechanisms[NEGO_MECHANISMS_MAX];
    unsigned count;
    bool initiator;
    bool hints; /* acceptor: speaks first */

    /* ---- of one negotiation ---- */
    enum nego_phase phase;
    bool hinted;                       /* acceptor: has spoken first */
    bool bare;                         /* no negotiation around the tokens of the mechanism */
    bool answered;                     /* the first NegTokenResp has passed */
    bool dropped[NEGO_MECHANISMS_MAX]; /* initiator: fell back, and was not offered */
    unsigned first;                    /* initiator: whose token was sent unasked */
    unsigned selected;                 /* count: none */
    bool begun;                        /* the selected mechanism has had a leg */
    bool mic_required; /* another mechanism than the most preferred, or the peer wants it */
    bool mic_sent;
    bool mic_verified;
    struct nego_oid answer; /* acceptor: the selected mechanism as the initiator names it */
    uint8_t *list;          /* DER of MechTypeList as it was offered: what the MICs sign */
    size_t list_size;
};

/* A token in the making; the memory is for free(). */
struct nego_reply {
    uint8_t *token; /* of the mechanism */
    size_t token_size;
    uint8_t *mic;
    size_t mic_size;
};
void nego_reply_clear(struct nego_reply *reply);
/* A NegTokenResp. SEC_E_OK or SEC_E_INSUFFICIENT_MEMORY. */
SECURITY_STATUS nego_reply_write(const struct nego_handshake *h, const struct nego_reply *reply,
                                 enum nego_negstate state, uint8_t **out, size_t *out_size);

/* Everything of one negotiation is forgotten, the mechanism's context too. */
void nego_begin_anew(struct nego_handshake *h);
/* The mechanism that an identifier names, or count. */
unsigned nego_find(const struct nego_handshake *h, struct nego_oid oid);
unsigned nego_find_kind(const struct nego_handshake *h, enum nego_kind kind);
/* The mechanism that a token without a negotiation is of, or count. */
unsigned nego_find_frame(const struct nego_handshake *h, const struct nego_frame *frame);

/* A leg of the selected mechanism. */
SECURITY_STATUS nego_leg(struct nego_handshake *h, struct nego_bytes in, uint8_t **out,
                         size_t *out_size);
/* A leg with nothing around it; phase becomes NEGO_TALKING or NEGO_DONE. */
SECURITY_STATUS nego_bare_leg(struct nego_handshake *h, struct nego_bytes in, uint8_t **out,
                              size_t *out_size);

/* Windows 2000 puts the token itself in the place of the MIC: that is none ([MS-SPNG] appendix A).
 */
struct nego_bytes nego_mic_of(struct nego_bytes mic, struct nego_bytes token);
/* The mechanism can sign, and more than most preferred mechanisms wants it to. */
bool nego_can_sign(const struct nego_handshake *h);
bool nego_wants_mic(const struct nego_handshake *h);
SECURITY_STATUS nego_make_mic(struct nego_handshake *h, struct nego_reply *reply);
/* SEC_E_MESSAGE_ALTERED when it is wrong. */
SECURITY_STATUS nego_verify_mic(struct nego_handshake *h, struct nego_bytes mic);
/* SEC_E_MESSAGE_ALTERED, with the reason. */
SECURITY_STATUS nego_altered(const struct nego_handshake *h);

SECURITY_STATUS nego_initiate(struct nego_handshake *h, struct nego_bytes in, uint8_t **out,
                              size_t *out_size);
SECURITY_STATUS nego_accept(struct nego_handshake *h, struct nego_bytes in, uint8_t **out,
                            size_t *out_size);

#endif
