/*
 * Security packages made of nothing, which Negotiate finds in the place of Kerberos and beside it:
 * they do what a test tells them, so that every reason to fall back can be had at will.
 */
#ifndef CREDMGR_TEST_NEGOTIATE_PACKAGE_FAKE_H
#define CREDMGR_TEST_NEGOTIATE_PACKAGE_FAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <security.h>

/* "Kerberos" and "Other", in this order. */
enum { KERBEROS, OTHER, FAKES };

struct fake {
    bool no_outbound, no_inbound; /* AcquireCredentialsHandle has none */
    SECURITY_STATUS no_such_name; /* what it fails with when a principal is named; 0: it does not */
    bool adds_nothing;            /* AddCredentials is none of its functions */
    SECURITY_STATUS first_leg;    /* what an initiator's first leg fails with; 0: it does not */
    int32_t reason;               /* and the code of why; 0: some */
    unsigned first_leg_seconds;   /* and how long that takes */
    SECURITY_STATUS acceptor;     /* what an acceptor's fails with; 0 */
    bool no_integrity;            /* its contexts cannot sign */
    atomic_int waiting;           /* 1: the next signature waits, which makes it 2, for 0 */
    /* what has come to it */
    ULONG requirements, added, changed, control, asked;
    unsigned credentials, contexts, users; /* there now */
    bool bindings;                         /* the last leg had a buffer of that kind */
    WCHAR target[64];
};
extern struct fake fakes[FAKES];
/* What the clocks of our objects show ahead of the time. */
extern unsigned fakes_seconds_ahead;
void fakes_reset(void);

#endif
