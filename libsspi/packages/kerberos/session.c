/*
 * Logon sessions in lsad: a password comes in, a ticket is fetched in the background, renewed while
 * it can be, and fetched again when the KDC could not be reached at first. What is remembered here
 * is only that a fetch is under way; the rest is in the store, so a new lsad goes on where the old
 * one was killed.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/log.h"
#include "base/secret.h"
#include "libsspi/lsa/host.h"

#define FETCH_WAIT_MAX  60 /* seconds that a call waits for a fetch of somebody else */
#define FETCHERS_MAX    32 /* a KDC that never answers holds each for half a minute */
#define RENEW_MINUTES   1
#define TICKET_WAIT_MAX 8 /* below what a logon program waits for lsad */

struct session {
    struct session *next;
    LUID luid;
    bool fetching, ended;
    bool queued; /* fetching, but it is not its turn yet */
    pthread_mutex_t
        store; /* held while the session's keys change together; taken before the lock below */
    unsigned generation;     /* counts the passwords that came in */
    unsigned waiting;        /* threads that look at this record */
    SECURITY_STATUS outcome; /* of the last fetch */
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct session *list;
    HANDLE timer;
    unsigned threads;
    bool stopping;
} sessions = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static bool same_luid(const LUID *a, const LUID *b)
{
    return a->LowPart == b->LowPart && a->HighPart == b->HighPart;
}

static struct session *find(const LUID *luid)
{
    struct session *s;

    for (s = sessions.list; s && (s->ended || !same_luid(&s->luid, luid)); s = s->next)
        ;
    return s;
}

static DWORD NTAPI renew_all(PVOID arg);
static void start_fetch(struct session *s);

static struct session *find_or_make(const LUID *luid)
{
    struct session *s = find(luid);

    if (s)
        return s;
    s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    s->luid = *luid;
    pthread_mutex_init(&s->store, NULL);
    s->next = sessions.list;
    sessions.list = s;
    if (!sessions.timer)
        sessions.timer =
            kerb_lsa->RegisterNotification(renew_all, NULL, NOTIFIER_TYPE_INTERVAL, 0,
                                           NOTIFIER_FLAG_NEW_THREAD, RENEW_MINUTES, NULL);
    return s;
}

/* Records that ended and that nobody looks at any more. */
static void sweep(void)
{
    for (struct session **at = &sessions.list; *at;) {
        struct session *s = *at;

        if (s->ended && !s->fetching && !s->waiting) {
            *at = s->next;
            pthread_mutex_destroy(&s->store);
            free(s);
        } else {
            at = &s->next;
        }
    }
}

static bool keeps_password(void)
{
    const char *value = lsa_setting(KERB_PACKAGE, "keep_password", "no");

    return !strcasecmp(value, "yes") || !strcasecmp(value, "true") || !strcmp(value, "1");
}

static bool forget_one(const char *key, void *arg)
{
    const LUID *luid = arg;

    if (!strncmp(key, KERB_KEY_TICKET, sizeof(KERB_KEY_TICKET) - 1))
        kerb_store_remove(luid, key);
    return true;
}

static krb5_error_code fetch_once(krb5_context krb, const LUID *luid, krb5_creds *tgt)
{
    void *account = NULL, *password = NULL;
    char *name = NULL, *word = NULL;
    size_t account_size, password_size;
    krb5_principal client = NULL;
    krb5_error_code code = KRB5_CC_NOTFOUND;

    if (!NT_SUCCESS(kerb_store_get(luid, KERB_KEY_ACCOUNT, &account, &account_size)) ||
        !NT_SUCCESS(kerb_store_get(luid, KERB_KEY_PASSWORD, &password, &password_size)))
        goto out;
    code = ENOMEM;
    name = strndup(account, account_size);
    word = secret_alloc(password_size + 1);
    if (!name || !word)
        goto out;
    memcpy(word, password, password_size);
    code = krb5_parse_name(krb, name, &client);
    /* A name with an '@' in it is a user principal name that the KDC knows better (RFC 6806 5). */
    if (!code && client->length == 1 && memchr(client->data[0].data, '@', client->data[0].length))
        client->type = KRB5_NT_ENTERPRISE_PRINCIPAL;
    if (!code)
        code = kerb_get_tgt(krb, client, word, tgt);
out:
    krb5_free_principal(krb, client);
    free(name);
    secret_free(word);
    secret_free(account);
    secret_free(password);
    return code;
}

/*
 * Stores what a fetch brought, unless another password came in meanwhile: false, then the fetch is
 * for nothing. The lock of all sessions is not held: under a storm of logins everybody would wait
 * for whoever the scheduler stopped inside it.
 */
