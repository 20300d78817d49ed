/*
 * Messages of a handshake that are changed on the way: for between() of a conversation.
 */
#ifndef CREDMGR_TEST_TS_CHANGES_H
#define CREDMGR_TEST_TS_CHANGES_H

#include "tests/unit/ts_protocol/ends.h"

enum field { TOKEN, KEY, AUTH, NONCE };
struct change {
    unsigned number; /* of the message */
    enum {
        REMOVE,
        FLIP, /* its last bit */
        ADD,  /* where there was none */
        EMPTY,
        VERSION, /* to value */
        ERROR,   /* value */
        CUT,
        JUNK, /* behind it */
    } what;
    enum field field;
    uint32_t value;
};

/* As message_change() wants it; REMOVE to ERROR. */
void change_apply(struct ts_request *request, void *change);
/* As converse() wants it. */
void change_between(struct message *m, unsigned number, void *change);

#endif
