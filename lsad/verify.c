/*
 * Whether a password is the one of a logon session, through the documented tables: see the header.
 */
#include "lsad/verify.h"
#include "base/log.h"
#include "base/secret.h"
#include "libsspi/lsa/session.h"
#include "libsspi/packages/unlock.h"

#include <ntstatus.h>
#include <stdlib.h>
#include <string.h>

/* What is no word on the password: nobody to ask, or not an account that the package knows. */
static enum verify_word word_of(NTSTATUS status)
{
    switch (status) {
    case STATUS_LOGON_FAILURE:
    case STATUS_WRONG_PASSWORD:
    case STATUS_ACCOUNT_RESTRICTION:
    case STATUS_ACCOUNT_DISABLED:
    case STATUS_ACCOUNT_EXPIRED:
    case STATUS_ACCOUNT_LOCKED_OUT:
    case STATUS_PASSWORD_EXPIRED:
    case STATUS_PASSWORD_MUST_CHANGE:
        return VERIFY_WRONG;
    default:
        return NT_SUCCESS(status) ? VERIFY_RIGHT : VERIFY_SILENT;
    }
}

static void free_primary(PSECPKG_PRIMARY_CRED p)
{
    lsa_host_free(p->DownlevelName.Buffer);
    lsa_host_free(p->DomainName.Buffer);
    lsa_host_free(p->Password.Buffer);
    lsa_host_free(p->OldPassword.Buffer);
    lsa_host_free(p->DnsDomainName.Buffer);
    lsa_host_free(p->Upn.Buffer);
    lsa_host_free(p->LogonServer.Buffer);
}

/* The client of the package is the LSA itself here: what it gives is all on our heap. There is no
 * token to be made of it, and the names for the other packages are the session's own. */
static NTSTATUS ask_one(const struct lsad_logon *logon, const struct lsa_package *package,
                        SECURITY_LOGON_TYPE type)
{
    PVOID profile = NULL, token = NULL;
    PUNICODE_STRING account = NULL, authority = NULL, machine = NULL;
    PSECPKG_SUPPLEMENTAL_CRED_ARRAY supplemental = NULL;
    LSA_TOKEN_INFORMATION_TYPE token_type = LsaTokenInformationNull;
    SECPKG_PRIMARY_CRED primary = {0};
    NTSTATUS status, sub_status = STATUS_SUCCESS;
    ULONG profile_size = 0;
    LUID luid = {0};

    lsa_call_begin(&logon->frame);
    status =
        package->lsa->LogonUserEx2(NULL, type, logon->submit, logon->submit, logon->submit_size,
                                   &profile, &profile_size, &luid, &sub_status, &token_type, &token,
                                   &account, &authority, &machine, &primary, &supplemental);
    lsa_call_end();
    log_debug("logon session %08x%08x: package %s on the unlocking: 0x%08x/0x%08x",
              (unsigned)logon->frame.client.LogonId.HighPart,
              (unsigned)logon->frame.client.LogonId.LowPart, package->name, (unsigned)status,
              (unsigned)sub_status);
    lsa_host_free(profile);
    lsa_host_free(token);
    lsa_host_free(account);
    lsa_host_free(authority);
    lsa_host_free(machine);
    lsa_host_free(supplemental);
    free_primary(&primary);
    return status;
}

enum verify_word verify_ask(const struct lsad_logon *logon, SECURITY_LOGON_TYPE type,
                            const struct lsa_package **verifier, NTSTATUS *status)
{
    enum verify_word word = VERIFY_SILENT;

    *status = STATUS_NO_LOGON_SERVERS;
    *verifier = NULL;
    for (size_t i = 0; i < lsa_host_count() && word != VERIFY_WRONG; i++) {
        const struct lsa_package *package = lsa_host_package(i);
        NTSTATUS one;

        if (!package->lsa->LogonUserEx2)
            continue;
        one = ask_one(logon, package, type);
        if (word_of(one) == VERIFY_SILENT || (word_of(one) == VERIFY_RIGHT && *verifier))
            continue;
        word = word_of(one);
        *status = one;
        *verifier = word == VERIFY_RIGHT ? package : NULL;
    }
    return word;
}

void verify_give(struct lsad_logon *logon, const struct lsa_package *verifier)
{
    pthread_mutex_lock(&logon->giving);
    for (size_t i = 0; i < lsa_host_count(); i++)
        if (lsa_host_package(i) != verifier)
            (void)primary_give_one(&logon->frame, lsa_host_package(i), &logon->primary,
                                   logon->interactive);
    pthread_mutex_unlock(&logon->giving);
}

NTSTATUS verify_prepare(const struct lsad_call *call, const LUID *luid, const char *password,
                        struct lsad_logon *logon)
{
    const SECPKG_PRIMARY_CRED *cred = &logon->primary.cred;
    const UNICODE_STRING none = {0};
    struct lsa_session session;
    NTSTATUS status = lsa_session_copy(luid, &session);
    bool filled;

    memset(logon, 0, sizeof(*logon));
    if (!NT_SUCCESS(status))
        return status;
    filled = primary_fill(&logon->primary, session.user, session.domain, password, NULL,
                          PRIMARY_CRED_UPDATE);
    pthread_mutex_init(&logon->giving, NULL);
    call_frame(call, luid, NULL, &logon->frame);
    logon->interactive = session.interactive;
    logon->user = session.user;
    session.user = NULL;
    lsa_session_clear(&session);
    status = STATUS_INVALID_PARAMETER;
    if (!filled)
        goto out;
    status = STATUS_NO_MEMORY;
    logon->submit = cred->Upn.Length ? unlock_write(luid, &none, &cred->Upn, &cred->Password,
                                                    &logon->submit_size)
                                     : unlock_write(luid, &cred->DomainName, &cred->DownlevelName,
                                                    &cred->Password, &logon->submit_size);
    if (logon->submit)
        status = STATUS_SUCCESS;
out:
    if (!NT_SUCCESS(status))
        verify_clear(logon);
    return status;
}

void verify_clear(struct lsad_logon *logon)
{
    primary_clear(&logon->primary);
    secret_free(logon->submit);
    free(logon->user);
    pthread_mutex_destroy(&logon->giving);
    memset(logon, 0, sizeof(*logon));
}
