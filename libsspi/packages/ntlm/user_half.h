/*
 * What the files of the user-mode half share.
 */
#ifndef CREDMGR_NTLM_USER_HALF_H
#define CREDMGR_NTLM_USER_HALF_H

#include <ntsecpkg.h>

#include "libsspi/packages/ntlm/message.h"
#include "libsspi/packages/ntlm/session.h"
#include "libsspi/packages/ntlm/text.h"

/* In secret memory. Nothing but `session` changes after it was made, and that has its own locks. */
struct ntlm_user_context {
    bool client;
    uint32_t flags;
    ULONG attributes;
    TimeStamp start, expiry;
    uint8_t exported[NTLM_KEY_SIZE];
    struct ntlm_session *session;
    struct ntlm_text user, domain, target;
};

/* QueryContextAttributes, in W form. Strings and blobs come from dll->AllocateHeap. */
SECURITY_STATUS ntlm_query_user_context(const struct ntlm_user_context *c, ULONG attribute,
                                        void *buffer, const SECPKG_DLL_FUNCTIONS *dll);

#endif
