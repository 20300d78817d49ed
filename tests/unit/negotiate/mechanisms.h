/*
 * Two ends of a negotiation whose mechanisms are made of nothing but numbered tokens, so that every
 * rule of RFC 4178 and [MS-SPNG] can be set up, watched and broken one at a time.
 */
#ifndef CREDMGR_TESTS_NEGOTIATE_MECHANISMS_H
#define CREDMGR_TESTS_NEGOTIATE_MECHANISMS_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "libsspi/packages/negotiate/spnego/token.h"

extern const struct nego_oid oid_ntlm, oid_negoex, oid_other;

struct stub {
    enum nego_kind kind;
    struct nego_oid oid;
    char name;     /* stands in its tokens */
    unsigned legs; /* tokens until both ends are done, 1.. */
    bool no_integrity;
    bool requires_mic;
    SECURITY_STATUS fails; /* the first leg does */
    bool fails_softly;     /* ... for a reason that lets another mechanism be tried */
    bool bad_end;          /* the last leg refuses, with a token that says why */
    /* what happened */
    unsigned seen; /* tokens sent and received */
    bool done;
    unsigned abandoned, made, verified;
};

struct end {
    struct stub stubs[4];
    unsigned count;
    bool initiator;
    struct nego_handshake *h;
    SECURITY_STATUS status; /* of the last step */
    const char *reason;     /* of the last step */
    uint64_t signs[2];      /* of the list last signed: the acceptor's MIC, the initiator's */
};

#define KERBEROS .kind = NEGO_KERBEROS, .oid = nego_oid_kerberos, .name = 'K', .legs = 2
#define NTLM     .kind = NEGO_NTLM, .oid = oid_ntlm, .name = 'N', .legs = 3
#define OTHER    .kind = NEGO_OTHER, .oid = oid_other, .name = 'O', .legs = 2

/* Opens a handshake over end->stubs, the first end->count of them (0: all); false without memory.
 */
bool end_open(struct end *end, bool initiator, bool hints);
void end_close(struct end *end);
SECURITY_STATUS end_step(struct end *end, const uint8_t *in, size_t size, uint8_t **out,
                         size_t *out_size);
bool is_over(SECURITY_STATUS status); /* SEC_E_OK or a failure */

/* The n-th token of a mechanism, 1.., in malloc'ed memory, as it would be sent bare. */
uint8_t *stub_token(const struct stub *stub, unsigned n, size_t *size);

/* What came of one step. */
struct reply {
    SECURITY_STATUS status;
    bool token;
    struct nego_frame frame;   /* kind alone */
    enum nego_negstate state;  /* of a NegTokenResp, as what follows */
    struct nego_oid mechanism; /* until the next step */
    bool inner, mic;           /* a token of the mechanism, a MIC */
};
struct reply step(struct end *end, const uint8_t *in, size_t size);
struct reply step_resp(struct end *end, const struct nego_resp *resp);
struct reply step_init(struct end *end, const struct nego_init *init);
/* The n-th token of a stub, until the next call; NULL for nothing, and at the end. */
struct nego_bytes token_of(const struct stub *stub, unsigned n);
/* What the peer of this end would sign, in the mechanism that is selected; until the next call. */
struct nego_bytes mic_of(struct end *end);
/* An initiator that has sent its offer. */
void open_initiator(struct end *end);
#define INITIATOR                                                                                  \
    {                                                                                              \
        .stubs = { {KERBEROS}, {NTLM} }                                                            \
    }

/* Bytes from hex digits, with blanks where they please; free(). NULL for none. */
uint8_t *hex(const char *text, size_t *size);

#define MESSAGES_MAX 16
struct message {
    uint8_t *data;
    size_t size;
};
/* What went over the wire. */
struct wire {
    struct message messages[MESSAGES_MAX];
    unsigned count;
    /* Changes a message on its way; may free and replace it. NULL: nobody does. */
    void (*tamper)(struct wire *wire, unsigned n, struct message *message);
    unsigned a, b; /* for tamper */
};
/*
 * Lets the two talk until neither has anything to say; server_first: the acceptor begins. True when
 * both ended with SEC_E_OK, and with one mechanism.
 */
bool converse(struct end *initiator, struct end *acceptor, bool server_first, struct wire *wire);
void wire_clear(struct wire *wire);
void close_both(struct end *i, struct end *a, struct wire *wire);
/* Both have signed and verified once. */
void assert_both_mics(const struct stub *i, const struct stub *a);

#endif
