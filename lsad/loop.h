/*
 * The event loop of the working process: connections, the death of session leaders, signals.
 */
#ifndef CREDMGR_LSAD_LOOP_H
#define CREDMGR_LSAD_LOOP_H

#include <stdbool.h>
#include "lsad/client.h"
#include "lsad/config.h"

/* Watches the listening socket and the leaders of all sessions in the table. False after a log
 * line. */
bool loop_open(const struct lsad_config *config, int listen_fd);
/* Serves until SIGTERM or SIGINT; false when that was not why it ended. */
bool loop_run(void);
/* Closes all connections. */
void loop_close(void);

/* Asks the loop to send what client->out holds, as soon as the socket takes it. From any thread. */
void loop_want_write(struct lsad_client *client);

/*
 * Calls run(arg, false) in the loop's thread when `milliseconds` are over; run(arg, true) when the
 * loop is closed before. From any thread. Without memory it is called at once, from here.
 */
void loop_later(unsigned milliseconds, void (*run)(void *arg, bool closing), void *arg);

/* For struct lsad_state. */
unsigned loop_clients(void);
bool loop_watch(const LUID *luid, int leader_fd);
void loop_unwatch(const LUID *luid);

#endif
