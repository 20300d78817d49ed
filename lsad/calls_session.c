/*
 * Logon sessions begin, get credentials, and end: for root's logon programs only.
 */
#include "libsspi/lsa/session.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/utf16.h"
#include "lsad/calls.h"
#include "lsad/pool.h"
#include "lsad/primary.h"

#include <ntstatus.h>
#include <stdlib.h>
#include <string.h>

/* ---- create -------------------------------------------------------------------------------- */

/* From the table: a message lies in secret memory, which the log does not print. */
static void log_created(const LUID *luid)
{
    struct lsa_session s;

    if (lsa_session_copy(luid, &s) != STATUS_SUCCESS)
        return;
    log_info("logon session %08x%08x: %s (uid %u) by %s, leader %d", (unsigned)luid->HighPart,
             (unsigned)luid->LowPart, s.user, (unsigned)s.uid, *s.service ? s.service : "-",
             (int)s.leader);
    lsa_session_clear(&s);
}

void call_create_session(struct lsad_call *call)
{
    const Lsa__CreateSession *in = call->request->create_session;
    struct lsa_session details = {.uid = in->uid,
                                  .leader = (pid_t)in->leader,
                                  .interactive = in->interactive,
                                  .user = in->user,
                                  .service = in->service,
                                  .tty = in->tty,
                                  .rhost = in->rhost};
    Lsa__SessionCreated out = LSA__SESSION_CREATED__INIT;
    Lsa__Reply reply = LSA__REPLY__INIT;
    NTSTATUS status = STATUS_INVALID_PARAMETER;
    int leader_fd;
    LUID luid;

    if (!*in->user)
        goto out;
    details.domain = (char *)(uintptr_t)(lsad_state.realm ? lsad_state.realm : lsad_state.domain);
    status = lsa_session_create(&details, &luid, &leader_fd);
    if (status != STATUS_SUCCESS)
        goto out;
    if (!lsad_state.watch(&luid, leader_fd)) { /* a session that nothing would end must not be */
        lsa_session_end(&luid);
        status = STATUS_NO_MEMORY;
        goto out;
    }
    log_created(&luid);
    out.luid = lsa_luid_number(&luid);
    out.kerberos = lsad_state.realm != NULL;
    out.domain = details.domain;
    out.export_ccache =
        (char *)(uintptr_t)(lsad_state.export_ccache ? lsad_state.export_ccache : "");
    reply.result_case = LSA__REPLY__RESULT_SESSION_CREATED;
    reply.session_created = &out;
out:
    reply.status = (uint32_t)status;
    client_reply(call, &reply);
}

/* ---- credentials --------------------------------------------------------------------------- */

void call_accept_credentials(struct lsad_call *call)
{
    const Lsa__AcceptCredentials *in = call->request->accept_credentials;
    LUID luid = lsa_luid_from_number(in->luid);
    struct lsa_session session;
    struct lsad_primary primary;
    const char *domain;
    NTSTATUS status = lsa_session_copy(&luid, &session);

    if (status != STATUS_SUCCESS) {
        client_reply_status(call, status);
        return;
    }
    domain = *in->domain ? in->domain : session.domain;
    status = STATUS_NO_SUCH_LOGON_SESSION;
    if (session.network)
        goto out;
    status = STATUS_INVALID_PARAMETER;
    if (!primary_fill(&primary, *in->user ? in->user : session.user, domain, in->password,
                      in->has_old_password ? in->old_password : NULL, 0))
        goto out;
    if (strcmp(domain, session.domain) != 0)
        (void)lsa_session_rename(&luid, NULL, domain);
    status = primary_give(call, &luid, &primary, session.interactive);
    primary_clear(&primary);
    if (!lsa_session_belongs(&luid, session.uid)) /* logged out meanwhile */
        status = STATUS_NO_SUCH_LOGON_SESSION;
out:
    lsa_session_clear(&session);
    client_reply_status(call, status);
}

/* Refreshes one session; one without credentials is left without. */
static NTSTATUS refresh(struct lsad_call *call, const LUID *luid)
{
    const Lsa__ChangePassword *in = call->request->change_password;
    char *packages = lsa_session_packages(luid);
    struct lsa_session session;
    struct lsad_primary primary;
    NTSTATUS status = STATUS_SUCCESS;

    if (!packages || !*packages)
        goto out;
    status = lsa_session_copy(luid, &session);
    if (status != STATUS_SUCCESS) {
        status =
            status == STATUS_NO_SUCH_LOGON_SESSION ? STATUS_SUCCESS : status; /* ended just now */
        goto out;
    }
    status = STATUS_SUCCESS;
    if (session.network) { /* of somebody else than the uid it belongs to */
        lsa_session_clear(&session);
        goto out;
    }
    status = STATUS_INVALID_PARAMETER;
    if (primary_fill(&primary, session.user, session.domain, in->new_password, in->old_password,
                     PRIMARY_CRED_UPDATE)) {
        status = primary_give(call, luid, &primary, session.interactive);
        primary_clear(&primary);
    }
    lsa_session_clear(&session);
out:
    free(packages);
    return status;
}

