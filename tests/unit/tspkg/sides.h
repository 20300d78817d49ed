/*
 * TSPkg through the public API, both sides in this process, as CredSSP drives it: with a TLS
 * channel that is only said to be there. The settings of [tspkg] are the test's.
 */
#ifndef CREDMGR_TESTS_TSPKG_SIDES_H
#define CREDMGR_TESTS_TSPKG_SIDES_H

#include <stdarg.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <credssp.h>
#include <ntsecapi.h>
#include <ntstatus.h>
#include <security.h>

#define TARGET u"TERMSRV/web.credmgr.test"
#define WANTS  (ISC_REQ_DELEGATE | ISC_REQ_MUTUAL_AUTH | ISC_REQ_EXTENDED_ERROR)

/* Settings of [tspkg]: name, value, name, value, NULL. */
#define set_policy(...) set_policy_list((const char *const[]){__VA_ARGS__})
void set_policy_list(const char *const *list);

struct token {
    uint8_t *data; /* FreeContextBuffer */
    ULONG size;
};

struct side {
    bool client, has_credential, has_context;
    const WCHAR *target;    /* clients; NULL: none */
    const char *public_key; /* of the channel; NULL: nothing is said of it */
    uint32_t channel;       /* TS_CHANNEL_* */
    ULONG attributes;
    TimeStamp expiry;
    CredHandle credential;
    CtxtHandle context;
};
/* user NULL: the credentials that the process has. */
SECURITY_STATUS side_acquire(struct side *s, bool client, const WCHAR *user, const WCHAR *domain,
                             const WCHAR *password);
/* The same with whatever pAuthData may be; for the side's direction. */
SECURITY_STATUS side_acquire_by(struct side *s, void *auth_data);
/* One leg; `in` is freed. */
SECURITY_STATUS side_step(struct side *s, ULONG requirements, struct token *in, struct token *out);
void side_reset(struct side *s);
void side_end(struct side *s);
/* The status that ends it: of the side that failed, or SEC_E_OK of both. */
SECURITY_STATUS shake(struct side *client, ULONG wants, struct side *server);
/* The same, and which side it was: 'c', 's', or 0. */
extern char failed_side;
/* What the server's failure was to the client, which was told of it; SEC_E_OK: it was not. */
extern SECURITY_STATUS client_status;

/* The client's credentials as the server has got them. */
void assert_delegated(struct side *server, ULONG attribute, const WCHAR *domain, const WCHAR *user,
                      const WCHAR *password);

#endif
