/* credmgr packages: what EnumerateSecurityPackages() tells any program, in words. */
#include <stdlib.h>
#include <string.h>
#include <sspi.h>
#include "tools/credmgr/commands.h"

static const struct report_column columns[] = {
    {"name", "NAME", REPORT_TEXT},       {"version", "VERSION", REPORT_NUMBER},
    {"rpc_id", "RPC ID", REPORT_NUMBER}, {"max_token", "MAX TOKEN", REPORT_NUMBER},
    {"comment", "COMMENT", REPORT_TEXT}, {"capabilities", "CAPABILITIES", REPORT_LIST},
};

static const struct flag_name flag_names[] = {
    {SECPKG_FLAG_INTEGRITY, "integrity"},
    {SECPKG_FLAG_PRIVACY, "privacy"},
    {SECPKG_FLAG_TOKEN_ONLY, "token-only"},
    {SECPKG_FLAG_DATAGRAM, "datagram"},
    {SECPKG_FLAG_CONNECTION, "connection"},
    {SECPKG_FLAG_MULTI_REQUIRED, "multi-leg"},
    {SECPKG_FLAG_CLIENT_ONLY, "client-only"},
    {SECPKG_FLAG_EXTENDED_ERROR, "extended-error"},
    {SECPKG_FLAG_IMPERSONATION, "impersonation"},
    {SECPKG_FLAG_ACCEPT_WIN32_NAME, "win32-names"},
    {SECPKG_FLAG_STREAM, "stream"},
    {SECPKG_FLAG_NEGOTIABLE, "negotiable"},
    {SECPKG_FLAG_GSS_COMPATIBLE, "gss-compatible"},
    {SECPKG_FLAG_LOGON, "logon"},
    {SECPKG_FLAG_ASCII_BUFFERS, "ascii-buffers"},
    {SECPKG_FLAG_FRAGMENT, "fragment"},
    {SECPKG_FLAG_MUTUAL_AUTH, "mutual-auth"},
    {SECPKG_FLAG_DELEGATION, "delegation"},
    {SECPKG_FLAG_READONLY_WITH_CHECKSUM, "readonly-with-checksum"},
    {SECPKG_FLAG_RESTRICTED_TOKENS, "restricted-tokens"},
    {SECPKG_FLAG_NEGO_EXTENDER, "nego-extender"},
    {SECPKG_FLAG_NEGOTIABLE2, "negotiable2"},
};

static size_t units_of(const WCHAR *s)
{
    size_t units = 0;

    while (s && s[units])
        units++;
    return units;
}

static bool add_package(struct report *r, const SecPkgInfoW *p)
{
    char *name = text_of_utf16(p->Name, units_of(p->Name));
    char *comment = text_of_utf16(p->Comment, units_of(p->Comment));
    char *flags =
        flag_words(p->fCapabilities, flag_names, sizeof flag_names / sizeof flag_names[0]);
    bool ok = name && comment && flags;

    if (ok) {
        report_text(r, name);
        report_number(r, p->wVersion);
        report_number(r, p->wRPCID);
        report_number(r, p->cbMaxToken);
        report_text(r, comment);
        report_text(r, flags);
    }
    free(name);
    free(comment);
    free(flags);
    return ok;
}

int command_packages(const struct command_options *options, struct report **report)
{
    PSecPkgInfoW packages = NULL;
    ULONG count = 0;
    SECURITY_STATUS status = EnumerateSecurityPackagesW(&count, &packages);
    bool ok = true;
    struct report *r;

    (void)options;
    if (status != SEC_E_OK)
        return command_fail("cannot list the security packages: libsspi answered 0x%08x",
                            (unsigned)status);
    *report = r = report_new("packages", columns, sizeof columns / sizeof columns[0]);
    for (ULONG i = 0; r && ok && i < count; i++)
        ok = add_package(r, &packages[i]);
    FreeContextBuffer(packages);
    return r && ok ? EXIT_SUCCESS : command_fail("out of memory");
}
