/*
 * From PAM's UTF-8 to the counted UTF-16 strings of an interactive logon. Structure and strings
 * share one block of secret memory, so that one secret_free() wipes the password whatever a
 * credential manager did with its pointers.
 */
#include "notify/authent.h"
#include "base/secret.h"
#include "base/utf16.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <ntsecapi.h>

/* The two structures are one layout with two names; the type and MessageType tell which is meant.
 */
_Static_assert(sizeof(MSV1_0_INTERACTIVE_LOGON) == sizeof(KERB_INTERACTIVE_LOGON), "one layout");
_Static_assert(offsetof(MSV1_0_INTERACTIVE_LOGON, Password) ==
                   offsetof(KERB_INTERACTIVE_LOGON, Password),
               "one layout");
_Static_assert((int)MsV1_0InteractiveLogon == (int)KerbInteractiveLogon, "one message type");

/* Copies `units` code units and their zero to *at, which moves on. */
static void place(UNICODE_STRING *out, WCHAR **at, const WCHAR *s, size_t units)
{
    memcpy(*at, s, (units + 1) * sizeof(*s));
    out->Buffer = *at;
    out->Length = (USHORT)(units * sizeof(*s));
    out->MaximumLength = (USHORT)((units + 1) * sizeof(*s));
    *at += units + 1;
}

void *mpr_authent_new(bool kerberos, const char *user, const char *domain, const char *password)
{
    WCHAR *wide[3] = {NULL, NULL, NULL}, *at;
    const char *const strings[3] = {domain, user, password};
    KERB_INTERACTIVE_LOGON *info = NULL;
    size_t units[3], size = sizeof(*info);

    for (size_t i = 0; i < 3; i++) {
        wide[i] = utf16_from_utf8_secret(strings[i], strlen(strings[i]), &units[i]);
        if (!wide[i])
            goto out;
        if (units[i] > UINT16_MAX / sizeof(WCHAR) - 1) {
            errno = EMSGSIZE;
            goto out;
        }
        size += (units[i] + 1) * sizeof(WCHAR);
    }
    info = secret_alloc(size);
    if (!info)
        goto out;
    info->MessageType =
        kerberos ? KerbInteractiveLogon : (KERB_LOGON_SUBMIT_TYPE)MsV1_0InteractiveLogon;
    at = (WCHAR *)(void *)(info + 1);
    place(&info->LogonDomainName, &at, wide[0], units[0]);
    place(&info->UserName, &at, wide[1], units[1]);
    place(&info->Password, &at, wide[2], units[2]);
out:
    for (size_t i = 0; i < 3; i++)
        secret_free(wide[i]);
    return info;
}
