/*
 * From what a package knows of a client to a user of this system: by name through NSS, by SID
 * through winbind, where there is one.
 */
#include "libsspi/lsa/host_token.h"

#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <ntstatus.h>

/* ---- winbind ------------------------------------------------------------------------------- */

/* wbclient.h, the public interface of libwbclient.so.0; loaded when there is a SID to look up, so
 * that nobody needs Samba. */
struct wbc_sid {
    uint8_t revision, count, authority[6];
    uint32_t sub[15];
};
static struct {
    int (*sid_to_uid)(const struct wbc_sid *sid, uid_t *uid);
    int (*sid_to_gid)(const struct wbc_sid *sid, gid_t *gid);
    int (*getpwuid)(uid_t uid, struct passwd **entry);
    void (*free_memory)(void *memory);
} winbind;

static void load_winbind(void)
{
    void *library = dlopen("libwbclient.so.0", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

    if (!library)
        return;
    *(void **)&winbind.sid_to_uid = dlsym(library, "wbcSidToUid");
    *(void **)&winbind.sid_to_gid = dlsym(library, "wbcSidToGid");
    *(void **)&winbind.getpwuid = dlsym(library, "wbcGetpwuid");
    *(void **)&winbind.free_memory = dlsym(library, "wbcFreeMemory");
}

/* Only SIDs of a domain (S-1-5-21-…): the others mean something else on every machine. */
static bool domain_sid(PSID sid, struct wbc_sid *out)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    static const uint8_t nt[6] = {0, 0, 0, 0, 0, 5};
    const SID *s = sid;

    if (!s || s->Revision != SID_REVISION || s->SubAuthorityCount < 2 ||
        s->SubAuthorityCount > SID_MAX_SUB_AUTHORITIES ||
        memcmp(s->IdentifierAuthority.Value, nt, sizeof(nt)) != 0 || s->SubAuthority[0] != 21)
        return false;
    pthread_once(&once, load_winbind);
    memset(out, 0, sizeof(*out));
    out->revision = s->Revision;
    out->count = s->SubAuthorityCount;
    memcpy(out->authority, nt, sizeof(nt));
    memcpy(out->sub, s->SubAuthority, s->SubAuthorityCount * sizeof(out->sub[0]));
    return true;
}

/* ---- the user ------------------------------------------------------------------------------ */

static NTSTATUS take_passwd(const struct passwd *entry, struct lsa_token *token)
{
    token->user = strdup(entry->pw_name);
    if (!token->user)
        return STATUS_NO_MEMORY;
    token->uid = entry->pw_uid;
    token->gid = entry->pw_gid;
    return STATUS_SUCCESS;
}

/* Calls one of getpwnam_r() and getpwuid_r() with as much room as it needs. */
static NTSTATUS read_passwd(const char *name, uid_t uid, struct lsa_token *token)
{
    size_t room = 4096;
    char *buffer = NULL, *bigger;
    struct passwd entry, *found = NULL;
    NTSTATUS status = STATUS_NO_MEMORY;
    int error;

    do {
        bigger = realloc(buffer, room);
        if (!bigger)
            goto out;
        buffer = bigger;
        error = name ? getpwnam_r(name, &entry, buffer, room, &found)
                     : getpwuid_r(uid, &entry, buffer, room, &found);
        room *= 2;
    } while (error == ERANGE && room <= 1u << 22);
    status =
        error == 0 || error == ENOENT || error == ESRCH ? STATUS_NO_SUCH_USER : STATUS_UNSUCCESSFUL;
    if (found)
        status = take_passwd(found, token);
out:
    free(buffer);
    return status;
}

/* Somebody whom winbind has a uid for is a user, also where NSS does not ask it. */
static NTSTATUS find_sid(PSID sid, struct lsa_token *token)
{
    struct passwd *entry = NULL;
    struct wbc_sid wbc;
    NTSTATUS status;
    uid_t uid;

    if (!domain_sid(sid, &wbc) || !winbind.sid_to_uid || winbind.sid_to_uid(&wbc, &uid) != 0 ||
        uid == 0)
        return STATUS_NO_SUCH_USER;
    status = read_passwd(NULL, uid, token);
    if (status != STATUS_NO_SUCH_USER || !winbind.getpwuid || !winbind.free_memory ||
        winbind.getpwuid(uid, &entry) != 0 || !entry)
        return status;
    status = entry->pw_uid == uid ? take_passwd(entry, token) : STATUS_NO_SUCH_USER;
    winbind.free_memory(entry);
    return status;
}

