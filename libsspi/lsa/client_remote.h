/*
 * What the client remembers of credentials and contexts at lsad. Inside the client only.
 */
#ifndef CREDMGR_LSA_CLIENT_REMOTE_H
#define CREDMGR_LSA_CLIENT_REMOTE_H

#include <pthread.h>
#include <windows.h>
#include "libsspi/lsa/client.h"
#include "libsspi/lsa/client_connection.h"

/* What an application has made of the credential since: a packed Request, in secret memory. */
struct lsa_remote_change {
    struct lsa_remote_change *next;
    ULONG attribute; /* that it sets; 0: it adds credentials */
    size_t size;
    uint8_t *request;
};

struct lsa_remote_credential {
    WCHAR *package;
    WCHAR *principal; /* NULL: the logon session's own */
    ULONG use;
    LUID luid;            /* 0: the logon session's own */
    pthread_mutex_t lock; /* all below */
    uint64_t generation;  /* of the connection that `handle` belongs to */
    uint64_t handle;
    struct lsa_remote_change *changes; /* in the order they were made */
};

struct lsa_remote_context {
    uint64_t generation;
    uint64_t handle;
};

/* The handle of the credential on this connection, acquired anew if need be, with its changes. */
enum lsa_call_result lsa_remote_handle(struct lsa_connection *connection,
                                       struct lsa_remote_credential *credential, uint64_t *handle,
                                       SECURITY_STATUS *status);

/* client_attributes.c. The credential is locked: makes the changes once more, on a handle just
 * acquired; and forgets them. */
enum lsa_call_result lsa_remote_repeat(struct lsa_connection *connection,
                                       struct lsa_remote_credential *credential,
                                       SECURITY_STATUS *status);
void lsa_remote_forget(struct lsa_remote_credential *credential);

#endif
