/*
 * credmgr.conf: which credential managers are notified of what, in which order, in the syntax of
 * nsswitch.conf.
 *
 *   logon:            lsa other [timeout=5s failure=return]
 *   password_change:  lsa
 *   stage:            timeout=120s keyring=credmgr-stage
 *   lsa:              socket=/run/lsad/lsa.sock
 *   managers:         directory=/usr/lib/x86_64-linux-gnu/credmgr
 *   statistics:       directory=/run/credmgr/providers
 *
 * A bracket speaks about the manager before it: how long it may take, and whether the managers
 * behind it are called after its success or failure (return, continue; continue is the default).
 */
#ifndef CREDMGR_NOTIFY_CONFIG_H
#define CREDMGR_NOTIFY_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#define MPR_CONFIG_PATH      CREDMGR_SYSCONFDIR "/credmgr.conf"
#define MPR_MANAGER_NAME_MAX 32
#define MPR_MANAGERS_MAX     16
#define MPR_MANAGER_TIMEOUT  15000 /* milliseconds */

struct mpr_manager {
    char name[MPR_MANAGER_NAME_MAX + 1]; /* a-z, 0-9, _ and -, beginning with a letter */
    unsigned timeout;                    /* milliseconds */
    bool return_on_success, return_on_failure;
};

struct mpr_order {
    struct mpr_manager managers[MPR_MANAGERS_MAX];
    size_t count;
};

struct mpr_config {
    struct mpr_order logon, password_change;
    unsigned stage_timeout; /* seconds */
    char *stage_keyring;
    char *lsa_socket; /* NULL: the client's default */
    char *manager_directory;
    char *statistics_directory;
};

/*
 * Reads `path` (NULL: MPR_CONFIG_PATH), which must be root's (or the caller's) alone to write; a
 * missing file is an empty one. *out is always usable afterwards, since a mistake in a file must
 * not break a login: a line with a mistake counts as not written, and a database without a line has
 * its default (the manager "lsa" alone). False when there was a mistake, with the first one in
 * *error (free()): "PATH:LINE: what is wrong (what would be right)". *out is NULL strings and no
 * managers only when there is no memory.
 */
bool mpr_config_read(const char *path, struct mpr_config *out, char **error);
bool mpr_config_parse(const char *name, const char *text, size_t size, struct mpr_config *out,
                      char **error);
void mpr_config_clear(struct mpr_config *config);
bool mpr_manager_name_valid(const char *name);

#endif
