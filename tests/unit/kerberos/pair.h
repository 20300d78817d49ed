/*
 * Two ends of an established context that never met a KDC, for the tests of messages.
 */
#ifndef CREDMGR_TEST_KERBEROS_PAIR_H
#define CREDMGR_TEST_KERBEROS_PAIR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "libsspi/packages/kerberos/messages/protect.h"

#define TYPES 7
#define ROOM  9000

extern const int32_t enctypes[TYPES]; /* RC4's is the last */
extern struct kerb_protection initiator, acceptor;
extern SecPkgContext_Sizes sizes; /* the initiator's */

/* `acceptor_type` 0: the acceptor asserts no subkey. `attributes`: ISC_RET_*. */
void connect_as(int32_t type, int32_t acceptor_type, ULONG attributes);
void disconnect(void);

/* A message as it travels. */
struct message {
    uint8_t bytes[ROOM];
    ULONG size, token; /* token: where the data begin */
};

void fill(void *data, size_t size);
/* With a buffer for padding. */
SECURITY_STATUS wrap(struct kerb_protection *from, bool encrypt, const void *data, ULONG size,
                     struct message *m);
SECURITY_STATUS unwrap_stream(struct kerb_protection *at, struct message *m, void **data,
                              ULONG *size, bool *encrypted);
/* As SECBUFFER_TOKEN of `token` bytes and two SECBUFFER_DATA; the plaintext begins in the first of
 * them. */
SECURITY_STATUS unwrap_split(struct kerb_protection *at, struct message *m, ULONG token,
                             uint8_t *out, ULONG *size, bool *encrypted);

#endif
