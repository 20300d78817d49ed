/*
 * Credentials and contexts that a package opens in another package: the one thing that no
 * documented function of the LSA offers, and what Negotiate and TSPkg live on.
 *
 * In libsspi they go where an application's own would go: to lsad for the credentials of a logon
 * session, into the package in this process for supplied ones, so that a negotiation is parsed in
 * the process that it concerns, and lsad sees the legs of Kerberos and NTLM alone. In lsad they are
 * the package's own.
 */
#ifndef CREDMGR_LSA_HOST_INNER_H
#define CREDMGR_LSA_HOST_INNER_H

#include "libsspi/lsa/host.h"

struct lsa_inner_credential;
struct lsa_inner_context;

struct lsa_inner_leg {
    const UNICODE_STRING *target; /* initiators; may be NULL */
    ULONG requirements;           /* ISC_REQ_* or ASC_REQ_* */
    ULONG data_representation;
    PSecBufferDesc input; /* may be NULL */
    /* answers */
    void *token; /* lsa_host_free() */
    ULONG token_size;
    ULONG attributes;
    TimeStamp expiry;
};

/* The process says, when it starts its host, how these are done; see lsa_host_config. */
struct lsa_inner_ops {
    /* As AcquireCredentialsHandle of that package, in the name of the client of the current call.
     */
    SECURITY_STATUS(*acquire)
    (const struct lsa_package *package, const UNICODE_STRING *principal, ULONG use,
     const LUID *luid, PVOID auth_data, PVOID get_key, PVOID get_key_argument,
     struct lsa_inner_credential **credential, PTimeStamp expiry);
    void (*release)(struct lsa_inner_credential *credential);
    SECURITY_STATUS(*query_credential)
    (struct lsa_inner_credential *credential, ULONG attribute, PVOID buffer);
    SECURITY_STATUS(*set_credential)
    (struct lsa_inner_credential *credential, ULONG attribute, PVOID buffer, ULONG size);
    /* AddCredentials: more for this one. */
    SECURITY_STATUS(*add_credentials)
    (struct lsa_inner_credential *credential, const UNICODE_STRING *principal, ULONG use,
     PVOID auth_data, PVOID get_key, PVOID get_key_argument, PTimeStamp expiry);
    /* *context NULL: the first leg. A context that failed stays to be deleted; one that answered
     * SEC_E_INCOMPLETE_MESSAGE goes on. After SEC_I_INCOMPLETE_CREDENTIALS the next leg may be made
     * with another credential of the same package. In the input, what is not read yet or still
     * missing is told in an empty buffer (SECBUFFER_EXTRA, SECBUFFER_MISSING). */
    SECURITY_STATUS(*initialize)
    (struct lsa_inner_credential *credential, struct lsa_inner_context **context,
     struct lsa_inner_leg *leg);
    SECURITY_STATUS(*accept)
    (struct lsa_inner_credential *credential, struct lsa_inner_context **context,
     struct lsa_inner_leg *leg);
    void (*remove)(struct lsa_inner_context *context);
    /* ApplyControlToken. */
    SECURITY_STATUS (*apply_control)(struct lsa_inner_context *context, PSecBufferDesc input);
    /* Of a context that is not established yet. */
    SECURITY_STATUS(*query_context)
    (struct lsa_inner_context *context, ULONG attribute, PVOID buffer);
    /* The context of the package's user-mode half, once established; 0 before. It is the inner
     * context's, and goes with it. */
    LSA_SEC_HANDLE (*user)(struct lsa_inner_context *context);
};
/* NULL where no package may open another. */
const struct lsa_inner_ops *lsa_inner(void);

#endif
