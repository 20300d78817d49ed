/*
 * The call of whoever unlocks a screen: root's PAM programs for anybody, a screen locker without
 * privilege for the person who runs it.
 */
#include "libsspi/lsa/client.h"
#include "libsspi/lsa/client_connection.h"

#include <ntstatus.h>

NTSTATUS lsa_client_unlock(LUID *luid, const char *user, const char *password)
{
    Lsa__Unlock call = LSA__UNLOCK__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;
    struct lsa_answer answer;
    NTSTATUS status;

    if (!luid || !user || !password)
        return STATUS_INVALID_PARAMETER;
    call.luid = lsa_luid_number(luid);
    call.user = (char *)(uintptr_t)user; /* protobuf-c wants char * in messages it only reads */
    call.password = (char *)(uintptr_t)password;
    request.call_case = LSA__REQUEST__CALL_UNLOCK;
    request.unlock = &call;
    status = lsa_client_call(&request, true, LSA_CALL_UNLOCK_MS, &answer);
    if (status != SEC_E_OK)
        goto out;
    status = (NTSTATUS)answer.reply->status;
    if (!NT_SUCCESS(status))
        goto out;
    if (answer.reply->result_case != LSA__REPLY__RESULT_UNLOCKED)
        status = LSA_CLIENT_UNREACHABLE;
    else
        *luid = lsa_luid_from_number(answer.reply->unlocked->luid);
out:
    lsa_answer_close(&answer);
    return status;
}
