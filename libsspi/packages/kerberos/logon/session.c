/*
 * Logon sessions in lsad: a password comes in, or tickets that somebody else got; a ticket is
 * fetched in the background (fetch.c), renewed while it can be (renew.c), and fetched again when
 * the KDC could not be reached at first. What is remembered here is only that a fetch is under way;
 * the rest is in the store, so a new lsad goes on where the old one was killed.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/secret.h"
#include "libsspi/lsa/host.h"
#include "libsspi/packages/kerberos/logon/others.h"
#include "libsspi/packages/kerberos/logon/session.h"

#define FETCH_WAIT_MAX  60 /* seconds that a call waits for a fetch of somebody else */
#define RENEW_MINUTES   1
#define IMPORT_SECONDS  60 /* the password of a logon comes right behind its tickets */
#define TICKET_WAIT_MAX 8  /* below what a logon program waits for lsad */

struct kerb_sessions kerb_sessions = {.lock = PTHREAD_MUTEX_INITIALIZER,
                                      .changed = PTHREAD_COND_INITIALIZER};

static bool same_luid(const LUID *a, const LUID *b)
{
    return a->LowPart == b->LowPart && a->HighPart == b->HighPart;
}

static struct kerb_session *find(const LUID *luid)
{
    struct kerb_session *s;

    for (s = kerb_sessions.list; s && (s->ended || !same_luid(&s->luid, luid)); s = s->next)
        ;
    return s;
}

struct kerb_session *kerb_session_make(const LUID *luid)
{
    struct kerb_session *s = find(luid);

    if (s)
        return s;
    s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    s->luid = *luid;
    pthread_mutex_init(&s->store, NULL);
    s->next = kerb_sessions.list;
    kerb_sessions.list = s;
    if (!kerb_sessions.timer)
        kerb_sessions.timer =
            kerb_lsa->RegisterNotification(kerb_renew_all, NULL, NOTIFIER_TYPE_INTERVAL, 0,
                                           NOTIFIER_FLAG_NEW_THREAD, RENEW_MINUTES, NULL);
    return s;
}

/* Records that ended and that nobody looks at any more. */
void kerb_sessions_sweep(void)
{
    for (struct kerb_session **at = &kerb_sessions.list; *at;) {
        struct kerb_session *s = *at;

        if (s->ended && !s->fetching && !s->waiting) {
            *at = s->next;
            pthread_mutex_destroy(&s->store);
            free(s);
        } else {
            at = &s->next;
        }
    }
}

bool kerb_keeps_password(void)
{
    const char *value = lsa_setting(KERB_PACKAGE, "keep_password", "no");

    return !strcasecmp(value, "yes") || !strcasecmp(value, "true") || !strcmp(value, "1");
}

bool kerb_forget_service_ticket(const char *key, void *arg)
{
    const LUID *luid = arg;

    if (!strncmp(key, KERB_KEY_TICKET, sizeof(KERB_KEY_TICKET) - 1))
        kerb_store_remove(luid, key);
    return true;
}

/* ---- work on the keys of a session --------------------------------------------------------- */

struct kerb_session *kerb_session_open(const LUID *luid)
{
    struct kerb_session *s;

    pthread_mutex_lock(&kerb_sessions.lock);
    s = kerb_session_make(luid);
    if (s)
        s->waiting++;
    pthread_mutex_unlock(&kerb_sessions.lock);
    if (s)
        pthread_mutex_lock(&s->store);
    return s;
}

void kerb_session_close(struct kerb_session *s)
{
    pthread_mutex_unlock(&s->store);
    pthread_mutex_lock(&kerb_sessions.lock);
    s->waiting--;
    kerb_sessions_sweep();
    pthread_mutex_unlock(&kerb_sessions.lock);
}

static int64_t seconds_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + 1;
}

void kerb_session_imported(struct kerb_session *s)
{
    pthread_mutex_lock(&kerb_sessions.lock);
    s->imported = seconds_now();
    if (!s->fetching)
        s->outcome = SEC_E_OK;
    pthread_mutex_unlock(&kerb_sessions.lock);
}

/* ---- a password ---------------------------------------------------------------------------- */

/* The ticket is of the account that the password is for. How the KDC calls somebody who logs on
 * with a user principal name is a guess: by what stands before the @. */
