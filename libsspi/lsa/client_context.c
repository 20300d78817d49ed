/*
 * Credentials and contexts that live in lsad. A credential handle is remembered well enough to be
 * acquired again, silently, on another connection (lsad was restarted, the process forked); a
 * half-made context cannot be, and says so.
 */
#include "base/secret.h"
#include "libsspi/lsa/client.h"
#include "libsspi/lsa/client_connection.h"
#include "libsspi/lsa/client_remote.h"
#include "base/utf16.h"

#include <ntstatus.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* ---- credentials --------------------------------------------------------------------------- */

static enum lsa_call_result acquire_on(struct lsa_connection *connection,
                                       struct lsa_remote_credential *credential, PTimeStamp expiry,
                                       SECURITY_STATUS *status)
{
    Lsa__Acquire call = LSA__ACQUIRE__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;
    struct lsa_answer answer = {.reply = NULL};
    enum lsa_call_result result;

    call.package16 = lsa_wide(credential->package);
    call.principal16 = lsa_wide(credential->principal);
    call.use = credential->use;
    call.luid = lsa_luid_number(&credential->luid);
    request.call_case = LSA__REQUEST__CALL_ACQUIRE;
    request.acquire = &call;
    result = lsa_connection_call(connection, &request, LSA_CALL_MS, &answer, status);
    if (result != LSA_CALL_DONE)
        return result;
    *status = (SECURITY_STATUS)answer.reply->status;
    if (*status >= 0) {
        if (answer.reply->result_case == LSA__REPLY__RESULT_ACQUIRED) {
            credential->generation = lsa_connection_generation(connection);
            credential->handle = answer.reply->acquired->credential;
            if (expiry)
                expiry->QuadPart = answer.reply->acquired->expiry;
        } else {
            *status = LSA_CLIENT_UNREACHABLE;
        }
    }
    lsa_answer_close(&answer);
    return LSA_CALL_DONE;
}

enum lsa_call_result lsa_remote_handle(struct lsa_connection *connection,
                                       struct lsa_remote_credential *credential, uint64_t *handle,
                                       SECURITY_STATUS *status)
{
    enum lsa_call_result result = LSA_CALL_DONE;

    *status = SEC_E_OK;
    pthread_mutex_lock(&credential->lock);
    if (credential->generation != lsa_connection_generation(connection)) {
        result = acquire_on(connection, credential, NULL, status);
        if (result == LSA_CALL_DONE && *status >= 0)
            result = lsa_remote_repeat(connection, credential, status);
    }
    *handle = credential->handle;
    pthread_mutex_unlock(&credential->lock);
    return result;
}

static void credential_free(struct lsa_remote_credential *credential)
{
    lsa_remote_forget(credential);
    free(credential->package);
    free(credential->principal);
    pthread_mutex_destroy(&credential->lock);
    free(credential);
}

SECURITY_STATUS lsa_client_acquire_session(const WCHAR *package, const WCHAR *principal, ULONG use,
                                           const LUID *luid, struct lsa_remote_credential **out,
                                           PTimeStamp expiry)
{
    struct lsa_remote_credential *credential = calloc(1, sizeof(*credential));
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

    *out = NULL;
    if (!credential)
        return status;
    pthread_mutex_init(&credential->lock, NULL);
    credential->use = use;
    if (luid)
        credential->luid = *luid;
    credential->package = utf16_dup(package);
    credential->principal = principal ? utf16_dup(principal) : NULL;
    if (!credential->package || (principal && !credential->principal))
        goto out;
    for (int attempt = 0; attempt < 2; attempt++) {
        struct lsa_connection *connection = lsa_connection_get(&status);
        enum lsa_call_result result;

        if (!connection)
            break;
        result = acquire_on(connection, credential, expiry, &status);
        lsa_connection_put(connection);
        if (result == LSA_CALL_DONE || result == LSA_CALL_FAILED)
            break;
    }
    if (status >= 0) {
        *out = credential;
        credential = NULL;
    }
out:
    if (credential)
        credential_free(credential);
    return status;
}

SECURITY_STATUS lsa_client_acquire(const WCHAR *package, const WCHAR *principal, ULONG use,
                                   struct lsa_remote_credential **out, PTimeStamp expiry)
{
    return lsa_client_acquire_session(package, principal, use, NULL, out, expiry);
}

void lsa_client_release(struct lsa_remote_credential *credential)
{
    struct lsa_connection *connection;
    Lsa__Release call = LSA__RELEASE__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;

    if (!credential)
        return;
    connection = lsa_connection_peek();
    if (connection && lsa_connection_generation(connection) == credential->generation) {
        call.credential = credential->handle;
        request.call_case = LSA__REQUEST__CALL_RELEASE;
        request.release = &call;
        lsa_connection_post(connection, &request);
    }
    lsa_connection_put(connection);
    credential_free(credential);
}

