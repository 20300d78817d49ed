/*
 * What `credmgr save` asks: a client keeps, deletes and lists saved credentials of its own uid.
 * There is no call that reads a password, and none that names another uid, for root neither.
 */
#include "lsad/calls.h"
#include "libsspi/lsa/saved.h"
#include "base/log.h"
#include "base/wire.h"

#include <ntstatus.h>
#include <stdlib.h>
#include <string.h>

/* The target is no secret, though the message it came in is secret memory, which no log shows. */
static void log_change(const struct lsad_call *call, const char *what, const char *target)
{
    char *text = strdup(target);

    log_info("uid %u has %s credentials for %s", (unsigned)call->client->uid, what,
             text ? text : "a server");
    free(text);
}

void call_save_credential(struct lsad_call *call)
{
    const Lsa__SaveCredential *in = call->request->save_credential;
    NTSTATUS status = lsa_saved_put(call->client->uid, in->target, in->user, in->password);

    if (status == STATUS_SUCCESS)
        log_change(call, "saved", in->target);
    client_reply_status(call, status);
}

void call_delete_saved(struct lsad_call *call)
{
    const char *target = call->request->delete_saved->target;
    NTSTATUS status = lsa_saved_delete(call->client->uid, target);

    if (status == STATUS_SUCCESS)
        log_change(call, "deleted its saved", target);
    client_reply_status(call, status);
}

void call_list_saved(struct lsad_call *call)
{
    struct wire_writer texts = wire_writer_grow(LSA_FRAME_MAX / 2);
    Lsa__SavedList out = LSA__SAVED_LIST__INIT;
    Lsa__Reply reply = LSA__REPLY__INIT;
    struct lsa_saved *list;
    size_t count;
    NTSTATUS status = lsa_saved_list(call->client->uid, &list, &count);

    for (size_t i = 0; i < count; i++) {
        wire_put_bytes(&texts, list[i].target, strlen(list[i].target) + 1);
        wire_put_bytes(&texts, list[i].user, strlen(list[i].user) + 1);
    }
    if (status == STATUS_SUCCESS && !wire_write_ok(&texts))
        status = STATUS_NO_MEMORY;
    if (status == STATUS_SUCCESS) {
        out.texts = (ProtobufCBinaryData){.len = texts.offset, .data = texts.data};
        reply.result_case = LSA__REPLY__RESULT_SAVED;
        reply.saved = &out;
    }
    reply.status = (uint32_t)status;
    client_reply(call, &reply);
    wire_writer_free(&texts);
    lsa_saved_free(list, count);
}
