/*
 * Attributes of credentials and half-made contexts that live in lsad, and credentials added to
 * others. lsad forgets a credential with the connection, so what the application made of it is
 * remembered here, and done again when it is acquired again.
 */
#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/lsa/client_remote.h"

#include <stdlib.h>
#include <string.h>

#define CHANGES_MAX 32 /* of one credential */

/* ---- one call on a credential or a context ------------------------------------------------- */

/* `field` is where the handle stands in the request. */
static SECURITY_STATUS call_on(struct lsa_remote_credential *credential,
                               struct lsa_remote_context *context, Lsa__Request *request,
                               uint64_t *field, struct lsa_answer *answer)
{
    SECURITY_STATUS status = LSA_CLIENT_UNREACHABLE;

    *answer = (struct lsa_answer){.reply = NULL};
    for (int attempt = 0; attempt < 2; attempt++) {
        struct lsa_connection *connection = lsa_connection_get(&status);
        enum lsa_call_result result = LSA_CALL_DONE;

        if (!connection)
            break;
        if (!context) {
            result = lsa_remote_handle(connection, credential, field, &status);
        } else if (context->generation == lsa_connection_generation(connection)) {
            *field = context->handle;
            status = SEC_E_OK;
        } else {
            status = SEC_E_INVALID_HANDLE;
        }
        if (result == LSA_CALL_DONE && status >= 0)
            result = lsa_connection_call(connection, request, LSA_CALL_MS, answer, &status);
        lsa_connection_put(connection);
        if (result == LSA_CALL_DONE || result == LSA_CALL_FAILED)
            break;
        if (context) /* it died with the connection */
            return SEC_E_INVALID_HANDLE;
    }
    return answer->reply ? (SECURITY_STATUS)answer->reply->status : status;
}

/* ---- what is done again -------------------------------------------------------------------- */

static void change_free(struct lsa_remote_change *change)
{
    secret_free(change->request);
    free(change);
}

void lsa_remote_forget(struct lsa_remote_credential *credential)
{
    while (credential->changes) {
        struct lsa_remote_change *change = credential->changes;

        credential->changes = change->next;
        change_free(change);
    }
}

/* Puts a request that succeeded at the end, in the place of an earlier one for the same attribute.
 * Without memory it is done only once. */
static void remember(struct lsa_remote_credential *credential, ULONG attribute,
                     const Lsa__Request *request)
{
    struct lsa_remote_change *change = calloc(1, sizeof(*change)), **link;
    size_t count = 0;

    if (!change)
        return;
    change->attribute = attribute;
    change->size = protobuf_c_message_get_packed_size(&request->base);
    change->request = secret_alloc(change->size);
    if (!change->request) {
        free(change);
        return;
    }
    protobuf_c_message_pack(&request->base, change->request);
    pthread_mutex_lock(&credential->lock);
    for (link = &credential->changes; *link;) {
        struct lsa_remote_change *old = *link;

        if (attribute && old->attribute == attribute) {
            *link = old->next;
            change_free(old);
        } else {
            link = &old->next;
            count++;
        }
    }
    if (count < CHANGES_MAX) {
        *link = change;
        change = NULL;
    }
    pthread_mutex_unlock(&credential->lock);
    if (change)
        change_free(change);
}

static enum lsa_call_result repeat(struct lsa_connection *connection, uint64_t handle,
                                   const struct lsa_remote_change *change, SECURITY_STATUS *status)
{
    struct lsa_answer answer = {.reply = NULL};
    enum lsa_call_result result = LSA_CALL_FAILED;
    struct lsa_arena arena;
    Lsa__Request *request;

    *status = SEC_E_INSUFFICIENT_MEMORY;
    if (!lsa_arena_open(&arena, change->size))
        return result;
    request = lsa__request__unpack(&arena.allocator, change->size, change->request);
    if (!request)
        goto out;
    if (request->call_case == LSA__REQUEST__CALL_SET_ATTRIBUTE)
        request->set_attribute->credential = handle;
    else
        request->add_credentials->credential = handle;
    result = lsa_connection_call(connection, request, LSA_CALL_MS, &answer, status);
    if (result == LSA_CALL_DONE)
        *status = (SECURITY_STATUS)answer.reply->status;
    lsa_answer_close(&answer);
out:
    lsa_arena_close(&arena);
    return result;
}

enum lsa_call_result lsa_remote_repeat(struct lsa_connection *connection,
                                       struct lsa_remote_credential *credential,
                                       SECURITY_STATUS *status)
{
    enum lsa_call_result result = LSA_CALL_DONE;

    for (struct lsa_remote_change *c = credential->changes; c && result == LSA_CALL_DONE;
         c = c->next)
        result = repeat(connection, credential->handle, c, status);
    /* A credential that is not what the application made of it is worse than none. */
    if (result != LSA_CALL_DONE || *status < 0)
        credential->generation = 0;
    return result;
}

/* ---- attributes ---------------------------------------------------------------------------- */

static SECURITY_STATUS take_structure(const Lsa__Structure *from, struct lsa_structure *value)
{
    if (from->image.len > value->size || from->n_pieces > LSA_PIECES)
        return LSA_CLIENT_UNREACHABLE;
    memcpy(value->image, from->image.data, from->image.len);
    value->size = from->image.len;
    for (size_t i = 0; i < from->n_pieces; i++) {
        const Lsa__Piece *piece = from->pieces[i];
        struct lsa_structure_part *part = &value->parts[value->count];

        part->data =
            calloc(1, piece->data.len + sizeof(WCHAR)); /* ends with zero, whatever it is */
        if (!part->data)
            return SEC_E_INSUFFICIENT_MEMORY;
        memcpy(part->data, piece->data.data, piece->data.len);
        part->size = piece->data.len;
        part->offset = piece->offset;
        value->count++;
    }
    return SEC_E_OK;
}

