/*
 * What the MIC tokens and the Wrap tokens of RFC 4121 4.2 have in common: for cfx.c and cfx_wrap.c.
 */
#ifndef CREDMGR_KERBEROS_CFX_H
#define CREDMGR_KERBEROS_CFX_H

#include "libsspi/packages/kerberos/messages/protect.h"

#define CFX_HEADER 16

enum { CFX_MIC = 0x0404, CFX_WRAP = 0x0504 };
enum { CFX_BY_ACCEPTOR = 1, CFX_SEALED = 2, CFX_ACCEPTOR_SUBKEY = 4 };
/* key usage numbers, RFC 4121 2 */
enum {
    CFX_ACCEPTOR_SEAL = 22,
    CFX_ACCEPTOR_SIGN = 23,
    CFX_INITIATOR_SEAL = 24,
    CFX_INITIATOR_SIGN = 25
};

/* RFC 4121 4.2.6 */
struct cfx_header {
    uint16_t type;
    uint8_t flags;
    uint16_t extra;    /* EC: filler before the sealed header, or the size of the checksum */
    uint16_t rotation; /* RRC */
    uint64_t sequence;
};
void cfx_write_header(uint8_t out[CFX_HEADER], const struct cfx_header *h);
bool cfx_read_header(const void *data, size_t size, struct cfx_header *h);
/* Of the next message that is sent. */
struct cfx_header cfx_outgoing(const struct kerb_direction *d, uint16_t type, uint8_t flags);
/* NULL: the token names a key that such tokens cannot be under. */
struct kerb_keyed *cfx_received_key(struct kerb_direction *d, const struct cfx_header *h);

#endif
