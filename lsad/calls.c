/*
 * From a message to its handler. What cannot block is answered in the thread of the event loop, at
 * once; what may wait for a KDC or runs long goes to the pool.
 */
#include "lsad/calls.h"
#include "libsspi/lsa/session.h"
#include "base/log.h"
#include "base/reason.h"
#include "lsad/network.h"
#include "lsad/pool.h"

#include <ntstatus.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct lsad_state lsad_state;

enum where {
    HERE,    /* in the loop: a few system calls at most */
    POOL,    /* in a thread */
    PACKAGE, /* as the package is */
    OWN      /* begins in the loop, and sees to itself: it also frees the call */
};

static const struct entry {
    Lsa__Request__CallCase call;
    void (*run)(struct lsad_call *call);
    enum where where;
    bool root_only;
} entries[] = {
    {LSA__REQUEST__CALL_HELLO, call_hello, HERE, false},
    {LSA__REQUEST__CALL_ACQUIRE, call_acquire, PACKAGE, false},
    {LSA__REQUEST__CALL_RELEASE, call_release, HERE, false},
    {LSA__REQUEST__CALL_CREDENTIAL_NAME, call_credential_name, PACKAGE, false},
    {LSA__REQUEST__CALL_INITIALIZE, call_leg, PACKAGE, false},
    {LSA__REQUEST__CALL_ACCEPT, call_leg, PACKAGE, false},
    {LSA__REQUEST__CALL_DELETE, call_delete, HERE, false},
    {LSA__REQUEST__CALL_QUERY_ATTRIBUTE, call_query_attribute, PACKAGE, false},
    {LSA__REQUEST__CALL_SET_ATTRIBUTE, call_set_attribute, PACKAGE, false},
    {LSA__REQUEST__CALL_ADD_CREDENTIALS, call_add_credentials, PACKAGE, false},
    {LSA__REQUEST__CALL_APPLY_CONTROL, call_apply_control, PACKAGE, false},
    {LSA__REQUEST__CALL_CALL_PACKAGE, call_package, POOL, false},
    {LSA__REQUEST__CALL_CREATE_SESSION, call_create_session, HERE, true},
    {LSA__REQUEST__CALL_ACCEPT_CREDENTIALS, call_accept_credentials, POOL, true},
    {LSA__REQUEST__CALL_CHANGE_PASSWORD, call_change_password, POOL, true},
    {LSA__REQUEST__CALL_END_SESSION, call_end_session, HERE, true},
    {LSA__REQUEST__CALL_UNLOCK, call_unlock, OWN, false},
    {LSA__REQUEST__CALL_DROP_SESSION, call_drop_session, HERE, false},
    {LSA__REQUEST__CALL_SAVE_CREDENTIAL, call_save_credential, POOL, false},
    {LSA__REQUEST__CALL_DELETE_SAVED, call_delete_saved, POOL, false},
    {LSA__REQUEST__CALL_LIST_SAVED, call_list_saved, POOL, false},
    {LSA__REQUEST__CALL_LIST_SESSIONS, call_list_sessions, POOL, false},
    {LSA__REQUEST__CALL_GET_STATUS, call_get_status, HERE, false},
};

/* NTLM computes; it asks nobody. A package that is not named here may wait for the network or the
 * disk. */
static const char *const never_block[] = {"NTLM"};

static bool blocks(const struct lsa_package *package)
{
    for (size_t i = 0; package && i < sizeof(never_block) / sizeof(never_block[0]); i++)
        if (strcasecmp(package->name, never_block[i]) == 0)
            return false;
    return package != NULL; /* without a package the call only fails */
}

/* Who verifies a client may have to ask a domain, and whether they may depends on names in NSS. */
static bool verifies(const Lsa__Request *request)
{
    if (request->call_case == LSA__REQUEST__CALL_ACQUIRE)
        return request->acquire->use & SECPKG_CRED_INBOUND;
    return request->call_case == LSA__REQUEST__CALL_ACCEPT && request->accept->context;
}

