/*
 * The working process: confines itself, finds the logon sessions again, starts the packages and
 * serves clients.
 */
#ifndef CREDMGR_LSAD_WORKER_H
#define CREDMGR_LSAD_WORKER_H

#include "base/keyring.h"
#include "lsad/config.h"

struct lsad_worker {
    const struct lsad_config *config;
    keyring_serial anchor;
    int listen_fd;
    int ready_fd;                  /* gets one byte when clients are served; closed then */
    const char *private_directory; /* the one place where files may be written */
    pid_t supervisor;              /* its death is ours */
};

/* Runs to the end of the process; the exit status. */
int worker_run(const struct lsad_worker *worker);

#endif
