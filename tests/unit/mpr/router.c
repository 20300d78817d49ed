/* See router.h: the sources themselves, with other constants. */
#include "tests/unit/mpr/router.h"

const char *router_mpnotify;
char router_config[256];
int router_patience = 5000;

#define MPNOTIFY_PATH         router_mpnotify
#define HELPER_DEADLINE(verb) ((void)(verb), router_patience)
#include "notify/helper.c"

#define MPR_ARGUMENTS                                                                              \
    {                                                                                              \
        .config = router_config                                                                    \
    }
#include "notify/mpr/notify.c"

KERB_INTERACTIVE_LOGON *router_logon(const WCHAR *domain, const WCHAR *user, const WCHAR *password)
{
    const WCHAR *const strings[3] = {domain, user, password};
    KERB_INTERACTIVE_LOGON *logon;
    UNICODE_STRING *out[3];
    size_t size = sizeof(*logon);
    WCHAR *at;

    for (size_t i = 0; i < 3; i++)
        size += (size_t)lstrlenW(strings[i]) * sizeof(WCHAR);
    logon = malloc(size);
    if (!logon)
        abort();
    logon->MessageType = KerbInteractiveLogon;
    out[0] = &logon->LogonDomainName;
    out[1] = &logon->UserName;
    out[2] = &logon->Password;
    at = (WCHAR *)(void *)(logon + 1);
    for (size_t i = 0; i < 3; i++) {
        out[i]->Length = out[i]->MaximumLength =
            (USHORT)((size_t)lstrlenW(strings[i]) * sizeof(WCHAR));
        out[i]->Buffer = out[i]->Length ? at : NULL;
        memcpy(at, strings[i], out[i]->Length);
        at += lstrlenW(strings[i]);
    }
    return logon;
}

DWORD router_error;
char router_text[512], router_name[64];

void router_ask_error(void)
{
    if (WNetGetLastErrorA(&router_error, router_text, sizeof(router_text), router_name,
                          sizeof(router_name)) != WN_NO_ERROR)
        abort();
}
