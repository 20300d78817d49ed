/*
 * How lsad was asked to run: the command line over /etc/credmgr/lsa.conf over the defaults.
 */
#ifndef CREDMGR_LSAD_CONFIG_H
#define CREDMGR_LSAD_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "libsspi/lsa/host.h"

#define LSAD_CONFIG_PATH CREDMGR_SYSCONFDIR "/lsa.conf"

/* Only a build with sanitizers can run without its sandbox: they need system calls that it refuses.
 */
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define LSAD_CAN_RUN_OPEN 1
#else
#define LSAD_CAN_RUN_OPEN 0
#endif

struct lsad_config {
    bool foreground, debug, open; /* open: no sandbox */
    bool check;                   /* only tell what is wrong in the file */
    int ready_fd;                 /* -1: none */
    const char *path;             /* of the file */
    char *socket;                 /* path of the listening socket */
    char *user;                   /* whom the working process becomes */
    char *anchor;                 /* keyring below root's @u */
    char *readable;        /* more paths that packages may read, separated by blanks; may be NULL */
    const char **packages; /* NULL-terminated */
    unsigned max_threads, max_threads_per_user;
    unsigned max_clients, max_clients_per_user;
    unsigned max_handles_per_user, max_calls_per_user;
    uid_t uid; /* of `user` */
    gid_t gid;
};

/*
 * Reads the command line and the configuration file. False after a message on standard error (and
 * the log) that says what is wrong; *status is then the exit status (0 after --help and --version).
 */
bool lsad_config_read(struct lsad_config *config, int argc, char **argv, int *status);
void lsad_config_clear(struct lsad_config *config);

/* keytabs.c: all that the file names, as they stand there, separated by blanks; free(). NULL
 * without memory. */
char *lsad_config_keytabs(void);

/* check.c: tells on standard output what lsad could only pass over, a line each. How many. */
unsigned lsad_config_check(const struct lsad_config *config);

/* The settings of [package] in lsa.conf, for lsa_host_start(); NULL when there are none. */
const struct lsa_setting *lsad_config_settings(const char *package);

#endif