static UNICODE_STRING append(uint8_t *memory, size_t *used, const WCHAR *text, size_t units)
{
    USHORT size = (USHORT)(units * sizeof(WCHAR)); /* at most LSA_TEXT_MAX bytes of UTF-8 */
    UNICODE_STRING out = {size, size, (WCHAR *)(void *)(memory + *used)};

    memcpy(memory + *used, text, size);
    *used += size;
    return out;
}

/*
 * Whether somebody is logged on or not: NTLM may keep accounts of this machine. Told as Windows
 * tells MSV1_0, by MsV1_0ChangeCachedPassword.
 */
static void tell_ntlm(const Lsa__ChangePassword *in)
{
    const struct lsa_package *ntlm = lsa_host_find(u"NTLM");
    const struct lsa_call frame = {.client = {.HasTcbPrivilege = TRUE},
                                   .call_attributes = SECPKG_CALL_IS_TCB};
    MSV1_0_CHANGEPASSWORD_REQUEST *request = NULL;
    size_t user_units = 0, password_units = 0, used = sizeof(*request);
    WCHAR *user = utf16_from_utf8(in->user, strlen(in->user), &user_units);
    WCHAR *password =
        utf16_from_utf8_secret(in->new_password, strlen(in->new_password), &password_units);
    NTSTATUS protocol_status;
    void *reply = NULL;
    ULONG reply_size = 0;

    if (user && password && ntlm && ntlm->lsa->CallPackage)
        request = secret_alloc(sizeof(*request) + (user_units + password_units) * sizeof(WCHAR));
    if (request) {
        request->MessageType = MsV1_0ChangeCachedPassword;
        request->AccountName = append((uint8_t *)request, &used, user, user_units);
        request->NewPassword = append((uint8_t *)request, &used, password, password_units);
        lsa_call_begin(&frame);
        (void)ntlm->lsa->CallPackage(NULL, request, request, (ULONG)used, &reply, &reply_size,
                                     &protocol_status);
        lsa_call_end();
    }
    lsa_host_free(reply);
    secret_free(request);
    secret_free(password);
    free(user);
}

void call_change_password(struct lsad_call *call)
{
    const Lsa__ChangePassword *in = call->request->change_password;
    uid_t uid = in->uid;
    size_t count;
    LUID *list = lsa_sessions_list(&uid, &count);
    NTSTATUS status = list ? STATUS_SUCCESS : STATUS_NO_MEMORY;

    for (size_t i = 0; list && i < count; i++) {
        NTSTATUS one = refresh(call, &list[i]);

        status = status == STATUS_SUCCESS ? one : status;
    }
    free(list);
    if (strlen(in->user) <= LSA_TEXT_MAX && strlen(in->new_password) <= LSA_TEXT_MAX)
        tell_ntlm(in);
    log_info("password of uid %u changed: %zu logon sessions looked at, status 0x%08x", in->uid,
             count, (unsigned)status);
    client_reply_status(call, status);
}

/* ---- the end ------------------------------------------------------------------------------- */

/* Packages may wait for a lock that a call to a KDC holds: not in the loop. */
static void tell_packages(struct lsad_call *call)
{
    struct lsa_call frame;

    memset(&frame, 0, sizeof(frame));
    frame.client.LogonId = call->luid;
    frame.client.HasTcbPrivilege = TRUE;
    frame.call_attributes = SECPKG_CALL_IS_TCB;
    for (size_t i = 0; i < lsa_host_count(); i++) {
        const struct lsa_package *package = lsa_host_package(i);

        if (!package->lsa->LogonTerminated)
            continue;
        lsa_call_begin(&frame);
        package->lsa->LogonTerminated(&call->luid);
        lsa_call_end();
    }
    call_free(call);
}

/* The keys go at once, whatever the packages still do; they are told afterwards. */
NTSTATUS session_ended(const LUID *luid)
{
    struct lsa_session session;
    struct lsad_call *work;
    NTSTATUS status = lsa_session_copy(luid, &session);
    uid_t uid = session.uid;

    if (status == STATUS_NO_SUCH_LOGON_SESSION)
        return status;
    lsad_state.unwatch(luid);
    status = lsa_session_end(luid);
    log_info("logon session %08x%08x: %s (uid %u) ended", (unsigned)luid->HighPart,
             (unsigned)luid->LowPart, session.user ? session.user : "-", (unsigned)uid);
    lsa_session_clear(&session);
    work = calloc(1, sizeof(*work));
    if (!work)
        return status;
    work->luid = *luid;
    work->run = tell_packages;
    work->charged = user_get(uid);
    if (!work->charged || !pool_submit(work)) { /* over that user's bound: then here */
        user_put(work->charged);
        tell_packages(work);
    }
    return status;
}

void call_end_session(struct lsad_call *call)
{
    LUID luid = lsa_luid_from_number(call->request->end_session->luid);

    client_reply_status(call, session_ended(&luid));
}
