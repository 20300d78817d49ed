/*
 * From names and passwords as PAM programs have them to the credentials that packages take.
 */
#include "lsad/primary.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/utf16.h"

#include <ntstatus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void primary_clear(struct lsad_primary *p)
{
    free(p->user);
    free(p->domain);
    free(p->upn);
    free(p->realm);
    secret_free(p->password);
    secret_free(p->old_password);
    memset(p, 0, sizeof(*p));
}

static void set_counted(UNICODE_STRING *out, WCHAR *s, size_t units)
{
    out->Buffer = s;
    out->Length =
        (USHORT)(units * sizeof(WCHAR)); /* texts are at most LSA_TEXT_MAX bytes of UTF-8 */
    out->MaximumLength = (USHORT)((units + 1) * sizeof(WCHAR));
}

static bool set_text(UNICODE_STRING *out, WCHAR **memory, const char *s, size_t length)
{
    size_t units;

    *memory = utf16_from_utf8(s, length, &units);
    if (*memory)
        set_counted(out, *memory, units);
    return *memory != NULL;
}

static bool set_password(UNICODE_STRING *out, WCHAR **memory, const char *s)
{
    size_t units;

    *memory = utf16_from_utf8_secret(s, strlen(s), &units);
    if (*memory)
        set_counted(out, *memory, units);
    return *memory != NULL;
}

/*
 * Names as PAM programs have them: "user", "user@REALM" (sssd), "DOMAIN\user" (winbind). The
 * down-level name is without the domain; what the name itself says of the domain goes before what
 * the session is configured for.
 */
static bool set_names(struct lsad_primary *p, const char *user, const char *domain)
{
    const char *backslash = strchr(user, '\\'), *at = strrchr(user, '@');
    const char *name = backslash ? backslash + 1 : user;
    size_t length = at && !backslash ? (size_t)(at - user) : strlen(name);
    char upn[2 * LSA_TEXT_MAX + 2];
    bool good;

    if (!length)
        return false;
    if (backslash)
        good = set_text(&p->cred.DomainName, &p->domain, user, (size_t)(backslash - user));
    else
        good = set_text(&p->cred.DomainName, &p->domain, domain, strlen(domain));
    good = good && set_text(&p->cred.DownlevelName, &p->user, name, length);
    if (good && lsad_state.realm)
        good =
            set_text(&p->cred.DnsDomainName, &p->realm, lsad_state.realm, strlen(lsad_state.realm));
    if (!good)
        return false;
    upn[0] = 0;
    if (at && !backslash)
        snprintf(upn, sizeof(upn), "%s", user);
    else if (lsad_state.realm)
        snprintf(upn, sizeof(upn), "%.*s@%s", (int)length, name, lsad_state.realm);
    return !upn[0] || set_text(&p->cred.Upn, &p->upn, upn, strlen(upn));
}

bool primary_fill(struct lsad_primary *p, const char *user, const char *domain,
                  const char *password, const char *old_password, ULONG flags)
{
    memset(p, 0, sizeof(*p));
    if (strlen(user) > LSA_TEXT_MAX || strlen(domain) > LSA_TEXT_MAX ||
        strlen(password) > LSA_TEXT_MAX || (old_password && strlen(old_password) > LSA_TEXT_MAX))
        return false;
    if (!set_names(p, user, domain) || !set_password(&p->cred.Password, &p->password, password) ||
        (old_password && !set_password(&p->cred.OldPassword, &p->old_password, old_password))) {
        primary_clear(p);
        return false;
    }
    p->cred.Flags = PRIMARY_CRED_CLEAR_PASSWORD | flags;
    p->account = p->cred.DownlevelName;
    return true;
}

NTSTATUS primary_give_one(const struct lsa_call *frame, const struct lsa_package *package,
                          struct lsad_primary *p, bool interactive)
{
    const LUID *luid = &frame->client.LogonId;
    NTSTATUS status;

    if (!package->lsa->AcceptCredentials)
        return STATUS_NO_SUCH_PACKAGE;
    p->cred.LogonId = *luid;
    lsa_call_begin(frame);
    status = package->lsa->AcceptCredentials(interactive ? Interactive : Service, &p->account,
                                             &p->cred, NULL);
    lsa_call_end();
    if (!NT_SUCCESS(status))
        log_warn("logon session %08x%08x: package %s did not take the credentials (0x%08x)",
                 (unsigned)luid->HighPart, (unsigned)luid->LowPart, package->name,
                 (unsigned)status);
    return status;
}

NTSTATUS primary_give(const struct lsad_call *call, const LUID *luid, struct lsad_primary *p,
                      bool interactive)
{
    NTSTATUS result = STATUS_NO_SUCH_PACKAGE, first = STATUS_SUCCESS;
    struct lsa_call frame;

    call_frame(call, luid, NULL, &frame);
    for (size_t i = 0; i < lsa_host_count(); i++) {
        const struct lsa_package *package = lsa_host_package(i);
        NTSTATUS status;

        if (!package->lsa->AcceptCredentials)
            continue;
        status = primary_give_one(&frame, package, p, interactive);
        if (NT_SUCCESS(status))
            result = STATUS_SUCCESS;
        else
            first = first == STATUS_SUCCESS ? status : first;
    }
    return result == STATUS_SUCCESS || first == STATUS_SUCCESS ? result : first;
}
