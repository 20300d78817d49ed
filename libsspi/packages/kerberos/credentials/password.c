/*
 * ChangeAccountPassword: the old password gets a ticket for the password service of the realm (RFC
 * 3244), which is told the new one. It works with a password that has expired, too.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/reason.h"
#include "base/secret.h"
#include "base/utf16.h"

/* The application gets the policy; FreeContextBuffer releases it. */
static NTSTATUS put_policy(const DOMAIN_PASSWORD_INFORMATION *policy, PSecBufferDesc output)
{
    PSecBuffer buffer = output && output->cBuffers ? &output->pBuffers[0] : NULL;

    if (!buffer)
        return STATUS_SUCCESS;
    buffer->pvBuffer = kerb_lsa->AllocateLsaHeap(sizeof(*policy));
    if (!buffer->pvBuffer)
        return STATUS_NO_MEMORY;
    memcpy(buffer->pvBuffer, policy, sizeof(*policy));
    buffer->cbBuffer = sizeof(*policy);
    return STATUS_SUCCESS;
}

/* The server's answer, result codes of RFC 3244 section 2. */
static NTSTATUS read_answer(krb5_context krb, int result, const krb5_data *code_text,
                            const krb5_data *answer, PSecBufferDesc output)
{
    DOMAIN_PASSWORD_INFORMATION policy = {0};
    char *text = NULL;
    NTSTATUS status;

    if (result == KRB5_KPASSWD_SUCCESS)
        return SEC_E_OK;
    if (krb5_chpw_message(krb, answer, &text))
        text = NULL;
    if (text)
        reason_set(result, "%s", text);
    else
        reason_set(result, "%.*s", (int)code_text->length, code_text->data);
    krb5_free_string(krb, text);
    switch (result) {
    case KRB5_KPASSWD_SOFTERROR:
        status = kerb_read_password_policy(answer, &policy) ? put_policy(&policy, output)
                                                            : STATUS_SUCCESS;
        return NT_SUCCESS(status) ? STATUS_PASSWORD_RESTRICTION : status;
    case KRB5_KPASSWD_AUTHERROR:
    case KRB5_KPASSWD_ACCESSDENIED:
    case KRB5_KPASSWD_INITIAL_FLAG_NEEDED:
        return SEC_E_LOGON_DENIED;
    default:
        return SEC_E_INTERNAL_ERROR;
    }
}

/* A ticket for kadmin/changepw, which is not good for anything else. */
static krb5_error_code get_ticket(krb5_context krb, krb5_principal account, const char *old,
                                  krb5_creds *ticket)
{
    krb5_get_init_creds_opt *options = NULL;
    krb5_error_code code = krb5_get_init_creds_opt_alloc(krb, &options);

    if (code)
        return code;
    krb5_get_init_creds_opt_set_tkt_life(options, 5 * 60);
    krb5_get_init_creds_opt_set_renew_life(options, 0);
    krb5_get_init_creds_opt_set_forwardable(options, 0);
    krb5_get_init_creds_opt_set_proxiable(options, 0);
    if (account->type == KRB5_NT_ENTERPRISE_PRINCIPAL)
        krb5_get_init_creds_opt_set_canonicalize(options, 1);
    code = krb5_get_init_creds_password(krb, ticket, account, old, NULL, NULL, 0, "kadmin/changepw",
                                        options);
    krb5_get_init_creds_opt_free(krb, options);
    return code;
}

static NTSTATUS change(krb5_context krb, krb5_principal account, const char *old, char *new,
                       PSecBufferDesc output)
{
    krb5_creds ticket = {0};
    krb5_data code_text = {0}, answer = {0};
    int result = 0;
    krb5_error_code code = get_ticket(krb, account, old, &ticket);
    NTSTATUS status = kerb_status(krb, code, KERB_LOGON, "the old password");

    if (!status) {
        code = krb5_change_password(krb, &ticket, new, &result, &code_text, &answer);
        status = kerb_status(krb, code, KERB_LOGON, "the change of a password");
    }
    if (!status)
        status = read_answer(krb, result, &code_text, &answer, output);
    krb5_free_data_contents(krb, &code_text);
    krb5_free_data_contents(krb, &answer);
    krb5_free_cred_contents(krb, &ticket);
    return status;
}

static char *secret_text(const UNICODE_STRING *s)
{
    return utf16_to_utf8_secret(s->Buffer, s->Length / sizeof(WCHAR), NULL);
}

/*
 * domain may be NULL or empty: what the account's name says, else the default realm. `output` has
 * one buffer, which gets a DOMAIN_PASSWORD_INFORMATION when the domain says what it demands. The
 * change does not depend on whose thread asks, so `impersonating` changes nothing. SEC_E_OK;
 * STATUS_PASSWORD_RESTRICTION; SEC_E_LOGON_DENIED (no such account, another old password);
 * SEC_E_NO_AUTHENTICATING_AUTHORITY; SEC_E_UNKNOWN_CREDENTIALS (no name).
 */
NTSTATUS NTAPI kerb_change_account_password(PUNICODE_STRING domain, PUNICODE_STRING account,
                                            PUNICODE_STRING old, PUNICODE_STRING new,
                                            BOOLEAN impersonating, PSecBufferDesc output)
{
    krb5_context krb = kerb_context_take();
    char *realm = domain && domain->Length ? kerb_utf8(domain) : NULL, *name = kerb_utf8(account);
    char *old_text = secret_text(old), *new_text = secret_text(new);
    krb5_principal who = NULL;
    NTSTATUS status = SEC_E_INSUFFICIENT_MEMORY;

    (void)impersonating;
    if (!krb)
        goto out;
    status = SEC_E_UNKNOWN_CREDENTIALS;
    if (!name || !old_text || !new_text || (domain && domain->Length && !realm) ||
        strlen(name) > KERB_TEXT_MAX ||
        kerb_status(krb, kerb_account(krb, name, realm, &who), KERB_LOGON,
                    "the name of an account"))
        goto out;
    status = change(krb, who, old_text, new_text, output);
out:
    krb5_free_principal(krb, who);
    secret_free(old_text);
    secret_free(new_text);
    free(realm);
    free(name);
    kerb_context_give(krb);
    return status;
}