/* The account's authority is this machine, or nobody in particular. */
static bool is_local(const char *authority)
{
    char host[256];
    size_t length;

    if (!authority || !*authority || strcmp(authority, ".") == 0)
        return true;
    if (gethostname(host, sizeof(host)) != 0)
        return false;
    host[sizeof(host) - 1] = '\0';
    length = strcspn(host, ".");
    return strcasecmp(authority, host) == 0 ||
           (strlen(authority) == length && strncasecmp(authority, host, length) == 0);
}

/* As it stands, then in small letters: Windows' names have no case, and users here seldom capitals.
 */
static NTSTATUS find_name(const char *name, struct lsa_token *token)
{
    NTSTATUS status = read_passwd(name, 0, token);
    char *lower;

    if (status != STATUS_NO_SUCH_USER)
        return status;
    lower = strdup(name);
    if (!lower)
        return STATUS_NO_MEMORY;
    for (char *c = lower; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    status = read_passwd(lower, 0, token);
    free(lower);
    return status;
}

/*
 * Somebody with a SID of a domain is no local user of the same name. DOMAIN\name is what winbind
 * and sssd call somebody of a domain.
 */
static NTSTATUS find_account(const struct lsa_account *account, struct lsa_token *token)
{
    char *full = NULL;
    struct wbc_sid sid;
    NTSTATUS status;

    if (!account->authority) /* the package has found out the system's own name */
        return read_passwd(account->name, 0, token);
    if (is_local(account->authority)) /* a domain may have the name of a machine in it */
        return domain_sid(account->user, &sid) ? STATUS_NO_SUCH_USER
                                               : find_name(account->name, token);
    if (asprintf(&full, "%s\\%s", account->authority, account->name) < 0)
        return STATUS_NO_MEMORY;
    status = read_passwd(full, 0, token);
    free(full);
    return status;
}

/* ---- its groups ---------------------------------------------------------------------------- */

static NTSTATUS read_groups(struct lsa_token *token)
{
    int room = 32, count;
    gid_t *list = NULL;

    do {
        gid_t *bigger = realloc(list, (size_t)room * sizeof(*list));

        count = room;
        if (!bigger) {
            free(list);
            return STATUS_NO_MEMORY;
        }
        list = bigger;
        if (getgrouplist(token->user, token->gid, list, &count) >= 0)
            break;
        room = count > room ? count : room * 2;
    } while (room <= 2 * NGROUPS_MAX);
    token->groups = list;
    token->group_count = count < NGROUPS_MAX ? (size_t)count : NGROUPS_MAX;
    return STATUS_SUCCESS;
}

static bool has_group(const struct lsa_token *token, gid_t gid)
{
    for (size_t i = 0; i < token->group_count; i++)
        if (token->groups[i] == gid)
            return true;
    return false;
}

/* The groups that the client's domain says it is in, where winbind has a number for them. Root's
 * own group is nobody's to give. */
static NTSTATUS add_sids(const TOKEN_GROUPS *groups, struct lsa_token *token)
{
    for (DWORD i = 0; groups && i < groups->GroupCount; i++) {
        struct wbc_sid sid;
        gid_t gid, *bigger;

        if (token->group_count >= NGROUPS_MAX)
            break;
        if (!domain_sid(groups->Groups[i].Sid, &sid) || !winbind.sid_to_gid ||
            winbind.sid_to_gid(&sid, &gid) != 0 || gid == 0 || gid == (gid_t)-1 ||
            has_group(token, gid))
            continue;
        bigger = realloc(token->groups, (token->group_count + 1) * sizeof(*bigger));
        if (!bigger)
            return STATUS_NO_MEMORY;
        token->groups = bigger;
        bigger[token->group_count++] = gid;
    }
    return STATUS_SUCCESS;
}

NTSTATUS lsa_token_find_user(const struct lsa_account *account, struct lsa_token *token)
{
    NTSTATUS status = STATUS_NO_SUCH_USER;

    if (account->name && *account->name)
        status = find_account(account, token);
    if (status == STATUS_NO_SUCH_USER)
        status = find_sid(account->user, token);
    if (status == STATUS_SUCCESS)
        status = read_groups(token);
    if (status == STATUS_SUCCESS)
        status = add_sids(account->groups, token);
    return status;
}
