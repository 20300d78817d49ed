/*
 * What the verbs have in common; see verb.h.
 */
#include "notify/verb.h"
#include "base/secret.h"
#include "libsspi/lsa/client.h"
#include "libsspi/lsa/protocol.h"
#include "notify/authent.h"

#include <errno.h>
#include <ntstatus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* ---- the request --------------------------------------------------------------------------- */

bool mpr_given(const char *s)
{
    return s && *s;
}

bool mpr_incomplete(struct mpr_reply *reply, struct mpr_trouble *trouble, const char *what)
{
    reply->status = (uint32_t)STATUS_INVALID_PARAMETER;
    mpr_trouble_add(trouble, "the request has no %s", what);
    return false;
}

/*
 * For services in no list a terminal tells: somebody sits at one. Two programs put a word there
 * that is none: cron "cron", and sshd "ssh", since it has no terminal yet.
 */
enum mpr_service mpr_service_of(const struct mpr_config *config, const char *service,
                                const char *tty)
{
    if (mpr_service_named(config->silent_services, service))
        return MPR_SILENT;
    if (mpr_service_named(config->interactive_services, service))
        return MPR_INTERACTIVE;
    if (mpr_service_named(config->noninteractive_services, service))
        return MPR_NONINTERACTIVE;
    return mpr_given(tty) && strcmp(tty, "cron") != 0 && strcmp(tty, "ssh") != 0
               ? MPR_INTERACTIVE
               : MPR_NONINTERACTIVE;
}

/* ---- the person ---------------------------------------------------------------------------- */

const struct passwd *mpr_passwd(const char *user, struct passwd *pw, char **buffer)
{
    struct passwd *found = NULL;
    size_t size = 1024;
    char *larger;
    int error;

    *buffer = NULL;
    do {
        size *= 2;
        larger = realloc(*buffer, size);
        if (!larger)
            break;
        *buffer = larger;
        error = getpwnam_r(user, pw, *buffer, size, &found);
    } while (error == ERANGE && size < 1u << 20);
    if (found)
        return pw;
    free(*buffer);
    *buffer = NULL;
    return NULL;
}

bool mpr_find_user(const char *user, uid_t *uid, struct mpr_reply *reply,
                   struct mpr_trouble *trouble)
{
    struct passwd pw;
    char *buffer;

    if (!mpr_passwd(user, &pw, &buffer)) {
        reply->status = (uint32_t)STATUS_NO_SUCH_USER;
        mpr_trouble_add(trouble, "there is no user \"%s\" (getent passwd)", user);
        return false;
    }
    *uid = pw.pw_uid;
    free(buffer);
    return true;
}

void mpr_machine_name(char out[HOST_NAME_MAX + 1])
{
    if (gethostname(out, HOST_NAME_MAX + 1) != 0)
        strcpy(out, "localhost");
    out[HOST_NAME_MAX] = 0;
    out[strcspn(out, ".")] = 0;
    for (char *c = out; *c; c++) /* a host name is ASCII */
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
}

bool mpr_kind_of(const char *user, bool kerberos, const char *domain, struct mpr_kind *out)
{
    const char *backslash = strchr(user, '\\');
    char machine[HOST_NAME_MAX + 1];
    size_t length;

    mpr_machine_name(machine);
    length = strlen(machine);
    out->user = user;
    if (backslash && backslash[1] && (size_t)(backslash - user) == length &&
        strncasecmp(user, machine, length) == 0) {
        out->user = backslash + 1;
        domain = NULL;
    }
    out->kerberos = domain && kerberos;
    out->domain = strdup(domain ? domain : machine);
    return out->domain != NULL;
}

bool mpr_kind_now(const char *user, const char *domain, struct mpr_kind *out)
{
    struct lsa_status_info lsa = {.version = NULL};
    bool known = lsa_client_status(&lsa) == STATUS_SUCCESS, ok;

    if (known && !mpr_given(domain))
        domain = mpr_given(lsa.domain) ? lsa.domain : NULL;
    ok = mpr_kind_of(user, known && lsa.kerberos, domain, out);
    if (known)
        lsa_client_free_status(&lsa);
    return ok;
}

NTSTATUS mpr_each_session(uid_t uid, const char *user,
                          bool (*visit)(const struct lsa_session_info *, void *), void *arg)
{
    struct lsa_session_info *sessions = NULL;
    size_t count = 0;
    NTSTATUS status = lsa_client_sessions_of(uid, &sessions, &count);
    bool more = status == STATUS_SUCCESS;

    for (size_t i = 0; more && i < count; i++)
        if (sessions[i].uid == uid && sessions[i].user && strcmp(sessions[i].user, user) == 0)
            more = visit(&sessions[i], arg);
    if (status == STATUS_SUCCESS)
        lsa_client_free_sessions(sessions, count);
    return status;
}

/* ---- the call ------------------------------------------------------------------------------ */

bool mpr_make_info(struct mpr_call *call, const struct mpr_kind *kind, enum mpr_service service,
                   const char *password, const char *old_password, struct mpr_reply *reply,
                   struct mpr_trouble *trouble)
{
    call->type = kind->kerberos ? MPR_TYPE_KERBEROS : MPR_TYPE_MSV1_0;
    call->info = mpr_authent_new(kind->kerberos, kind->user, kind->domain, password);
    if (call->info && old_password) {
        call->previous_type = call->type;
        call->previous = mpr_authent_new(kind->kerberos, kind->user, kind->domain, old_password);
    }
    call->station = service == MPR_INTERACTIVE ? u"WinSta_0" : u"SvcCtl";
    if (call->info && (call->previous || !old_password))
        return true;
    reply->status = (uint32_t)STATUS_INVALID_PARAMETER;
    mpr_trouble_add(trouble, "the name or password cannot be passed on: %m");
    return false;
}

void mpr_call_clear(struct mpr_call *call)
{
    secret_free(call->info);
    secret_free(call->previous);
    call->info = call->previous = NULL;
}

void mpr_conclude(const struct mpr_request *request, const struct mpr_result *result, bool session,
                  struct mpr_reply *reply, struct mpr_trouble *trouble)
{
    if (reply->status == 0 && !session && result->accepted == 0 && result->failed)
        reply->status = (uint32_t)STATUS_UNSUCCESSFUL;
    if (reply->status == 0 && request->require && trouble->used)
        reply->status = (uint32_t)STATUS_UNSUCCESSFUL;
}

void mpr_lsa_trouble(const struct mpr_config *config, NTSTATUS status, char *out)
{
    const char *socket = config->lsa_socket ? config->lsa_socket : LSA_SOCKET_PATH;

    if (status == LSA_CLIENT_UNREACHABLE)
        snprintf(out, MPR_ERROR_TEXT_MAX,
                 "lsad does not answer at %.80s (is lsad.service running?)", socket);
    else if (status == STATUS_QUOTA_EXCEEDED)
        snprintf(out, MPR_ERROR_TEXT_MAX, MPR_QUOTA_TEXT);
    else
        snprintf(out, MPR_ERROR_TEXT_MAX, "lsad at %.80s answered 0x%08x", socket,
                 (unsigned)status);
}

LUID mpr_luid(uint64_t luid)
{
    return (LUID){.LowPart = (DWORD)luid, .HighPart = (LONG)(luid >> 32)};
}

uint64_t mpr_luid_number(LUID luid)
{
    return (uint64_t)(uint32_t)luid.HighPart << 32 | luid.LowPart;
}
