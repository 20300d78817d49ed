/*
 * LsaApLogonUserEx2, for a workstation that is unlocked: is this still the password of the session?
 * NTLM has no server to ask here, so it answers for what the session holds, and only when asked for
 * that (CachedUnlock).
 */
#include "libsspi/packages/ntlm/lsa_half.h"

#include <ntstatus.h>

#include "base/secret.h"
#include "libsspi/packages/unlock.h"

/* In constant time; the password leaves only its hash on the stack, which is wiped. */
static NTSTATUS check(SECURITY_LOGON_TYPE type, const struct unlock_logon *logon,
                      PNTSTATUS sub_status)
{
    struct ntlm_account account = {0};
    uint8_t hash[NTLM_KEY_SIZE];
    NTSTATUS status = STATUS_NO_LOGON_SERVERS;

    /* Nobody to ask, or nothing to compare with: who knows. */
    if (type != CachedUnlock || ntlm_read_stored(&logon->luid, &account))
        goto out;
    status = STATUS_NO_MEMORY;
    if (!ntlm_nt_hash(logon->password.Buffer, logon->password.Length / sizeof(WCHAR), hash))
        goto out;
    status = STATUS_SUCCESS;
    if (!secret_equal(hash, account.nt_hash, sizeof(hash))) {
        status = STATUS_LOGON_FAILURE;
        *sub_status = STATUS_WRONG_PASSWORD;
    }
out:
    secret_wipe(hash, sizeof(hash));
    ntlm_account_clear(&account);
    return status;
}

/*
 * MessageType MsV1_0WorkstationUnlockLogon; logon type Unlock or CachedUnlock. STATUS_SUCCESS;
 * STATUS_LOGON_FAILURE with STATUS_WRONG_PASSWORD; STATUS_NO_LOGON_SERVERS: for Unlock always, for
 * CachedUnlock when the session holds no hash; STATUS_INVALID_LOGON_TYPE; and those of
 * unlock_read().
 */
NTSTATUS ntlm_logon_user(PLSA_CLIENT_REQUEST request, SECURITY_LOGON_TYPE type, PVOID submit,
                         PVOID client_base, ULONG size, PVOID *profile, PULONG profile_size,
                         PLUID luid, PNTSTATUS sub_status, PLSA_TOKEN_INFORMATION_TYPE token_type,
                         PVOID *token, PUNICODE_STRING *account, PUNICODE_STRING *authority,
                         PUNICODE_STRING *machine, PSECPKG_PRIMARY_CRED primary,
                         PSECPKG_SUPPLEMENTAL_CRED_ARRAY *supplemental)
{
    const struct unlock_answer answer = {.profile = profile,
                                         .profile_size = profile_size,
                                         .luid = luid,
                                         .sub_status = sub_status,
                                         .token_type = token_type,
                                         .token = token,
                                         .account = account,
                                         .authority = authority,
                                         .machine = machine,
                                         .primary = primary,
                                         .supplemental = supplemental};

    return unlock_logon_user(ntlm_lsa.table, request, type, submit, client_base, size, check,
                             &answer);
}
