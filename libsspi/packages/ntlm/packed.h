/*
 * The packed context: what the LSA-mode half gives the user-mode half, in the caller's process,
 * when a handshake is done. Made and read by one build, but checked on reading like any message.
 */
#ifndef CREDMGR_NTLM_PACKED_H
#define CREDMGR_NTLM_PACKED_H

#include <sspi.h>

#include "base/wire.h"
#include "libsspi/packages/ntlm/handshake/handshake.h"
#include "libsspi/packages/ntlm/keys.h"

#define NTLM_PACKED_MAX 524288

struct ntlm_packed {
    bool client;
    uint32_t flags;   /* NTLM_* as negotiated */
    ULONG attributes; /* ISC_RET_* or ASC_RET_* */
    LONGLONG start, expiry;
    uint8_t exported[NTLM_KEY_SIZE];
    /* UTF-16LE */
    struct ntlm_bytes user, domain; /* the client's */
    struct ntlm_bytes target;      /* the service the client meant (SPN), empty when it said none */
    struct ntlm_bytes target_info; /* the server's AV pairs; empty when it had none to say */
    struct ntlm_bytes authorization; /* verify/authorization.h; empty: only the names are known */
    struct ntlm_facts facts;
};
void ntlm_packed_write(struct wire_writer *w, const struct ntlm_packed *p);
/* Strings borrow from `data`. */
bool ntlm_packed_read(const void *data, size_t size, struct ntlm_packed *p);

#endif
