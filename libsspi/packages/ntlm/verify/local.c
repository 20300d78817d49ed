/*
 * Accounts whose hashes are on this machine: see the header.
 */
#include "libsspi/packages/ntlm/verify/local.h"

#include <errno.h>
#include <ntstatus.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/lsa/host.h"
#include "libsspi/packages/ntlm/verify/authorization.h"

#define PASSWD_MAX   65536
#define SESSIONS_MAX 16 /* of one user: older ones have passwords no other than theirs */

/* ---- users of this system ----------------------------------------------------------- */

/* The name of a uid, or the one that `user` has (with its own capitals); NULL: there is none. */
static char *system_name(const char *user, uid_t uid)
{
    char *buffer = malloc(PASSWD_MAX), *name = NULL;
    struct passwd pw, *found = NULL;

    if (buffer &&
        (user ? getpwnam_r(user, &pw, buffer, PASSWD_MAX, &found)
              : getpwuid_r(uid, &pw, buffer, PASSWD_MAX, &found)) == 0 &&
        found)
        name = strdup(found->pw_name);
    free(buffer);
    return name;
}

/* Takes `name`; without one nothing is known, and nothing is written. */
static SECURITY_STATUS authorize(char *name, struct ntlm_verified *verified)
{
    struct wire_writer w = wire_writer_grow(NTLM_AUTHORIZATION_SIZE);
    WCHAR *wide = name ? utf16_from_utf8(name, strlen(name), NULL) : NULL;
    SECURITY_STATUS status = SEC_E_OK;

    if (wide) {
        const struct ntlm_bytes user = {(const uint8_t *)wide, utf16_length(wide) * sizeof(WCHAR)};

        ntlm_authorization_write(&w, user, NULL, 0);
        verified->authorization = wire_writer_take(&w, &verified->authorization_size);
        if (!verified->authorization)
            status = SEC_E_INSUFFICIENT_MEMORY;
    }
    wire_writer_free(&w);
    free(wide);
    free(name);
    return status;
}

/* ---- one hash ----------------------------------------------------------------------- */

/*
 * The proof by these hashes; the name has been looked at already, in whatever form the client sent
 * it.
 */
static SECURITY_STATUS prove(const struct ntlm_account *hashes, const struct ntlm_text *user,
                             const struct ntlm_text *domain, const struct ntlm_claim *claim,
                             struct ntlm_verified *verified)
{
    struct ntlm_account account = *hashes;
    SECURITY_STATUS status;

    account.user = *claim->user; /* borrowed, any domain */
    account.domain = (struct ntlm_text){0};
    status = ntlm_verify_account(&account, claim, verified);
    secret_wipe(&account, sizeof(account));
    if (status)
        return status;
    ntlm_text_free(&verified->user);
    ntlm_text_free(&verified->domain);
    return ntlm_text_set(&verified->user, user->string, user->units) &&
                   ntlm_text_set(&verified->domain, domain->string, domain->units)
               ? SEC_E_OK
               : SEC_E_INSUFFICIENT_MEMORY;
}

/* ---- sessions ----------------------------------------------------------------------- */

/*
 * The domain of this machine has accounts of its own, which are not ours of the same name. Any
 * other domain may be what somebody calls a machine that has none: the proof tells.
 */
static bool is_meant(const struct ntlm_name *name, const struct ntlm_account *account)
{
    const struct ntlm_machine *machine = &ntlm_lsa.machine;

    if (!ntlm_text_same(&name->user, &account->user))
        return false;
    return name->here || !name->in_ours ||
           ntlm_name_same_domain(machine, &name->domain, &account->domain);
}

static SECURITY_STATUS try_session(const LUID *luid, uid_t uid, const struct ntlm_claim *claim,
                                   const struct ntlm_name *name, struct ntlm_verified *verified)
{
    struct ntlm_account account = {.has_lm_hash = false};
    SECURITY_STATUS status = SEC_E_LOGON_DENIED;

    if (!ntlm_read_stored(luid, &account) && is_meant(name, &account))
        status = prove(&account, &account.user, &account.domain, claim, verified);
    ntlm_account_clear(&account);
    if (!status)
        status = authorize(system_name(NULL, uid), verified);
    return status;
}

/* Whose the acceptor's session is: root may have asked for anybody's. False: nobody can tell. */
static bool owner_of(const LUID *luid, const struct lsa_user_session *list, size_t count,
                     uid_t *uid)
{
    const struct lsa_call *call = lsa_call_current();

    for (size_t i = 0; i < count; i++)
        if (SecEqualLuid(&list[i].luid, luid)) {
            *uid = list[i].uid;
            return true;
        }
    if (!call || !call->uid)
        return false;
    *uid = call->uid; /* nobody else may have another's */
    return true;
}

SECURITY_STATUS ntlm_sessions_verify(const struct ntlm_chain *chain, const struct ntlm_claim *claim,
                                     const struct ntlm_name *name, struct ntlm_verified *verified)
{
    const struct lsa_call *call = lsa_call_current();
    SECURITY_STATUS status = SEC_E_LOGON_DENIED;
    size_t count, tried = 0;
    struct lsa_user_session *list = lsa_sessions_of(name->user8, &count);
    uid_t owner;

    /* The acceptor's own first: it is there also where no table of sessions is. */
    if (!SecIsZeroLuid(&chain->luid) && owner_of(&chain->luid, list, count, &owner))
        status = try_session(&chain->luid, owner, claim, name, verified);
    for (size_t i = 0; status == SEC_E_LOGON_DENIED && i < count && tried < SESSIONS_MAX; i++) {
        if (SecEqualLuid(&list[i].luid, &chain->luid) ||
            (chain->self_only && (!call || list[i].uid != call->uid)))
            continue;
        tried++;
        status = try_session(&list[i].luid, list[i].uid, claim, name, verified);
    }
    free(list);
    return status;
}

