/*
 * The verbs of libmpr.so: a logon program says itself who logged on and what the credential
 * managers are to be told. Unlike in a logon through PAM nothing is made up here but, on request,
 * the logon session.
 */
#include "notify/verb.h"
#include "base/log.h"
#include "base/secret.h"
#include "libsspi/lsa/client.h"
#include "notify/authent.h"

#include <errno.h>
#include <npapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Type and structure of one of the two logons. False when the type is none of the two, or the
 * strings cannot be passed on (too long). */
static bool make_info(const char *type, const char *user, const char *domain, const char *password,
                      const WCHAR **wide_type, void **info)
{
    bool kerberos = strcmp(type, MPR_TYPE_KERBEROS_TEXT) == 0;

    if (!kerberos && strcmp(type, MPR_TYPE_MSV1_0_TEXT) != 0) {
        errno = EINVAL;
        return false;
    }
    *wide_type = kerberos ? MPR_TYPE_KERBEROS : MPR_TYPE_MSV1_0;
    *info = mpr_authent_new(kerberos, user, domain ? domain : "", password);
    return *info != NULL;
}

/* Fills `call` but for the logon session. */
static bool make_call(const struct mpr_request *request, struct mpr_call *call,
                      struct mpr_reply *reply, struct mpr_trouble *trouble)
{
    if (!mpr_given(request->user) || !request->type || !request->password || !request->station)
        return mpr_incomplete(reply, trouble, "user, type, password or station");
    if (request->previous_type && (!request->previous_user || !request->old_password))
        return mpr_incomplete(reply, trouble, "previous user or password");
    call->change = request->change;
    if (strcmp(request->station, "WinSta_0") == 0)
        call->station = u"WinSta_0";
    else if (strcmp(request->station, "SvcCtl") == 0)
        call->station = u"SvcCtl";
    if (!call->station) {
        mpr_trouble_add(trouble, "unknown station \"%.64s\" (WinSta_0, SvcCtl)", request->station);
    } else if (!make_info(request->type, request->user, request->domain, request->password,
                          &call->type, &call->info) ||
               (request->previous_type &&
                !make_info(request->previous_type, request->previous_user, request->previous_domain,
                           request->old_password, &call->previous_type, &call->previous))) {
        mpr_trouble_add(trouble, "the authentication information cannot be passed on: %m");
    } else {
        return true;
    }
    reply->status = (uint32_t)STATUS_INVALID_PARAMETER;
    return false;
}

/*
 * What the managers made of it, for the logon program. Trouble is also logged here: a library
 * cannot know where its program logs.
 */
static void conclude(const struct mpr_request *request, struct mpr_result *result,
                     struct mpr_reply *reply, const struct mpr_trouble *trouble)
{
    if (trouble->used)
        log_warn("%s, verified by %s: %s", request->user,
                 mpr_given(request->authenticator) ? request->authenticator : "its logon program",
                 trouble->text);
    if (result->called == 0)
        reply->status = (uint32_t)STATUS_NOT_FOUND;
    else if (result->accepted == 0 && result->pending)
        reply->status = (uint32_t)STATUS_PENDING;
    else if (result->accepted == 0 && result->failed)
        reply->status = (uint32_t)STATUS_UNSUCCESSFUL;
    if (*result->failure.manager) {
        reply->manager = strdup(result->failure.manager);
        reply->error = result->failure.error;
        reply->error_text = strdup(result->failure.text);
    }
}

/*
 * The logon program has no session for the person: one is made, which its process leads. Without
 * the LSA the other managers still get an identifier, of random bits.
 */
static bool make_session(const struct mpr_config *config, const struct mpr_request *request,
                         LUID *luid, char *why, struct mpr_reply *reply,
                         struct mpr_trouble *trouble)
{
    struct lsa_session_request session = {
        .user = request->user,
        .leader = request->leader,
        .service = request->service,
        .interactive = strcmp(request->station, "WinSta_0") == 0,
    };
    struct lsa_session_created created = {.domain = NULL};
    NTSTATUS status;

    if (request->leader <= 0 || !mpr_given(request->service))
        return mpr_incomplete(reply, trouble, "logon session, and no leader for a new one");
    if (!mpr_find_user(request->user, &session.uid, reply, trouble))
        return false;
    status = lsa_client_create_session(&session, &created);
    free(created.domain);
    free(created.export_ccache); /* for logons by PAM, which has an environment to name it in */
    if (status == STATUS_SUCCESS) {
        *luid = created.luid;
        reply->luid = mpr_luid_number(created.luid);
        return true;
    }
    mpr_lsa_trouble(config, status, why);
    mpr_trouble_add(trouble, "no logon session: %s", why);
    secret_random(luid, sizeof(*luid));
    return true;
}

void mpr_verb_notify(const struct mpr_config *config, const struct mpr_request *request,
                     struct mpr_reply *reply, struct mpr_trouble *trouble)
{
    int64_t deadline = mpr_now() + MPR_ROUTER_MS;
    struct mpr_call call = {
        .luid = mpr_luid(request->luid),
        .leader = request->leader,
        .late_scripts = config->logon_scripts ? mpr_late_scripts : NULL,
        .context = request->user,
    };
    char why_no_lsa[MPR_ERROR_TEXT_MAX] = "";
    struct mpr_result result;

    if (!make_call(request, &call, reply, trouble))
        goto out;
    if (!request->luid && !make_session(config, request, &call.luid, why_no_lsa, reply, trouble))
        goto out;
    call.session = reply->luid != 0; /* another may be unknown to lsad */
    result = mpr_route(config, &config->logon, &call, deadline, *why_no_lsa ? why_no_lsa : NULL,
                       trouble);
    reply->scripts = result.scripts;
    conclude(request, &result, reply, trouble);
out:
    mpr_call_clear(&call);
}

void mpr_verb_change(const struct mpr_config *config, const struct mpr_request *request,
                     struct mpr_reply *reply, struct mpr_trouble *trouble)
{
    struct mpr_call call = {.password_change = true};
    struct mpr_result result;

    if (make_call(request, &call, reply, trouble)) {
        result = mpr_route(config, &config->password_change, &call, mpr_now() + MPR_ROUTER_MS, NULL,
                           trouble);
        conclude(request, &result, reply, trouble);
    }
    mpr_call_clear(&call);
}
