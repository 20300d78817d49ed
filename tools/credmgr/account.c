/*
 * credmgr account: the accounts of this machine that NTLM verifies though nobody is logged on with
 * them. Only root can read or write their file; what is printed of it is no secret.
 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/packages/ntlm/keys.h"
#include "libsspi/packages/ntlm/verify/accounts.h"
#include "tools/credmgr/commands.h"
#include "tools/credmgr/password.h"

static const struct report_column columns[] = {
    {"account", "ACCOUNT", REPORT_TEXT}, {"state", "STATE", REPORT_TEXT},
    {"origin", "ORIGIN", REPORT_TEXT},   {"changed", "PASSWORD OF", REPORT_TIME},
    {"expires", "EXPIRES", REPORT_TEXT},
};

/* ---- list --------------------------------------------------------------------------- */

static const char *state_of(const struct ntlm_local_account *a)
{
    if (a->disabled)
        return "disabled";
    if (a->expires && a->expires <= time(NULL))
        return "expired";
    return a->kept && !getpwnam(a->name) ? "no user" : "enabled";
}

static void visit(const struct ntlm_local_account *a, void *arg)
{
    struct report *r = arg;
    time_t expires = a->expires;
    char date[32] = "never";
    struct tm day;

    if (expires && localtime_r(&expires, &day))
        strftime(date, sizeof date, "%Y-%m-%d", &day);
    report_text(r, a->name);
    report_text(r, state_of(a));
    report_text(r, a->kept ? "password change" : "credmgr");
    report_number(r, a->changed);
    report_text(r, date);
}

static int list(struct report **report)
{
    char why[NTLM_ACCOUNTS_WHY];
    struct report *r = report_new("accounts", columns, sizeof columns / sizeof columns[0]);

    if (!r)
        return command_fail("out of memory");
    if (!ntlm_accounts_each(CREDMGR_ACCOUNTS_PATH, visit, r, why)) {
        report_free(r);
        return command_fail("%s", why);
    }
    *report = r;
    return EXIT_SUCCESS;
}

/* ---- changes ------------------------------------------------------------------------ */

static bool hash_password(const struct command_options *options, const char *name,
                          uint8_t hash[NTLM_KEY_SIZE])
{
    char question[512], *password;
    size_t units = 0;
    char16_t *wide = NULL;
    bool good = false;

    snprintf(question, sizeof question, "New NTLM password of %s", name);
    password = password_read(options->password_fd, question);
    if (!password)
        goto out;
    wide = utf16_from_utf8_secret(password, strlen(password), &units);
    if (!wide)
        command_fail("the password is no text in UTF-8");
    else if (!ntlm_crypto_start())
        command_fail("OpenSSL has no legacy provider, and with it no MD4 (install it)");
    else if (!(good = ntlm_nt_hash(wide, units, hash)))
        command_fail("out of memory");
out:
    secret_free(wide);
    secret_free(password);
    return good;
}

/* "2031-12-31", the beginning of that day here, or "never". */
static bool read_date(const char *text, int64_t *expires)
{
    struct tm day = {.tm_isdst = -1};
    const char *end;

    *expires = 0;
    if (strcmp(text, "never") == 0)
        return true;
    end = strptime(text, "%Y-%m-%d", &day);
    if (!end || *end)
        return false;
    *expires = mktime(&day);
    return *expires > 0;
}

static int tell(enum ntlm_accounts_result result, const char *name, const char *why)
{
    switch (result) {
    case NTLM_ACCOUNTS_DONE:
        return EXIT_SUCCESS;
    case NTLM_ACCOUNTS_EXISTS:
        return command_fail("there is an account %s (credmgr account passwd gives it another "
                            "password)",
                            name);
    case NTLM_ACCOUNTS_MISSING:
        return command_fail("there is no account %s (credmgr account list)", name);
    default:
        return command_fail("%s", why);
    }
}

static int change(enum ntlm_accounts_change what, const struct command_options *options,
                  const char *name)
{
    uint8_t hash[NTLM_KEY_SIZE] = {0};
    char why[NTLM_ACCOUNTS_WHY] = "";
    struct ntlm_accounts_edit edit = {.change = what, .name = name, .nt_hash = hash};
    int result = EXIT_FAILURE;

    if (!ntlm_accounts_name_is_good(name))
        return command_fail("\"%s\" is no name of an account of this machine (no domain, and none "
                            "of \"/\\[]:;|=,+*?<>@#)",
                            name);
    if (what == NTLM_ACCOUNTS_EXPIRE &&
        (!options->operands[2] || !read_date(options->operands[2], &edit.expires)))
        return command_fail("a date is needed, as in: credmgr account expire %s 2031-12-31 (or "
                            "never)",
                            name);
    if ((what == NTLM_ACCOUNTS_ADD || what == NTLM_ACCOUNTS_PASSWORD) &&
        !hash_password(options, name, hash))
        goto out;
    result = tell(ntlm_accounts_edit(CREDMGR_ACCOUNTS_PATH, &edit, why), name, why);
out:
    secret_wipe(hash, sizeof hash);
    return result;
}

int command_account(const struct command_options *options, struct report **report)
{
    static const struct {
        const char *verb;
        enum ntlm_accounts_change change;
    } verbs[] = {{"add", NTLM_ACCOUNTS_ADD},         {"passwd", NTLM_ACCOUNTS_PASSWORD},
                 {"remove", NTLM_ACCOUNTS_REMOVE},   {"enable", NTLM_ACCOUNTS_ENABLE},
                 {"disable", NTLM_ACCOUNTS_DISABLE}, {"expire", NTLM_ACCOUNTS_EXPIRE}};
    const char *verb = options->operands[0], *name = options->operands[1];

    if (verb && geteuid() != 0)
        return command_fail("account: only root may see or change who is let in with NTLM (sudo)");
    if (verb && strcmp(verb, "list") == 0 && !name)
        return list(report);
    for (size_t i = 0; verb && i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(verbs[i].verb, verb) == 0 && name &&
            (!options->operands[2] || verbs[i].change == NTLM_ACCOUNTS_EXPIRE))
            return change(verbs[i].change, options, name);
    return command_fail("account: one of these is needed: list, add NAME, passwd NAME, remove "
                        "NAME, enable NAME, disable NAME, expire NAME DATE");
}