SECURITY_STATUS lsa_client_credential_name(struct lsa_remote_credential *credential, WCHAR **name)
{
    Lsa__CredentialName call = LSA__CREDENTIAL_NAME__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;
    struct lsa_answer answer = {.reply = NULL};
    SECURITY_STATUS status = LSA_CLIENT_UNREACHABLE;

    *name = NULL;
    request.call_case = LSA__REQUEST__CALL_CREDENTIAL_NAME;
    request.credential_name = &call;
    for (int attempt = 0; attempt < 2; attempt++) {
        struct lsa_connection *connection = lsa_connection_get(&status);
        enum lsa_call_result result;

        if (!connection)
            break;
        result = lsa_remote_handle(connection, credential, &call.credential, &status);
        if (result == LSA_CALL_DONE && status >= 0)
            result = lsa_connection_call(connection, &request, LSA_CALL_MS, &answer, &status);
        lsa_connection_put(connection);
        if (result == LSA_CALL_DONE || result == LSA_CALL_FAILED)
            break;
    }
    if (answer.reply) {
        status = (SECURITY_STATUS)answer.reply->status;
        if (status >= 0 && answer.reply->result_case == LSA__REPLY__RESULT_NAME)
            *name = lsa_wide_dup(&answer.reply->name->name16);
        if (status >= 0 && !*name)
            status = SEC_E_INTERNAL_ERROR;
    }
    lsa_answer_close(&answer);
    return status;
}

/* ---- contexts ------------------------------------------------------------------------------ */

/* What lsad answered, into the leg. */
static SECURITY_STATUS take_leg(struct lsa_leg *leg, const Lsa__Reply *reply, uint64_t generation)
{
    SECURITY_STATUS status = (SECURITY_STATUS)reply->status;
    const Lsa__LegDone *done;

    if (reply->result_case != LSA__REPLY__RESULT_LEG)
        return status < 0 ? status : LSA_CLIENT_UNREACHABLE;
    done = reply->leg;
    leg->attributes = done->attributes;
    leg->expiry.QuadPart = done->expiry;
    leg->logon = lsa_luid_from_number(done->logon);
    if (done->token.len) {
        leg->token = malloc(done->token.len);
        if (!leg->token)
            return SEC_E_INSUFFICIENT_MEMORY;
        memcpy(leg->token, done->token.data, done->token.len);
        leg->token_size = (ULONG)done->token.len;
    }
    if (done->mapped) {
        leg->packed = secret_dup(done->packed.data, done->packed.len);
        if (!leg->packed)
            return SEC_E_INSUFFICIENT_MEMORY;
        leg->packed_size = done->packed.len;
    }
    if (!done->context) {
        free(leg->context);
        leg->context = NULL;
    } else if (!leg->context) {
        leg->context = calloc(1, sizeof(*leg->context));
        if (!leg->context)
            return SEC_E_INSUFFICIENT_MEMORY;
        leg->context->generation = generation;
        leg->context->handle = done->context;
    }
    return status;
}

static SECURITY_STATUS fill_input(Lsa__Leg *call, const SecBufferDesc *input, Lsa__Buffer *buffers,
                                  Lsa__Buffer **pointers)
{
    if (!input)
        return SEC_E_OK;
    if (input->cBuffers > LSA_LEG_BUFFERS)
        return SEC_E_INVALID_PARAMETER;
    for (ULONG i = 0; i < input->cBuffers; i++) {
        const SecBuffer *from = &input->pBuffers[i];

        lsa__buffer__init(&buffers[i]);
        buffers[i].type = from->BufferType;
        if (from->pvBuffer) {
            buffers[i].data.len = from->cbBuffer;
            buffers[i].data.data = from->pvBuffer;
        }
        pointers[i] = &buffers[i];
    }
    call->n_input = input->cBuffers;
    call->input = pointers;
    return SEC_E_OK;
}

