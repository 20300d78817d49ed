/*
 * The cache of a client's sessions, one for each credential handle.
 */
#include "libsspi/packages/schannel/credentials/sessions.h"

#include <schannel.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/utf16.h"
#include "libsspi/packages/schannel/package.h"

struct tls_session {
    struct tls_session *next;
    WCHAR *target; /* "" when none was named */
    LUID logon;
    bool manual;
    SSL_SESSION *session;
};

static void session_free(struct tls_session *s)
{
    SSL_SESSION_free(s->session);
    free(s->target);
    free(s);
}

static LUID logon_of_caller(void)
{
    SECPKG_CLIENT_INFO client = {.ProcessID = 0};

    if (tls_lsa && tls_lsa->GetClientInfo)
        tls_lsa->GetClientInfo(&client);
    return client.LogonId;
}

static const WCHAR *target_of(const struct tls_connection *c)
{
    return c->target ? c->target : u"";
}

static WCHAR lower(WCHAR c)
{
    return c >= u'A' && c <= u'Z' ? (WCHAR)(c - u'A' + u'a') : c;
}

/* As in DNS. Of what is not ASCII, case is not for us to judge: two sigmas are two names. */
static bool is_same_name(const WCHAR *a, const WCHAR *b)
{
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return !*a && !*b;
}

static bool is_for(const struct tls_session *s, const WCHAR *target, LUID logon)
{
    return s->logon.LowPart == logon.LowPart && s->logon.HighPart == logon.HighPart &&
           is_same_name(s->target, target);
}

/* Neither the session nor the certificate that it was made with. */
static bool is_over(SSL_SESSION *session)
{
    time_t now = time(NULL);
    X509 *peer = SSL_SESSION_get0_peer(session);

    if (!SSL_SESSION_is_resumable(session) ||
        now >= SSL_SESSION_get_time(session) + SSL_SESSION_get_timeout(session))
        return true;
    return peer && X509_cmp_time(X509_get0_notAfter(peer), &now) < 0;
}

void tls_session_offer(struct tls_connection *c)
{
    struct tls_credential *own = c->credential;
    struct tls_session **at, *s;

    c->logon = logon_of_caller();
    pthread_mutex_lock(&own->lock);
    for (at = &own->sessions; (s = *at);) {
        bool over = is_over(s->session);

        if (!over && !(is_for(s, target_of(c), c->logon) && s->manual == c->manual)) {
            at = &s->next;
            continue;
        }
        if (!over && SSL_set_session(c->ssl, s->session) &&
            SSL_SESSION_get_protocol_version(s->session) != TLS1_3_VERSION)
            break;
        /* Over, or a ticket of TLS 1.3, which is good for one connection ([RFC 8446] C.4). */
        *at = s->next;
        session_free(s);
        if (!over)
            break;
    }
    pthread_mutex_unlock(&own->lock);
}

/* The newest stands first; the last ones go. */
static void keep(struct tls_credential *own, struct tls_session *s)
{
    struct tls_session **at = &own->sessions;
    size_t count = 0;

    s->next = own->sessions;
    own->sessions = s;
    while (*at && count++ < TLS_SESSIONS_MAX)
        at = &(*at)->next;
    while ((s = *at)) {
        *at = s->next;
        session_free(s);
    }
}

/*
 * Of TLS 1.2 one is enough for a target; of TLS 1.3 a server gives as many as it likes, and must
 * not drive out those of all others.
 */
static void forget_others(struct tls_credential *own, const struct tls_connection *c, bool new)
{
    struct tls_session **at, *s;
    unsigned left = new ? TLS_TICKETS_MAX - 1 : 0;

    for (at = &own->sessions; (s = *at);) {
        if ((SSL_SESSION_get_protocol_version(s->session) == TLS1_3_VERSION) != new ||
            s->manual != c->manual || !is_for(s, target_of(c), c->logon) || left-- > 0) {
            at = &s->next;
            continue;
        }
        left = 0;
        *at = s->next;
        session_free(s);
    }
}

