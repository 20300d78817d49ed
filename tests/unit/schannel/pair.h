/*
 * Our client and our server, connected, and the bytes between them.
 */
#ifndef CREDMGR_TEST_SCHANNEL_PAIR_H
#define CREDMGR_TEST_SCHANNEL_PAIR_H

#include "tests/unit/schannel/sides.h"

struct pair {
    struct ours client, server;
    struct bytes to_client, to_server;
};
/* Both done, with SP_PROT_* of the client's and its certificate (NULL: none). */
void pair_new(struct pair *p, DWORD protocol, const struct entity *own);
void pair_end(struct pair *p);
/* A message that arrives. */
void talk(struct ours *from, struct ours *to, const char *text);
/* Both go on with what DecryptMessage and the legs say, until nobody has anything to send. */
void go_on(struct pair *p);
/* It has seen one of the peer's. */
bool has_certificate(struct ours *o);

#endif
