/*
 * ImpersonateSecurityContext and RevertSecurityContext: the calling thread, and no other, acts as
 * the client.
 *
 * With CAP_SETUID and CAP_SETGID the thread gets the client's uid, gid and groups, and loses its
 * capabilities. Without them there is no other identity to be had: that is a success when the
 * client is whom the process runs as, and else SEC_E_NO_IMPERSONATION. lsa.conf can call it a
 * success all the same (identification_level = yes in [service NAME]), for programs that always
 * impersonate and never rely on it; the thread then stays what it is. So it is with clients who are
 * no users of this system.
 */
#include "libsspi/api/token.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/conf.h"
#include "base/thread_identity.h"
#include "base/utf16.h"
#include "libsspi/lsa/host_token.h"

/* ---- what lsa.conf says -------------------------------------------------------------------- */

#define SECTION "service "

static bool says_yes(const char *service)
{
    char section[sizeof(SECTION) + PATH_MAX];
    const struct lsa_setting *s;
    bool yes = false;

    if (snprintf(section, sizeof(section), SECTION "%s", service) >= (int)sizeof(section))
        return false;
    for (s = api_settings(section); s && s->name; s++)
        if (strcasecmp(s->name, "identification_level") == 0 && !conf_parse_bool(s->value, &yes))
            yes = false;
    return yes;
}

/* By Negotiate, too. */
static bool speaks_kerberos(const struct api_context *c, uintptr_t user)
{
    SecPkgContext_PackageInfoW info = {NULL};
    bool same;

    if (!c->package->in_process)
        return utf16_equal_nocase(c->package->info.Name, MICROSOFT_KERBEROS_NAME_W);
    if (c->package->user->QueryContextAttributes(user, SECPKG_ATTR_PACKAGE_INFO, &info) != SEC_E_OK)
        return false;
    same = utf16_equal_nocase(info.PackageInfo->Name, MICROSOFT_KERBEROS_NAME_W);
    lsa_host_free(info.PackageInfo);
    return same;
}

/*
 * The service class that the client asked a ticket for: "TERMSRV" of TERMSRV/host@REALM. NULL when
 * the package knows none (free()). Only Kerberos does: a ticket is for a service whose key we have.
 * In NTLM the client writes what it likes, and would choose the service whose section is the most
 * lenient.
 */
static char *service_class(struct api_context *c)
{
    uintptr_t user = atomic_load_explicit(&c->user, memory_order_acquire);
    SecPkgContext_NativeNamesW names = {NULL, NULL};
    char *name = NULL;
    bool known;

    /* No other thread negotiates the context anew in between, with NTLM this time. */
    pthread_mutex_lock(&c->leg);
    known = user != 0 && c->package->user->QueryContextAttributes && speaks_kerberos(c, user) &&
            c->package->user->QueryContextAttributes(user, SECPKG_ATTR_NATIVE_NAMES, &names) ==
                SEC_E_OK;
    pthread_mutex_unlock(&c->leg);
    if (!known)
        return NULL;
    if (names.sServerName)
        name = utf16_to_utf8(names.sServerName, utf16_length(names.sServerName), NULL);
    if (name)
        name[strcspn(name, "/@")] = '\0';
    lsa_host_free(names.sClientName);
    lsa_host_free(names.sServerName);
    return name;
}

/* By the program that runs, or by the service that the client meant. */
static bool identification_is_enough(struct api_context *c)
{
    char path[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", path, sizeof(path) - 1);
    char *service;
    bool enough;

    if (size > 0 && path[0] == '/') {
        path[size] = '\0';
        if (says_yes(path) || says_yes(strrchr(path, '/') + 1))
            return true;
    }
    service = c ? service_class(c) : NULL;
    enough = service && *service && says_yes(service);
    free(service);
    return enough;
}

/* ---- the thread ---------------------------------------------------------------------------- */

/* The thread becomes the token's user. 0 or an errno: EPERM when it may not. */
static int become(struct lsa_token *token)
{
    /* Once more: whoever may not change is not changed already. */
    thread_identity_revert();
    if (token->uid == geteuid())
        return 0;
    if (token->level < SecurityImpersonation)
        return EACCES;
    return thread_identity_become(token->uid, token->gid, token->groups, token->group_count);
}

static void revert(void)
{
    thread_identity_revert();
    lsa_thread_token_set(NULL);
}

/* `c` is NULL when there is only a token. */
static SECURITY_STATUS impersonate(struct lsa_token *token, struct api_context *c)
{
    int error;

    lsa_thread_token_set(NULL); /* from now on the thread is nobody else, whatever happens */
    error = become(token);
    if (error == ENOMEM)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (error && !identification_is_enough(c))
        return SEC_E_NO_IMPERSONATION;
    lsa_thread_token_set(token);
    return SEC_E_OK;
}

/*
 * SEC_E_OK; SEC_E_INVALID_HANDLE: no established context; SEC_E_NO_IMPERSONATION: the client is no
 * user of this system, or the thread may not act as that user (see above), and is itself then;
 * SEC_E_INSUFFICIENT_MEMORY. A thread that impersonates somebody else leaves that first.
 * "ImpersonateSecurityContext function (sspi.h)".
 */
SECURITY_STATUS WINAPI ImpersonateSecurityContext(PCtxtHandle phContext)
{
    SecHandle handle;
    struct api_context *c;
    struct lsa_token *token;
    SECURITY_STATUS status;

    if (!phContext)
        return SEC_E_INVALID_HANDLE;
    handle = *phContext;
    c = handle_acquire(HANDLE_CONTEXT, &handle);
    if (!c)
        return SEC_E_INVALID_HANDLE;
    status = api_context_token_hold(c, &token);
    if (status == SEC_E_NO_IMPERSONATION && !c->initiator && identification_is_enough(c)) {
        revert();
        status = SEC_E_OK;
    } else if (status == SEC_E_OK) {
        status = impersonate(token, c);
        lsa_token_put(token);
    }
    handle_release(&handle);
    return status;
}

/*
 * SEC_E_OK, also for a thread that impersonates nobody; SEC_E_INVALID_HANDLE: no context, and
 * nothing is changed. "RevertSecurityContext function (sspi.h)".
 */
SECURITY_STATUS WINAPI RevertSecurityContext(PCtxtHandle phContext)
{
    SecHandle handle;

    if (!phContext)
        return SEC_E_INVALID_HANDLE;
    handle = *phContext;
    if (!handle_acquire(HANDLE_CONTEXT, &handle))
        return SEC_E_INVALID_HANDLE;
    revert();
    handle_release(&handle);
    return SEC_E_OK;
}

BOOL WINAPI ImpersonateLoggedOnUser(HANDLE hToken)
{
    struct lsa_token *token = lsa_token_get(hToken);
    SECURITY_STATUS status;
    bool identify;

    if (!token) {
        api_set_last_error(ERROR_INVALID_HANDLE);
        return FALSE;
    }
    status = impersonate(token, NULL);
    identify = token->level < SecurityImpersonation;
    lsa_token_put(token);
    if (status != SEC_E_OK)
        api_set_last_error(status == SEC_E_INSUFFICIENT_MEMORY ? ERROR_NOT_ENOUGH_MEMORY
                           : identify                          ? ERROR_BAD_IMPERSONATION_LEVEL
                                                               : ERROR_ACCESS_DENIED);
    return status == SEC_E_OK;
}

BOOL WINAPI RevertToSelf(VOID)
{
    revert();
    return TRUE;
}
