/*
 * Makes tokens, and keeps the list of their HANDLEs. CreateToken of the LSA's function table is how
 * a package asks for one.
 */
#include "libsspi/lsa/host_token.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <ntstatus.h>

#include "base/secret.h"
#include "base/thread_identity.h"
#include "base/utf16.h"
#include "libsspi/lsa/host_internal.h"

/* What a HANDLE points to. */
struct handle {
    uint64_t nothing[4]; /* see the header */
    struct handle *next;
    struct lsa_token *token;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct handle *handles;
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;
static _Thread_local struct lsa_token *impersonated;

/* Tokens stay good in a child: they are no keys. */
static void before_fork(void)
{
    pthread_mutex_lock(&lock);
}

static void after_fork(void)
{
    pthread_mutex_unlock(&lock);
}

static void watch_forks(void)
{
    pthread_atfork(before_fork, after_fork, after_fork);
}

/* ---- tokens -------------------------------------------------------------------------------- */

static void token_free(struct lsa_token *token)
{
    lsa_logon_put(token->logon);
    free(token->groups);
    free(token->user);
    free(token->client);
    free(token);
}

struct lsa_token *lsa_token_hold(struct lsa_token *token)
{
    pthread_mutex_lock(&lock);
    token->references++;
    pthread_mutex_unlock(&lock);
    return token;
}

void lsa_token_put(struct lsa_token *token)
{
    bool last;

    if (!token)
        return;
    pthread_mutex_lock(&lock);
    last = --token->references == 0;
    pthread_mutex_unlock(&lock);
    if (last)
        token_free(token);
}

struct lsa_token *lsa_thread_token(void)
{
    return impersonated;
}

/* A thread may end without reverting: what its client delegated must not outlive it. */
static pthread_once_t thread_once = PTHREAD_ONCE_INIT;
static pthread_key_t at_end;
static bool has_key;

static void thread_ends(void *token)
{
    (void)token;
    thread_identity_revert();
    lsa_thread_token_set(NULL);
}

static void watch_threads(void)
{
    has_key = pthread_key_create(&at_end, thread_ends) == 0;
}

void lsa_thread_token_set(struct lsa_token *token)
{
    struct lsa_token *before = impersonated;

    if (!token && !before)
        return;
    pthread_once(&thread_once, watch_threads);
    impersonated = token ? lsa_token_hold(token) : NULL;
    if (has_key)
        (void)pthread_setspecific(at_end, impersonated);
    lsa_token_put(before);
}

/* ---- handles ------------------------------------------------------------------------------- */

HANDLE lsa_token_open(struct lsa_token *token)
{
    struct handle *h = calloc(1, sizeof(*h));

    if (!h)
        return NULL;
    pthread_once(&fork_once, watch_forks);
    h->token = token;
    pthread_mutex_lock(&lock);
    token->references++;
    h->next = handles;
    handles = h;
    pthread_mutex_unlock(&lock);
    return h;
}

/* The lock is held. */
static struct handle **slot_of(HANDLE handle)
{
    struct handle **at = &handles;

    while (*at && *at != handle)
        at = &(*at)->next;
    return at;
}

struct lsa_token *lsa_token_get(HANDLE handle)
{
    struct lsa_token *token = NULL;
    struct handle *h;

    pthread_once(&fork_once, watch_forks);
    pthread_mutex_lock(&lock);
    h = *slot_of(handle);
    if (h) {
        token = h->token;
        token->references++;
    }
    pthread_mutex_unlock(&lock);
    return token;
}

bool lsa_token_close(HANDLE handle)
{
    struct handle **at, *h;

    pthread_once(&fork_once, watch_forks);
    pthread_mutex_lock(&lock);
    at = slot_of(handle);
    h = *at;
    if (h)
        *at = h->next;
    pthread_mutex_unlock(&lock);
    if (!h)
        return false;
    lsa_token_put(h->token);
    free(h);
    return true;
}

/* ---- CreateToken --------------------------------------------------------------------------- */

static char *text(const UNICODE_STRING *s)
{
    return s && s->Length ? utf16_to_utf8(s->Buffer, s->Length / sizeof(WCHAR), NULL) : NULL;
}

static bool describe(LSA_TOKEN_INFORMATION_TYPE type, const void *information,
                     struct lsa_account *account)
{
    const LSA_TOKEN_INFORMATION_V1 *v1 = information;

