/*
 * Who a verified account is on this system: from the verifier in the LSA to the token that the
 * user-mode half makes of it. Of an account of a domain, its SID and those of its groups; of
 * somebody who is logged on here, or in the account file, the name of the user that they are.
 */
#ifndef CREDMGR_NTLM_AUTHORIZATION_H
#define CREDMGR_NTLM_AUTHORIZATION_H

#include <stdbool.h>

#include "base/wire.h"
#include "libsspi/packages/ntlm/crypto.h"

#define NTLM_SID_PARTS         15   /* [MS-DTYP] 2.4.2 */
#define NTLM_AUTHORIZATION_MAX 4096 /* SIDs; further groups are left out */
#define NTLM_AUTHORIZATION_SIZE                                                                    \
    (6 + UINT16_MAX + NTLM_AUTHORIZATION_MAX * (12 + NTLM_SID_PARTS * 4)) /* bytes at most */

struct ntlm_sid {
    uint8_t count, authority[6]; /* of the parts, at most NTLM_SID_PARTS; big endian */
    uint32_t parts[NTLM_SID_PARTS];
    uint32_t attributes; /* SE_GROUP_* */
};

/*
 * `local_user`: the system's own name of the user, UTF-16LE, as CreateToken finds it without an
 * authority; empty when the verifier knows none. SIDs: the account's own first, then its groups,
 * the primary one first; none of a local user.
 */
void ntlm_authorization_write(struct wire_writer *w, struct ntlm_bytes local_user,
                              const struct ntlm_sid *sids, size_t count);
/*
 * Calls visit for each SID, the account's own with index 0, until it returns false; `visit` may be
 * NULL. *local_user borrows from `data`. False when the bytes are no such thing (whatever was
 * visited before does not count then).
 */
bool ntlm_authorization_read(const void *data, size_t size, struct ntlm_bytes *local_user,
                             bool (*visit)(size_t index, const struct ntlm_sid *sid, void *arg),
                             void *arg);

#endif
