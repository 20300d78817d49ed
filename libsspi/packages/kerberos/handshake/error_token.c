/*
 * KRB-ERROR messages between the two ends of a handshake: for ASC_REQ_EXTENDED_ERROR the initiator
 * learns why it was refused, and when it was its clock, what time it is.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <string.h>

/* KERB-ERROR-DATA with the data-type KERB_AP_ERR_TYPE_SKEW_RECOVERY, [MS-KILE] 2.2.2 */
static const uint8_t skew_recovery[] = {0x30, 0x05, 0xa1, 0x03, 0x02, 0x01, 0x02};

#define PROTOCOL_ERRORS 128 /* RFC 4120 7.5.9 numbers them below */

void kerb_put_error(krb5_context krb, PSecBufferDesc output, ULONG requirements,
                    enum kerb_framing framing, krb5_error_code code)
{
    krb5_error_code number = code - ERROR_TABLE_BASE_krb5;
    krb5_error error = {.error = KRB5KRB_ERR_GENERIC - ERROR_TABLE_BASE_krb5};
    krb5_data message = {0};

    if (number > 0 && number < PROTOCOL_ERRORS)
        error.error = (krb5_ui_4)number;
    if (code == KRB5KRB_AP_ERR_SKEW) {
        error.e_data.data = (char *)(uintptr_t)skew_recovery;
        error.e_data.length = sizeof(skew_recovery);
    }
    if (krb5_us_timeofday(krb, &error.stime, &error.susec) ||
        krb5_build_principal(krb, &error.server, 0, "", "acceptor", NULL))
        return;
    if (!krb5_mk_error(krb, &error, &message))
        kerb_put_token(output, requirements, KERB_TOKEN_ERROR, framing, &message);
    krb5_free_data_contents(krb, &message);
    krb5_free_principal(krb, error.server);
}

bool kerb_wants_errors(krb5_context krb, struct kerb_context *c)
{
    krb5_authenticator *authenticator = NULL;
    struct kerb_checksum checksum;
    bool wants;

    if (krb5_auth_con_getauthenticator(krb, c->auth, &authenticator))
        return false;
    wants = authenticator->checksum &&
            authenticator->checksum->checksum_type == KERB_CHECKSUM_TYPE &&
            kerb_checksum_read(authenticator->checksum->contents, authenticator->checksum->length,
                               &checksum) &&
            (checksum.flags & KERB_GSS_EXTENDED_ERROR);
    krb5_free_authenticator(krb, authenticator);
    return wants;
}

krb5_error_code kerb_read_error(krb5_context krb, const krb5_data *message, krb5_error **error)
{
    krb5_error_code code = krb5_rd_error(krb, message, error);

    if (code) {
        *error = NULL;
        return KRB5KRB_AP_ERR_MSG_TYPE;
    }
    code = (krb5_error_code)(*error)->error;
    return code > 0 && code < PROTOCOL_ERRORS ? code + ERROR_TABLE_BASE_krb5 : KRB5KRB_ERR_GENERIC;
}
