/*
 * One handshake between the protocol's own two sides, each with a policy of its own, for the tests
 * of what a policy decides.
 */
#ifndef CREDMGR_TEST_NTLM_MEETING_H
#define CREDMGR_TEST_NTLM_MEETING_H

#include "tests/unit/ntlm/vectors.h"

#include "libsspi/packages/ntlm/handshake/handshake.h"

#define BOTH (NTLM_EXTENDED_SECURITY | NTLM_128)
#define SEAL (NTLM_SIGN | NTLM_SEAL)

extern const struct ntlm_machine meeting_machine;
/* True while a function of the protocol is under way. */
extern bool meeting_in_protocol;

/* One handshake: what both sides think, and what they found. */
struct meeting {
    struct ntlm_policy client, server;
    uint32_t wanted;          /* by the client */
    uint32_t granted_without; /* flags that somebody takes out of the server's word */
    uint32_t asked_without;   /* and out of the client's first one */
    bool datagram, anonymous, unverified_target;
    const WCHAR *target;
    const char *password; /* NULL: the right one */
    const uint8_t *client_bindings, *server_bindings;
    bool allow_missing_bindings, proxy_bindings, audit_bindings;
    bool drop_nt; /* somebody keeps the NT response back */
    /* results */
    struct ntlm_outcome at_client, at_server;
    struct wire_writer two, three;
    struct ntlm_authenticate said;
};

/* The status that ended it. meeting_end() it afterwards. */
SECURITY_STATUS meet(struct meeting *m);
void meeting_end(struct meeting *m);
/* For the status alone. Of every refusal that a person can do something about, there are words. */
SECURITY_STATUS meet_once(struct meeting m);
/* The pairs that the client sent. */
struct ntlm_target_info said_pairs(const struct meeting *m);

#endif
