/*
 * Both ends of CredSSP over a negotiation made of nothing: tokens "1", "2", … of which the last one
 * ends it, and a cipher that is a sum and a number in turn.
 */
#ifndef CREDMGR_TEST_TS_ENDS_H
#define CREDMGR_TEST_TS_ENDS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libsspi/packages/tspkg/handshake.h"
#include "libsspi/packages/tspkg/wire/credentials.h"
#include "libsspi/packages/tspkg/wire/request.h"

struct end {
    struct ts_handshake *h;
    bool initiator;
    unsigned tokens; /* how many the negotiation has, both sides' together; 0: three */
    unsigned at;     /* the next one */
    uint8_t key;     /* of the session */
    uint8_t sent, received;
    SECURITY_STATUS fails; /* the next leg does */
    int32_t reason;        /* which leaves this in base/reason.h */
    bool fails_with_token;
    SECURITY_STATUS refuses;   /* to delegate */
    const char *password;      /* what is delegated; NULL: nothing, as empty texts */
    unsigned asked;            /* for credentials */
    struct ts_options options; /* version, oldest: 0 means 6 and 5 */
};

/* False without memory. */
bool end_open(struct end *e, bool initiator);
void end_close(struct end *e);

/* A message on its way, which a test may change. */
struct message {
    uint8_t *data;
    size_t size;
};
SECURITY_STATUS end_step(struct end *e, struct message *in, struct message *out);
/* Reads it, has it changed, and writes it again. */
void message_change(struct message *m, void (*change)(struct ts_request *request, void *arg),
                    void *arg);

/*
 * All legs. Calls `between` (may be NULL) with every message and its number, from 1 on. The
 * statuses of both ends, the last ones.
 */
struct outcome {
    SECURITY_STATUS initiator, acceptor;
    unsigned messages;
};
struct outcome converse(struct end *i, struct end *a,
                        void (*between)(struct message *m, unsigned number, void *arg), void *arg);
/* One conversation of two fresh ends, which it closes. */
struct outcome meet(struct end i, struct end a,
                    void (*between)(struct message *m, unsigned number, void *arg), void *arg);

/* The DER of a password of that text for both user and password. */
void password_der(const char *text, uint8_t **der, size_t *size);

#endif
