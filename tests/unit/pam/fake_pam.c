/* The PAM library for tests; see fake_pam.h. */
#include "tests/unit/pam/fake_pam.h"

#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>
#include <security/pam_ext.h>
#include <security/pam_modutil.h>

enum { ITEMS = 32, VARIABLES = 16, DATA = 8 };

struct pam_handle {
    char *items[ITEMS];
    char *environment[VARIABLES];
    struct {
        char *name;
        void *value;
        void (*cleanup)(pam_handle_t *, void *, int);
    } data[DATA];
    char *log;
};

uid_t fake_euid;

/* In place of libc's: the module must see root, whoever runs the tests. */
uid_t geteuid(void)
{
    return fake_euid;
}

static char *copy(const char *s)
{
    char *c = s ? strdup(s) : NULL;

    if (s && !c)
        abort();
    return c;
}

/* ---- the program's side ---- */

pam_handle_t *fake_start(const char *service, const char *user)
{
    pam_handle_t *pamh = calloc(1, sizeof *pamh);

    if (!pamh)
        abort();
    pamh->log = copy("");
    pam_set_item(pamh, PAM_SERVICE, service);
    pam_set_item(pamh, PAM_USER, user);
    return pamh;
}

void fake_end(pam_handle_t *pamh, int status)
{
    for (size_t i = 0; i < DATA; i++) {
        if (pamh->data[i].name && pamh->data[i].cleanup)
            pamh->data[i].cleanup(pamh, pamh->data[i].value, status);
        free(pamh->data[i].name);
    }
    for (size_t i = 0; i < ITEMS; i++)
        free(pamh->items[i]);
    for (size_t i = 0; i < VARIABLES; i++)
        free(pamh->environment[i]);
    free(pamh->log);
    free(pamh);
}

const char *fake_log(const pam_handle_t *pamh)
{
    return pamh->log;
}

void fake_log_clear(pam_handle_t *pamh)
{
    pamh->log[0] = '\0';
}

const char *fake_environment(const pam_handle_t *pamh, size_t index)
{
    for (size_t i = 0; i < VARIABLES; i++)
        if (pamh->environment[i] && index-- == 0)
            return pamh->environment[i];
    return NULL;
}

/* ---- libpam's functions ---- */

int pam_get_item(const pam_handle_t *pamh, int item, const void **value)
{
    if (item <= 0 || item >= ITEMS)
        return PAM_BAD_ITEM;
    *value = pamh->items[item];
    return PAM_SUCCESS;
}

int pam_set_item(pam_handle_t *pamh, int item, const void *value)
{
    char *c;

    if (item <= 0 || item >= ITEMS)
        return PAM_BAD_ITEM;
    c = copy(value);
    free(pamh->items[item]);
    pamh->items[item] = c;
    return PAM_SUCCESS;
}

int pam_get_data(const pam_handle_t *pamh, const char *name, const void **value)
{
    for (size_t i = 0; i < DATA; i++)
        if (pamh->data[i].name && strcmp(pamh->data[i].name, name) == 0) {
            *value = pamh->data[i].value;
            return PAM_SUCCESS;
        }
    return PAM_NO_MODULE_DATA;
}

int pam_set_data(pam_handle_t *pamh, const char *name, void *value,
                 void (*cleanup)(pam_handle_t *, void *, int))
{
    for (size_t i = 0; i < DATA; i++)
        if (!pamh->data[i].name) {
            pamh->data[i].name = copy(name);
            pamh->data[i].value = value;
            pamh->data[i].cleanup = cleanup;
            return PAM_SUCCESS;
        }
    return PAM_BUF_ERR;
}

static size_t name_length(const char *variable)
{
    return strcspn(variable, "=");
}

static char **find_variable(pam_handle_t *pamh, const char *name, size_t length)
{
    for (size_t i = 0; i < VARIABLES; i++)
        if (pamh->environment[i] && name_length(pamh->environment[i]) == length &&
            strncmp(pamh->environment[i], name, length) == 0)
            return &pamh->environment[i];
    return NULL;
}

const char *pam_getenv(pam_handle_t *pamh, const char *name)
{
    char **variable = find_variable(pamh, name, strlen(name));

    return variable ? *variable + strlen(name) + 1 : NULL;
}

/*
 * "NAME=value" sets, "NAME" takes out; taking out what is not there is an error, as it is in
 * libpam.
 */
int pam_putenv(pam_handle_t *pamh, const char *setting)
{
    size_t length = name_length(setting);
    char **variable = find_variable(pamh, setting, length);

    if (length == 0)
        return PAM_BAD_ITEM;
    for (size_t i = 0; !variable && setting[length] && i < VARIABLES; i++)
        if (!pamh->environment[i])
            variable = &pamh->environment[i];
    if (!variable)
        return setting[length] ? PAM_BUF_ERR : PAM_BAD_ITEM;
    free(*variable);
    *variable = setting[length] ? copy(setting) : NULL;
    return PAM_SUCCESS;
}

char **pam_getenvlist(pam_handle_t *pamh)
{
    char **list = calloc(VARIABLES + 1, sizeof *list), **end = list;

    for (size_t i = 0; list && i < VARIABLES; i++)
        if (pamh->environment[i])
            *end++ = copy(pamh->environment[i]);
    return list;
}

void pam_vsyslog(const pam_handle_t *pamh, int priority, const char *format, va_list args)
{
    pam_handle_t *log = (pam_handle_t *)pamh;
    char *line = NULL, *grown = NULL;
    static const char *const names[] = {"emerg",   "alert",  "crit", "err",
                                        "warning", "notice", "info", "debug"};

    if (vasprintf(&line, format, args) < 0 ||
        asprintf(&grown, "%s%s: %s\n", log->log, names[priority & LOG_PRIMASK], line) < 0)
        abort();
    free(line);
    free(log->log);
    log->log = grown;
}

void pam_syslog(const pam_handle_t *pamh, int priority, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    pam_vsyslog(pamh, priority, format, args);
    va_end(args);
}

/*
 * Accounts: alice (also reached as "Alice", as a directory would), bob, root and toor, who share a
 * uid.
 */
struct passwd *pam_modutil_getpwnam(pam_handle_t *pamh, const char *name)
{
    static const struct {
        const char *typed, *name;
        uid_t uid;
    } accounts[] = {{"alice", "alice", 1001},
                    {"Alice", "alice", 1001},
                    {"bob", "bob", 1002},
                    {"root", "root", 0},
                    {"toor", "toor", 0}};
    static struct passwd account;

    (void)pamh;
    for (size_t i = 0; i < sizeof accounts / sizeof accounts[0]; i++)
        if (strcmp(accounts[i].typed, name) == 0) {
            account = (struct passwd){.pw_name = (char *)accounts[i].name,
                                      .pw_uid = accounts[i].uid,
                                      .pw_gid = accounts[i].uid + 1000};
            return &account;
        }
    return NULL;
}
