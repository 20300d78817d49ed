/*
 * What the files of the user-mode half share.
 */
#ifndef CREDMGR_NTLM_USER_HALF_H
#define CREDMGR_NTLM_USER_HALF_H

#include <ntsecpkg.h>

#include "libsspi/packages/ntlm/handshake/handshake.h"
#include "libsspi/packages/ntlm/wire/message.h"
#include "libsspi/packages/ntlm/messages/session.h"
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
    uint8_t *target_info, *authorization; /* as packed.h has them; NULL: none */
    size_t target_info_size, authorization_size;
    struct ntlm_facts facts;
};

/* export.c: SpExportSecurityContext, into memory of dll->AllocateHeap; and what it wrote, which is
 * secret. */
struct ntlm_exported {
    bool begun; /* else its messages begin anew */
    struct ntlm_progress send, receive;
    const uint8_t *packed; /* borrowed */
    size_t packed_size;
};
SECURITY_STATUS ntlm_export(const struct ntlm_user_context *c, const SECPKG_DLL_FUNCTIONS *dll,
                            ULONG flags, PSecBuffer out);
bool ntlm_exported_read(const void *data, size_t size, struct ntlm_exported *out);
/* token_user.c: SpGetContextToken. SEC_E_NO_IMPERSONATION: no account of this machine. */
NTSTATUS ntlm_make_token(const struct ntlm_user_context *c, PHANDLE token);

/* QueryContextAttributes, in W form. Strings and blobs come from dll->AllocateHeap. */
SECURITY_STATUS ntlm_query_user_context(const struct ntlm_user_context *c, ULONG attribute,
                                        void *buffer, const SECPKG_DLL_FUNCTIONS *dll);

#endif
