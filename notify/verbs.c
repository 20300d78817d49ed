/*
 * The verbs of mpnotify, and the short ones of them: staging and discarding a password, the logoff.
 */
#include "notify/verbs.h"
#include "libsspi/lsa/client.h"
#include "notify/stage.h"
#include "notify/verb.h"

#include <errno.h>
#include <ntstatus.h>
#include <string.h>

static void stage(const struct mpr_config *config, const struct mpr_request *request,
                  struct mpr_reply *reply, struct mpr_trouble *trouble)
{
    char staged[MPR_STAGED_DIGITS + 1];

    if (!mpr_given(request->user) || !mpr_given(request->service) || !request->password) {
        mpr_incomplete(reply, trouble, "user, service or password");
        return;
    }
    if (!mpr_stage_put(config, request, staged)) {
        reply->status = (uint32_t)(errno == EDQUOT ? STATUS_QUOTA_EXCEEDED : STATUS_UNSUCCESSFUL);
        if (errno == EDQUOT)
            mpr_trouble_add(trouble, MPR_QUOTA_TEXT);
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
        mpr_incomplete(reply, trouble, "staged record");
    } else if (!mpr_stage_discard(config, request->staged)) {
        reply->status = (uint32_t)STATUS_UNSUCCESSFUL;
        mpr_trouble_add(trouble, "cannot discard a staged record: %m");
    }
}

static void logoff(const struct mpr_config *config, const struct mpr_request *request,
                   struct mpr_reply *reply, struct mpr_trouble *trouble)
{
    const LUID luid = mpr_luid(request->luid);
    char why[MPR_ERROR_TEXT_MAX];
    NTSTATUS status;

    if (!request->luid) {
        mpr_incomplete(reply, trouble, "logon session");
        return;
    }
    status = lsa_client_end_session(&luid);
    if (status == STATUS_SUCCESS ||
        status == STATUS_NO_SUCH_LOGON_SESSION) /* its leader has died before us */
        return;
    reply->status =
        status == LSA_CLIENT_UNREACHABLE ? (uint32_t)STATUS_UNSUCCESSFUL : (uint32_t)status;
    mpr_lsa_trouble(config, status, why);
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
        mpr_verb_logon(config, request, reply, trouble);
        break;
    case MPR_PASSWORD:
        mpr_verb_password(config, request, reply, trouble);
        break;
    case MPR_LOGOFF:
        logoff(config, request, reply, trouble);
        break;
    case MPR_DISCARD:
        discard(config, request, reply, trouble);
        break;
    case MPR_NOTIFY:
        mpr_verb_notify(config, request, reply, trouble);
        break;
    case MPR_CHANGE:
        mpr_verb_change(config, request, reply, trouble);
        break;
    case MPR_SCRIPT:
        mpr_verb_script(config, request, reply, trouble);
        break;
    case MPR_UNLOCK:
        mpr_verb_unlock(config, request, reply, trouble);
        break;
    }
}
