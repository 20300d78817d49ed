/*
 * credmgr.conf: which credential managers are notified of what, in which order, in the syntax of
 * nsswitch.conf.
 *
 *   logon:            lsa other [timeout=5s unavail=return]
 *   password_change:  lsa
 *   stage:            timeout=120s keyring=credmgr-stage
 *   lsa:              socket=/run/lsad/lsa.sock
 *   managers:         directory=/usr/lib/x86_64-linux-gnu/credmgr memory=256M
 *   statistics:       directory=/run/credmgr/providers
 *   notify_without_password = no
 *   logon_scripts = yes
 *   restore_timeout = 60s
 *   interactive_services = login sshd …
 *   noninteractive_services = ftp …
 *   silent_services = cron …
 *
 * A bracket speaks about the manager before it: how long it may take, its classes, and whether the
 * managers behind it are called after its result (STATUS=ACTION as in nsswitch.conf: success,
 * notfound, unavail, tryagain; return, continue; !STATUS is every other one; continue is the
 * default).
 */
#ifndef CREDMGR_NOTIFY_CONFIG_H
#define CREDMGR_NOTIFY_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MPR_CONFIG_PATH      CREDMGR_SYSCONFDIR "/credmgr.conf"
#define MPR_MANAGER_NAME_MAX 32
#define MPR_MANAGERS_MAX     32
#define MPR_MANAGER_TIMEOUT  15000 /* milliseconds */
#define MPR_MANAGER_MEMORY   ((size_t)256 << 20)

/* What a manager's answer comes to, as in nsswitch.conf. */
enum mpr_status {
    MPR_SUCCESS,  /* WN_SUCCESS */
    MPR_NOTFOUND, /* WN_NOT_SUPPORTED: it takes no such notification; no failure */
    MPR_UNAVAIL,  /* not installed, refused, crashed, hung, WN_NO_NETWORK, any other error */
    MPR_TRYAGAIN, /* WN_FUNCTION_BUSY: not started yet */
    MPR_STATUSES
};

struct mpr_manager {
    char name[MPR_MANAGER_NAME_MAX + 1]; /* a-z, 0-9, _ and -, beginning with a letter */
    unsigned timeout;                    /* milliseconds */
    bool return_on[MPR_STATUSES];
    uint32_t classes; /* WN_*_CLASS (npapi.h); WN_CREDENTIAL_CLASS by default. Managers of neither
                         that class nor WN_PRIMARY_AUTHENT_CLASS are not notified */
};

struct mpr_order {
    struct mpr_manager managers[MPR_MANAGERS_MAX];
    size_t count;
};

/* What a line of the file is about. */
enum mpr_line {
    MPR_LINE_LOGON,
    MPR_LINE_PASSWORD_CHANGE,
    MPR_LINE_STAGE,
    MPR_LINE_LSA,
    MPR_LINE_MANAGERS,
    MPR_LINE_STATISTICS,
    MPR_LINE_WITHOUT_PASSWORD,
    MPR_LINE_SCRIPTS,
    MPR_LINE_RESTORE_TIMEOUT,
    MPR_LINE_INTERACTIVE,
    MPR_LINE_NONINTERACTIVE,
    MPR_LINE_SILENT,
    MPR_LINES
};

struct mpr_config {
    struct mpr_order logon, password_change;
    unsigned stage_timeout; /* seconds */
    char *stage_keyring;
    char *lsa_socket; /* NULL: the client's default */
    char *manager_directory;
    char *statistics_directory;
    size_t manager_memory;        /* bytes a manager's process may use; 0: as much as there is */
    bool notify_without_password; /* also of logons by key, smart card or ticket */
    bool logon_scripts;           /* run them */
    unsigned restore_timeout; /* milliseconds, the administrator's RestoreTimeout; 0: none given */
    /* PAM services, NULL-terminated; with station WinSta_0; with SvcCtl; never notified. Others: by
     * their terminal. Never NULL. No service is in two of them. */
    char **interactive_services, **noninteractive_services, **silent_services;
    int lines[MPR_LINES]; /* where each was written, from 1; 0: nowhere, the default holds */
};

/* Whether `service` (PAM_SERVICE; NULL is in no list) is one of `list`; PAM writes services in
 * lower case, so case does not count. */
bool mpr_service_named(char *const *list, const char *service);

/* "success", "notfound", "unavail", "tryagain". */
const char *mpr_status_name(enum mpr_status status);
/* The word of one WN_*_CLASS bit: "network", "credential", "primary", "service"; NULL for another
 * bit. */
const char *mpr_class_name(uint32_t bit);

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
/*
 * The same, but all mistakes are told, in the order of the file. `tell` gets the file's name, the
 * line (0: the file as a whole), what is wrong and what would be right; the strings are its own
 * only during the call, and may hold whatever bytes stood in the file. Memory that runs out is told
 * in the same way.
 */
typedef void mpr_problem_fn(void *arg, const char *file, int line, const char *what,
                            const char *remedy);
bool mpr_config_check(const char *path, struct mpr_config *out, mpr_problem_fn *tell, void *arg);
bool mpr_config_check_text(const char *name, const char *text, size_t size, struct mpr_config *out,
                           mpr_problem_fn *tell, void *arg);
void mpr_config_clear(struct mpr_config *config);
bool mpr_manager_name_valid(const char *name);

#endif
