/*
 * What is kept with a session, and in its tickets, for when it is taken up again: which of several
 * certificates the server had shown, and the application's own data (SECPKG_ATTR_APP_DATA) behind.
 */
#include "libsspi/packages/schannel/attributes/session_data.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "libsspi/lsa/host.h"

/*
 * A session is of all connections that have taken it up, each with its own thread perhaps, and
 * OpenSSL frees the old data for the new.
 */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void lock_data(void)
{
    pthread_mutex_lock(&lock);
}

static void unlock_data(void)
{
    pthread_mutex_unlock(&lock);
}

static void watch_forks(void)
{
    pthread_atfork(lock_data, unlock_data, unlock_data);
}

static void begin(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, watch_forks);
    lock_data();
}

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

bool tls_session_certificate(SSL_SESSION *session, uint8_t digest[TLS_SESSION_DIGEST])
{
    const uint8_t *data;
    size_t size;
    bool found;

    begin();
    found = kept(session, &data, &size);
    if (found)
        memcpy(digest, data, TLS_SESSION_DIGEST);
    unlock_data();
    return found;
}

bool tls_session_set_certificate(SSL_SESSION *session, const uint8_t *digest)
{
    const uint8_t *data = NULL;
    uint8_t copy[TLS_APP_DATA_MAX];
    size_t size = 0;
    bool done;

    begin();
    /* OpenSSL frees the old data before it reads the new. */
    if (kept(session, &data, &size) && size - TLS_SESSION_DIGEST <= sizeof(copy))
        memcpy(copy, data + TLS_SESSION_DIGEST, size -= TLS_SESSION_DIGEST);
    else
        size = 0;
    done = keep(session, digest, copy, size);
    unlock_data();
    return done;
}

SECURITY_STATUS tls_app_data(const struct tls_connection *c, PSecPkgContext_SessionAppData out)
{
    const uint8_t *data;
    size_t size;
    SECURITY_STATUS status = SEC_E_OK;

    *out = (SecPkgContext_SessionAppData){0, 0, NULL};
    begin();
    if (!kept(SSL_get0_session(c->ssl), &data, &size) || size == TLS_SESSION_DIGEST)
        goto out;
    size -= TLS_SESSION_DIGEST;
    status = SEC_E_INSUFFICIENT_MEMORY;
    out->pbAppData = lsa_host_allocate(size);
    if (!out->pbAppData)
        goto out;
    memcpy(out->pbAppData, data + TLS_SESSION_DIGEST, size);
    out->cbAppData = (DWORD)size;
    status = SEC_E_OK;
out:
    unlock_data();
    return status;
}

SECURITY_STATUS tls_set_app_data(const struct tls_connection *c,
                                 const SecPkgContext_SessionAppData *in)
{
    SSL_SESSION *session = SSL_get0_session(c->ssl);
    uint8_t digest[TLS_SESSION_DIGEST] = {0};
    const uint8_t *before;
    size_t size;
    bool done;

    if (in->cbAppData > TLS_APP_DATA_MAX || (in->cbAppData > 0 && !in->pbAppData))
        return SEC_E_INVALID_PARAMETER;
    if (!session)
        return SEC_E_INVALID_HANDLE;
    begin();
    if (kept(session, &before, &size))
        memcpy(digest, before, sizeof(digest));
    done = keep(session, digest, in->pbAppData, in->cbAppData);
    unlock_data();
    return done ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}