static bool keep_fetched(struct session *s, unsigned generation, krb5_context krb,
                         krb5_error_code code, krb5_creds *tgt)
{
    SECURITY_STATUS outcome = kerb_status(krb, code, KERB_LOGON, "the ticket of a logon session");
    bool current;

    pthread_mutex_lock(&s->store);
    pthread_mutex_lock(&sessions.lock);
    current = generation == s->generation;
    if (current)
        s->outcome = outcome;
    pthread_mutex_unlock(&sessions.lock);
    if (current) {
        if (!code)
            code = kerb_ticket_put(krb, &s->luid, KERB_KEY_TGT, tgt);
        if (!code)
            kerb_store_each(&s->luid, forget_one, &s->luid);
        if (kerb_password_refused(code) || (!code && !keeps_password()))
            kerb_store_remove(&s->luid, KERB_KEY_PASSWORD);
    }
    pthread_mutex_unlock(&s->store);
    return current;
}

/* Returns the generation of the password that was fetched with. */
static unsigned fetch_for(struct session *s, krb5_context krb)
{
    krb5_creds tgt;
    krb5_error_code code;
    unsigned generation;
    bool kept = false;

    do {
        pthread_mutex_lock(&sessions.lock);
        generation = s->generation;
        kept = s->ended || sessions.stopping || !krb;
        pthread_mutex_unlock(&sessions.lock);
        if (kept)
            break;
        memset(&tgt, 0, sizeof(tgt));
        code = fetch_once(krb, &s->luid, &tgt);
        kept = keep_fetched(s, generation, krb, code, &tgt);
        krb5_free_cred_contents(krb, &tgt);
    } while (!kept);
    return generation;
}

/* With the lock held: the session that has waited longest for its turn. */
static struct session *take_queued(void)
{
    struct session *oldest = NULL;

    for (struct session *s = sessions.list; s; s = s->next)
        if (s->queued)
            oldest = s; /* new ones come to the front of the list */
    if (oldest)
        oldest->queued = false;
    return oldest;
}

/* Fetches for one session, and then for whoever waits. */
static DWORD NTAPI fetch_thread(PVOID arg)
{
    krb5_context krb = kerb_context_take();
    unsigned generation;

    for (struct session *s = arg; s;) {
        generation = fetch_for(s, krb);
        pthread_mutex_lock(&sessions.lock);
        if (!krb)
            s->outcome = SEC_E_INSUFFICIENT_MEMORY;
        s->fetching = false;
        /* A password that came in since is fetched for again. */
        if (generation != s->generation && !s->ended)
            start_fetch(s);
        s = take_queued();
        if (!s) {
            kerb_context_give(krb);
            sessions.threads--;
        }
        sweep();
        pthread_cond_broadcast(&sessions.changed);
        pthread_mutex_unlock(&sessions.lock);
    }
    return 0;
}

/* With the lock held. */
static void start_fetch(struct session *s)
{
    if (s->fetching || sessions.stopping)
        return;
    s->fetching = true;
    s->outcome = SEC_E_OK;
    s->queued = sessions.threads >= FETCHERS_MAX;
    if (s->queued)
        return;
    sessions.threads++;
    if (!kerb_lsa->CreateThread(NULL, 0, fetch_thread, s, 0, NULL)) {
        s->fetching = false;
        s->outcome = SEC_E_INSUFFICIENT_MEMORY;
        sessions.threads--;
    }
}

/* With the lock held: waits until no fetch is under way; false when that takes too long. */
static bool wait_fetched(struct session *s, unsigned seconds)
{
    struct timespec until;
    int error = 0;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += seconds;
    s->waiting++;
    while (s->fetching && !s->ended && error != ETIMEDOUT)
        error = pthread_cond_timedwait(&sessions.changed, &sessions.lock, &until);
    s->waiting--;
    return !s->fetching && !s->ended;
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
        kerb_store_each(luid, forget_one, &who);
    }
    secret_free(old);
    status = kerb_store_put(luid, KERB_KEY_ACCOUNT, name, strlen(name));
    if (NT_SUCCESS(status))
        status = kerb_store_put(luid, KERB_KEY_PASSWORD, password, strlen(password));
    return status;
}

NTSTATUS kerb_session_logon(const LUID *luid, krb5_context krb, krb5_principal client,
                            const char *password)
{
    long seconds = strtol(lsa_setting(KERB_PACKAGE, "ticket_wait", "0"), NULL, 10);
    char *name = NULL;
    struct session *s;
    NTSTATUS status = STATUS_NO_MEMORY;

    if (krb5_unparse_name(krb, client, &name))
        return status;
    pthread_mutex_lock(&sessions.lock);
    s = find_or_make(luid);
    if (s)
        s->waiting++;
    pthread_mutex_unlock(&sessions.lock);
    if (!s)
        goto out;
    pthread_mutex_lock(&s->store);
    status = store_logon(luid, name, password);
    pthread_mutex_lock(&sessions.lock);
    if (NT_SUCCESS(status)) {
        s->generation++;
        start_fetch(s);
    }
    pthread_mutex_unlock(&sessions.lock);
    pthread_mutex_unlock(&s->store);
    pthread_mutex_lock(&sessions.lock);
    if (NT_SUCCESS(status) && seconds > 0)
        (void)wait_fetched(s, seconds < TICKET_WAIT_MAX ? (unsigned)seconds : TICKET_WAIT_MAX);
    s->waiting--;
    sweep();
    pthread_mutex_unlock(&sessions.lock);
out:
    krb5_free_unparsed_name(krb, name);
    return status;
}

