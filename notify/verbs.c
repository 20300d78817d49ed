/*
 * The verbs: staging and discarding a password, the logon, the password change, the logoff. Logon
 * and password change meet here: both make authentication information and hand it to the router.
 */
#include "notify/verbs.h"
#include "base/log.h"
#include "base/secret.h"
#include "libsspi/lsa/client.h"
#include "libsspi/lsa/protocol.h"
#include "notify/authent.h"
#include "notify/stage.h"

#include <errno.h>
#include <limits.h>
#include <npapi.h>
#include <ntstatus.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The router's share of MPR_PATIENCE_MS; the LSA's calls before it are bounded by the client. */
#define ROUTER_MS (MPR_PATIENCE_MS - 1000)

/* ---- helpers ------------------------------------------------------------------------------- */

static bool given(const char *s)
{
    return s && *s;
}

static bool incomplete(struct mpr_reply *reply, struct mpr_trouble *trouble, const char *what)
{
    reply->status = (uint32_t)STATUS_INVALID_PARAMETER;
    mpr_trouble_add(trouble, "the request has no %s", what);
    return false;
}

/* The person's uid. A name that the system does not know (PAM modules accept some) has no logon
 * session. */
static bool find_user(const char *user, uid_t *uid, struct mpr_reply *reply,
                      struct mpr_trouble *trouble)
{
    struct passwd pw, *found = NULL;
    size_t size = 1024;
    char *buffer = NULL, *larger;
    int error;

    do {
        size *= 2;
        larger = realloc(buffer, size);
        if (!larger)
            break;
        buffer = larger;
        error = getpwnam_r(user, &pw, buffer, size, &found);
    } while (error == ERANGE && size < 1u << 20);
    if (found)
        *uid = found->pw_uid;
    else
        mpr_trouble_add(trouble, "there is no user \"%s\" (getent passwd)", user);
    if (!found)
        reply->status = (uint32_t)STATUS_NO_SUCH_USER;
    free(buffer);
    return found != NULL;
}

/* Is somebody sitting there, or does a service log on? By what PAM knows: cron says "cron" for a
 * terminal. */
static bool is_interactive(const struct mpr_request *request)
{
    return given(request->tty) && strcmp(request->tty, "cron") != 0;
}

/* The domain of accounts that belong to no realm: the machine's own name. */
static void machine_name(char out[HOST_NAME_MAX + 1])
{
    if (gethostname(out, HOST_NAME_MAX + 1) != 0)
        strcpy(out, "localhost");
    out[HOST_NAME_MAX] = 0;
    out[strcspn(out, ".")] = 0;
}

#define QUOTA_TEXT                                                                                 \
    "the key quota of root is used up (raise kernel.keys.root_maxbytes and root_maxkeys)"

/* What lsad's answer means, in words; MPR_ERROR_TEXT_MAX bytes. */
static void lsa_trouble(const struct mpr_config *config, NTSTATUS status, char *out)
{
    const char *socket = config->lsa_socket ? config->lsa_socket : LSA_SOCKET_PATH;

    if (status == LSA_CLIENT_UNREACHABLE)
        snprintf(out, MPR_ERROR_TEXT_MAX,
                 "lsad does not answer at %.80s (is lsad.service running?)", socket);
    else if (status == STATUS_QUOTA_EXCEEDED)
        snprintf(out, MPR_ERROR_TEXT_MAX, QUOTA_TEXT);
    else
        snprintf(out, MPR_ERROR_TEXT_MAX, "lsad at %.80s answered 0x%08x", socket,
                 (unsigned)status);
}

/* Authentication information and its type, and of the previous password when there is one. */
static bool make_info(struct mpr_call *call, bool kerberos, const char *domain,
                      const struct mpr_request *who, const char *password, const char *old_password,
                      struct mpr_reply *reply, struct mpr_trouble *trouble)
{
    call->type = kerberos ? MPR_TYPE_KERBEROS : MPR_TYPE_MSV1_0;
    call->info = mpr_authent_new(kerberos, who->user, domain, password);
    if (call->info && old_password) {
        call->previous_type = call->type;
        call->previous = mpr_authent_new(kerberos, who->user, domain, old_password);
    }
    call->station = is_interactive(who) ? u"WinSta_0" : u"SvcCtl";
    if (call->info && (call->previous || !old_password))
        return true;
    reply->status = (uint32_t)STATUS_INVALID_PARAMETER;
    mpr_trouble_add(trouble, "the name or password cannot be passed on: %m");
    return false;
}