/* 1: the session is ours now. */
int tls_session_keep(SSL *ssl, SSL_SESSION *session)
{
    struct tls_connection *c = tls_connection_of(ssl);
    struct tls_credential *own = c ? c->credential : NULL;
    struct tls_session *s;

    if (own && c->server && c->session_allowed)
        SSL_CTX_add_session(SSL_get_SSL_CTX(ssl), session);
    if (!own || c->server || c->no_session || (own->flags & SCH_CRED_DISABLE_RECONNECTS))
        return 0;
    /* Another credential than that by which the server was let in, and a stricter one perhaps. */
    if (memcmp(own->rules, c->rules, sizeof(c->rules)) != 0)
        return 0;
    s = calloc(1, sizeof(*s));
    if (!s)
        return 0;
    s->target = utf16_dup(target_of(c));
    if (!s->target) {
        free(s);
        return 0;
    }
    s->logon = c->logon;
    s->manual = c->manual;
    s->session = session;
    if (SSL_SESSION_get_timeout(session) > own->lifespan)
        SSL_SESSION_set_timeout(session, own->lifespan);
    pthread_mutex_lock(&own->lock);
    forget_others(own, c, SSL_SESSION_get_protocol_version(session) == TLS1_3_VERSION);
    keep(own, s);
    pthread_mutex_unlock(&own->lock);
    return 1;
}

static bool drop(struct tls_credential *own, const WCHAR *target, const LUID *logon)
{
    struct tls_session **at, *s;
    bool any = false;

    pthread_mutex_lock(&own->lock);
    for (at = &own->sessions; (s = *at);) {
        if ((target && !utf16_equal_nocase(s->target, target)) ||
            (logon && !is_for(s, s->target, *logon))) {
            at = &s->next;
            continue;
        }
        *at = s->next;
        session_free(s);
        any = true;
    }
    pthread_mutex_unlock(&own->lock);
    return any;
}

static void allow_for_server(struct tls_connection *c, bool allowed)
{
    SSL_SESSION *session = SSL_get_session(c->ssl);
    SSL_CTX *context = SSL_get_SSL_CTX(c->ssl);

    c->session_allowed = allowed;
    c->ticket_due = false;
    if (!allowed) {
        SSL_set_options(c->ssl, SSL_OP_NO_TICKET);
        SSL_set_num_tickets(c->ssl, 0);
        if (session)
            SSL_CTX_remove_session(context, session);
    } else if (c->credential->flags & SCH_CRED_DISABLE_RECONNECTS) {
        if (session && SSL_version(c->ssl) != TLS1_3_VERSION)
            SSL_CTX_add_session(context, session);
        else if (c->established) /* one that the client has not got yet goes with the next leg */
            c->ticket_due = true;
    }
}

void tls_session_allow(struct tls_connection *c, bool allowed)
{
    c->no_session = !allowed;
    if (c->server)
        allow_for_server(c, allowed);
    else if (!allowed)
        drop(c->credential, target_of(c), &c->logon);
}

void tls_sessions_drop(struct tls_credential *credential)
{
    drop(credential, NULL, NULL);
}

/* ---- all credentials of the process -----------------------------------------------------------
 */

static pthread_mutex_t all_lock = PTHREAD_MUTEX_INITIALIZER;
static struct tls_credential *all;
static unsigned forks; /* that this process comes of */

/* A child finds nobody's lock held; who forks waits for a moment. */
static void lock_all(void)
{
    pthread_mutex_lock(&all_lock);
}

static void unlock_all(void)
{
    pthread_mutex_unlock(&all_lock);
}

/* What a child inherited is no use to it, and may be locked. */
static void begin_child(void)
{
    forks++;
    all = NULL;
    unlock_all();
}

static void watch_forks(void)
{
    pthread_atfork(lock_all, unlock_all, begin_child);
}

void tls_credential_known(struct tls_credential *credential)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, watch_forks);
    lock_all();
    credential->forks = forks;
    credential->next = all;
    credential->before = &all;
    if (all)
        all->before = &credential->next;
    all = credential;
    unlock_all();
}

void tls_credential_forgotten(struct tls_credential *credential)
{
    if (!credential->before)
        return;
    lock_all();
    if (credential->forks == forks) {
        *credential->before = credential->next;
        if (credential->next)
            credential->next->before = credential->before;
    }
    unlock_all();
}

bool tls_sessions_empty(const WCHAR *target)
{
    bool any = false;

    lock_all();
    for (struct tls_credential *c = all; c; c = c->next) {
        any = drop(c, target, NULL) || any;
        if (!target && c->server && SSL_CTX_sess_number(c->server) > 0) {
            SSL_CTX_flush_sessions(c->server, 0);
            any = true;
        }
    }
    unlock_all();
    return any;
}
