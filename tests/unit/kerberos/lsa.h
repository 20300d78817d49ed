/*
 * The LSA-mode half as lsad runs it: in the real package host, over a store that is a table of the
 * test (store.h), and a timer that the test runs itself. Link with -lgssapi_krb5.
 */
#ifndef CREDMGR_TEST_KERBEROS_LSA_H
#define CREDMGR_TEST_KERBEROS_LSA_H

#include <gssapi/gssapi.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <ntsecapi.h>
#include "base/reason.h"
#include "libsspi/lsa/host.h"

extern const SECPKG_FUNCTION_TABLE *lsa_kerberos;
extern struct lsa_call lsa_now;            /* whose call it is: client.LogonId */
extern struct lsa_setting lsa_settings[3]; /* of the package; before lsa_start() */
extern SEC_THREAD_START lsa_timer;         /* what the package wants called now and then */

/* What AuditLogon has told the host of failures; to be looked at when nothing is under way. */
extern struct lsa_told {
    atomic_uint count;
    LUID luid;
    NTSTATUS status;
    struct reason why;
} lsa_told;

/* cmocka's set-up: the host and the package start, and the call of session 1 begins. */
int lsa_start(void **state);
/* The end of the host; what is in the store stays, as when lsad is killed. */
int lsa_stop(void **state);
/* cmocka's tear-down: the store and the settings are empty, too. */
int lsa_clean(void **state);

int64_t milliseconds(void);
UNICODE_STRING counted(const WCHAR *text);

/* SpAcceptCredentials; the user principal name in UTF-16, the password in UTF-8. */
NTSTATUS log_on(ULONG session, const WCHAR *upn, const char *password);
void alice_logs_on(ULONG session); /* and has her ticket */
/* Waits up to five seconds for is(session, key) == wanted. */
bool soon(bool (*is)(ULONG session, const char *key), bool wanted, ULONG session, const char *key);

/* Default credentials of the call's session. */
SECURITY_STATUS acquire(ULONG use, LSA_SEC_HANDLE *handle);
/* A whole handshake with MIT's acceptor; the packed context names who we are. */
NTSTATUS connect_to(LSA_SEC_HANDLE credential, const WCHAR *target, const char *client);
/* Both, as alice. */
NTSTATUS try_to(const WCHAR *target);

#define WEB  u"HTTP/web.credmgr.test"
#define MAIL u"imap/mail.credmgr.test"

#endif
