/*
 * The one call to libwbclient that verifies somebody, with the structures of its interface
 * (wbclient.h of Samba, version 0.12 and later).
 */
#include "libsspi/packages/ntlm/verify/wbclient.h"

#include <dlfcn.h>
#include <ntstatus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

/* ---- libwbclient.so.0 ---------------------------------------------------------------- */

struct wbc_sid {
    uint8_t revision, count, authority[6];
    uint32_t parts[NTLM_SID_PARTS];
};

struct wbc_sid_and_attributes {
    struct wbc_sid sid;
    uint32_t attributes;
};

struct wbc_params {
    const char *account, *domain, *workstation;
    uint32_t flags, parameter_control;
    int level;
    struct {
        uint8_t challenge[NTLM_CHALLENGE_SIZE];
        uint32_t nt_size;
        const uint8_t *nt;
        uint32_t lm_size;
        const uint8_t *lm;
    } response; /* the largest of a union */
};

struct wbc_info {
    uint32_t user_flags;
    char *account, *upn, *full_name, *domain, *dns_domain;
    uint32_t account_flags;
    uint8_t session_key[NTLM_KEY_SIZE], lm_key[8];
    uint16_t logon_count, bad_password_count;
    uint64_t times[6];
    char *logon_server, *logon_script, *profile, *home, *home_drive;
    uint32_t sid_count;
    struct wbc_sid_and_attributes *sids;
};

struct wbc_error {
    uint32_t status;
    char *name;
    int32_t pam_error;
    char *text;
    uint8_t authoritative;
};

struct wbc_details {
    uint32_t version;
    char *winbind_version;
    char separator;
    char *netbios_name, *netbios_domain, *dns_domain;
};

enum {
    WBC_SUCCESS = 0,
    WBC_NO_MEMORY = 3,
    WBC_NOT_AVAILABLE = 6,
    WBC_AUTH_ERROR = 10,
    LEVEL_RESPONSE = 3,
    USER_IS_GUEST = 1,
    ALLOW_SERVER_TRUST = 0x20,
    ALLOW_WORKSTATION_TRUST = 0x800
};

#define WBC_NAME_MAX 255 /* bytes that winbind's protocol has room for */

static struct {
    void *(*create)(void);
    void (*destroy)(void *context);
    int (*authenticate)(void *context, const struct wbc_params *, struct wbc_info **,
                        struct wbc_error **);
    int (*details)(void *context, struct wbc_details **);
    const char *(*text)(int error);
    void (*free_memory)(void *);
} wbc;

static bool find(void *library, const char *name, void *where)
{
    void *symbol = dlsym(library, name);

    memcpy(where, &symbol, sizeof(symbol)); /* a pointer to data becomes one to a function */
    return symbol != NULL;
}

bool ntlm_wbc_load(void)
{
    void *library = dlopen("libwbclient.so.0", RTLD_NOW | RTLD_LOCAL);

    return library && find(library, "wbcCtxCreate", &wbc.create) &&
           find(library, "wbcCtxFree", &wbc.destroy) &&
           find(library, "wbcCtxAuthenticateUserEx", &wbc.authenticate) &&
           find(library, "wbcCtxInterfaceDetails", &wbc.details) &&
           find(library, "wbcErrorString", &wbc.text) &&
           find(library, "wbcFreeMemory", &wbc.free_memory);
}

/* ---- the answer --------------------------------------------------------------------- */

void ntlm_wbc_answer_clear(struct ntlm_wbc_answer *a)
{
    free(a->user);
    free(a->domain);
    free(a->sids);
    secret_wipe(a, sizeof(*a));
}

static void fail(struct ntlm_wbc_answer *a, NTSTATUS status, const char *why)
{
    a->status = status;
    snprintf(a->why, sizeof(a->why), "%s", why ? why : "no reason given");
}

static bool take_sids(const struct wbc_info *info, struct ntlm_wbc_answer *a)
{
    size_t count =
        info->sid_count < NTLM_AUTHORIZATION_MAX ? info->sid_count : NTLM_AUTHORIZATION_MAX;

    if (!count)
        return false;
    a->sids = calloc(count, sizeof(*a->sids));
    for (size_t i = 0; a->sids && i < count; i++) {
        const struct wbc_sid *from = &info->sids[i].sid;
        struct ntlm_sid *to = &a->sids[i];

        to->count = from->count < NTLM_SID_PARTS ? from->count : NTLM_SID_PARTS;
        memcpy(to->authority, from->authority, sizeof(to->authority));
        memcpy(to->parts, from->parts, to->count * sizeof(to->parts[0]));
        to->attributes = info->sids[i].attributes;
    }
    a->sid_count = a->sids ? count : 0;
    return a->sids != NULL;
}

