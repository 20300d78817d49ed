/*
 * Handshakes of any package through the public API, with somebody on the way who changes one of the
 * tokens; and what must hold whatever was changed.
 */
#ifndef CREDMGR_TEST_HOSTILE_HANDSHAKE_H
#define CREDMGR_TEST_HOSTILE_HANDSHAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <security.h>

#include "tests/unit/hostile/mutate.h"

struct hostile_side {
    CredHandle credential;
    CtxtHandle context;
    bool client, has_context;
    SECURITY_STATUS status; /* of the last leg; SEC_I_CONTINUE_NEEDED before the first one */
    ULONG attributes;
};

struct hostile_handshake {
    const WCHAR *package, *target;
    ULONG client_wants, server_wants;
    const char *user;            /* who the acceptor must say it was */
    const char *server_packages; /* the list in the acceptor's identity, or NULL */
    const char *spoken; /* the package that must have been negotiated; NULL: there is no choice */
    struct hostile_side client, server;
    unsigned tokens; /* of an undisturbed handshake */
    /* No change of any token goes unnoticed: there is a MIC over all of them. */
    bool all_protected;
    /* Nobody vouches for the key that a client chooses, or for the flags: a change may give the two
     * ends different ones. */
    bool keys_unprotected;
    bool server_first;          /* the acceptor has the first word */
    bool asks_kdc;              /* the initiator, with what a token holds */
    bool over;                  /* a context that has refused a token refuses the right one, too */
    uint64_t refused, unharmed; /* how the cases ended: unharmed are those with a context */
    uint64_t runs, number;      /* of hostile_run, and the case it is at */
};

/* AcquireCredentialsHandle; an identity whose strings are all NULL means default credentials. */
void hostile_acquire(struct hostile_handshake *h, bool client, const char *user, const char *domain,
                     const char *password);
/* Frees all; says which case it was when the run has not come to its end. */
void hostile_end(struct hostile_handshake *h);

/* An undisturbed handshake, which must succeed; counts its tokens and keeps them as pieces. */
void hostile_begin(struct hostile_handshake *h);
/*
 * One case: the token that `m` chooses is changed. Fails the test when both ends have a context
 * that are not each other's, when somebody else than the user gets in, when a change went
 * unnoticed that must not, when a failed context goes on that should not, or for a status that
 * tells of our own trouble.
 */
void hostile_case(struct hostile_handshake *h, struct mutator *m);

/*
 * `usual` cases, or HOSTILE_RUNS of the environment, with the seed HOSTILE_SEED, from case
 * HOSTILE_FROM on; and a line on how they ended.
 */
void hostile_run(struct hostile_handshake *h, uint64_t usual);

/*
 * An undisturbed handshake that the acceptor refuses: its status, and what it tells the peer with
 * it (no byte, or a token).
 */
SECURITY_STATUS hostile_refused(struct hostile_handshake *h, struct hostile_token *told);

#endif