    switch (type) {
    case LsaTokenInformationNull:
        account->groups =
            information ? ((const LSA_TOKEN_INFORMATION_NULL *)information)->Groups : NULL;
        return true;
    case LsaTokenInformationV1:
    case LsaTokenInformationV2:
    case LsaTokenInformationV3: /* begins as V1 does */
        account->user = v1->User.User.Sid;
        account->groups = v1->Groups;
        return true;
    }
    return false;
}

/* A client without delegated credentials has a logon session, too; there is nothing in it. */
static bool number_logon(const LUID *luid, struct lsa_token *token)
{
    uint64_t number;

    if (luid && (luid->LowPart || luid->HighPart)) {
        token->luid = *luid;
        token->logon = lsa_logon_find(luid);
        return true;
    }
    if (!secret_random(&number, sizeof(number)))
        return false;
    token->luid = (LUID){.LowPart = (DWORD)number, .HighPart = (LONG)(number >> 33) | 1 << 29};
    return true;
}

/* "AUTHORITY\name", or what there is of it. */
static char *client_name(const struct lsa_account *account)
{
    size_t size = account->name ? strlen(account->name) + 1 : 0;
    size_t front = account->authority ? strlen(account->authority) + 1 : 0;
    char *name = size ? malloc(front + size) : NULL;

    if (!name)
        return NULL;
    if (front) {
        memcpy(name, account->authority, front - 1);
        name[front - 1] = '\\';
    }
    memcpy(name + front, account->name, size);
    return name;
}

/*
 * AccountName is the user, by the system's own name when there is no AuthorityName. The SIDs of
 * TokenInformation and TokenGroups count where winbind knows them. STATUS_NO_SUCH_USER for somebody
 * who is no user here.
 */
NTSTATUS NTAPI lsa_create_token(PLUID luid, PTOKEN_SOURCE source, SECURITY_LOGON_TYPE type,
                                SECURITY_IMPERSONATION_LEVEL level,
                                LSA_TOKEN_INFORMATION_TYPE information_type, PVOID information,
                                PTOKEN_GROUPS groups, PUNICODE_STRING account_name,
                                PUNICODE_STRING authority, PUNICODE_STRING workstation,
                                PUNICODE_STRING profile, PHANDLE out, PNTSTATUS sub_status)
{
    struct lsa_account account = {.name = text(account_name), .authority = text(authority)};
    struct lsa_token *token = calloc(1, sizeof(*token));
    NTSTATUS status = STATUS_NO_MEMORY;

    (void)source, (void)type, (void)workstation, (void)profile;
    *out = NULL;
    *sub_status = STATUS_SUCCESS;
    if (!token)
        goto out;
    token->references = 1;
    token->level = level;
    status = STATUS_NOT_SUPPORTED;
    if (lsa_host.in_lsa)
        goto out;
    status = STATUS_INVALID_PARAMETER;
    if (!describe(information_type, information, &account))
        goto out;
    if (groups)
        account.groups = groups;
    status = lsa_token_find_user(&account, token);
    if (status != STATUS_SUCCESS)
        goto out;
    status = STATUS_NO_MEMORY;
    token->client = client_name(&account);
    if (!number_logon(luid, token))
        goto out;
    *out = lsa_token_open(token);
    status = *out ? STATUS_SUCCESS : STATUS_NO_MEMORY;
out:
    lsa_token_put(token);
    free(account.name);
    free(account.authority);
    return status;
}

NTSTATUS NTAPI lsa_create_token_ex(PLUID luid, PTOKEN_SOURCE source, SECURITY_LOGON_TYPE type,
                                   SECURITY_IMPERSONATION_LEVEL level,
                                   LSA_TOKEN_INFORMATION_TYPE information_type, PVOID information,
                                   PTOKEN_GROUPS groups, PUNICODE_STRING workstation,
                                   PUNICODE_STRING profile, PVOID session,
                                   SECPKG_SESSIONINFO_TYPE session_type, PHANDLE token,
                                   PNTSTATUS sub_status)
{
    PSECPKG_PRIMARY_CRED primary = session_type == SecSessionPrimaryCred ? session : NULL;

    return lsa_create_token(luid, source, type, level, information_type, information, groups,
                            primary ? &primary->DownlevelName : NULL,
                            primary ? &primary->DomainName : NULL, workstation, profile, token,
                            sub_status);
}
