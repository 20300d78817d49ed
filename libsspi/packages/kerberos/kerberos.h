/*
 * What the files of the LSA-mode half share. It runs in lsad for logon sessions and in the caller's
 * process for credentials the caller supplied; libkrb5 does the AS, TGS and AP exchanges, and
 * everything else is here.
 */
#ifndef CREDMGR_KERBEROS_KERBEROS_H
#define CREDMGR_KERBEROS_KERBEROS_H

#include <krb5.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <ntsecpkg.h>
#include <ntstatus.h>
#include <sspi.h>

#include "libsspi/packages/kerberos/handshake/describe.h"
#include "libsspi/packages/kerberos/packed.h"
#include "libsspi/packages/kerberos/handshake/token.h"

#define KERB_PACKAGE "Kerberos" /* in lsa.conf and in the credential store */

/* The LSA, from SpInitialize. */
extern const LSA_SECPKG_FUNCTION_TABLE *kerb_lsa;
extern ULONG kerb_package_id;

/* ---- krb5_context.c: libkrb5 contexts, one for each thread that is at work ----------------- */

/* In lsad the environment is not read. NULL when libkrb5 cannot start (log line). Give it back. */
krb5_context kerb_context_take(void);
void kerb_context_give(krb5_context krb);
void kerb_context_shutdown(void);
/* True when the caller of this call is in this very process: its own caches and keytabs are then
 * ours. */
bool kerb_in_process(void);
/* [libdefaults] of krb5.conf names this setting. */
bool kerb_libdefault(krb5_context krb, const char *name);

/* ---- status.c: the one table of errors ----------------------------------------------------- */

enum kerb_role { KERB_LOGON, KERB_INITIATOR, KERB_ACCEPTOR };
/* Returns the SECURITY_STATUS; libkrb5's own words become the reason (base/reason.h), and a line of
 * the debug log. 0 is SEC_E_OK. */
SECURITY_STATUS kerb_status(krb5_context krb, krb5_error_code code, enum kerb_role role,
                            const char *doing);
/* The KDC gave its last word on this password: trying again could only lock the account. */
bool kerb_password_refused(krb5_error_code code);

/* ---- names.c ------------------------------------------------------------------------------- */

/* Counted UTF-16 as new UTF-8 (free()); NULL when there is none, it is malformed, or without
 * memory. */
char *kerb_utf8(const UNICODE_STRING *s);
/*
 * The service a client means: service/host[:port][/instance][@REALM], service@host, DOMAIN\account,
 * account[@REALM]. The host is lower-cased, and looked up only with `canonicalize` in lsa.conf;
 * without a realm krb5.conf's [domain_realm] or the KDC's referral decides.
 */
krb5_error_code kerb_target(krb5_context krb, const char *target, krb5_principal *out);
/*
 * The other thing that a target may mean, when nobody knows the first: of service@host, an account
 * of that (user principal) name. KRB5_PARSE_MALFORMED when it can mean one thing only.
 */
krb5_error_code kerb_other_target(krb5_context krb, const char *target, krb5_principal *out);
/* A person or account: user and domain as an application gives them. The principal's type says
 * whether it is an enterprise name. */
krb5_error_code kerb_account(krb5_context krb, const char *user, const char *domain,
                             krb5_principal *out);
/* The realm that a domain name means: as configured, or of the machine's realm its short name.
 * NULL: none (free()). */
char *kerb_realm(krb5_context krb, const char *domain);

#include "libsspi/packages/kerberos/logon/logon.h"
#include "libsspi/packages/kerberos/credentials/credentials.h"
#include "libsspi/packages/kerberos/handshake/handshake.h"

#endif