static SECURITY_STATUS do_leg(struct lsa_leg *leg, bool acceptor)
{
    Lsa__Leg call = LSA__LEG__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;
    Lsa__Buffer buffers[LSA_LEG_BUFFERS], *pointers[LSA_LEG_BUFFERS];
    struct lsa_answer answer = {.reply = NULL};
    uint64_t generation = 0;
    SECURITY_STATUS status;

    leg->token = leg->packed = NULL;
    leg->token_size = 0;
    leg->packed_size = 0;
    leg->attributes = 0;
    leg->expiry.QuadPart = 0;

    call.target16 = lsa_wide(acceptor ? NULL : leg->target);
    call.requirements = leg->requirements;
    call.data_representation = leg->data_representation;
    if (acceptor) {
        request.call_case = LSA__REQUEST__CALL_ACCEPT;
        request.accept = &call;
    } else {
        request.call_case = LSA__REQUEST__CALL_INITIALIZE;
        request.initialize = &call;
    }
    status = fill_input(&call, leg->input, buffers, pointers);
    if (status != SEC_E_OK)
        return status;

    for (int attempt = 0; attempt < 2; attempt++) {
        struct lsa_connection *connection = lsa_connection_get(&status);
        enum lsa_call_result result;

        if (!connection)
            break;
        generation = lsa_connection_generation(connection);
        if (leg->context && leg->context->generation != generation) {
            lsa_connection_put(connection);
            return SEC_E_INVALID_HANDLE;
        }
        call.context = leg->context ? leg->context->handle : 0;
        result = lsa_remote_handle(connection, leg->credential, &call.credential, &status);
        if (result == LSA_CALL_DONE && status >= 0)
            result = lsa_connection_call(connection, &request, LSA_CALL_MS, &answer, &status);
        lsa_connection_put(connection);
        if (result == LSA_CALL_DONE || result == LSA_CALL_FAILED)
            break;
        if (leg->context) /* it died with the connection */
            status = SEC_E_INVALID_HANDLE;
    }
    if (answer.reply)
        status = take_leg(leg, answer.reply, generation);
    lsa_answer_close(&answer);
    return status;
}

SECURITY_STATUS lsa_client_initialize(struct lsa_leg *leg)
{
    return do_leg(leg, false);
}

SECURITY_STATUS lsa_client_accept(struct lsa_leg *leg)
{
    return do_leg(leg, true);
}

void lsa_client_delete(struct lsa_remote_context *context)
{
    struct lsa_connection *connection;
    Lsa__Delete call = LSA__DELETE__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;

    if (!context)
        return;
    connection = lsa_connection_peek();
    if (connection && lsa_connection_generation(connection) == context->generation) {
        call.context = context->handle;
        request.call_case = LSA__REQUEST__CALL_DELETE;
        request.delete_ = &call;
        lsa_connection_post(connection, &request);
    }
    lsa_connection_put(connection);
    free(context);
}

/* Without a connection lsad ends it with this process. */
void lsa_client_drop_session(const LUID *luid)
{
    struct lsa_connection *connection = lsa_connection_peek();
    Lsa__DropSession call = LSA__DROP_SESSION__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;

    if (connection) {
        call.luid = lsa_luid_number(luid);
        request.call_case = LSA__REQUEST__CALL_DROP_SESSION;
        request.drop_session = &call;
        lsa_connection_post(connection, &request);
    }
    lsa_connection_put(connection);
}

/* ---- LsaCallAuthenticationPackage ---------------------------------------------------------- */

SECURITY_STATUS lsa_client_call_package(const WCHAR *package, const void *submit, ULONG submit_size,
                                        void **reply, ULONG *reply_size, NTSTATUS *protocol_status)
{
    Lsa__CallPackage call = LSA__CALL_PACKAGE__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;
    struct lsa_answer answer;
    const Lsa__CallPackageDone *done;
    SECURITY_STATUS status;
    uint8_t *room;

    *reply = NULL;
    *reply_size = 0;
    *protocol_status = STATUS_SUCCESS;
    room =
        malloc(LSA_CALL_ROOM); /* addresses only, until lsad's bytes are copied to its beginning */
    if (!room)
        return SEC_E_INSUFFICIENT_MEMORY;
    call.package16 = lsa_wide(package);
    call.submit.data = (uint8_t *)(uintptr_t)submit;
    call.submit.len = submit ? submit_size : 0;
    call.submit_base = (uintptr_t)submit;
    call.room_base = (uintptr_t)room;
    call.room = LSA_CALL_ROOM;
    request.call_case = LSA__REQUEST__CALL_CALL_PACKAGE;
    request.call_package = &call;
    status = lsa_client_call(&request, true, LSA_CALL_MS, &answer);
    if (status != SEC_E_OK)
        goto out;
    status = (SECURITY_STATUS)answer.reply->status;
    if (answer.reply->result_case != LSA__REPLY__RESULT_CALL_PACKAGE) {
        if (status >= 0)
            status = LSA_CLIENT_UNREACHABLE;
        goto out;
    }
    done = answer.reply->call_package;
    *protocol_status = (NTSTATUS)done->protocol_status;
    if (done->has_reply) {
        if (done->reply.len > LSA_CALL_ROOM || done->reply_size > done->reply.len) {
            status = LSA_CLIENT_UNREACHABLE;
            goto out;
        }
        memcpy(room, done->reply.data, done->reply.len);
        *reply = room;
        *reply_size = done->reply_size;
        room = NULL;
    }
out:
    lsa_answer_close(&answer);
    free(room);
    return status;
}
