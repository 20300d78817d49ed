/*
 * What `credmgr save` asks: a client keeps, deletes and lists saved credentials of its own uid.
 * There is no call that reads a password, and none that names another uid, for root neither.
 */
#include "lsad/calls.h"
#include "libsspi/lsa/saved.h"
#include "base/log.h"

#include <ntstatus.h>
#include <stdlib.h>

void call_save_credential(struct lsad_call *call)
{
    const Lsa__SaveCredential *in = call->request->save_credential;
    NTSTATUS status = lsa_saved_put(call->client->uid, in->target, in->user, in->password);

    if (status == STATUS_SUCCESS)
        log_info("uid %u has saved credentials for %s", (unsigned)call->client->uid, in->target);
    client_reply_status(call, status);
}

void call_delete_saved(struct lsad_call *call)
{
    const char *target = call->request->delete_saved->target;
    NTSTATUS status = lsa_saved_delete(call->client->uid, target);

    if (status == STATUS_SUCCESS)
        log_info("uid %u has deleted its saved credentials for %s", (unsigned)call->client->uid,
                 target);
    client_reply_status(call, status);
}

void call_list_saved(struct lsad_call *call)
{
    Lsa__Saved messages[LSA_SAVED_MAX], *pointers[LSA_SAVED_MAX];
    Lsa__SavedList out = LSA__SAVED_LIST__INIT;
    Lsa__Reply reply = LSA__REPLY__INIT;
    struct lsa_saved *list;
    size_t count;
    NTSTATUS status = lsa_saved_list(call->client->uid, &list, &count);

    for (size_t i = 0; i < count; i++) {
        pointers[i] = &messages[i];
        lsa__saved__init(pointers[i]);
        messages[i].target = list[i].target;
        messages[i].user = list[i].user;
    }
    if (status == STATUS_SUCCESS) {
        out.n_saved = count;
        out.saved = pointers;
        reply.result_case = LSA__REPLY__RESULT_SAVED;
        reply.saved = &out;
    }
    reply.status = (uint32_t)status;
    client_reply(call, &reply);
    lsa_saved_free(list, count);
}
