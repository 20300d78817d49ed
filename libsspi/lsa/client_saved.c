/*
 * Saved credentials, for credmgr(1): a person keeps, deletes and lists their own.
 */
#include "libsspi/lsa/client.h"
#include "libsspi/lsa/client_connection.h"
#include "base/wire.h"

#include <ntstatus.h>
#include <stdlib.h>
#include <string.h>

/* A call whose answer is its status alone. */
static NTSTATUS call_status(Lsa__Request *request)
{
    struct lsa_answer answer;
    NTSTATUS status = lsa_client_call(request, true, LSA_CALL_LOGON_MS, &answer);

    if (status == SEC_E_OK)
        status = (NTSTATUS)answer.reply->status;
    lsa_answer_close(&answer);
    return status;
}

NTSTATUS lsa_client_save(const char *target, const char *user, const char *password)
{
    Lsa__SaveCredential call = LSA__SAVE_CREDENTIAL__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;

    call.target = (char *)(uintptr_t)target; /* protobuf-c only reads them */
    call.user = (char *)(uintptr_t)user;
    call.password = (char *)(uintptr_t)password;
    request.call_case = LSA__REQUEST__CALL_SAVE_CREDENTIAL;
    request.save_credential = &call;
    return call_status(&request);
}

NTSTATUS lsa_client_delete_saved(const char *target)
{
    Lsa__DeleteSaved call = LSA__DELETE_SAVED__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;

    call.target = (char *)(uintptr_t)target;
    request.call_case = LSA__REQUEST__CALL_DELETE_SAVED;
    request.delete_saved = &call;
    return call_status(&request);
}

/* The next text, in new memory; NULL: it has no end, or no memory. */
static char *next_text(struct wire_reader *r)
{
    const uint8_t *begin = r->data + r->offset;
    const uint8_t *end = wire_left(r) ? memchr(begin, 0, wire_left(r)) : NULL;

    if (!end)
        return NULL;
    wire_skip(r, (size_t)(end - begin) + 1);
    return strdup((const char *)begin);
}

/* In both cases *list and *count are to be freed. */
static NTSTATUS copy_list(const ProtobufCBinaryData *texts, struct lsa_saved_info **list,
                          size_t *count)
{
    struct wire_reader r = wire_reader(texts->data, texts->len);

    while (wire_left(&r)) {
        struct lsa_saved_info *bigger = realloc(*list, (*count + 1) * sizeof(**list)), *one;

        if (!bigger)
            return STATUS_NO_MEMORY;
        *list = bigger;
        one = &bigger[(*count)++];
        one->target = next_text(&r);
        one->user = next_text(&r);
        if (!one->target || !one->user)
            return LSA_CLIENT_UNREACHABLE;
    }
    return STATUS_SUCCESS;
}

NTSTATUS lsa_client_list_saved(struct lsa_saved_info **list, size_t *count)
{
    Lsa__ListSaved call = LSA__LIST_SAVED__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;
    struct lsa_answer answer;
    NTSTATUS status;

    *list = NULL;
    *count = 0;
    request.call_case = LSA__REQUEST__CALL_LIST_SAVED;
    request.list_saved = &call;
    status = lsa_client_call(&request, true, LSA_CALL_LOGON_MS, &answer);
    if (status != SEC_E_OK)
        goto out;
    status = (NTSTATUS)answer.reply->status;
    if (!NT_SUCCESS(status))
        goto out;
    status = LSA_CLIENT_UNREACHABLE;
    if (answer.reply->result_case != LSA__REPLY__RESULT_SAVED)
        goto out;
    status = copy_list(&answer.reply->saved->texts, list, count);
    if (status != STATUS_SUCCESS) {
        lsa_client_free_saved(*list, *count);
        *list = NULL;
        *count = 0;
    }
out:
    lsa_answer_close(&answer);
    return status;
}

void lsa_client_free_saved(struct lsa_saved_info *list, size_t count)
{
    for (size_t i = 0; list && i < count; i++) {
        free(list[i].target);
        free(list[i].user);
    }
    free(list);
}
