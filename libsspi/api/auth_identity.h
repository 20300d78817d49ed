/*
 * What the Sspi…AuthIdentity functions share: an application's identity in any of its forms, taken
 * apart.
 *
 * All memory that these functions give to an application is secret memory, so that SspiLocalFree
 * and SspiFreeAuthIdentity are one function, and wipe.
 */
#ifndef CREDMGR_API_AUTH_IDENTITY_H
#define CREDMGR_API_AUTH_IDENTITY_H

#include "libsspi/api/api.h"
#include "libsspi/packages/identity.h"
#include "libsspi/packages/identity_ex2.h"

/* `ex2` borrows from the application's block or from the other two; its strings are UTF-16. */
struct api_identity {
    struct identity_ex2 ex2;
    struct identity captured;
    void *packed; /* secret memory */
};

/*
 * Takes an identity apart without decrypting it; api_identity_clear() releases it. An EX2 block is
 * believed to be as long as it says: nothing else tells ("SEC_WINNT_AUTH_IDENTITY_EX2", remarks).
 * SEC_E_INVALID_PARAMETER for what is none, SEC_E_INSUFFICIENT_MEMORY.
 */
SECURITY_STATUS api_identity_read(PSEC_WINNT_AUTH_IDENTITY_OPAQUE from, struct api_identity *out);
void api_identity_clear(struct api_identity *id);
/* A block of its own for `ex2`; SEC_E_INVALID_PARAMETER when it is too long for one. */
SECURITY_STATUS api_identity_make(const struct identity_ex2 *ex2,
                                  PSEC_WINNT_AUTH_IDENTITY_OPAQUE *out);
/* A zero-terminated copy of `area`, UTF-16, in secret memory; NULL without memory. */
WCHAR *api_identity_text(struct identity_area area);
/* True when the credentials are none, or well-formed; not for ciphertext. */
bool api_identity_credentials_valid(struct identity_area packed);

/*
 * auth_identity_crypt.c: an unencrypted block for one that is encrypted, or *plain NULL when `from`
 * is no encrypted one; SspiFreeAuthIdentity() releases it. Errors as SspiDecryptAuthIdentityEx's.
 */
SECURITY_STATUS api_identity_decrypted(PSEC_WINNT_AUTH_IDENTITY_OPAQUE from,
                                       PSEC_WINNT_AUTH_IDENTITY_OPAQUE *plain);

#endif
