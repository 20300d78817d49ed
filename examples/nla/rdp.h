/*
 * The first words of a remote desktop connection, in the clear: the client says which protocols it
 * can be secured with, the server chooses. Network level authentication is PROTOCOL_HYBRID: TLS and
 * CredSSP, before anything else is said.
 *
 * Source: [MS-RDPBCGR] 2.2.1.1, 2.2.1.2 (X.224 Connection Request and Confirm), 2.2.10.2.
 */
#ifndef NLA_RDP_H
#define NLA_RDP_H

#include <stdbool.h>
#include <windows.h>

/* HYBRID_EX: and the server says at the end whether the user may come in. */
#define RDP_PROTOCOL_SSL       0x1
#define RDP_PROTOCOL_HYBRID    0x2
#define RDP_PROTOCOL_HYBRID_EX 0x8

/* Of a request: the server shall not be given credentials that others could use. */
#define RDP_RESTRICTED_ADMIN 0x1
#define RDP_CREDENTIAL_GUARD 0x2
/* Of an answer: it can do with none. */
#define RDP_RESTRICTED_ADMIN_SUPPORTED 0x8
#define RDP_CREDENTIAL_GUARD_SUPPORTED 0x10

/* Why a server says no: it knows HYBRID only. */
#define RDP_FAILURE_HYBRID_REQUIRED 0x5

struct rdp_negotiation {
    BYTE flags;
    ULONG protocols; /* of a request: all that the client can do; of an answer: the one */
};

/* The client's side: false when the connection is gone or the answer is none; *failure is the
 * server's reason for a no, 0 without one. */
bool rdp_ask(int fd, const struct rdp_negotiation *request, struct rdp_negotiation *answer,
             ULONG *failure);
/* The server's side. */
bool rdp_hear(int fd, struct rdp_negotiation *request);
bool rdp_choose(int fd, const struct rdp_negotiation *answer);
bool rdp_refuse(int fd, ULONG failure);

#endif
