/*
 * "logon" and "password": both make authentication information of what PAM knows and hand it to the
 * router; the first makes the logon session.
 */
#include "base/log.h"
#include "base/secret.h"
#include "libsspi/lsa/client.h"
#include "notify/managers/lsa.h"
#include "notify/stage.h"
#include "notify/verb.h"

#include <npapi.h>
#include <ntstatus.h>
#include <stdlib.h>
#include <string.h>

/* For the manager lsa, whose processes come from this one: see managers/lsa.h. */
static const char *logon_ccache;

const char *mpr_logon_ccache(void)
{
    return logon_ccache;
}

void mpr_use_ccache(const char *ccache)
{
    logon_ccache = mpr_given(ccache) ? ccache : NULL;
}

/* The session at the LSA. When there is none, managers other than the LSA's still get an
 * identifier, of random bits. */
static bool make_session(const struct mpr_config *config, const struct mpr_request *request,
                         uid_t uid, bool interactive, struct lsa_session_created *created,
                         char *why, struct mpr_trouble *trouble)
{
    const struct lsa_session_request session = {
        .user = request->user,
        .uid = uid,
        .leader = request->leader,
        .service = request->service,
        .tty = request->tty,
        .rhost = request->rhost,
        .interactive = interactive,
    };
    NTSTATUS status = lsa_client_create_session(&session, created);

    if (status == STATUS_SUCCESS)
        return true;
    mpr_lsa_trouble(config, status, why);
    mpr_trouble_add(trouble, "no logon session: %s", why);
    memset(created, 0, sizeof(*created));
    secret_random(&created->luid, sizeof(created->luid));
    return false;
}

/*
 * Which managers hear of it, in *chosen. A password: all. None, but a key, a smart card or a
 * ticket: all if the administrator wishes so (as Windows' SmartCardLogonNotify), with an empty
 * password; if not, tickets are still for the manager lsa to take. False: nobody.
 */
static bool choose_managers(const struct mpr_config *config, const char *password,
                            const char *ccache, struct mpr_order *chosen)
{
    *chosen = config->logon;
    if (password || config->notify_without_password)
        return true;
    chosen->count = 0;
    for (size_t i = 0; ccache && i < config->logon.count; i++)
        if (strcmp(config->logon.managers[i].name, "lsa") == 0)
            chosen->managers[chosen->count++] = config->logon.managers[i];
    return chosen->count > 0;
}

/*
 * A session made for tickets that the manager could not take is of no use to anybody. That a cache
 * has none is no trouble: KRB5CCNAME may be set for everybody, by pam_env.
 */
static void end_empty_session(LUID luid, const struct mpr_result *result, struct mpr_reply *reply,
                              struct mpr_trouble *trouble)
{
    (void)lsa_client_end_session(&luid);
    reply->luid = 0;
    reply->status = (uint32_t)STATUS_NO_SUCH_LOGON_SESSION;
    if (result->failed)
        mpr_trouble_add(trouble, "the tickets were not taken over");
}

void mpr_verb_logon(const struct mpr_config *config, const struct mpr_request *request,
                    struct mpr_reply *reply, struct mpr_trouble *trouble)
{
    enum mpr_service service = mpr_service_of(config, request->service, request->tty);
    const char *password = request->password, *old_password = request->old_password;
    char why_no_lsa[MPR_ERROR_TEXT_MAX];
    int64_t deadline = mpr_now() + MPR_ROUTER_MS;
    struct lsa_session_created created = {.domain = NULL};
    struct mpr_kind kind = {.domain = NULL};
    struct mpr_call call = {.info = NULL};
    struct mpr_request record = {.user = NULL};
    struct mpr_result result;
    struct mpr_order managers;
    bool session = false;
    uid_t uid;

    if (!mpr_given(request->user) || !mpr_given(request->service) || request->leader <= 0) {
        mpr_incomplete(reply, trouble, "user, service or leader");
        goto out;
    }
    /* Used up in any case; of use when the program that authenticated was another process. */
    if (request->staged &&
        mpr_stage_take(config, request->staged, request->user, request->service, &record) &&
        !password) {
        password = record.password;
        old_password = old_password ? old_password : record.old_password;
    }
    if (service == MPR_SILENT || !choose_managers(config, password, request->ccache, &managers)) {
        reply->status = (uint32_t)STATUS_NO_SUCH_LOGON_SESSION;
        goto out;
    }
    if (!mpr_find_user(request->user, &uid, reply, trouble))
        goto out;
    session = make_session(config, request, uid, service == MPR_INTERACTIVE, &created, why_no_lsa,
                           trouble);
    if (session)
        reply->luid = mpr_luid_number(created.luid);
    if (!mpr_kind_of(request->user, created.kerberos, created.domain, &kind)) {
        reply->status = (uint32_t)STATUS_NO_MEMORY;
        goto out;
    }
    call.luid = created.luid;
    call.leader = request->leader;
    call.session = session;
    call.late_scripts = config->logon_scripts ? mpr_late_scripts : NULL;
    call.context = request->user;
    if (!mpr_make_info(&call, &kind, service, password ? password : "", old_password, reply,
                       trouble))
        goto out;
    mpr_use_ccache(request->ccache);
    result = mpr_route(config, &managers, &call, deadline, session ? NULL : why_no_lsa, trouble);
    reply->scripts = result.scripts;
    if (session && !password && !config->notify_without_password && result.accepted == 0)
        end_empty_session(created.luid, &result, reply, trouble);
    else
        mpr_conclude(request, &result, session, reply, trouble);
    if (session && reply->luid && created.kerberos)
        mpr_export_tickets(created.export_ccache, request->user, uid, created.luid, reply, trouble);
out:
    mpr_call_clear(&call);
    free(kind.domain);
    free(created.domain);
    free(created.export_ccache);
    mpr_request_clear(&record);
}

/* ---- password ------------------------------------------------------------------------------ */

static bool take_domain(const struct lsa_session_info *session, void *arg)
{
    char **domain = arg;

    if (mpr_given(session->domain))
        *domain = strdup(session->domain);
    return !*domain;
}

void mpr_verb_password(const struct mpr_config *config, const struct mpr_request *request,
                       struct mpr_reply *reply, struct mpr_trouble *trouble)
{
    enum mpr_service service = mpr_service_of(config, request->service, request->tty);
    int64_t deadline = mpr_now() + MPR_ROUTER_MS;
    struct mpr_call call = {.password_change = true, .change = WN_VALID_LOGON_ACCOUNT};
    struct mpr_kind kind = {.domain = NULL};
    struct mpr_result result;
    char *domain = NULL;
    uid_t uid;

    if (!mpr_given(request->user) || !request->password) {
        mpr_incomplete(reply, trouble, "user or password");
        goto out;
    }
    if (service == MPR_SILENT || !mpr_find_user(request->user, &uid, reply, trouble))
        goto out;
    (void)mpr_each_session(uid, request->user, take_domain, &domain);
    if (!mpr_kind_now(request->user, domain, &kind)) {
        reply->status = (uint32_t)STATUS_NO_MEMORY;
        goto out;
    }
    if (!mpr_make_info(&call, &kind, service, request->password, request->old_password, reply,
                       trouble))
        goto out;
    result = mpr_route(config, &config->password_change, &call, deadline, NULL, trouble);
    mpr_conclude(request, &result, false, reply, trouble);
out:
    mpr_call_clear(&call);
    free(kind.domain);
    free(domain);
}
