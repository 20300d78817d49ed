/*
 * Pass-through authentication, in a thread of its own: libwbclient cannot be told to give up, so it
 * is the caller who does.
 */
#include "libsspi/packages/ntlm/verify/domain.h"

#include <errno.h>
#include <ntstatus.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/reason.h"
#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/packages/ntlm/verify/authorization.h"
#include "libsspi/packages/ntlm/verify/wbclient.h"

#define ASKING_MAX 32 /* threads at most, those that nobody waits for any more included */

/* ---- what is asked ------------------------------------------------------------------ */

struct question {
    /* by `lock` below */
    unsigned references;
    bool answered;

    char *user, *domain, *workstation;
    uint8_t challenge[NTLM_CHALLENGE_SIZE];
    uint8_t *nt, *lm;
    size_t nt_size, lm_size;
    struct ntlm_wbc_answer answer;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static unsigned asking;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool there;

static void start(void)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&changed, &attributes);
    pthread_condattr_destroy(&attributes);
    there = ntlm_wbc_load();
}

bool ntlm_domain_start(void)
{
    pthread_once(&once, start);
    return there;
}

static void question_free(struct question *q)
{
    if (!q)
        return;
    free(q->user);
    free(q->domain);
    free(q->workstation);
    free(q->nt);
    free(q->lm);
    ntlm_wbc_answer_clear(&q->answer);
    secret_wipe(q, sizeof(*q));
    free(q);
}

static char *utf8(const struct ntlm_text *text)
{
    return utf16_to_utf8(text->string ? text->string : u"", text->units, NULL);
}

static uint8_t *copy(struct ntlm_bytes bytes, size_t *size)
{
    uint8_t *data = malloc(bytes.size + 1);

    if (data && bytes.size)
        memcpy(data, bytes.data, bytes.size);
    *size = bytes.size;
    return data;
}

static struct question *question_make(const struct ntlm_claim *claim)
{
    struct question *q = calloc(1, sizeof(*q));

    if (!q)
        return NULL;
    q->references = 2;
    q->user = utf8(claim->user);
    q->domain = utf8(claim->domain);
    q->workstation = utf8(claim->workstation);
    memcpy(q->challenge, claim->challenge, sizeof(q->challenge));
    q->nt = copy(claim->nt_response, &q->nt_size);
    q->lm = copy(claim->lm_response, &q->lm_size);
    if (q->user && q->domain && q->workstation && q->nt && q->lm)
        return q;
    question_free(q);
    return NULL;
}

/* ---- asking ------------------------------------------------------------------------- */

/* The lock is held. */
static void put(struct question *q)
{
    if (--q->references == 0)
        question_free(q);
}

static void *ask(void *arg)
{
    struct question *q = arg;
    const struct ntlm_wbc_question wbc = {.user = q->user,
                                          .domain = q->domain,
                                          .workstation = q->workstation,
                                          .challenge = q->challenge,
                                          .nt_response = {q->nt, q->nt_size},
                                          .lm_response = {q->lm, q->lm_size}};

    ntlm_wbc_ask(&wbc, &q->answer);
    pthread_mutex_lock(&lock);
    asking--;
    q->answered = true;
    pthread_cond_broadcast(&changed);
    put(q);
    pthread_mutex_unlock(&lock);
    return NULL;
}

/* False: too many are on their way, or there is no thread. The lock is held. */
static bool begin(struct question *q)
{
    pthread_attr_t attributes;
    pthread_t thread;
    bool begun;

    if (asking >= ASKING_MAX)
        return false;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    begun = pthread_create(&thread, &attributes, ask, q) == 0;
    pthread_attr_destroy(&attributes);
    if (begun)
        asking++;
    return begun;
}

/* The lock is held. */
static bool wait_for(struct question *q, unsigned milliseconds)
{
    struct timespec end;

    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += milliseconds / 1000;
    end.tv_nsec += milliseconds % 1000 * 1000000L;
    if (end.tv_nsec >= 1000000000L) {
        end.tv_nsec -= 1000000000L;
        end.tv_sec++;
    }
    while (!q->answered)
        if (pthread_cond_timedwait(&changed, &lock, &end) == ETIMEDOUT)
            break;
    return q->answered;
}

/* ---- the answer --------------------------------------------------------------------- */