/* What the logon program is told when the managers have been called. */
static void conclude(const struct mpr_request *request, const struct mpr_result *result,
                     bool session, struct mpr_reply *reply, struct mpr_trouble *trouble)
{
    if (reply->status == 0 && !session && result->accepted == 0 && result->failed)
        reply->status = (uint32_t)STATUS_UNSUCCESSFUL;
    if (reply->status == 0 && request->require && trouble->used)
        reply->status = (uint32_t)STATUS_UNSUCCESSFUL;
}

/* ---- stage, discard ------------------------------------------------------------------------ */

static void stage(const struct mpr_config *config, const struct mpr_request *request,
                  struct mpr_reply *reply, struct mpr_trouble *trouble)
{
    char staged[MPR_STAGED_DIGITS + 1];

    if (!given(request->user) || !given(request->service) || !request->password) {
        incomplete(reply, trouble, "user, service or password");
        return;
    }
    if (!mpr_stage_put(config, request, staged)) {
        reply->status = (uint32_t)(errno == EDQUOT ? STATUS_QUOTA_EXCEEDED : STATUS_UNSUCCESSFUL);
        if (errno == EDQUOT)
            mpr_trouble_add(trouble, QUOTA_TEXT);
        else
            mpr_trouble_add(trouble, "cannot make a kernel key below %s: %m",
                            config->stage_keyring);
        return;
    }
    reply->staged = strdup(staged);
    if (!reply->staged)
        reply->status = (uint32_t)STATUS_NO_MEMORY;
}

static void discard(const struct mpr_config *config, const struct mpr_request *request,
                    struct mpr_reply *reply, struct mpr_trouble *trouble)
{
    if (!request->staged) {
        incomplete(reply, trouble, "staged record");
    } else if (!mpr_stage_discard(config, request->staged)) {
        reply->status = (uint32_t)STATUS_UNSUCCESSFUL;
        mpr_trouble_add(trouble, "cannot discard a staged record: %m");
    }
}

/* ---- logon --------------------------------------------------------------------------------- */

/* The session at the LSA. When there is none, managers other than the LSA's still get an
 * identifier, of random bits. */
static bool make_session(const struct mpr_config *config, const struct mpr_request *request,
                         uid_t uid, struct lsa_session_created *created, char *why,
                         struct mpr_trouble *trouble)
{
    const struct lsa_session_request session = {
        .user = request->user,
        .uid = uid,
        .leader = request->leader,
        .service = request->service,
        .tty = request->tty,
        .rhost = request->rhost,
        .interactive = is_interactive(request),
    };
    NTSTATUS status = lsa_client_create_session(&session, created);
    char name[HOST_NAME_MAX + 1];

    if (status == STATUS_SUCCESS)
        return true;
    lsa_trouble(config, status, why);
    mpr_trouble_add(trouble, "no logon session: %s", why);
    memset(created, 0, sizeof(*created));
    machine_name(name);
    created->domain = strdup(name);
    secret_random(&created->luid, sizeof(created->luid));
    return false;
}

static void logon(const struct mpr_config *config, const struct mpr_request *request,
                  struct mpr_reply *reply, struct mpr_trouble *trouble)
{
    const char *password = request->password, *old_password = request->old_password;
    char why_no_lsa[MPR_ERROR_TEXT_MAX];
    int64_t deadline = mpr_now() + ROUTER_MS;
    struct lsa_session_created created = {.domain = NULL};
    struct mpr_call call = {.info = NULL};
    struct mpr_request record = {.user = NULL};
    struct mpr_result result;
    bool session = false;
    uid_t uid;

    if (!given(request->user) || !given(request->service) || request->leader <= 0) {
        incomplete(reply, trouble, "user, service or leader");
        goto out;
    }
    /* Used up in any case; of use when the program that authenticated was another process. */
    if (request->staged &&
        mpr_stage_take(config, request->staged, request->user, request->service, &record) &&
        !password) {
        password = record.password;
        old_password = old_password ? old_password : record.old_password;
    }
    if (!password) {
        reply->status = (uint32_t)STATUS_NO_SUCH_LOGON_SESSION;
        goto out;
    }
    if (!find_user(request->user, &uid, reply, trouble))
        goto out;
    session = make_session(config, request, uid, &created, why_no_lsa, trouble);
    if (session)
        reply->luid = (uint64_t)(uint32_t)created.luid.HighPart << 32 | created.luid.LowPart;
    if (!created.domain) {
        reply->status = (uint32_t)STATUS_NO_MEMORY;
        goto out;
    }
    call.luid = created.luid;
    if (!make_info(&call, created.kerberos, created.domain, request, password, old_password, reply,
                   trouble))
        goto out;
    result =
        mpr_route(config, &config->logon, &call, deadline, session ? NULL : why_no_lsa, trouble);
    conclude(request, &result, session, reply, trouble);
out:
    secret_free(call.info);
    secret_free(call.previous);
    free(created.domain);
    mpr_request_clear(&record);
}

