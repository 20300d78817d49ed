/*
 * Calls of the logon programs: sessions begin, get credentials, and end. lsad answers them for root
 * only.
 */
#include "libsspi/lsa/client.h"
#include "libsspi/lsa/client_connection.h"

#include <ntstatus.h>
#include <stdlib.h>
#include <string.h>

/* protobuf-c wants char * in messages it only reads. */
static char *text(const char *s)
{
    return s ? (char *)(uintptr_t)s : (char *)(uintptr_t) "";
}

/* A call whose only result is its status. */
static NTSTATUS call_for_status(Lsa__Request *request)
{
    struct lsa_answer answer;
    NTSTATUS status = lsa_client_call(request, true, LSA_CALL_LOGON_MS, &answer);

    if (status == SEC_E_OK)
        status = (NTSTATUS)answer.reply->status;
    lsa_answer_close(&answer);
    return status;
}

NTSTATUS lsa_client_create_session(const struct lsa_session_request *in,
                                   struct lsa_session_created *created)
{
    Lsa__CreateSession call = LSA__CREATE_SESSION__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;
    struct lsa_answer answer;
    NTSTATUS status;

    memset(created, 0, sizeof(*created));
    call.user = text(in->user);
    call.uid = in->uid;
    call.leader = (uint32_t)in->leader;
    call.service = text(in->service);
    call.tty = text(in->tty);
    call.rhost = text(in->rhost);
    call.interactive = in->interactive;
    request.call_case = LSA__REQUEST__CALL_CREATE_SESSION;
    request.create_session = &call;

    /* not repeatable: lsad could have made the session before it died */
    status = lsa_client_call(&request, false, LSA_CALL_LOGON_MS, &answer);
    if (status != SEC_E_OK)
        goto out;
    status = (NTSTATUS)answer.reply->status;
    if (!NT_SUCCESS(status))
        goto out;
    if (answer.reply->result_case != LSA__REPLY__RESULT_SESSION_CREATED) {
        status = LSA_CLIENT_UNREACHABLE;
        goto out;
    }
    created->luid = lsa_luid_from_number(answer.reply->session_created->luid);
    created->kerberos = answer.reply->session_created->kerberos;
    created->domain = strdup(answer.reply->session_created->domain);
    if (!created->domain)
        status = STATUS_NO_MEMORY;
    if (*answer.reply->session_created->export_ccache) {
        created->export_ccache = strdup(answer.reply->session_created->export_ccache);
        if (!created->export_ccache)
            status = STATUS_NO_MEMORY;
    }
out:
    lsa_answer_close(&answer);
    return status;
}

NTSTATUS lsa_client_accept_credentials(const LUID *luid, const char *user, const char *domain,
                                       const char *password, const char *old_password)
{
    Lsa__AcceptCredentials call = LSA__ACCEPT_CREDENTIALS__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;

    call.luid = lsa_luid_number(luid);
    call.user = text(user);
    call.domain = text(domain);
    call.password = text(password);
    call.old_password = text(old_password);
    call.has_old_password = old_password != NULL;
    request.call_case = LSA__REQUEST__CALL_ACCEPT_CREDENTIALS;
    request.accept_credentials = &call;
    return call_for_status(&request);
}

NTSTATUS lsa_client_change_password(const char *user, const char *domain, uid_t uid,
                                    const char *old_password, const char *new_password)
{
    Lsa__ChangePassword call = LSA__CHANGE_PASSWORD__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;

    call.user = text(user);
    call.domain = text(domain);
    call.uid = uid;
    call.old_password = text(old_password);
    call.new_password = text(new_password);
    request.call_case = LSA__REQUEST__CALL_CHANGE_PASSWORD;
    request.change_password = &call;
    return call_for_status(&request);
}

NTSTATUS lsa_client_end_session(const LUID *luid)
{
    Lsa__EndSession call = LSA__END_SESSION__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;

    call.luid = lsa_luid_number(luid);
    request.call_case = LSA__REQUEST__CALL_END_SESSION;
    request.end_session = &call;
    return call_for_status(&request);
}
