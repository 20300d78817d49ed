/*
 * What libkrb5 and the KDC answer, as SSPI knows it. One table, so that the same trouble always
 * gives the same status.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <errno.h>

#include "base/log.h"

struct row {
    krb5_error_code code;
    SECURITY_STATUS status;
};

static const struct row rows[] = {
    /* the account and its password */
    {KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, SEC_E_LOGON_DENIED},
    {KRB5KDC_ERR_PREAUTH_FAILED, SEC_E_LOGON_DENIED},
    {KRB5KRB_AP_ERR_BAD_INTEGRITY, SEC_E_LOGON_DENIED},
    {KRB5_PREAUTH_FAILED, SEC_E_LOGON_DENIED},
    {KRB5KDC_ERR_CLIENT_REVOKED, SEC_E_LOGON_DENIED},
    {KRB5KDC_ERR_NAME_EXP, SEC_E_LOGON_DENIED},
    {KRB5KDC_ERR_POLICY, SEC_E_LOGON_DENIED},
    {KRB5KDC_ERR_KEY_EXP, SEC_E_LOGON_DENIED},
    {KRB5KDC_ERR_CLIENT_NOTYET, SEC_E_LOGON_DENIED},
    {KRB5_LIBOS_PWDINTR, SEC_E_LOGON_DENIED},
    {KRB5_LIBOS_CANTREADPWD, SEC_E_LOGON_DENIED},
    /* no credentials at hand */
    {KRB5_CC_NOTFOUND, SEC_E_NO_CREDENTIALS},
    {KRB5_FCC_NOFILE, SEC_E_NO_CREDENTIALS},
    {KRB5_CC_END, SEC_E_NO_CREDENTIALS},
    {KRB5_CC_FORMAT, SEC_E_NO_CREDENTIALS},
    {KRB5_NO_TKT_SUPPLIED, SEC_E_NO_CREDENTIALS},
    {KRB5_KT_NOTFOUND, SEC_E_NO_CREDENTIALS},
    {KRB5_CONFIG_NODEFREALM, SEC_E_NO_CREDENTIALS},
    /* the service */
    {KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, SEC_E_TARGET_UNKNOWN},
    {KRB5KDC_ERR_SERVER_NOMATCH, SEC_E_TARGET_UNKNOWN},
    {KRB5_PARSE_MALFORMED, SEC_E_TARGET_UNKNOWN},
    {KRB5_ERR_HOST_REALM_UNKNOWN, SEC_E_TARGET_UNKNOWN},
    {KRB5_ERR_BAD_HOSTNAME, SEC_E_TARGET_UNKNOWN},
    {KRB5KDC_ERR_SERVICE_REVOKED, SEC_E_TARGET_UNKNOWN},
    {KRB5KRB_AP_ERR_NOT_US, SEC_E_WRONG_PRINCIPAL},
    {KRB5KRB_AP_WRONG_PRINC, SEC_E_WRONG_PRINCIPAL},
    {KRB5_KT_KVNONOTFOUND, SEC_E_WRONG_PRINCIPAL},
    {KRB5KRB_AP_ERR_NOKEY, SEC_E_WRONG_PRINCIPAL},
    {KRB5KRB_AP_ERR_BADKEYVER, SEC_E_WRONG_PRINCIPAL},
    /* the KDC */
    {KRB5_KDC_UNREACH, SEC_E_NO_AUTHENTICATING_AUTHORITY},
    {KRB5_REALM_CANT_RESOLVE, SEC_E_NO_AUTHENTICATING_AUTHORITY},
    {KRB5_REALM_UNKNOWN, SEC_E_NO_AUTHENTICATING_AUTHORITY},
    {KRB5KDC_ERR_SVC_UNAVAILABLE, SEC_E_NO_AUTHENTICATING_AUTHORITY},
    {KRB5KRB_ERR_RESPONSE_TOO_BIG, SEC_E_NO_AUTHENTICATING_AUTHORITY},
    {KRB5_CONFIG_CANTOPEN, SEC_E_NO_AUTHENTICATING_AUTHORITY},
    /* time */
    {KRB5KRB_AP_ERR_SKEW, SEC_E_TIME_SKEW},
    {KRB5_KDCREP_SKEW, SEC_E_TIME_SKEW},
    {KRB5KDC_ERR_CANNOT_POSTDATE, SEC_E_TIME_SKEW},
    {KRB5KRB_AP_ERR_TKT_NYV, SEC_E_TIME_SKEW},
    {KRB5KRB_AP_ERR_TKT_EXPIRED, SEC_E_CONTEXT_EXPIRED},
    /* what a peer sent */
    {KRB5KRB_AP_ERR_REPEAT, SEC_E_INVALID_TOKEN},
    {KRB5KRB_AP_ERR_MSG_TYPE, SEC_E_INVALID_TOKEN},
    {KRB5KRB_AP_ERR_BADVERSION, SEC_E_INVALID_TOKEN},
    {KRB5KRB_AP_ERR_MODIFIED, SEC_E_MESSAGE_ALTERED},
    {KRB5KRB_AP_ERR_MUT_FAIL, SEC_E_MUTUAL_AUTH_FAILED},
    {KRB5_MUTUAL_FAILED, SEC_E_MUTUAL_AUTH_FAILED},
    {KRB5KDC_ERR_ETYPE_NOSUPP, SEC_E_KDC_UNKNOWN_ETYPE},
    {KRB5_BAD_ENCTYPE, SEC_E_KDC_UNKNOWN_ETYPE},
    {KRB5_PROG_ETYPE_NOSUPP, SEC_E_KDC_UNKNOWN_ETYPE},
    {KRB5_CONFIG_ETYPE_NOSUPP, SEC_E_KDC_UNKNOWN_ETYPE},
    {KRB5KDC_ERR_BADOPTION, SEC_E_NOT_SUPPORTED},
    {ENOMEM, SEC_E_INSUFFICIENT_MEMORY},
};

SECURITY_STATUS kerb_status(krb5_context krb, krb5_error_code code, enum kerb_role role,
                            const char *doing)
{
    SECURITY_STATUS status = SEC_E_INTERNAL_ERROR;
    const char *text;

    if (!code)
        return SEC_E_OK;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].code == code) {
            status = rows[i].status;
            break;
        }
    }
    /* What decrypts wrongly at an acceptor is the ticket, not a password; and ASN.1 errors come
     * from the peer there. */
    if (role == KERB_ACCEPTOR) {
        if (status == SEC_E_LOGON_DENIED)
            status = SEC_E_LOGON_DENIED;
        else if (status == SEC_E_INTERNAL_ERROR)
            status = SEC_E_INVALID_TOKEN;
    }
    text = krb5_get_error_message(krb, code);
    log_debug("Kerberos: %s: %s (%d)", doing, text, (int)code);
    krb5_free_error_message(krb, text);
    return status;
}

bool kerb_password_refused(krb5_error_code code)
{
    switch (code) {
    case KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN:
    case KRB5KDC_ERR_PREAUTH_FAILED:
    case KRB5KRB_AP_ERR_BAD_INTEGRITY:
    case KRB5_PREAUTH_FAILED:
    case KRB5KDC_ERR_CLIENT_REVOKED:
    case KRB5KDC_ERR_NAME_EXP:
    case KRB5KDC_ERR_KEY_EXP:
    case KRB5KDC_ERR_POLICY:
        return true;
    default:
        return false;
    }
}