/* ---- password change, logoff --------------------------------------------------------------- */

/* The domain and kind of the account, by a logon session of the same person; without one it is
 * taken for a local account. */
static char *account_domain(uid_t uid, const char *user, bool *kerberos)
{
    struct lsa_session_info *sessions = NULL;
    char name[HOST_NAME_MAX + 1], *domain = NULL;
    size_t count = 0;

    *kerberos = false;
    if (lsa_client_sessions(&sessions, &count) != STATUS_SUCCESS)
        count = 0;
    for (size_t i = 0; i < count && !domain; i++) {
        if (sessions[i].uid != uid || strcmp(sessions[i].user, user) != 0 ||
            !given(sessions[i].domain))
            continue;
        domain = strdup(sessions[i].domain);
        *kerberos = sessions[i].packages && strstr(sessions[i].packages, "Kerberos");
    }
    lsa_client_free_sessions(sessions, count);
    if (!domain) {
        machine_name(name);
        domain = strdup(name);
    }
    return domain;
}

static void password_change(const struct mpr_config *config, const struct mpr_request *request,
                            struct mpr_reply *reply, struct mpr_trouble *trouble)
{
    int64_t deadline = mpr_now() + ROUTER_MS;
    struct mpr_call call = {.password_change = true, .change = WN_VALID_LOGON_ACCOUNT};
    struct mpr_result result;
    char *domain = NULL;
    bool kerberos;
    uid_t uid;

    if (!given(request->user) || !request->password) {
        incomplete(reply, trouble, "user or password");
        goto out;
    }
    if (!find_user(request->user, &uid, reply, trouble))
        goto out;
    domain = account_domain(uid, request->user, &kerberos);
    if (!domain) {
        reply->status = (uint32_t)STATUS_NO_MEMORY;
        goto out;
    }
    if (!make_info(&call, kerberos, domain, request, request->password, request->old_password,
                   reply, trouble))
        goto out;
    result = mpr_route(config, &config->password_change, &call, deadline, NULL, trouble);
    conclude(request, &result, false, reply, trouble);
out:
    secret_free(call.info);
    secret_free(call.previous);
    free(domain);
}

static void logoff(const struct mpr_config *config, const struct mpr_request *request,
                   struct mpr_reply *reply, struct mpr_trouble *trouble)
{
    const LUID luid = {.LowPart = (DWORD)request->luid, .HighPart = (LONG)(request->luid >> 32)};
    char why[MPR_ERROR_TEXT_MAX];
    NTSTATUS status;

    if (!request->luid) {
        incomplete(reply, trouble, "logon session");
        return;
    }
    status = lsa_client_end_session(&luid);
    if (status == STATUS_SUCCESS ||
        status == STATUS_NO_SUCH_LOGON_SESSION) /* its leader has died before us */
        return;
    reply->status =
        status == LSA_CLIENT_UNREACHABLE ? (uint32_t)STATUS_UNSUCCESSFUL : (uint32_t)status;
    lsa_trouble(config, status, why);
    mpr_trouble_add(trouble, "logon session %016llx was not ended: %s",
                    (unsigned long long)request->luid, why);
}

void mpr_perform(const struct mpr_config *config, enum mpr_verb verb,
                 const struct mpr_request *request, struct mpr_reply *reply,
                 struct mpr_trouble *trouble)
{
    switch (verb) {
    case MPR_STAGE:
        stage(config, request, reply, trouble);
        break;
    case MPR_LOGON:
        logon(config, request, reply, trouble);
        break;
    case MPR_PASSWORD:
        password_change(config, request, reply, trouble);
        break;
    case MPR_LOGOFF:
        logoff(config, request, reply, trouble);
        break;
    case MPR_DISCARD:
        discard(config, request, reply, trouble);
        break;
    case MPR_UNLOCK:
    case MPR_SCRIPT:
    case MPR_NOTIFY:
    case MPR_CHANGE:
        reply->status = (uint32_t)STATUS_NOT_IMPLEMENTED;
        break;
    }
}
