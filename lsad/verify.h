/*
 * Whether a password is that of a logon session: asked in every package that has LsaApLogonUserEx2,
 * with a KERB_INTERACTIVE_UNLOCK_LOGON.
 */
#ifndef CREDMGR_LSAD_VERIFY_H
#define CREDMGR_LSAD_VERIFY_H

#include "lsad/primary.h"

/* One password of one session. Several threads may work with it. */
struct lsad_logon {
    struct lsa_call frame; /* the client, and in client.LogonId the session */
    bool interactive;
    char *user;                  /* of the session */
    struct lsad_primary primary; /* with PRIMARY_CRED_UPDATE */
    pthread_mutex_t giving;      /* held while packages are given it */
    void *submit;                /* KERB_INTERACTIVE_UNLOCK_LOGON, secret memory */
    ULONG submit_size;
};

/* STATUS_NO_SUCH_LOGON_SESSION, STATUS_INVALID_PARAMETER (no text in UTF-8, or too long),
 * STATUS_NO_MEMORY. */
NTSTATUS verify_prepare(const struct lsad_call *call, const LUID *luid, const char *password,
                        struct lsad_logon *logon);
void verify_clear(struct lsad_logon *logon);

enum verify_word { VERIFY_SILENT, VERIFY_RIGHT, VERIFY_WRONG };

/*
 * What the packages say together; a no outweighs a yes. Logon type Unlock may wait for the network;
 * CachedUnlock asks for what the session holds and waits for nothing. *verifier: the package that
 * said yes; *status: what was said, STATUS_NO_LOGON_SERVERS when nobody knows.
 */
enum verify_word verify_ask(const struct lsad_logon *logon, SECURITY_LOGON_TYPE type,
                            const struct lsa_package **verifier, NTSTATUS *status);
/* SpAcceptCredentials in all packages but the one that verified it, which has what it needs. */
void verify_give(struct lsad_logon *logon, const struct lsa_package *verifier);

#endif
