/*
 * LsaApLogonUserEx2, for a workstation that is unlocked: the KDC is asked about the password of a
 * logon session, and the ticket that it gives replaces the session's.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/lsa/host.h"
#include "libsspi/packages/kerberos/logon/session.h"
#include "libsspi/packages/kerberos/logon/unlock.h"
#include "libsspi/packages/unlock.h"

/* ---- who ----------------------------------------------------------------------------------- */

static krb5_error_code named_account(krb5_context krb, const struct unlock_logon *logon,
                                     krb5_principal *out)
{
    char *user = kerb_utf8(&logon->user), *domain = kerb_utf8(&logon->domain);
    krb5_error_code code = KRB5_PARSE_MALFORMED;

    if (user && domain && (*domain || strpbrk(user, "@\\")))
        code = kerb_account(krb, user, domain, out);
    else if (user && domain)
        code = KRB5_REALM_UNKNOWN; /* a name alone is one of this machine */
    free(user);
    free(domain);
    return code;
}

/* ---- the KDC ------------------------------------------------------------------------------- */

/*
 * Anybody can answer in the place of the KDC and say yes. Where the machine has a key of its own,
 * the ticket must lead to one for the machine that this key opens (krb5_verify_init_creds(3));
 * where it has none there is nothing to go by, as for every program of such a machine.
 */
static krb5_error_code verify_kdc(krb5_context krb, krb5_creds *tgt)
{
    const char *name = lsa_setting(KERB_PACKAGE, "keytab", "");
    krb5_verify_init_creds_opt options;
    krb5_keytab keytab = NULL;
    krb5_error_code code = 0;

    krb5_verify_init_creds_opt_init(&options);
    if (*name)
        code = krb5_kt_resolve(krb, name, &keytab);
    if (!code)
        code = krb5_verify_init_creds(krb, tgt, NULL, keytab, NULL, &options);
    if (keytab)
        krb5_kt_close(krb, keytab);
    return code;
}

static bool has_tgt(const LUID *luid)
{
    void *data;
    size_t size;

    if (!NT_SUCCESS(kerb_store_get(luid, KERB_KEY_TGT, &data, &size)))
        return false;
    secret_free(data);
    return true;
}

/* What the KDC said, as LsaApLogonUserEx2 gives it. */
static NTSTATUS verdict(krb5_context krb, krb5_error_code code, const LUID *luid,
                        PNTSTATUS sub_status)
{
    SECURITY_STATUS general = kerb_status(krb, code, KERB_LOGON, "the unlocking of a session");

    switch (code) {
    case 0:
        return STATUS_SUCCESS;
    case ENOMEM:
        return STATUS_NO_MEMORY;
    case KRB5KDC_ERR_PREAUTH_FAILED:
    case KRB5KRB_AP_ERR_BAD_INTEGRITY:
    case KRB5_PREAUTH_FAILED:
        *sub_status = STATUS_WRONG_PASSWORD;
        return STATUS_LOGON_FAILURE;
    case KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN:
        /* It knew the account once: it is gone now. Else it is one of this machine. */
        *sub_status = STATUS_NO_SUCH_USER;
        return has_tgt(luid) ? STATUS_LOGON_FAILURE : STATUS_NO_SUCH_USER;
    case KRB5KDC_ERR_KEY_EXP:
        *sub_status = STATUS_PASSWORD_EXPIRED;
        return STATUS_ACCOUNT_RESTRICTION;
    case KRB5KDC_ERR_NAME_EXP:
        *sub_status = STATUS_ACCOUNT_EXPIRED;
        return STATUS_ACCOUNT_RESTRICTION;
    case KRB5KDC_ERR_CLIENT_REVOKED:
        *sub_status = STATUS_ACCOUNT_DISABLED;
        return STATUS_ACCOUNT_RESTRICTION;
    default:
        /* Whatever else it said, or nobody: that is no word on this password. */
        return general == SEC_E_LOGON_DENIED ? STATUS_ACCOUNT_RESTRICTION : STATUS_NO_LOGON_SERVERS;
    }
}