static bool is_of(krb5_context krb, const krb5_creds *tgt, krb5_const_principal client)
{
    const krb5_data *upn = client->data, *name = tgt->client->data;

    if (client->type != KRB5_NT_ENTERPRISE_PRINCIPAL)
        return krb5_principal_compare(krb, tgt->client, client);
    return client->length == 1 && tgt->client->length == 1 &&
           krb5_realm_compare(krb, tgt->client, client) && name->length < upn->length &&
           upn->data[name->length] == '@' && !strncasecmp(name->data, upn->data, name->length);
}

/* A TGT was submitted just before the password came: the module that got it has asked the KDC with
 * this very password. One that is to be renewed soon is better fetched anew. */
static bool has_import(krb5_context krb, struct kerb_session *s, krb5_const_principal client)
{
    krb5_creds *tgt;
    int64_t when;
    bool has = false;

    pthread_mutex_lock(&kerb_sessions.lock);
    when = s->imported;
    s->imported = 0;
    pthread_mutex_unlock(&kerb_sessions.lock);
    if (!when || seconds_now() - when > IMPORT_SECONDS ||
        kerb_ticket_get(krb, &s->luid, KERB_KEY_TGT, &tgt))
        return false;
    has = kerb_ticket_left(krb, tgt) > 0 && !kerb_ticket_due(krb, tgt) && is_of(krb, tgt, client);
    krb5_free_creds(krb, tgt);
    return has;
}

/* With an imported ticket the password is for later, if it is to be kept at all. */
static NTSTATUS store_beside_import(const LUID *luid, const char *password)
{
    if (kerb_keeps_password())
        return kerb_store_put(luid, KERB_KEY_PASSWORD, password, strlen(password));
    kerb_store_remove(luid, KERB_KEY_PASSWORD);
    return STATUS_SUCCESS;
}

/* What a logon leaves in the store. Tickets of another account are not this one's; those of the
 * same are good until there are new ones. */
static NTSTATUS store_logon(const LUID *luid, const char *name, const char *password)
{
    LUID who = *luid;
    void *old = NULL;
    size_t old_size = 0;
    NTSTATUS status;

    if (NT_SUCCESS(kerb_store_get(luid, KERB_KEY_ACCOUNT, &old, &old_size)) &&
        (old_size != strlen(name) || memcmp(old, name, old_size) != 0)) {
        kerb_store_remove(luid, KERB_KEY_TGT);
        kerb_store_each(luid, kerb_forget_service_ticket, &who);
    }
    secret_free(old);
    status = kerb_store_put(luid, KERB_KEY_ACCOUNT, name, strlen(name));
    if (NT_SUCCESS(status))
        status = kerb_store_put(luid, KERB_KEY_PASSWORD, password, strlen(password));
    return status;
}

NTSTATUS kerb_session_logon(const LUID *luid, krb5_context krb, krb5_principal client,
                            const char *password, bool wait)
{
    long seconds = strtol(lsa_setting(KERB_PACKAGE, "ticket_wait", "0"), NULL, 10);
    char *name = NULL;
    struct kerb_session *s;
    NTSTATUS status = STATUS_NO_MEMORY;
    bool imported;

    if (krb5_unparse_name(krb, client, &name))
        return status;
    s = kerb_session_open(luid);
    if (!s)
        goto out;
    imported = has_import(krb, s, client);
    status = imported ? store_beside_import(luid, password) : store_logon(luid, name, password);
    pthread_mutex_lock(&kerb_sessions.lock);
    if (NT_SUCCESS(status)) {
        s->generation++; /* what is fetched with an older password is for nothing */
        if (!imported)
            kerb_fetch_start(s);
    }
    pthread_mutex_unlock(&kerb_sessions.lock);
    pthread_mutex_unlock(&s->store);
    pthread_mutex_lock(&kerb_sessions.lock);
    if (NT_SUCCESS(status) && !imported && wait && seconds > 0)
        (void)kerb_fetch_wait(s, seconds < TICKET_WAIT_MAX ? (unsigned)seconds : TICKET_WAIT_MAX);
    s->waiting--;
    kerb_sessions_sweep();
    pthread_mutex_unlock(&kerb_sessions.lock);
out:
    krb5_free_unparsed_name(krb, name);
    return status;
}

/* ---- the life of a session ----------------------------------------------------------------- */

