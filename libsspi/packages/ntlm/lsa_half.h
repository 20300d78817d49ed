/*
 * What the files of the LSA-mode half share. The half runs in lsad for default credentials and in
 * the caller's process for credentials the caller supplied itself; nothing here knows which.
 */
#ifndef CREDMGR_NTLM_LSA_HALF_H
#define CREDMGR_NTLM_LSA_HALF_H

#include <stdatomic.h>

#include <ntsecpkg.h>

#include "libsspi/packages/ntlm/handshake/handshake.h"
#include "libsspi/packages/ntlm/machine.h"

/* Set by SpInitialize, then only read. */
struct ntlm_lsa {
    const LSA_SECPKG_FUNCTION_TABLE *table;
    ULONG package_id;
    struct ntlm_machine machine;
    struct ntlm_text default_domain; /* [ntlm] domain; empty: the domain of each logon */
    struct ntlm_policy policy;
};
extern struct ntlm_lsa ntlm_lsa;

extern const SecPkgInfoW ntlm_package_info;
/* A copy in one block of memory, as FreeContextBuffer releases it; NULL without memory. */
PSecPkgInfoW ntlm_package_info_copy(PVOID(NTAPI *allocate)(ULONG));

/* ---- credentials.c ------------------------------------------------------------------ */

/*
 * A credential handle. Contexts keep theirs alive, since an application may free its handle in the
 * middle of a handshake. The hash of a default credential is not in it: it is read from the store
 * when it is needed, so a changed password counts at once, and released with the call.
 */
struct ntlm_credential {
    atomic_uint references;
    ULONG use;      /* SECPKG_CRED_INBOUND, SECPKG_CRED_OUTBOUND */
    bool supplied;  /* by the caller; else the logon session `luid` has it */
    bool self_only; /* inbound, not supplied: for people of the caller's own uid alone */
    bool anonymous; /* supplied: an identity of empty strings, which is nobody */
    LUID luid;
    struct ntlm_account account; /* when supplied */
};
void ntlm_credential_release(struct ntlm_credential *credential);
/*
 * The account behind a credential: into *copy when it has to be read (ntlm_account_clear it either
 * way). SEC_E_NO_CREDENTIALS when the logon session has none any more.
 */
SECURITY_STATUS ntlm_credential_account(const struct ntlm_credential *credential,
                                        struct ntlm_account *copy,
                                        const struct ntlm_account **account);

/* What a logon left in the store; ntlm_account_clear it after success. SEC_E_NO_CREDENTIALS. */
SECURITY_STATUS ntlm_read_stored(const LUID *luid, struct ntlm_account *account);

SpAcceptCredentialsFn ntlm_accept_credentials;
SpAcquireCredentialsHandleFn ntlm_acquire_credentials;
SpQueryCredentialsAttributesFn ntlm_query_credentials;
SpFreeCredentialsHandleFn ntlm_free_credentials;

/* ---- unlock.c ----------------------------------------------------------------------- */

LSA_AP_LOGON_USER_EX2 ntlm_logon_user;

/* ---- context.c ---------------------------------------------------------------------- */

SpInitLsaModeContextFn ntlm_init_context;
SpAcceptLsaModeContextFn ntlm_accept_context;
SpDeleteContextFn ntlm_delete_context;
SpQueryContextAttributesFn ntlm_query_lsa_context;

/* ---- stored.c: a credential as the LSA's store keeps it ----------------------------- */

void ntlm_stored_write(struct wire_writer *w, const struct ntlm_account *account);
bool ntlm_stored_read(const void *data, size_t size, struct ntlm_account *account);

/* ---- bindings.c --------------------------------------------------------------------- */

/*
 * MD5 over the channel bindings as GSSAPI defines them (3.1.5.1.2); false for a malformed buffer.
 */
bool ntlm_bindings_hash(const void *buffer, size_t size, uint8_t hash[NTLM_BINDINGS_SIZE]);
/* SspiSetChannelBindingFlags: what is wrong is to be told, and let through. */
bool ntlm_bindings_audited(const void *buffer, size_t size);

#endif