/* The new ticket takes the place of the session's, and so does the password where one is kept. */
static NTSTATUS keep(krb5_context krb, const LUID *luid, krb5_const_principal client,
                     const char *password, krb5_creds *tgt)
{
    struct kerb_session *s = kerb_session_open(luid);
    LUID who = *luid;
    char *name = NULL;
    NTSTATUS status = STATUS_NO_MEMORY;
    krb5_error_code code;

    if (!s)
        return status;
    if (krb5_unparse_name(krb, client, &name))
        goto out;
    status = kerb_store_put(luid, KERB_KEY_ACCOUNT, name, strlen(name));
    if (!NT_SUCCESS(status))
        goto out;
    code = kerb_ticket_put(krb, luid, KERB_KEY_TGT, tgt);
    if (code) {
        status = code == ENOMEM ? STATUS_NO_MEMORY : STATUS_NO_SUCH_LOGON_SESSION;
        goto out;
    }
    /* Those of before may be for a password or for groups that are no longer hers. */
    kerb_store_each(luid, kerb_forget_service_ticket, &who);
    if (kerb_keeps_password())
        status = kerb_store_put(luid, KERB_KEY_PASSWORD, password, strlen(password));
    else
        kerb_store_remove(luid, KERB_KEY_PASSWORD);
    /* A fetch that is under way with the password of before is for nothing. */
    pthread_mutex_lock(&kerb_sessions.lock);
    s->generation++;
    s->outcome = SEC_E_OK;
    pthread_mutex_unlock(&kerb_sessions.lock);
out:
    krb5_free_unparsed_name(krb, name);
    kerb_session_close(s);
    return status;
}

static NTSTATUS ask_kdc(krb5_context krb, const struct unlock_logon *logon, const char *password,
                        PNTSTATUS sub_status)
{
    krb5_principal client = NULL;
    krb5_creds tgt = {0};
    krb5_error_code code = named_account(krb, logon, &client);
    NTSTATUS status = STATUS_NO_SUCH_USER;

    if (code != ENOMEM)
        code = kerb_password_account(krb, &logon->luid, &client);
    if (code) /* not an account of ours */
        goto out;
    status = verdict(krb, kerb_get_tgt(krb, client, password, &tgt), &logon->luid, sub_status);
    if (!NT_SUCCESS(status))
        goto out;
    code = verify_kdc(krb, &tgt);
    if (code) {
        const char *text = krb5_get_error_message(krb, code);

        log_warn("Kerberos: a KDC took a password, but could not be verified with the machine's "
                 "keytab: %s (a false KDC, or an old keytab)",
                 text);
        krb5_free_error_message(krb, text);
        status = STATUS_TRUSTED_RELATIONSHIP_FAILURE;
        goto out;
    }
    status = keep(krb, &logon->luid, client, password, &tgt);
out:
    krb5_free_cred_contents(krb, &tgt);
    krb5_free_principal(krb, client);
    return code == ENOMEM ? STATUS_NO_MEMORY : status;
}

/* ---- what is kept -------------------------------------------------------------------------- */

/* The lengths are compared first: they are no secret worth more than the rest. */
static NTSTATUS ask_store(const struct unlock_logon *logon, const char *password,
                          PNTSTATUS sub_status)
{
    void *kept = NULL;
    size_t size = 0;
    NTSTATUS status = STATUS_NO_LOGON_SERVERS;

    if (!NT_SUCCESS(kerb_store_get(&logon->luid, KERB_KEY_PASSWORD, &kept, &size)))
        return status;
    status = STATUS_SUCCESS;
    if (size != strlen(password) || !secret_equal(kept, password, size)) {
        status = STATUS_LOGON_FAILURE;
        *sub_status = STATUS_WRONG_PASSWORD;
    }
    secret_free(kept);
    return status;
}

/* ---- LsaApLogonUserEx2 --------------------------------------------------------------------- */

static NTSTATUS check(SECURITY_LOGON_TYPE type, const struct unlock_logon *logon,
                      PNTSTATUS sub_status)
{
    krb5_context krb;
    char *password =
        utf16_to_utf8_secret(logon->password.Buffer, logon->password.Length / sizeof(WCHAR), NULL);
    NTSTATUS status = STATUS_INVALID_PARAMETER;

    if (!password)
        return errno == ENOMEM ? STATUS_NO_MEMORY : status;
    if (type == CachedUnlock) {
        status = ask_store(logon, password, sub_status);
        goto out;
    }
    status = STATUS_NO_MEMORY;
    krb = kerb_context_take();
    if (krb)
        status = ask_kdc(krb, logon, password, sub_status);
    kerb_context_give(krb);
out:
    secret_free(password);
    return status;
}

NTSTATUS kerb_logon_user(PLSA_CLIENT_REQUEST request, SECURITY_LOGON_TYPE type, PVOID submit,
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

    return unlock_logon_user(kerb_lsa, request, type, submit, client_base, size, check, &answer);
}
