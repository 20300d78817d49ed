/*
 * Messages with a ticket in them that libkrb5 does not give away. The two that come before the
 * AP-REQ of user-to-user authentication: the initiator asks for the acceptor's ticket-granting
 * ticket, and gets it (draft-swift-win2k-krb-user2user-03, to which [MS-KILE] 3.3 and 3.4 refer as
 * UUKA); and the AP-REQ itself.
 */
#ifndef CREDMGR_KERBEROS_TGT_TOKEN_H
#define CREDMGR_KERBEROS_TGT_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wire.h"

#define KERB_NAME_PARTS 8 /* components of a name; more are refused */

/* A counted string as it is on the wire, borrowed. */
struct kerb_wire_text {
    const uint8_t *bytes;
    size_t size;
};

/* KERB-TGT-REQUEST; name and realm are there to choose among several tickets, and may be missing.
 */
struct kerb_tgt_request {
    int32_t name_type;
    struct kerb_wire_text part[KERB_NAME_PARTS];
    size_t parts; /* 0: no name */
    struct kerb_wire_text realm;
};

bool kerb_tgt_request_read(const void *data, size_t size, struct kerb_tgt_request *out);
void kerb_tgt_request_write(struct wire_writer *w, const struct kerb_tgt_request *request);

/* The Ticket in an AP-REQ (RFC 4120 5.5.1), with its tag, borrowed. */
bool kerb_ap_req_ticket(const void *data, size_t size, struct kerb_wire_text *ticket);

/* KERB-TGT-REPLY: `ticket` is a Ticket of RFC 4120 5.3 with its tag, borrowed. */
bool kerb_tgt_reply_read(const void *data, size_t size, struct kerb_wire_text *ticket);
void kerb_tgt_reply_write(struct wire_writer *w, const struct kerb_wire_text *ticket);

#endif
