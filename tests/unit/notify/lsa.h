/*
 * An LSA for tests of the verbs: the functions of the client, in place of those that talk to lsad.
 * It writes down what it was asked.
 */
#ifndef CREDMGR_TESTS_UNIT_NOTIFY_LSA_H
#define CREDMGR_TESTS_UNIT_NOTIFY_LSA_H

#include <stdbool.h>
#include <stdint.h>
#include "libsspi/lsa/client.h"

struct lsa_test_session {
    const char *user; /* NULL: no session */
    uint64_t luid;
    const char *service, *tty;
    int64_t logon_time;
    const char *domain; /* NULL: EXAMPLE.COM */
};

struct lsa_test {
    NTSTATUS status; /* what every call answers */
    bool kerberos;
    int tickets;     /* what tickets_import() answers */
    NTSTATUS unlock; /* what lsa_client_unlock() answers, when `status` is success */
    unsigned delay;  /* milliseconds it takes to unlock */
    struct lsa_test_session sessions[5]; /* that lsad lists, all of uid 0; ended by a NULL user */
    char calls[4096];                    /* what it was asked, a line each */
    char socket[128];
};
/* In shared memory, so that what is asked in a child is seen too. */
extern struct lsa_test *lsa_test;
#define lsa (*lsa_test)

/* Before anything else. */
void lsa_test_open(void);

#endif
