/*
 * Credentials as objects, for the files that make one and ask it.
 */
#ifndef CREDMGR_API_CREDENTIALS_H
#define CREDMGR_API_CREDENTIALS_H

#include "libsspi/api/api.h"
#include "libsspi/lsa/host_attributes.h"

/* What AcquireCredentialsHandle was asked for, the handle and the expiry apart. */
struct api_acquire {
    const struct lsa_package *package;
    WCHAR *principal;
    ULONG use;
    PVOID auth_data;
    SEC_GET_KEY_FN get_key;
    PVOID get_key_argument;
    ULONG call_attributes;
    bool keys_only; /* to accept with a ticket-granting ticket alone is not wanted */
    /* found by api_credential_make() */
    LUID luid;               /* of a logon session that is not the process's own; 0 */
    struct lsa_logon *logon; /* the same, when a client of this process has delegated it */
    bool named;              /* the caller has named it */
    bool impersonates;       /* it is that of the client whom the thread impersonates */
};

/*
 * `luid` may be NULL; auth_data is not encrypted. api_credential_release() the result. The statuses
 * of AcquireCredentialsHandle.
 */
SECURITY_STATUS api_credential_make(struct api_acquire *request, const LUID *luid,
                                    struct api_credential **credential, PTimeStamp expiry);

/* credential_attributes.c: in the W form. `a` is lsa_credential_attribute(attribute). */
SECURITY_STATUS api_credential_query(const struct api_credential *c, ULONG attribute,
                                     const struct lsa_attribute *a, void *buffer);
SECURITY_STATUS api_credential_set(const struct api_credential *c, ULONG attribute,
                                   const struct lsa_attribute *a, void *buffer, ULONG size);

/* add_credentials.c: what AddCredentials was asked for. */
struct api_add {
    WCHAR *principal, *package;
    ULONG use;
    PVOID auth_data;
    SEC_GET_KEY_FN get_key;
    PVOID get_key_argument;
    ULONG call_attributes;
};
SECURITY_STATUS api_credential_add(const struct api_credential *c, const struct api_add *request,
                                   PTimeStamp expiry);

#endif