SECURITY_STATUS lsa_client_query_attribute(struct lsa_remote_credential *credential,
                                           struct lsa_remote_context *context, ULONG attribute,
                                           struct lsa_structure *value)
{
    Lsa__QueryAttribute call = LSA__QUERY_ATTRIBUTE__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;
    struct lsa_answer answer;
    SECURITY_STATUS status;

    value->count = 0;
    call.attribute = attribute;
    call.size = (uint32_t)value->size;
    request.call_case = LSA__REQUEST__CALL_QUERY_ATTRIBUTE;
    request.query_attribute = &call;
    status =
        call_on(credential, context, &request, context ? &call.context : &call.credential, &answer);
    if (status >= 0)
        status = answer.reply && answer.reply->result_case == LSA__REPLY__RESULT_STRUCTURE
                     ? take_structure(answer.reply->structure, value)
                     : LSA_CLIENT_UNREACHABLE;
    lsa_answer_close(&answer);
    while (status < 0 && value->count > 0)
        free(value->parts[--value->count].data);
    return status;
}

SECURITY_STATUS lsa_client_set_attribute(struct lsa_remote_credential *credential,
                                         struct lsa_remote_context *context, ULONG attribute,
                                         const struct lsa_structure *value)
{
    Lsa__SetAttribute call = LSA__SET_ATTRIBUTE__INIT;
    Lsa__Structure structure = LSA__STRUCTURE__INIT;
    Lsa__Piece pieces[LSA_PIECES], *pointers[LSA_PIECES];
    Lsa__Request request = LSA__REQUEST__INIT;
    struct lsa_answer answer;
    SECURITY_STATUS status;

    if (value->size > LSA_STRUCTURE_MAX || value->count > LSA_PIECES)
        return SEC_E_INVALID_PARAMETER;
    structure.image.data = value->image;
    structure.image.len = value->size;
    for (size_t i = 0; i < value->count; i++) {
        if (value->parts[i].size > LSA_STRUCTURE_MAX)
            return SEC_E_INVALID_PARAMETER;
        lsa__piece__init(&pieces[i]);
        pieces[i].offset = (uint32_t)value->parts[i].offset;
        pieces[i].data.data = value->parts[i].data;
        pieces[i].data.len = value->parts[i].size;
        pointers[i] = &pieces[i];
    }
    structure.n_pieces = value->count;
    structure.pieces = pointers;
    call.attribute = attribute;
    call.value = &structure;
    request.call_case = LSA__REQUEST__CALL_SET_ATTRIBUTE;
    request.set_attribute = &call;
    status =
        call_on(credential, context, &request, context ? &call.context : &call.credential, &answer);
    lsa_answer_close(&answer);
    if (status >= 0 && credential)
        remember(credential, attribute, &request);
    return status;
}

/* ---- AddCredentials, ApplyControlToken ----------------------------------------------------- */

SECURITY_STATUS lsa_client_add_credentials(struct lsa_remote_credential *credential,
                                           struct lsa_added *added)
{
    Lsa__AddCredentials call = LSA__ADD_CREDENTIALS__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;
    struct lsa_answer answer;
    SECURITY_STATUS status;

    call.package16 = lsa_wide(added->package);
    call.principal16 = lsa_wide(added->principal);
    call.use = added->use;
    call.has_identity = added->user != NULL;
    call.user16 = lsa_wide(added->user);
    call.domain16 = lsa_wide(added->domain);
    call.password16 = lsa_wide(added->password);
    request.call_case = LSA__REQUEST__CALL_ADD_CREDENTIALS;
    request.add_credentials = &call;
    status = call_on(credential, NULL, &request, &call.credential, &answer);
    if (status >= 0 && answer.reply->result_case == LSA__REPLY__RESULT_ADDED)
        added->expiry.QuadPart = answer.reply->added->expiry;
    lsa_answer_close(&answer);
    if (status >= 0)
        remember(credential, 0, &request);
    return status;
}

SECURITY_STATUS lsa_client_apply_control(struct lsa_remote_context *context,
                                         const SecBufferDesc *input)
{
    Lsa__ApplyControl call = LSA__APPLY_CONTROL__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;
    Lsa__Buffer buffers[LSA_LEG_BUFFERS], *pointers[LSA_LEG_BUFFERS];
    struct lsa_answer answer;
    SECURITY_STATUS status;

    if (input->cBuffers > LSA_LEG_BUFFERS)
        return SEC_E_INVALID_TOKEN;
    for (ULONG i = 0; i < input->cBuffers; i++) {
        const SecBuffer *from = &input->pBuffers[i];

        lsa__buffer__init(&buffers[i]);
        buffers[i].type = from->BufferType;
        buffers[i].data.len = from->pvBuffer ? from->cbBuffer : 0;
        buffers[i].data.data = from->pvBuffer;
        pointers[i] = &buffers[i];
    }
    call.n_input = input->cBuffers;
    call.input = pointers;
    request.call_case = LSA__REQUEST__CALL_APPLY_CONTROL;
    request.apply_control = &call;
    status = call_on(NULL, context, &request, &call.context, &answer);
    lsa_answer_close(&answer);
    return status;
}
