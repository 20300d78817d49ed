/*
 * Alerts and failures of OpenSSL as SSPI names them, and the other way round. Source: "Schannel
 * Error Codes for TLS and SSL Alerts" (win32/SecAuthN).
 */
#include <openssl/err.h>
#include <openssl/sslerr.h>
#include <openssl/x509_vfy.h>
#include <schannel.h>

#include "base/reason.h"
#include "libsspi/packages/schannel/handshake/handshake.h"

SECURITY_STATUS tls_status_of_alert(uint8_t number)
{
    switch (number) {
    case TLS1_ALERT_CLOSE_NOTIFY:
        return SEC_I_CONTEXT_EXPIRED;
    case TLS1_ALERT_BAD_RECORD_MAC:
    case TLS1_ALERT_DECOMPRESSION_FAIL:
        return SEC_E_MESSAGE_ALTERED;
    case TLS1_ALERT_DECRYPTION_FAILED:
    case TLS1_ALERT_DECRYPT_ERROR:
        return SEC_E_DECRYPT_FAILURE;
    case TLS1_ALERT_BAD_CERTIFICATE:
    case TLS1_ALERT_UNSUPPORTED_CERT:
    case TLS1_ALERT_CERTIFICATE_UNKNOWN:
        return SEC_E_CERT_UNKNOWN;
    case TLS1_ALERT_CERTIFICATE_REVOKED:
        return CRYPT_E_REVOKED;
    case TLS1_ALERT_CERTIFICATE_EXPIRED:
        return SEC_E_CERT_EXPIRED;
    case TLS1_ALERT_UNKNOWN_CA:
        return SEC_E_UNTRUSTED_ROOT;
    case TLS1_ALERT_ACCESS_DENIED:
        return SEC_E_LOGON_DENIED;
    case TLS1_ALERT_PROTOCOL_VERSION:
        return SEC_E_UNSUPPORTED_FUNCTION;
    case TLS1_ALERT_INSUFFIENT_SECURITY:
        return SEC_E_ALGORITHM_MISMATCH;
    case TLS1_ALERT_INTERNAL_ERROR:
        return SEC_E_INTERNAL_ERROR;
    case TLS1_ALERT_NO_APP_PROTOCOL:
        return SEC_E_APPLICATION_PROTOCOL_MISMATCH;
    case TLS1_ALERT_USER_CANCELED:
        return SEC_E_UNFINISHED_CONTEXT_DELETED;
    case SSL_AD_CERTIFICATE_REQUIRED:
        return SEC_E_NO_CREDENTIALS;
    case SSL_AD_UNRECOGNIZED_NAME:
        return SEC_E_WRONG_PRINCIPAL;
    default: /* unexpected_message, record_overflow, handshake_failure, illegal_parameter, … */
        return SEC_E_ILLEGAL_MESSAGE;
    }
}

int tls_verify_error(SECURITY_STATUS status)
{
    switch (status) {
    case SEC_E_UNTRUSTED_ROOT:
        return X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY; /* unknown_ca */
    case SEC_E_CERT_EXPIRED:
        return X509_V_ERR_CERT_HAS_EXPIRED; /* certificate_expired */
    case SEC_E_WRONG_PRINCIPAL:
        return X509_V_ERR_HOSTNAME_MISMATCH; /* bad_certificate */
    case SEC_E_CERT_WRONG_USAGE:
        return X509_V_ERR_INVALID_PURPOSE; /* unsupported_certificate */
    case CRYPT_E_REVOKED:
        return X509_V_ERR_CERT_REVOKED; /* certificate_revoked */
    case SEC_E_INSUFFICIENT_MEMORY:
        return X509_V_ERR_OUT_OF_MEM; /* internal_error */
    default:
        return X509_V_ERR_APPLICATION_VERIFICATION; /* handshake_failure */
    }
}

/* What is no TLS at all, or none that is spoken here, has codes of its own. */
static SECURITY_STATUS status_of_reason(int reason)
{
    switch (reason) {
    case ERR_R_MALLOC_FAILURE:
        return SEC_E_INSUFFICIENT_MEMORY;
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_UNEXPECTED_RECORD:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_BAD_LENGTH:
    case SSL_R_LENGTH_TOO_SHORT:
        return SEC_E_INVALID_TOKEN;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_NO_PROTOCOLS_AVAILABLE:
    case SSL_R_UNSUPPORTED_SSL_VERSION:
    case SSL_R_UNKNOWN_PROTOCOL:
    case SSL_R_WRONG_SSL_VERSION:
        return SEC_E_UNSUPPORTED_FUNCTION;
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_CIPHERS_AVAILABLE:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
    case SSL_R_NO_SUITABLE_GROUPS:
    case SSL_R_NO_SHARED_GROUPS:
    case SSL_R_WRONG_CIPHER_RETURNED:
    case SSL_R_DH_KEY_TOO_SMALL:
    case SSL_R_EE_KEY_TOO_SMALL:
    case SSL_R_CA_KEY_TOO_SMALL:
        return SEC_E_ALGORITHM_MISMATCH;
    case SSL_R_NO_CERTIFICATE_SET:
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
        return SEC_E_NO_CREDENTIALS;
    case SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC:
    case SSL_R_BAD_SIGNATURE:
    case SSL_R_DIGEST_CHECK_FAILED:
        return SEC_E_MESSAGE_ALTERED;
    default:
        return SEC_E_OK;
    }
}

/* Whatever came of it afterwards. */
static bool had_no_memory(void)
{
    unsigned long error;
    bool none = false;

    while ((error = ERR_get_error()) != 0)
        none = none || ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE;
    return none;
}

SECURITY_STATUS tls_status(struct tls_connection *c, SECURITY_STATUS fallback)
{
    unsigned long error = ERR_peek_last_error();
    SECURITY_STATUS status = SEC_E_OK;
    const char *words = error ? ERR_reason_error_string(error) : NULL;

    if (c->received.level == TLS1_ALERT_FATAL) {
        status = tls_status_of_alert(c->received.number);
        reason_set(c->received.number, "the peer has ended it: %s",
                   SSL_alert_desc_string_long(c->received.number));
    } else {
        if (error)
            reason_set(ERR_GET_REASON(error), "%s", words ? words : "OpenSSL has failed");
        if (ERR_GET_LIB(error) == ERR_LIB_SSL || ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE)
            status = status_of_reason(ERR_GET_REASON(error));
        if (status == SEC_E_OK && c->sent.level == TLS1_ALERT_FATAL)
            status = tls_status_of_alert(c->sent.number);
    }
    if (had_no_memory())
        status = SEC_E_INSUFFICIENT_MEMORY;
    return status < 0 ? status : fallback;
}