/* ---- the account file --------------------------------------------------------------- */

struct search {
    const struct ntlm_name *name;
    struct ntlm_local_account *account;
    bool found;
};

static void visit(const struct ntlm_local_account *account, void *arg)
{
    struct search *search = arg;

    if (ntlm_accounts_same_name(account->name, search->name->user8)) {
        *search->account = *account;
        search->found = true;
    }
}

enum ntlm_local_user ntlm_local_user(const char *name)
{
    char *buffer = malloc(PASSWD_MAX);
    FILE *file = fopen("/etc/passwd", "re");
    enum ntlm_local_user known = NTLM_LOCAL_UNKNOWN;
    struct passwd entry, *found;
    int error = 0;

    while (buffer && file && known != NTLM_LOCAL_YES &&
           (error = fgetpwent_r(file, &entry, buffer, PASSWD_MAX, &found)) == 0)
        if (strcmp(found->pw_name, name) == 0)
            known = NTLM_LOCAL_YES;
    if (error == ENOENT && known != NTLM_LOCAL_YES) /* the end */
        known = NTLM_LOCAL_NO;
    if (file)
        fclose(file);
    free(buffer);
    return known;
}

/*
 * A password change is no reason to know somebody whose user was removed since; that nobody can
 * tell is none to forget them.
 */
static bool is_gone(const char *user)
{
    return ntlm_local_user(user) == NTLM_LOCAL_NO;
}

bool ntlm_accounts_find(const struct ntlm_name *name, struct ntlm_local_account *account)
{
    struct search search = {.name = name, .account = account};
    char why[NTLM_ACCOUNTS_WHY];

    if (!ntlm_accounts_each(CREDMGR_ACCOUNTS_PATH, visit, &search, why)) {
        log_error("%s: no account of it counts", why);
        search.found = false;
    }
    /* without keep_local_accounts it may be what somebody's password was before the last change */
    if (search.found && account->kept && !ntlm_lsa.policy.keep_local_accounts)
        search.found = false;
    if (search.found &&
        (name->in_ours || (account->kept && ntlm_local_user(account->name) != NTLM_LOCAL_YES)))
        search.found = false;
    if (!search.found)
        secret_wipe(account, sizeof(*account));
    return search.found;
}

SECURITY_STATUS ntlm_accounts_trouble(const struct ntlm_local_account *account)
{
    if (account->disabled)
        return STATUS_ACCOUNT_DISABLED;
    return account->expires && account->expires <= time(NULL) ? STATUS_ACCOUNT_EXPIRED : SEC_E_OK;
}

SECURITY_STATUS ntlm_accounts_verify(const struct ntlm_local_account *account,
                                     const struct ntlm_claim *claim, const struct ntlm_name *name,
                                     struct ntlm_verified *verified)
{
    const struct ntlm_text *here = &ntlm_lsa.machine.nb_computer;
    struct ntlm_account hashes = {.has_lm_hash = false}; /* the file has none */
    struct ntlm_text user = {0};
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

    if (account) {
        user.string = utf16_from_utf8(account->name, strlen(account->name), &user.units);
        memcpy(hashes.nt_hash, account->nt_hash, sizeof(hashes.nt_hash));
    }
    if (!account || user.string)
        status = prove(&hashes, account ? &user : &name->user, here, claim, verified);
    secret_wipe(&hashes, sizeof(hashes));
    ntlm_text_free(&user);
    if (!account && !status) /* the hash of nobody is nobody's */
        status = SEC_E_LOGON_DENIED;
    if (!status)
        status = authorize(system_name(account->name, 0), verified);
    return status;
}

void ntlm_accounts_forget(void)
{
    const struct ntlm_accounts_edit edit = {.change = NTLM_ACCOUNTS_FORGET, .is_gone = is_gone};
    char why[NTLM_ACCOUNTS_WHY];

    switch (ntlm_accounts_edit(CREDMGR_ACCOUNTS_PATH, &edit, why)) {
    case NTLM_ACCOUNTS_DONE:
        log_info("NTLM has forgotten the passwords of users who are no more");
        break;
    case NTLM_ACCOUNTS_FAILED:
        log_error("NTLM cannot forget users who are no more: %s", why);
        break;
    default:
        break;
    }
}

void ntlm_accounts_keep(const struct ntlm_account *account, enum ntlm_local_user known)
{
    char *name = utf16_to_utf8(account->user.string, account->user.units, NULL);
    char why[NTLM_ACCOUNTS_WHY];
    const struct ntlm_accounts_edit edit = {
        .change = known == NTLM_LOCAL_UNKNOWN ? NTLM_ACCOUNTS_UPDATE : NTLM_ACCOUNTS_KEEP,
        .name = name,
        .nt_hash = account->nt_hash,
        .is_gone = is_gone};

    if (!name)
        return;
    switch (ntlm_accounts_edit(CREDMGR_ACCOUNTS_PATH, &edit, why)) {
    case NTLM_ACCOUNTS_DONE:
        log_info("the changed password of %s is kept for NTLM (keep_local_accounts)", name);
        break;
    case NTLM_ACCOUNTS_MISSING:
        log_error("the changed password of %s is not kept for NTLM: /etc/passwd cannot be read",
                  name);
        break;
    case NTLM_ACCOUNTS_OTHERS:
        log_info("the account %s has a password of its own (credmgr account): it stays", name);
        break;
    default:
        log_error("the changed password of %s is not kept for NTLM: %s", name, why);
        break;
    }
    free(name);
}