void call_free(struct lsad_call *call)
{
    lsa_arena_close(&call->arena);
    client_unref(call->client);
    free(call);
}

void call_frame(const struct lsad_call *call, const LUID *luid,
                const struct lsa_client_memory *memory, struct lsa_call *frame)
{
    const struct lsad_client *client = call->client;

    memset(frame, 0, sizeof(*frame));
    frame->client.LogonId = *luid;
    frame->client.ProcessID = (ULONG)client->pid;
    frame->client.ThreadID = (ULONG)client->pid;
    frame->client.HasTcbPrivilege = client->uid == 0;
    frame->client.ImpersonationLevel = SecurityImpersonation;
    frame->call_attributes = client->uid == 0 ? SECPKG_CALL_IS_TCB : 0;
    frame->uid = client->uid;
    frame->memory = memory;
}

bool call_counted(const ProtobufCBinaryData *field, UNICODE_STRING *out)
{
    memset(out, 0, sizeof(*out));
    out->Buffer = lsa_wide_dup(field);
    if (!out->Buffer)
        return false;
    out->Length = (USHORT)field->len; /* at most LSA_NAME16_MAX */
    out->MaximumLength = (USHORT)(field->len + sizeof(WCHAR));
    return true;
}

static void run_in_pool(struct lsad_call *call)
{
    const struct entry *entry = entries;

    while (entry->call != call->request->call_case)
        entry++;
    entry->run(call); /* which may have put it off, and taken all that is in it */
    call_free(call);
}

/* Whose threads a call takes: those of the person it is for, so that many logins at once do not
 * wait for root's few. */
static uid_t charged_uid(const struct lsad_call *call)
{
    LUID luid;
    uid_t uid = call->client->uid;

    switch (call->request->call_case) {
    case LSA__REQUEST__CALL_CHANGE_PASSWORD:
        return call->request->change_password->uid;
    case LSA__REQUEST__CALL_ACCEPT_CREDENTIALS:
        luid = lsa_luid_from_number(call->request->accept_credentials->luid);
        (void)lsa_session_uid(&luid, &uid); /* of one that is gone: root's, and the call fails */
        return uid;
    default:
        return uid;
    }
}

static void submit(struct lsad_call *call)
{
    call->run = run_in_pool;
    call->charged = user_get(charged_uid(call));
    if (call->charged && pool_submit(call))
        return;
    user_put(call->charged);
    client_reply_status(call, SEC_E_INSUFFICIENT_MEMORY);
    call_free(call);
}

static void route(struct lsad_call *call, const struct entry *entry)
{
    enum where where = entry->where;

    if (entry->root_only && call->client->uid != 0) {
        client_reply_status(call, STATUS_PRIVILEGE_NOT_HELD);
        call_free(call);
        return;
    }
    if (where == PACKAGE)
        where = blocks(call_package_of(call)) || verifies(call->request) ? POOL : HERE;
    if (where == POOL) {
        submit(call);
        return;
    }
    entry->run(call);
    if (where != OWN)
        call_free(call);
}

bool calls_dispatch(struct lsad_client *client, const uint8_t *message, size_t size)
{
    struct lsad_call *call = calloc(1, sizeof(*call));
    bool good = false;

    if (!call)
        return false;
    reason_clear();
    call->client = client_ref(client);
    if (!lsa_arena_open(&call->arena, size))
        goto out;
    call->request = lsa__request__unpack(&call->arena.allocator, size, message);
    if (!call->request || call->request->id == 0) {
        log_debug("pid %d of uid %u sent no message of this protocol", (int)client->pid,
                  (unsigned)client->uid);
        goto out;
    }
    /* The hello comes first, and once. */
    if (client->greeted == (call->request->call_case == LSA__REQUEST__CALL_HELLO))
        goto out;
    for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]) && call; i++) {
        if (entries[i].call == call->request->call_case) {
            route(call, &entries[i]);
            call = NULL;
        }
    }
    if (call) /* of a later version */
        client_reply_status(call, SEC_E_UNSUPPORTED_FUNCTION);
    good = true;
out:
    if (call)
        call_free(call);
    return good;
}
