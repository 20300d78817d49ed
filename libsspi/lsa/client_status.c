/*
 * What credmgr(1) shows: logon sessions, and lsad itself.
 */
#include "libsspi/lsa/client.h"
#include "libsspi/lsa/client_connection.h"

#include <ntstatus.h>
#include <stdlib.h>
#include <string.h>

static bool copy_session(struct lsa_session_info *out, const Lsa__Session *in)
{
    out->luid = lsa_luid_from_number(in->luid);
    out->uid = in->uid;
    out->leader = (pid_t)in->leader;
    out->logon_time = in->logon_time;
    out->user = strdup(in->user);
    out->domain = strdup(in->domain);
    out->service = strdup(in->service);
    out->tty = strdup(in->tty);
    out->rhost = strdup(in->rhost);
    out->packages = strdup(in->packages);
    out->current = in->current;
    return out->user && out->domain && out->service && out->tty && out->rhost && out->packages;
}

static NTSTATUS list_sessions(uint64_t luid, const uid_t *uid, struct lsa_session_info **sessions,
                              size_t *count)
{
    Lsa__ListSessions call = LSA__LIST_SESSIONS__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;
    struct lsa_session_info *list = NULL;
    struct lsa_answer answer;
    NTSTATUS status;
    size_t n = 0;

    *sessions = NULL;
    *count = 0;
    request.call_case = LSA__REQUEST__CALL_LIST_SESSIONS;
    request.list_sessions = &call;
    call.luid = luid;
    call.has_uid = uid != NULL;
    call.uid = uid ? *uid : 0;
    status = lsa_client_call(&request, true, LSA_CALL_LOGON_MS, &answer);
    if (status != SEC_E_OK)
        goto out;
    status = (NTSTATUS)answer.reply->status;
    if (!NT_SUCCESS(status))
        goto out;
    if (answer.reply->result_case != LSA__REPLY__RESULT_SESSIONS) {
        status = LSA_CLIENT_UNREACHABLE;
        goto out;
    }
    n = answer.reply->sessions->n_sessions;
    list = calloc(n ? n : 1, sizeof(*list));
    if (!list) {
        status = STATUS_NO_MEMORY;
        goto out;
    }
    for (size_t i = 0; i < n; i++) {
        if (!copy_session(&list[i], answer.reply->sessions->sessions[i])) {
            lsa_client_free_sessions(list, n);
            status = STATUS_NO_MEMORY;
            goto out;
        }
    }
    *sessions = list;
    *count = n;
out:
    lsa_answer_close(&answer);
    return status;
}

NTSTATUS lsa_client_sessions(struct lsa_session_info **sessions, size_t *count)
{
    return list_sessions(0, NULL, sessions, count);
}

NTSTATUS lsa_client_sessions_of(uid_t uid, struct lsa_session_info **sessions, size_t *count)
{
    return list_sessions(0, &uid, sessions, count);
}

NTSTATUS lsa_client_session(const LUID *luid, struct lsa_session_info **session)
{
    uint64_t number = lsa_luid_number(luid);
    size_t count = 0;
    NTSTATUS status = STATUS_NO_SUCH_LOGON_SESSION;

    *session = NULL;
    if (number) /* 0 would be all */
        status = list_sessions(number, NULL, session, &count);
    if (NT_SUCCESS(status) && count != 1) {
        lsa_client_free_sessions(*session, count);
        *session = NULL;
        status = STATUS_NO_SUCH_LOGON_SESSION;
    }
    return status;
}

void lsa_client_free_sessions(struct lsa_session_info *sessions, size_t count)
{
    for (size_t i = 0; sessions && i < count; i++) {
        free(sessions[i].user);
        free(sessions[i].domain);
        free(sessions[i].service);
        free(sessions[i].tty);
        free(sessions[i].rhost);
        free(sessions[i].packages);
    }
    free(sessions);
}

static bool copy_failures(struct lsa_status_info *out, const Lsa__Status *in)
{
    out->failures = calloc(in->n_failures + 1, sizeof(*out->failures));
    if (!out->failures)
        return false;
    for (size_t i = 0; i < in->n_failures; i++) {
        const Lsa__Failure *from = in->failures[i];
        struct lsa_failure_info *to = &out->failures[out->failures_count++];

        to->time = from->time;
        to->luid = lsa_luid_from_number(from->luid);
        to->uid = from->uid;
        to->count = from->count;
        to->status = (SECURITY_STATUS)from->status;
        to->what = strdup(from->what);
        to->code = from->why ? from->why->code : 0;
        to->text = strdup(from->why ? from->why->text : "");
        if (!to->what || !to->text)
            return false;
    }
    return true;
}

NTSTATUS lsa_client_status(struct lsa_status_info *out)
{
    Lsa__GetStatus call = LSA__GET_STATUS__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;
    struct lsa_answer answer;
    const Lsa__Status *in;
    NTSTATUS status;

    memset(out, 0, sizeof(*out));
    request.call_case = LSA__REQUEST__CALL_GET_STATUS;
    request.get_status = &call;
    status = lsa_client_call(&request, true, LSA_CALL_LOGON_MS, &answer);
    if (status != SEC_E_OK)
        goto out;
    status = (NTSTATUS)answer.reply->status;
    if (!NT_SUCCESS(status))
        goto out;
    if (answer.reply->result_case != LSA__REPLY__RESULT_STATUS_INFO) {
        status = LSA_CLIENT_UNREACHABLE;
        goto out;
    }
    in = answer.reply->status_info;
    out->version = strdup(in->version);
    out->started = in->started;
    out->pid = (pid_t)in->pid;
    out->sessions = in->sessions;
    out->clients = in->clients;
    out->threads = in->threads;
    out->landlock = in->landlock;
    out->seccomp = in->seccomp;
    out->locked_memory = in->locked_memory;
    out->kerberos = in->kerberos;
    out->domain = strdup(in->domain);
    if (!copy_failures(out, in) || !out->version || !out->domain) {
        lsa_client_free_status(out);
        status = STATUS_NO_MEMORY;
    }
out:
    lsa_answer_close(&answer);
    return status;
}

void lsa_client_free_status(struct lsa_status_info *status)
{
    for (size_t i = 0; i < status->failures_count; i++) {
        free(status->failures[i].what);
        free(status->failures[i].text);
    }
    free(status->failures);
    status->failures = NULL;
    status->failures_count = 0;
    free(status->version);
    free(status->domain);
    status->version = status->domain = NULL;
}
