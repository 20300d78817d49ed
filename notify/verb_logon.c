/*
 * "logon" and "password": both make authentication information of what PAM knows and hand it to the
 * router; the first makes the logon session.
 */
#include "base/log.h"
#include "base/secret.h"
#include "libsspi/lsa/client.h"
#include "notify/stage.h"
#include "notify/verb.h"

#include <npapi.h>
#include <ntstatus.h>
#include <stdlib.h>
#include <string.h>

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

static void drop_scripts(const char *user, struct mpr_reply *reply)
{
    for (char **script = reply->scripts; script && *script; script++) {
        log_debug("logon script \"%s\" of %s is not run (logon_scripts = no)", *script, user);
        free(*script);
    }
    free(reply->scripts);
    reply->scripts = NULL;
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
    if (!password) {
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
    if (!mpr_make_info(&call, &kind, service, password, old_password, reply, trouble))
        goto out;
    result =
        mpr_route(config, &config->logon, &call, deadline, session ? NULL : why_no_lsa, trouble);
    mpr_conclude(request, &result, session, reply, trouble);
    reply->scripts = result.scripts;
    if (!config->logon_scripts)
        drop_scripts(request->user, reply);
out:
    mpr_call_clear(&call);
    free(kind.domain);
    free(created.domain);
    mpr_request_clear(&record);
}

/* ---- password ------------------------------------------------------------------------------ */

struct account {
    char *domain;
    bool kerberos;
};

static bool take_domain(const struct lsa_session_info *session, void *arg)
{
    struct account *account = arg;

    if (!mpr_given(session->domain))
        return true;
    account->domain = strdup(session->domain);
    account->kerberos = session->packages && strstr(session->packages, "Kerberos");
    return false;
}

void mpr_verb_password(const struct mpr_config *config, const struct mpr_request *request,
                       struct mpr_reply *reply, struct mpr_trouble *trouble)
{
    int64_t deadline = mpr_now() + MPR_ROUTER_MS;
    struct mpr_call call = {.password_change = true, .change = WN_VALID_LOGON_ACCOUNT};
    struct account account = {.domain = NULL};
    struct mpr_kind kind = {.domain = NULL};
    struct mpr_result result;
    uid_t uid;

    if (!mpr_given(request->user) || !request->password) {
        mpr_incomplete(reply, trouble, "user or password");
        goto out;
    }
    if (!mpr_find_user(request->user, &uid, reply, trouble))
        goto out;
    /* By a logon session of the same person; without one it is taken for a local account. */
    (void)mpr_each_session(uid, request->user, take_domain, &account);
    if (!mpr_kind_of(request->user, account.kerberos, account.domain, &kind)) {
        reply->status = (uint32_t)STATUS_NO_MEMORY;
        goto out;
    }
    if (!mpr_make_info(&call, &kind, mpr_service_of(config, request->service, request->tty),
                       request->password, request->old_password, reply, trouble))
        goto out;
    result = mpr_route(config, &config->password_change, &call, deadline, NULL, trouble);
    mpr_conclude(request, &result, false, reply, trouble);
out:
    mpr_call_clear(&call);
    free(kind.domain);
    free(account.domain);
}
