/*
 * QuerySecurityContextToken and what can be done with the HANDLE it gives. The package makes the
 * token, once a context; every question gets a HANDLE of its own.
 */
#include "libsspi/api/token.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"
#include "libsspi/lsa/host_token.h"

/* ---- of a context -------------------------------------------------------------------------- */

/* The package's word on why there is no token, for the application. */
static SECURITY_STATUS token_status(NTSTATUS status)
{
    switch (status) {
    case SEC_E_UNSUPPORTED_FUNCTION: /* a package of no clients */
    case STATUS_NOT_SUPPORTED:
    case STATUS_NO_SUCH_USER:
        return SEC_E_NO_IMPERSONATION;
    default:
        return api_status(status);
    }
}

/* As SECPKG_ATTR_NAMES has it. Nobody else knows the token yet. */
static void name_client(const struct api_context *c, uintptr_t user, HANDLE made)
{
    SecPkgContext_NamesW names = {NULL};
    struct lsa_token *token = lsa_token_get(made);
    char *name;

    if (token && c->package->user->QueryContextAttributes &&
        c->package->user->QueryContextAttributes(user, SECPKG_ATTR_NAMES, &names) == SEC_E_OK) {
        name = utf16_to_utf8(names.sUserName, utf16_length(names.sUserName), NULL);
        lsa_host_free(names.sUserName);
        if (name) {
            free(token->client);
            token->client = name;
        }
    }
    lsa_token_put(token);
}

/* The leg is locked: one thread makes it. */
static SECURITY_STATUS make_token(struct api_context *c)
{
    uintptr_t user = atomic_load_explicit(&c->user, memory_order_acquire);
    struct lsa_call call;
    HANDLE made = NULL;
    NTSTATUS status;

    if (c->token)
        return SEC_E_OK;
    if (user == 0)
        return SEC_E_INVALID_HANDLE;
    if (c->initiator || !c->package->user->GetContextToken)
        return SEC_E_NO_IMPERSONATION;
    api_call_begin(&call, 0);
    status = c->package->user->GetContextToken(user, &made);
    lsa_call_end();
    if (!NT_SUCCESS(status))
        return token_status(status);
    name_client(c, user, made);
    c->token = made;
    return made ? SEC_E_OK : SEC_E_NO_IMPERSONATION;
}

SECURITY_STATUS api_context_token(struct api_context *c, HANDLE *token)
{
    SECURITY_STATUS status;

    pthread_mutex_lock(&c->leg);
    status = make_token(c);
    *token = c->token;
    pthread_mutex_unlock(&c->leg);
    return status;
}

void api_context_forget_token(struct api_context *c)
{
    if (c->token)
        CloseHandle(c->token);
    c->token = NULL;
}

SECURITY_STATUS api_context_token_find(struct api_context *c, struct lsa_token **token)
{
    SECURITY_STATUS status = make_token(c);

    *token = status == SEC_E_OK ? lsa_token_get(c->token) : NULL;
    return *token || status != SEC_E_OK ? status : SEC_E_NO_IMPERSONATION;
}

SECURITY_STATUS api_context_token_hold(struct api_context *c, struct lsa_token **token)
{
    SECURITY_STATUS status;

    pthread_mutex_lock(&c->leg);
    status = api_context_token_find(c, token);
    pthread_mutex_unlock(&c->leg);
    return status;
}

/*
 * A HANDLE to the client of an acceptor's established context, for CloseHandle.
 * SEC_E_INVALID_HANDLE; SEC_E_NO_IMPERSONATION: the client is no user of this system, or the
 * context an initiator's; SEC_E_INSUFFICIENT_MEMORY; SEC_E_INVALID_PARAMETER for a NULL.
 * "QuerySecurityContextToken function (sspi.h)".
 */
SECURITY_STATUS WINAPI QuerySecurityContextToken(PCtxtHandle phContext, HANDLE *Token)
{
    SecHandle handle;
    struct api_context *c;
    struct lsa_token *token;
    SECURITY_STATUS status;

    if (!phContext)
        return SEC_E_INVALID_HANDLE;
    if (!Token)
        return SEC_E_INVALID_PARAMETER;
    handle = *phContext;
    c = handle_acquire(HANDLE_CONTEXT, &handle);
    if (!c)
        return SEC_E_INVALID_HANDLE;
    status = api_context_token_hold(c, &token);
    *Token = token ? lsa_token_open(token) : NULL;
    if (token && !*Token)
        status = SEC_E_INSUFFICIENT_MEMORY;
    lsa_token_put(token);
    handle_release(&handle);
    return status;
}

/* ---- of a token ---------------------------------------------------------------------------- */

static char *put_text(char *at, const char *text)
{
    return stpcpy(at, text ? text : "") + 1;
}

SECURITY_STATUS WINAPI CredmgrQueryToken(HANDLE Token, PCREDMGR_TOKEN_INFORMATION *Information)
{
    struct lsa_token *t;
    PCREDMGR_TOKEN_INFORMATION out;
    size_t texts;
    ULONG *groups;
    char *at;

    if (!Information)
        return SEC_E_INVALID_PARAMETER;
    *Information = NULL;
    t = lsa_token_get(Token);
    if (!t)
        return SEC_E_INVALID_HANDLE;
    texts = strlen(t->user) + 1 + (t->client ? strlen(t->client) : 0) + 1;
    out = lsa_host_allocate(sizeof(*out) + t->group_count * sizeof(ULONG) + texts);
    if (out) {
        groups = (ULONG *)(out + 1);
        at = (char *)(groups + t->group_count);
        out->Uid = t->uid;
        out->Gid = t->gid;
        out->GroupCount = (ULONG)t->group_count;
        out->Groups = groups;
        for (size_t i = 0; i < t->group_count; i++)
            groups[i] = t->groups[i];
        out->UserName = at;
        at = put_text(at, t->user);
        out->ClientName = at;
        put_text(at, t->client);
        out->LogonId = t->luid;
        out->ImpersonationLevel = t->level;
        *Information = out;
    }
    lsa_token_put(t);
    return out ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

/* What is not ours may be another library's, whose function of this name ours stands in front of.
 */
BOOL WINAPI CloseHandle(HANDLE hObject)
{
    BOOL(WINAPI * next)(HANDLE);

    if (lsa_token_close(hObject))
        return TRUE;
    *(void **)&next = dlsym(RTLD_NEXT, "CloseHandle");
    if (next && next != CloseHandle)
        return next(hObject);
    api_set_last_error(ERROR_INVALID_HANDLE);
    return FALSE;
}