void kerb_session_end(const LUID *luid)
{
    struct kerb_session *s;

    pthread_mutex_lock(&kerb_sessions.lock);
    s = find(luid);
    if (s) {
        s->ended = true;
        if (s->queued)
            s->queued = s->fetching = false;
        pthread_cond_broadcast(&kerb_sessions.changed);
        kerb_sessions_sweep();
    }
    pthread_mutex_unlock(&kerb_sessions.lock);
}

void kerb_session_touch(const LUID *luid)
{
    pthread_mutex_lock(&kerb_sessions.lock);
    if (!find(luid) && kerb_session_make(luid))
        kerb_renew_at(time(NULL) + 1); /* a new lsad: it may be due since a while */
    pthread_mutex_unlock(&kerb_sessions.lock);
}

static bool has_key(const LUID *luid, const char *key)
{
    void *data;
    size_t size;

    if (!NT_SUCCESS(kerb_store_get(luid, key, &data, &size)))
        return false;
    secret_free(data);
    return true;
}

static bool has_password(const LUID *luid)
{
    return has_key(luid, KERB_KEY_PASSWORD);
}

static bool find_ticket(const char *key, void *found)
{
    *(bool *)found = kerb_is_ticket_key(key);
    return !*(bool *)found;
}

bool kerb_session_exists(const LUID *luid)
{
    bool found = has_key(luid, KERB_KEY_TGT) || has_password(luid);

    if (!found) /* tickets for services alone were submitted */
        kerb_store_each(luid, find_ticket, &found);
    return found;
}

void kerb_session_tell_why(const LUID *luid)
{
    struct kerb_session *s;

    pthread_mutex_lock(&kerb_sessions.lock);
    s = find(luid);
    if (s && s->outcome)
        reason_set(s->why.code, "%s", s->why.text);
    pthread_mutex_unlock(&kerb_sessions.lock);
}

/* The stored TGT, if it is good for a while. */
static bool good_tgt(krb5_context krb, const LUID *luid, krb5_creds **tgt)
{
    if (kerb_ticket_get(krb, luid, KERB_KEY_TGT, tgt))
        return false;
    if (kerb_ticket_left(krb, *tgt) > 0)
        return true;
    krb5_free_creds(krb, *tgt);
    *tgt = NULL;
    return false;
}

SECURITY_STATUS kerb_session_tgt(krb5_context krb, const LUID *luid, krb5_creds **tgt)
{
    SECURITY_STATUS status = SEC_E_NO_CREDENTIALS;
    struct kerb_session *s;

    if (good_tgt(krb, luid, tgt))
        return SEC_E_OK;
    pthread_mutex_lock(&kerb_sessions.lock);
    s = kerb_session_make(luid);
    if (!s) {
        status = SEC_E_INSUFFICIENT_MEMORY;
    } else {
        if (!s->fetching && has_password(luid))
            kerb_fetch_start(s);
        if (s->fetching) {
            if (!kerb_fetch_wait(s, FETCH_WAIT_MAX))
                status = s->ended ? SEC_E_NO_CREDENTIALS : SEC_E_NO_AUTHENTICATING_AUTHORITY;
            else if (s->outcome)
                status = s->outcome;
        } else if (s->outcome) {
            status = s->outcome;
        }
        if (status == s->outcome)
            reason_set(s->why.code, "%s", s->why.text);
        kerb_sessions_sweep();
    }
    pthread_mutex_unlock(&kerb_sessions.lock);
    return good_tgt(krb, luid, tgt) ? SEC_E_OK : status;
}

void kerb_session_shutdown(void)
{
    HANDLE timer;

    pthread_mutex_lock(&kerb_sessions.lock);
    kerb_sessions.stopping = true;
    pthread_cond_broadcast(&kerb_sessions.changed);
    timer = kerb_sessions.timer;
    kerb_sessions.timer = NULL;
    while (kerb_sessions.threads)
        pthread_cond_wait(&kerb_sessions.changed, &kerb_sessions.lock);
    for (struct kerb_session *s = kerb_sessions.list; s; s = s->next)
        s->ended = true;
    kerb_sessions_sweep();
    kerb_sessions.stopping = false;
    pthread_mutex_unlock(&kerb_sessions.lock);
    if (timer)
        (void)kerb_lsa->CancelNotification(timer);
}