SECURITY_STATUS ntlm_domain_status(NTSTATUS status)
{
    switch (status) {
    case STATUS_SUCCESS:
        return SEC_E_OK;
    case STATUS_NO_SUCH_USER:
    case STATUS_WRONG_PASSWORD:
    case STATUS_LOGON_FAILURE:
    case STATUS_NO_SUCH_DOMAIN:
        return SEC_E_LOGON_DENIED;
    case STATUS_NO_MEMORY:
        return SEC_E_INSUFFICIENT_MEMORY;
    case STATUS_NTLM_BLOCKED:
    case STATUS_NOT_SUPPORTED:
        return SEC_E_UNSUPPORTED_FUNCTION;
    /* what is the matter with an account is told as it is */
    case STATUS_ACCOUNT_RESTRICTION:
    case STATUS_INVALID_LOGON_HOURS:
    case STATUS_INVALID_WORKSTATION:
    case STATUS_PASSWORD_EXPIRED:
    case STATUS_ACCOUNT_DISABLED:
    case STATUS_ACCOUNT_EXPIRED:
    case STATUS_ACCOUNT_LOCKED_OUT:
    case STATUS_PASSWORD_MUST_CHANGE:
    case STATUS_LOGON_TYPE_NOT_GRANTED:
        return status;
    default:
        return SEC_E_NO_AUTHENTICATING_AUTHORITY;
    }
}

static bool set_text(struct ntlm_text *text, const char *utf8_text)
{
    text->string = utf16_from_utf8(utf8_text, strlen(utf8_text), &text->units);
    return text->string != NULL;
}

static SECURITY_STATUS take(const struct question *q, struct ntlm_verified *verified)
{
    const struct ntlm_wbc_answer *a = &q->answer;
    struct wire_writer w = wire_writer_grow(NTLM_AUTHORIZATION_SIZE);
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

    memcpy(verified->session_base_key, a->session_key, NTLM_KEY_SIZE);
    memcpy(verified->lm_key, a->lm_key, sizeof(verified->lm_key));
    verified->has_lm_key = true;
    verified->facts = a->facts;
    if (!set_text(&verified->user, a->user) || !set_text(&verified->domain, a->domain))
        goto out;
    ntlm_authorization_write(&w, (struct ntlm_bytes){NULL, 0}, a->sids, a->sid_count);
    verified->authorization = wire_writer_take(&w, &verified->authorization_size);
    if (verified->authorization)
        status = SEC_E_OK;
out:
    wire_writer_free(&w);
    return status;
}

static SECURITY_STATUS judge(const struct question *q, struct ntlm_verified *verified)
{
    const struct ntlm_wbc_answer *a = &q->answer;
    SECURITY_STATUS status = ntlm_domain_status(a->status);

    if (status == SEC_E_OK)
        return take(q, verified);
    if (a->nobody)
        return NTLM_DOMAIN_NOBODY;
    if (status == SEC_E_LOGON_DENIED)
        return status; /* what the reason says of that, the chain knows */
    if (status == SEC_E_NO_AUTHENTICATING_AUTHORITY)
        log_warn("NTLM: the domain could not be asked for %s\\%s: %s (0x%08x)", q->domain, q->user,
                 a->why, (unsigned)a->status);
    reason_set((int32_t)a->status, "winbind says of %s\\%s: %s", q->domain, q->user, a->why);
    return status;
}

SECURITY_STATUS ntlm_domain_verify(const struct ntlm_claim *claim, unsigned milliseconds,
                                   struct ntlm_verified *verified)
{
    SECURITY_STATUS status = SEC_E_NO_AUTHENTICATING_AUTHORITY;
    struct question *q;

    if (!ntlm_domain_start())
        return NTLM_DOMAIN_NOBODY;
    q = question_make(claim);
    if (!q)
        return SEC_E_INSUFFICIENT_MEMORY;
    pthread_mutex_lock(&lock);
    if (!begin(q)) {
        q->references--; /* nobody else has it */
        reason_set(0, "winbind leaves too many questions unanswered: the domain is not asked");
    } else if (!wait_for(q, milliseconds)) {
        log_warn("NTLM: winbind says nothing on %s\\%s in %u ms", q->domain, q->user, milliseconds);
        reason_set(0, "winbind says nothing in %u ms (domain_timeout)", milliseconds);
    } else {
        pthread_mutex_unlock(&lock); /* the thread is done with it */
        status = judge(q, verified);
        pthread_mutex_lock(&lock);
    }
    put(q);
    pthread_mutex_unlock(&lock);
    return status;
}
