/* A remote desktop that a client of ours goes on to. */
#ifndef NLA_GATEWAY_H
#define NLA_GATEWAY_H

#include <stdbool.h>

#include "channel.h"
#include "login.h"

/*
 * Connects to the server at "HOST:PORT" with network level authentication as the user who was
 * delegated, and passes on what the two say to each other until one of them ends it. `any`: the
 * server may have any certificate. False after a message on standard error: it did not let that
 * user in, or is not there.
 */
bool gateway_run(struct channel *client, const char *server, const struct delegated *d, bool any);

#endif