void kerb_session_end(const LUID *luid)
{
    struct session *s;

    pthread_mutex_lock(&sessions.lock);
    s = find(luid);
    if (s) {
        s->ended = true;
        if (s->queued)
            s->queued = s->fetching = false;
        pthread_cond_broadcast(&sessions.changed);
        sweep();
    }
    pthread_mutex_unlock(&sessions.lock);
}

void kerb_session_touch(const LUID *luid)
{
    pthread_mutex_lock(&sessions.lock);
    (void)find_or_make(luid);
    pthread_mutex_unlock(&sessions.lock);
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

bool kerb_session_exists(const LUID *luid)
{
    return has_key(luid, KERB_KEY_TGT) || has_password(luid);
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
    struct session *s;

    if (good_tgt(krb, luid, tgt))
        return SEC_E_OK;
    pthread_mutex_lock(&sessions.lock);
    s = find_or_make(luid);
    if (!s) {
        status = SEC_E_INSUFFICIENT_MEMORY;
    } else {
        if (!s->fetching && has_password(luid))
            start_fetch(s);
        if (s->fetching) {
            if (!wait_fetched(s, FETCH_WAIT_MAX))
                status = s->ended ? SEC_E_NO_CREDENTIALS : SEC_E_NO_AUTHENTICATING_AUTHORITY;
            else if (s->outcome)
                status = s->outcome;
        } else if (s->outcome) {
            status = s->outcome;
        }
        sweep();
    }
    pthread_mutex_unlock(&sessions.lock);
    return good_tgt(krb, luid, tgt) ? SEC_E_OK : status;
}

/* ---- renewal ------------------------------------------------------------------------------- */

static void renew_one(krb5_context krb, const LUID *luid)
{
    krb5_creds *tgt, renewed;
    int64_t left, life;
    krb5_error_code code;

    if (kerb_ticket_get(krb, luid, KERB_KEY_TGT, &tgt))
        return;
    left = kerb_ticket_left(krb, tgt);
    life = (int64_t)(uint32_t)tgt->times.endtime -
           (int64_t)(uint32_t)(tgt->times.starttime ? tgt->times.starttime : tgt->times.authtime);
    if (left > 0 && left < life / 2 && (tgt->ticket_flags & TKT_FLG_RENEWABLE) &&
        (uint32_t)tgt->times.renew_till > (uint32_t)tgt->times.endtime) {
        code = kerb_renew_tgt(krb, tgt, &renewed);
        if (!code)
            code = kerb_ticket_put(krb, luid, KERB_KEY_TGT, &renewed);
        (void)kerb_status(krb, code, KERB_LOGON, "the renewal of a ticket");
        krb5_free_cred_contents(krb, &renewed);
    }
    krb5_free_creds(krb, tgt);
}

static DWORD NTAPI renew_all(PVOID arg)
{
    krb5_context krb;
    LUID *luids = NULL;
    size_t count = 0, i = 0;

    (void)arg;
    pthread_mutex_lock(&sessions.lock);
    for (struct session *s = sessions.list; s; s = s->next)
        count++;
    luids = calloc(count ? count : 1, sizeof(*luids));
    count = 0;
    for (struct session *s = sessions.list; s && luids; s = s->next)
        if (!s->ended && !s->fetching)
            luids[count++] = s->luid;
    pthread_mutex_unlock(&sessions.lock);
    krb = count ? kerb_context_take() : NULL;
    for (i = 0; krb && i < count && !sessions.stopping; i++) {
        if (!kerb_session_exists(&luids[i]))
            kerb_session_end(&luids[i]);
        else
            renew_one(krb, &luids[i]);
    }
    if (krb)
        kerb_context_give(krb);
    free(luids);
    return 0;
}

void kerb_session_shutdown(void)
{
    HANDLE timer;

    pthread_mutex_lock(&sessions.lock);
    sessions.stopping = true;
    timer = sessions.timer;
    sessions.timer = NULL;
    while (sessions.threads)
        pthread_cond_wait(&sessions.changed, &sessions.lock);
    for (struct session *s = sessions.list; s; s = s->next)
        s->ended = true;
    sweep();
    sessions.stopping = false;
    pthread_mutex_unlock(&sessions.lock);
    if (timer)
        (void)kerb_lsa->CancelNotification(timer);
}
