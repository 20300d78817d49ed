/*
 * A real MIT KDC for a test: its own realm in a directory of its own, on a free port of the
 * loopback, without root. The test's environment points libkrb5 to it, to an empty credential cache
 * and to a keytab with the keys of its services.
 */
#ifndef CREDMGR_TEST_KERBEROS_REALM_H
#define CREDMGR_TEST_KERBEROS_REALM_H

#include <stdbool.h>

#define REALM          "CREDMGR.TEST"
#define REALM_WIDE     u"CREDMGR.TEST"
#define SERVICE        "HTTP/web.credmgr.test" /* in the keytab, as are the others with a key */
#define OTHER_SERVICE  "imap/mail.credmgr.test"
#define ALICE_PASSWORD "open sesame"
#define BOB_PASSWORD                                                                               \
    "kn\xc3\xb6"                                                                                   \
    "del"

/* The directory; valid between realm_start and realm_stop. */
extern char realm_directory[];

/* cmocka's group set-up and tear-down: the realm with alice and bob; `enctypes` of its keys NULL:
 * the usual ones. */
int realm_start(const char *enctypes);
int realm_stop(void);

/*
 * Before the first thread: makes the realm's krb5.conf this process's /etc/krb5.conf (in a mount
 * namespace of its own), for code that does not look at the environment.
 */
void realm_install(void);

void realm_kdc_up(void);
void realm_kdc_down(void);
/* The worst way of being down: the KDC's port takes everything and answers nothing, until the KDC
 * is up again. */
void realm_kdc_silent(void);
/* kadmin.local; one command. */
void realm_admin(const char *command);
/* Writes krb5.conf again, with more lines for [libdefaults] ("" for none). */
void realm_configure(const char *libdefaults);
/* Fills the process's own cache with a ticket of this user; "" lets it be without one. */
void realm_kinit(const char *user, const char *password, const char *options);
/* Requests that the KDC has answered since it was made, by a word of its log ("AS_REQ", "TGS_REQ").
 */
unsigned realm_requests(const char *word);

#endif