/* Which of the times is which, in wbc_info. */
enum { LOGOFF_TIME = 1, PASSWORD_MUST_CHANGE = 5 };

/* winbind has seconds since 1970; 0 means never, and so does the last FILETIME there is. */
static int64_t time_of(uint64_t seconds)
{
    const uint64_t last = INT64_MAX / 10000000 - UINT64_C(11644473600);

    return seconds && seconds < last ? (int64_t)seconds : INT64_MAX;
}

static void take(const struct wbc_info *info, struct ntlm_wbc_answer *a)
{
    if (info->user_flags & USER_IS_GUEST) { /* whom nobody knows is not somebody */
        fail(a, STATUS_NO_SUCH_USER, "the domain takes everybody as a guest");
        return;
    }
    a->user = strdup(info->account ? info->account : "");
    a->domain = strdup(info->domain ? info->domain : "");
    memcpy(a->session_key, info->session_key, sizeof(a->session_key));
    memcpy(a->lm_key, info->lm_key, sizeof(a->lm_key));
    a->facts = (struct ntlm_facts){.known = true,
                                   .user_flags = info->user_flags,
                                   .logoff_time = time_of(info->times[LOGOFF_TIME]),
                                   .password_expires = time_of(info->times[PASSWORD_MUST_CHANGE])};
    a->status = STATUS_SUCCESS;
    if (!a->user || !a->domain || !*a->user || !*a->domain || !take_sids(info, a))
        fail(a, STATUS_NO_MEMORY, "no memory, or an account without a domain or a SID");
}

/* ---- asking ------------------------------------------------------------------------- */

/* The domain that an account without one is looked for in. */
static char *machine_domain(void *context)
{
    struct wbc_details *details = NULL;
    char *domain = NULL;

    if (wbc.details(context, &details) == WBC_SUCCESS && details && details->netbios_domain)
        domain = strdup(details->netbios_domain);
    wbc.free_memory(details);
    return domain;
}

void ntlm_wbc_ask(const struct ntlm_wbc_question *q, struct ntlm_wbc_answer *a)
{
    struct wbc_params params = {
        .account = q->user,
        .domain = q->domain,
        .workstation = q->workstation,
        .parameter_control = ALLOW_SERVER_TRUST | ALLOW_WORKSTATION_TRUST,
        .level = LEVEL_RESPONSE,
        .response = {.nt_size = (uint32_t)q->nt_response.size,
                     .nt = q->nt_response.size ? q->nt_response.data : NULL,
                     .lm_size = (uint32_t)q->lm_response.size,
                     .lm = q->lm_response.size ? q->lm_response.data : NULL},
    };
    struct wbc_info *info = NULL;
    struct wbc_error *error = NULL;
    void *context = wbc.create();
    char *domain = NULL;
    int result;

    memset(a, 0, sizeof(*a));
    fail(a, STATUS_NO_MEMORY, "no memory");
    if (strlen(q->user) > WBC_NAME_MAX || strlen(q->domain) > WBC_NAME_MAX)
        fail(a, STATUS_NO_SUCH_USER, "no account has such a long name"); /* it would be cut */
    if (!context || a->status == STATUS_NO_SUCH_USER)
        goto out;
    memcpy(params.response.challenge, q->challenge, NTLM_CHALLENGE_SIZE);
    if (!*q->domain) {
        domain = machine_domain(context);
        params.domain = domain ? domain : "";
    }
    result = wbc.authenticate(context, &params, &info, &error);
    if (result == WBC_SUCCESS && info)
        take(info, a);
    else if (result == WBC_AUTH_ERROR && error)
        fail(a, (NTSTATUS)error->status, error->text ? error->text : error->name);
    else if (result != WBC_NO_MEMORY)
        fail(a, STATUS_NO_LOGON_SERVERS, wbc.text(result));
    a->nobody = result == WBC_NOT_AVAILABLE;
    if (info)
        secret_wipe(info->session_key, sizeof(info->session_key) + sizeof(info->lm_key));
    wbc.free_memory(info);
    wbc.free_memory(error);
    free(domain);
out:
    if (context)
        wbc.destroy(context);
}
