/*
 * From libkrb5's errors to those of SSPI, so that every call gives the same answer to the same
 * trouble; and libkrb5's own words to whoever asks why.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include "base/log.h"
#include "base/reason.h"
#include "libsspi/packages/kerberos/errors.h"

static SECURITY_STATUS look_up(krb5_error_code code, enum kerb_role role)
{
    for (size_t i = 0; i < sizeof(kerb_errors) / sizeof(kerb_errors[0]); i++) {
        if (kerb_errors[i].code == code)
            return role == KERB_ACCEPTOR ? kerb_errors[i].acceptor : kerb_errors[i].initiator;
    }
    /* At an acceptor what we cannot name is most likely in what the peer sent. */
    return role == KERB_ACCEPTOR ? SEC_E_INVALID_TOKEN : SEC_E_INTERNAL_ERROR;
}

SECURITY_STATUS kerb_status(krb5_context krb, krb5_error_code code, enum kerb_role role,
                            const char *doing)
{
    SECURITY_STATUS status;
    const char *text;

    if (!code)
        return SEC_E_OK;
    status = look_up(code, role);
    text = krb5_get_error_message(krb, code);
    log_debug("Kerberos: %s: %s (%ld, gives 0x%08x)", doing, text, (long)code, (unsigned)status);
    reason_set((int32_t)code, "%s: %s", doing, text);
    krb5_free_error_message(krb, text);
    return status;
}

bool kerb_password_refused(krb5_error_code code)
{
    return look_up(code, KERB_LOGON) == SEC_E_LOGON_DENIED;
}
