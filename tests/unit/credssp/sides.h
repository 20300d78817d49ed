/*
 * A client and a server of CredSSP in one process, through the public API, with the real packages
 * beneath (Schannel, TSPkg, Negotiate, NTLM) and a wire that delivers as many bytes at a time as a
 * test wants.
 */
#ifndef CREDMGR_TEST_CREDSSP_SIDES_H
#define CREDMGR_TEST_CREDSSP_SIDES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <credssp.h>
#include <schannel.h>
#include <security.h>

#include "tests/unit/certificates/authority.h"

#define ROOM (256 * 1024) /* bytes */

struct side {
    bool client;
    CredHandle credential;
    CtxtHandle context;
    bool has_credential, has_context;
    const char *target; /* clients */
    ULONG requirements; /* beside ALLOCATE_MEMORY */
    bool sparing;       /* later legs have nothing that the first has said already */
    SECURITY_STATUS status;
    ULONG attributes;
    TimeStamp expiry;
    ULONG missing; /* what the last leg asked for, in bytes */
    unsigned legs, empty_tokens, extras;
    /* what the peer has sent and nobody has read; and what this side has and did not use */
    uint8_t *wire, *inbox;
    size_t wire_size, inbox_size;
};

/* Who may log on, and what the certificates are. */
#define USER     u"alice"
#define DOMAIN   u"BOX"
#define PASSWORD u"open sesame"
#define TARGET   "TERMSRV/server.example.test"

struct credentials {
    const WCHAR *user, *domain, *password, *packages; /* user NULL: no pSpnegoCred */
    CREDSPP_SUBMIT_TYPE type;
    DWORD protocols;             /* SP_PROT_*; 0: Schannel's default */
    DWORD flags;                 /* SCH_CRED_* */
    DWORD lifespan;              /* of sessions, milliseconds; 0: Schannel's default */
    const struct entity *entity; /* its certificate; NULL: none */
    HCERTSTORE roots;
    bool no_schannel; /* pSchannelCred is NULL */
    bool redirect;    /* CREDSSP_CRED_EX */
    bool bare_tls;    /* no CredSSP: the package Schannel */
};
/* alice, and a server that lets her in, with its certificate of the authority. */
extern struct credentials alice, server_credentials;
extern struct entity authority, server_entity, other_entity, client_entity;
extern HCERTSTORE roots; /* the authority */

/* [tspkg] of lsa.conf, NULL-terminated pairs; NULL: fresh credentials go everywhere. */
void set_policy(const char *const *pairs);
/* For every group: certificates, no lsad. Then reset() as every test's setup. */
int set_up(void **state);
int tear_down(void **state);
int reset(void **state);

/* The structures behind pAuthData, as long as the next call. */
void *auth_data_of(const struct credentials *c, bool client);
SECURITY_STATUS acquire_as(struct side *s, bool client, const struct credentials *c);
/* Both, with alice and server_credentials. */
void acquire(struct side *client, struct side *server);

/* One leg with what is in the inbox; what comes out goes to the peer's wire. */
SECURITY_STATUS leg(struct side *s, struct side *peer);
/* Moves at most `size` bytes from the wire to the inbox. */
size_t deliver(struct side *s, size_t size);
/*
 * Legs until both are done or one has failed, with so many bytes delivered at a time (0: all).
 * The client's failure, or the server's, or SEC_E_OK; or what the client stops at
 * (SEC_I_INCOMPLETE_CREDENTIALS).
 */
SECURITY_STATUS shake(struct side *client, struct side *server, size_t at_a_time);
/* alice and the server, up to the end of it. */
void meet(struct side *client, struct side *server);

/* Messages of `size` bytes, each way. */
void assert_messages(struct side *client, struct side *server, size_t size);
/* EncryptMessage to the peer's wire; DecryptMessage of what is in the inbox. `data` has ROOM. */
SECURITY_STATUS send_message(struct side *from, struct side *to, const void *data, size_t size);
SECURITY_STATUS receive_message(struct side *s, void *data, size_t *size);

/* Deletes the context, and forgets what is on the way; end() also the credentials. */
void forget(struct side *s);
void end(struct side *client, struct side *server);

#endif
