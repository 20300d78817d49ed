/*
 * The supervisor: keeps one working process running. It stays root, in order to make another one,
 * but reads nothing from clients; it holds the listening socket, so that clients wait for the next
 * working process instead of failing.
 */
#ifndef CREDMGR_LSAD_SUPERVISOR_H
#define CREDMGR_LSAD_SUPERVISOR_H

#include <stdbool.h>
#include "base/keyring.h"
#include "lsad/config.h"

struct supervisor {
    struct lsad_config *config;
    keyring_serial anchor;
    int listen_fd;
    bool activated; /* the socket is the service manager's */
    int tell_fd; /* gets a byte when the service works, for the process that went before; -1: none
                  */
    char *private_directory;
};

/*
 * Runs until SIGTERM or SIGINT (0), or until the working process cannot be kept running (1). A
 * working process that dies is replaced, with a log line; its sessions are in the kernel keyring.
 * SIGHUP replaces it too.
 */
int supervise(struct supervisor *supervisor);

#endif
