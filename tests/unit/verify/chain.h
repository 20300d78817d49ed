/*
 * The LSA around the NTLM package, and handshakes with an acceptor that brings no account along.
 */
#ifndef CREDMGR_TESTS_VERIFY_CHAIN_H
#define CREDMGR_TESTS_VERIFY_CHAIN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ntsecpkg.h>

#include "libsspi/lsa/host.h"

#define CHAIN_NAME 128

/* The logon sessions. */
#define ALICE     1 /* of a uid that has no name */
#define NOBODY    2 /* of uid 65534, who is nobody */
#define ELSEWHERE 3 /* alice again, with another password */
#define SESSIONS  4
#define ALICE_UID 4000000000u

/* What the domain says, instead of winbind, and how often it was asked. */
extern struct controller {
    SECURITY_STATUS says;
    unsigned asked;
} controller;

extern struct lsa_setting ntlm_settings[6]; /* the first is "verify" */
int start(void **state);
int stop(void **state);

/* The client of lsad, from now on. */
extern struct lsa_call call;
void as(uid_t uid, DWORD session);
SECURITY_STATUS acceptor(LSA_SEC_HANDLE *handle);
/* The other end proves who it is to an acceptor with default credentials: of that client. */
SECURITY_STATUS prove(const WCHAR *user, const WCHAR *domain, const WCHAR *password);
extern char verified[CHAIN_NAME]; /* the account, and the local user */
extern unsigned retries;          /* how often the last leg was put off */
extern bool lm_alone;             /* the NT response gets lost on the way */

#endif
