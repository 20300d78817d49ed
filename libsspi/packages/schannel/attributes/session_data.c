/*
 * What is kept with a session, and in its tickets, for when it is taken up again: which of several
 * certificates the server had shown, and the application's own data (SECPKG_ATTR_APP_DATA) behind.
 */
#include "libsspi/packages/schannel/attributes/session_data.h"

#include <stdlib.h>
#include <string.h>

#include "libsspi/lsa/host.h"

static bool kept(SSL_SESSION *session, const uint8_t **data, size_t *size)
{
    void *found = NULL;

    *size = 0;
    if (!session || !SSL_SESSION_get0_ticket_appdata(session, &found, size) ||
        *size < TLS_SESSION_DIGEST)
        return false;
    *data = found;
    return true;
}

static bool keep(SSL_SESSION *session, const uint8_t *digest, const void *data, size_t size)
{
    uint8_t *all = malloc(TLS_SESSION_DIGEST + size);
    bool done;

    if (!all)
        return false;
    memcpy(all, digest, TLS_SESSION_DIGEST);
    if (size)
        memcpy(all + TLS_SESSION_DIGEST, data, size);
    done = SSL_SESSION_set1_ticket_appdata(session, all, TLS_SESSION_DIGEST + size) == 1;
    free(all);
    return done;
}

const uint8_t *tls_session_certificate(SSL_SESSION *session)
{
    const uint8_t *data;
    size_t size;

    return kept(session, &data, &size) ? data : NULL;
}

bool tls_session_set_certificate(SSL_SESSION *session, const uint8_t *digest)
{
    const uint8_t *data = NULL;
    uint8_t copy[TLS_APP_DATA_MAX];
    size_t size = 0;

    /* OpenSSL frees the old data before it reads the new. */
    if (kept(session, &data, &size) && size - TLS_SESSION_DIGEST <= sizeof(copy))
        memcpy(copy, data + TLS_SESSION_DIGEST, size -= TLS_SESSION_DIGEST);
    else
        size = 0;
    return keep(session, digest, copy, size);
}

SECURITY_STATUS tls_app_data(const struct tls_connection *c, PSecPkgContext_SessionAppData out)
{
    const uint8_t *data;
    size_t size;

    *out = (SecPkgContext_SessionAppData){0, 0, NULL};
    if (!kept(SSL_get0_session(c->ssl), &data, &size) || size == TLS_SESSION_DIGEST)
        return SEC_E_OK;
    size -= TLS_SESSION_DIGEST;
    out->pbAppData = lsa_host_allocate(size);
    if (!out->pbAppData)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(out->pbAppData, data + TLS_SESSION_DIGEST, size);
    out->cbAppData = (DWORD)size;
    return SEC_E_OK;
}

SECURITY_STATUS tls_set_app_data(const struct tls_connection *c,
                                 const SecPkgContext_SessionAppData *in)
{
    SSL_SESSION *session = SSL_get0_session(c->ssl);
    uint8_t digest[TLS_SESSION_DIGEST] = {0};
    const uint8_t *before;
    size_t size;

    if (in->cbAppData > TLS_APP_DATA_MAX || (in->cbAppData > 0 && !in->pbAppData))
        return SEC_E_INVALID_PARAMETER;
    if (!session)
        return SEC_E_INVALID_HANDLE;
    if (kept(session, &before, &size))
        memcpy(digest, before, sizeof(digest));
    return keep(session, digest, in->pbAppData, in->cbAppData) ? SEC_E_OK
                                                               : SEC_E_INSUFFICIENT_MEMORY;
}
