/* What the tests of the whole module share: a transaction, and what to expect of it. */
#ifndef CREDMGR_TEST_STAGE_H
#define CREDMGR_TEST_STAGE_H

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <security/pam_modules.h>
#include "tests/unit/pam/fake_mpnotify.h"
#include "tests/unit/pam/fake_pam.h"
#include "tests/unit/pam/orders.h"

/* The arguments of the module's line; config=… is added. Ended by NULL. */
extern const char *stage_arguments[4];

/* A fresh set of everything, before and after each test. */
int stage_set_up(void **state);
int stage_tear_down(void **state);

/* One call of the module, with the arguments. */
int authenticate(pam_handle_t *pamh);
int setcred(pam_handle_t *pamh, int flags);
int open_session(pam_handle_t *pamh);
int close_session(pam_handle_t *pamh);
int chauthtok(pam_handle_t *pamh, int flags);

/* Another module has asked for the password of PAM_USER. */
void type_password(pam_handle_t *pamh, const char *password);
/* The verbs that mpnotify was run with, e.g. "stage logon logoff". */
void expect_verbs(const char *verbs);
/* The line that mpnotify wrote down for `verb` has `text` in it. */
void expect_told(const char *verb, const char *text);
/*
 * pam_end() in this process; nothing is left of the transaction, and its log is clean but for `log`
 * (NULL: empty).
 */
void finish(pam_handle_t *pamh, int status, const char *log);

#endif
