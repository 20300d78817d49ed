/*
 * Which cipher suites a credential leaves of those that OpenSSL has.
 */
#include "libsspi/packages/schannel/credentials/settings.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "base/reason.h"

SECURITY_STATUS tls_algorithms_apply(const struct tls_settings *s, const struct tls_credential *c,
                                     SSL_CTX *context)
{
    (void)s, (void)c, (void)context;
    return SEC_E_OK;
}
