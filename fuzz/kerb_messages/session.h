/*
 * The LSA that the package sees in this target: two logon sessions with tickets, which every input
 * finds as they were, and a client with room for a reply.
 */
#ifndef CREDMGR_FUZZ_KERB_MESSAGES_SESSION_H
#define CREDMGR_FUZZ_KERB_MESSAGES_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libsspi/packages/kerberos/kerberos.h"

#define OWNER    "alice@CREDMGR.TEST"
#define PASSWORD "not for any reply"

/* The first byte of an input. */
enum {
    EXPORTS = 0x01, /* export_ccache */
    TRUSTED = 0x02, /* the client is root */
    KEEPS = 0x04,   /* keep_password */
    TGT = 0x08,     /* what the client's own session has */
    KEPT = 0x10,    /* a password */
    SERVICES = 0x20,
    OTHERS = 0x40,
    NARROW = 0x80 /* there is little room for replies */
};

extern const LUID own, strange; /* the client's session, and another one */

/* The room in the client: bytes for `base` there. */
struct room {
    uint8_t *bytes;
    uintptr_t base;
    size_t size, used, freed;
    bool broken; /* copies fail */
};
extern struct room room;
extern bool keys_full; /* the kernel has no room for more */

void must(bool condition);
bool same_luid(const LUID *a, const LUID *b);

/* Once; then for each input, and after it. */
void session_start(void);
void session_fill(uint8_t options);
void session_clear(void);
void session_set_exports(bool yes);

/* No session key is among these bytes but those of `session` (NULL: none at all), and no password.
 * What the input itself holds does not count. */
void session_check_secrets(const uint8_t *bytes, size_t size, const LUID *session,
                           const uint8_t *input, size_t input_size);
/* The session's TGT is of the one whose session it is. */
void session_check_owner(void);

#endif
