/*
 * What an initiator hands over, and whether it may: the rules of policy.h, asked before anything is
 * sent, and again when it is known how the server has proven who it is. In lsad nothing counts that
 * the caller says, but for what it asks for.
 */
#include "libsspi/packages/tspkg/tspkg.h"

#include <ntstatus.h>
#include <string.h>

#include "base/reason.h"
#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/packages/ts_channel.h"
#include "libsspi/packages/tspkg/saved.h"
#include "libsspi/packages/tspkg/wire/credentials.h"

static bool delegates(const struct ts_context *c)
{
    return (c->requirements & ISC_REQ_DELEGATE) != 0;
}

/* ---- before anything is sent ------------------------------------------------------------------
 */

/* The negotiation is the account's, with tickets that nobody but lsad has had the key of. */
static SECURITY_STATUS negotiate_as(struct ts_context *c, const struct ts_account *account)
{
    SECURITY_STATUS status = ts_negotiate_as(account, &c->own);

    if (status == SEC_E_OK)
        c->negotiate = c->own;
    return status;
}

/* SEC_E_NO_CREDENTIALS: nothing is saved for the target, or not any more. */
static SECURITY_STATUS read_saved(const struct ts_context *c, struct ts_account **account)
{
    struct ts_saved saved;
    NTSTATUS status = ts_saved_find(ts_lsa, ts_package_id, &c->credential->luid, c->target, &saved);

    *account = NULL;
    if (status < 0)
        return status == STATUS_NO_MEMORY ? SEC_E_INSUFFICIENT_MEMORY : SEC_E_NO_CREDENTIALS;
    *account =
        ts_account_new(saved.user, utf16_length(saved.user), saved.domain,
                       utf16_length(saved.domain), saved.password, utf16_length(saved.password));
    ts_saved_free(&saved);
    return *account ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

/* Who has saved a password for this very server means that one, as with cmdkey. */
static SECURITY_STATUS find_saved(struct ts_context *c)
{
    struct ts_account *account;
    SECURITY_STATUS status = read_saved(c, &account);

    if (status == SEC_E_NO_CREDENTIALS)
        return SEC_E_OK;
    if (status == SEC_E_OK) {
        c->kind = TS_SAVED;
        status = negotiate_as(c, account);
    }
    ts_account_free(account);
    return status;
}

/*
 * Of a logon session: whether there is one; it is read again when it is sent. Where the server has
 * to prove itself, lsad gets tickets with it. Those of the session prove nothing: the person's
 * programs submit tickets with keys that they know (KERB_SUBMIT_TKT_REQUEST), with which they could
 * be any server; and those of other principals may be of a realm that somebody else runs.
 */
static SECURITY_STATUS has_password(struct ts_context *c)
{
    struct ts_account *account = NULL;
    SECURITY_STATUS status = SEC_E_NO_CREDENTIALS;

    if (c->kind != TS_DEFAULT)
        return SEC_E_OK;
    if (lsa_host_is_lsad())
        status = ts_stored_read(&c->credential->luid, &account);
    if (status == SEC_E_OK && account->principal[0] &&
        ts_policy_delegate(c->kind, c->target, TS_PROOF_NONE) == SEC_E_POLICY_NLTM_ONLY) {
        status = negotiate_as(c, account);
        ts_account_free(account);
        return status;
    }
    ts_account_free(account);
    if (status != SEC_E_OK)
        reason_set(0, "the LSA holds no password of this logon session (it keeps one when somebody "
                      "logs on with it, and allow_default_credentials names a server)");
    return status;
}

static enum ts_form form_of(const struct ts_context *c)
{
    if (!delegates(c))
        return TS_FORM_EMPTY;
    return c->channel & TS_CHANNEL_REDIRECT ? TS_FORM_REDIRECTED : TS_FORM_CREDENTIALS;
}

/* Who is logged on here, and nobody else, can be redirected; no list names the servers, since they
 * get nothing that they could use elsewhere. */
static SECURITY_STATUS may_redirect(const struct ts_context *c)
{
    if (c->kind == TS_DEFAULT)
        return SEC_E_OK;
    reason_set(0, "Remote Credential Guard is for the credentials of the logon session alone");
    return SEC_E_NO_CREDENTIALS;
}

SECURITY_STATUS ts_delegate_begin(struct ts_context *c)
{
    enum ts_form form = form_of(c);
    SECURITY_STATUS status = SEC_E_OK;

    c->kind = c->credential->account || c->credential->card ? TS_FRESH : TS_DEFAULT;
    if (c->kind == TS_DEFAULT && lsa_host_is_lsad() && form != TS_FORM_REDIRECTED)
        status = find_saved(c);
    if (status == SEC_E_OK)
        status = ts_policy_form(form);
    if (status == SEC_E_OK && form == TS_FORM_REDIRECTED)
        status = may_redirect(c);
    if (status == SEC_E_OK && form == TS_FORM_CREDENTIALS)
        status = ts_policy_names(c->kind, c->target);
    if (status == SEC_E_OK && form == TS_FORM_CREDENTIALS)
        status = has_password(c);
    return status;
}

/* ---- when the server has proven itself --------------------------------------------------------
 */

static bool is_kerberos(const struct ts_context *c)
{
    SecPkgContext_NegotiationInfoW info = {.PackageInfo = NULL};
    LSA_SEC_HANDLE user;
    const SECPKG_USER_FUNCTION_TABLE *table = ts_negotiation(c->inner, &user);
    bool is = false;

    if (table && table->QueryContextAttributes &&
        table->QueryContextAttributes(user, SECPKG_ATTR_NEGOTIATION_INFO, &info) == SEC_E_OK)
        is = utf16_equal_nocase(info.PackageInfo->Name, MICROSOFT_KERBEROS_NAME_W);
    lsa_host_free(info.PackageInfo);
    return is;
}

/* From user to user the server has a ticket-granting ticket, which anybody has: not every KDC makes
 * sure that it is one of the service's, and the server can ask for that way. */
static bool proves_by_kerberos(const struct ts_context *c)
{
    return c->attributes & ISC_RET_MUTUAL_AUTH && !(c->attributes & ISC_RET_USE_SESSION_KEY) &&
           is_kerberos(c);
}

/* For a password that lsad has, only tickets count that lsad has got with it. */
static enum ts_server_proof proof_of(const struct ts_context *c)
{
    if ((c->own || c->kind == TS_FRESH) && proves_by_kerberos(c))
        return TS_PROOF_KERBEROS;
    /* The process has these credentials anyway, so its word is good for them. */
    return c->kind == TS_FRESH && c->channel & TS_CHANNEL_TRUSTED ? TS_PROOF_CERTIFICATE
                                                                  : TS_PROOF_NONE;
}

static struct ts_bytes bytes_of(const WCHAR *text)
{
    return (struct ts_bytes){(const uint8_t *)text, utf16_length(text) * sizeof(WCHAR)};
}

static SECURITY_STATUS write(const struct ts_account *account, uint8_t **der, size_t *size)
{
    struct ts_credentials out = {.type = TS_PASSWORD_CREDS};

    if (account)
        out.u.password = (struct ts_password_creds){.domain = bytes_of(account->domain),
                                                    .user = bytes_of(account->user),
                                                    .password = bytes_of(account->password)};
    return ts_credentials_write(&out, der, size) ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

/* The server can verify its ticket because it is who it is said to be. */
static SECURITY_STATUS redirect(struct ts_context *c, uint8_t **der, size_t *size)
{
    if (proves_by_kerberos(c))
        return ts_remote_guard(c, der, size);
    reason_set(0, "Remote Credential Guard needs Kerberos, which this server does not speak");
    return SEC_E_POLICY_NLTM_ONLY;
}

static SECURITY_STATUS send_credentials(struct ts_context *c, uint8_t **der, size_t *size)
{
    struct ts_account *read = NULL;
    const struct ts_account *account = c->credential->account;
    SECURITY_STATUS status = ts_policy_delegate(c->kind, c->target, proof_of(c));

    if (status == SEC_E_OK && c->credential->card) {
        *der = secret_dup(c->credential->card, c->credential->card_size);
        *size = c->credential->card_size;
        return *der ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
    }
    if (status == SEC_E_OK && c->kind != TS_FRESH) { /* no more after a logout, or a deletion */
        status = c->kind == TS_SAVED ? read_saved(c, &read)
                                     : ts_stored_read(&c->credential->luid, &read);
        account = read;
    }
    if (status == SEC_E_OK)
        status = write(account, der, size);
    ts_account_free(read);
    return status;
}

SECURITY_STATUS ts_delegate(struct ts_context *c, uint8_t **der, size_t *size)
{
    enum ts_form form = form_of(c);
    SECURITY_STATUS status;

    if (form == TS_FORM_EMPTY)
        return write(NULL, der, size);
    status = form == TS_FORM_REDIRECTED ? redirect(c, der, size) : send_credentials(c, der, size);
    c->delegated = status == SEC_E_OK;
    return status;
}
