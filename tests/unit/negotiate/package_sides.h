/*
 * Two sides of a negotiation through the public API, so that a test says only what it is about.
 */
#ifndef CREDMGR_TEST_NEGOTIATE_PACKAGE_SIDES_H
#define CREDMGR_TEST_NEGOTIATE_PACKAGE_SIDES_H

#include "tests/unit/negotiate/package_fake.h"

#define ROOM 8192

struct token {
    uint8_t data[ROOM];
    ULONG size;
};
struct side {
    CredHandle credential;
    CtxtHandle context;
    bool client, has_credential, has_context;
    ULONG attributes;
    TimeStamp expiry;
};

extern WCHAR negotiate[];

/* bob's identity, for the packages of that list. */
SECURITY_STATUS acquire_for(struct side *s, bool client, const WCHAR *packages);
/* Both sides, for all packages. */
void acquire(struct side *client, struct side *server);
/* One leg: `in` may be NULL; `out` gets the answer (size 0 for none). */
SECURITY_STATUS step(struct side *s, ULONG requirements, const struct token *in, struct token *out);
/* All legs; the client's status that ended it, or the server's failure. */
SECURITY_STATUS shake(struct side *client, struct side *server);
/* Deletes the context; end() also frees the credentials, and nothing of the packages is left. */
void forget(struct side *s);
void end(struct side *client, struct side *server);

/* SECPKG_ATTR_NEGOTIATION_INFO and SECPKG_ATTR_PACKAGE_INFO. */
void assert_negotiated(struct side *s, const char *package, ULONG state);
/* One message, signed by one side and verified by the other. */
SECURITY_STATUS send_signed(struct side *from, struct side *to);
/* Some, both ways. */
void assert_messages(struct side *client, struct side *server);
/* For every test's setup: no lsad, and packages that do their best. */
int reset(void **state);

#endif
