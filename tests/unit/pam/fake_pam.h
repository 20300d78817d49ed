/*
 * A PAM library for tests, linked in place of libpam: it holds items, environment and data as
 * libpam does, keeps what the module logs, and lets a test be any program that uses PAM.
 */
#ifndef CREDMGR_TEST_FAKE_PAM_H
#define CREDMGR_TEST_FAKE_PAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <security/pam_modules.h>

/* A transaction of `service` for `user`, as pam_start() gives one. */
pam_handle_t *fake_start(const char *service, const char *user);
/* pam_end(): runs the cleanup functions with `status`, frees everything. */
void fake_end(pam_handle_t *pamh, int status);
/* Everything logged so far (below LOG_DEBUG and with it), a line an entry. */
const char *fake_log(const pam_handle_t *pamh);
void fake_log_clear(pam_handle_t *pamh);
/* "NAME=value" number `index` of the environment; NULL behind the last. */
const char *fake_environment(const pam_handle_t *pamh, size_t index);

/* What geteuid() answers in this program. */
extern uid_t fake_euid;

/* ---- luid_key_put() and luid_key_remove(), for tests that do not want a real keyring ---- */

struct fake_key {
    unsigned puts, removes;
    uid_t uid;
    gid_t gid;
    uint64_t luid;
    int error;        /* luid_key_put() fails with it */
    uint64_t present; /* what the session keyring names beforehand; 0: nothing */
};
extern struct fake_key fake_key;

#endif
