/*
 * Who an account of a domain is and which groups it is in, as the one who verified it said: from
 * the verifier in the LSA to the token that the user-mode half makes of it.
 */
#ifndef CREDMGR_NTLM_AUTHORIZATION_H
#define CREDMGR_NTLM_AUTHORIZATION_H

#include <stdbool.h>

#include "base/wire.h"

#define NTLM_SID_PARTS         15   /* [MS-DTYP] 2.4.2 */
#define NTLM_AUTHORIZATION_MAX 4096 /* SIDs; further groups are left out */
#define NTLM_AUTHORIZATION_SIZE                                                                    \
    (4 + NTLM_AUTHORIZATION_MAX * (12 + NTLM_SID_PARTS * 4)) /* bytes at most */

struct ntlm_sid {
    uint8_t count, authority[6]; /* of the parts, at most NTLM_SID_PARTS; big endian */
    uint32_t parts[NTLM_SID_PARTS];
    uint32_t attributes; /* SE_GROUP_* */
};

/* The account's own first, then its groups, the primary one first. */
void ntlm_authorization_write(struct wire_writer *w, const struct ntlm_sid *sids, size_t count);
/*
 * Calls visit for each, the account's own with index 0, until it returns false; `visit` may be
 * NULL. False when the bytes are no such list (whatever was visited before does not count then).
 */
bool ntlm_authorization_read(const void *data, size_t size,
                             bool (*visit)(size_t index, const struct ntlm_sid *sid, void *arg),
                             void *arg);

#endif
