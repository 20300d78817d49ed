/*
 * See the header. A session is made in the thread that accepts, and watched and ended in the
 * loop's.
 */
#include "lsad/network.h"
#include "base/log.h"
#include "base/utf16.h"
#include "libsspi/lsa/session.h"
#include "libsspi/lsa/store.h"

#include <ntstatus.h>
#include <stdio.h>
#include <stdlib.h>

/* Sessions of one uid: each is a keyring and three keys of root's quota. A service that is used by
 * more at once serves the others without what they delegate. */
#define SESSIONS_PER_USER 256

/* ---- in the loop's thread ------------------------------------------------------------------ */

/* When the loop is closed the process ends, and the next lsad finds the session. */
static void watch(void *arg, bool closing)
{
    LUID *luid = arg;
    int fd = closing ? -1 : lsa_session_leader_fd(luid);

    if (fd >= 0 && !lsad_state.watch(luid, fd))
        session_ended(luid);
    free(luid);
}

static void end(void *arg, bool closing)
{
    LUID *luid = arg;

    if (!closing)
        session_ended(luid);
    free(luid);
}

static bool later(const LUID *luid, void (*run)(void *arg, bool closing))
{
    LUID *copy = malloc(sizeof(*copy));

    if (!copy || !lsad_state.later) {
        free(copy);
        return false;
    }
    *copy = *luid;
    lsad_state.later(0, run, copy);
    return true;
}

/* ---- for the packages ---------------------------------------------------------------------- */

static NTSTATUS create(const LUID *luid)
{
    const struct lsa_call *call = lsa_call_current();
    struct lsa_session details = {.luid = *luid, .network = true, .service = (char *)"network"};
    NTSTATUS status;
    LUID made;
    int fd;

    if (!call || !call->client.ProcessID)
        return STATUS_NOT_SUPPORTED;
    if (lsa_sessions_network(call->uid) >= SESSIONS_PER_USER)
        return STATUS_QUOTA_EXCEEDED;
    details.uid = call->uid;
    details.leader = (pid_t)call->client.ProcessID;
    status = lsa_session_create(&details, &made, &fd);
    if (status != STATUS_SUCCESS)
        return status;
    if (later(&made, watch))
        return STATUS_SUCCESS;
    lsa_session_end(&made);
    return STATUS_NO_MEMORY;
}

/* A package only undoes what it made. */
static NTSTATUS delete (const LUID *luid)
{
    struct lsa_session session;
    NTSTATUS status = lsa_session_copy(luid, &session);
    bool network = status == STATUS_SUCCESS && session.network;

    if (status != STATUS_SUCCESS)
        return status;
    lsa_session_clear(&session);
    if (!network)
        return STATUS_ACCESS_DENIED;
    network_end(luid);
    return STATUS_SUCCESS;
}

const struct lsa_store *network_store(void)
{
    static struct lsa_store store;

    store = lsa_keyring_store;
    store.create_session = create;
    store.delete_session = delete;
    return &store;
}

void network_end(const LUID *luid)
{
    if (!later(luid, end)) /* no memory: then with the process that accepted */
        log_error("a network logon session could not be ended now");
}

void network_name(const LUID *luid, const struct lsa_package *package)
{
    PSecurityUserData data = NULL;
    char *user = NULL, *domain = NULL, *name = NULL;
    LUID who = *luid;

    if (!package->lsa->GetUserInfo || !NT_SUCCESS(package->lsa->GetUserInfo(&who, 0, &data)))
        return;
    user = utf16_to_utf8(data->UserName.Buffer, data->UserName.Length / sizeof(WCHAR), NULL);
    domain = utf16_to_utf8(data->LogonDomainName.Buffer,
                           data->LogonDomainName.Length / sizeof(WCHAR), NULL);
    /* With the realm in its name it is nobody who logged on. */
    if (user && domain && asprintf(&name, "%s@%s", user, domain) >= 0 &&
        lsa_session_rename(luid, name, domain) == STATUS_SUCCESS)
        log_info("logon session %08x%08x: of the client %s", (unsigned)luid->HighPart,
                 (unsigned)luid->LowPart, name);
    free(name);
    free(user);
    free(domain);
    lsa_host_free(data);
}

/* ---- for clients --------------------------------------------------------------------------- */

bool network_may_use(const struct lsad_client *client, const LUID *luid)
{
    uid_t uid;

    return lsa_session_uid(luid, &uid) && (client->uid == 0 || uid == client->uid);
}

/* By the process that it was made for. No reply. */
void call_drop_session(struct lsad_call *call)
{
    LUID luid = lsa_luid_from_number(call->request->drop_session->luid);
    struct lsa_session session;
    bool theirs;

    if (lsa_session_copy(&luid, &session) != STATUS_SUCCESS)
        return;
    theirs =
        session.network && session.uid == call->client->uid && session.leader == call->client->pid;
    lsa_session_clear(&session);
    if (theirs)
        session_ended(&luid);
}
