/*
 * credmgr save: user and password for servers that take another one than the logon session has, as
 * `cmdkey` keeps them on Windows. lsad keeps them for CredSSP and gives none back.
 */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <ntstatus.h>
#include "base/secret.h"
#include "libsspi/lsa/client.h"
#include "tools/credmgr/commands.h"
#include "tools/credmgr/password.h"

static const struct report_column columns[] = {
    {"target", "TARGET", REPORT_TEXT},
    {"user", "USER", REPORT_TEXT},
};

static int list(const struct command_options *options, struct report **report)
{
    struct lsa_saved_info *all;
    size_t count;
    NTSTATUS status = lsa_client_list_saved(&all, &count);
    struct report *r;

    if (!NT_SUCCESS(status))
        return command_fail_status(options, "cannot list saved credentials", status);
    if (count == 0 && !options->json) {
        command_fail("you have saved no credentials"); /* an answer, not a failure */
        lsa_client_free_saved(all, count);
        return EXIT_SUCCESS;
    }
    r = report_new("save", columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; r && i < count; i++) {
        report_text(r, all[i].target);
        report_text(r, all[i].user);
    }
    lsa_client_free_saved(all, count);
    *report = r;
    return r ? EXIT_SUCCESS : command_fail("out of memory");
}

static int tell(const struct command_options *options, const char *what, NTSTATUS status,
                const char *target)
{
    switch (status) {
    case STATUS_SUCCESS:
        return EXIT_SUCCESS;
    case STATUS_INVALID_PARAMETER:
        return command_fail(
            "%s: \"%s\" is no name of a server, such as TERMSRV/host.example.com or "
            "TERMSRV/*.example.com (one * at most, no blanks, at most 337 bytes), "
            "or the user is none (at most 513 bytes)",
            what, target);
    case STATUS_QUOTA_EXCEEDED:
        return command_fail("%s: there is no room for more (credmgr save --list, --delete)", what);
    case STATUS_NOT_FOUND:
        return command_fail("%s: there are none for %s (credmgr save --list)", what, target);
    default:
        return command_fail_status(options, what, status);
    }
}

static int save(const struct command_options *options, const char *target)
{
    const struct passwd *me = options->user ? NULL : getpwuid(getuid());
    const char *user = options->user ? options->user : me ? me->pw_name : NULL;
    char question[1024], *password;
    int result;

    if (!user)
        return command_fail("save: who you are is not known (--user=NAME)");
    snprintf(question, sizeof question, "Password of %s for %s", user, target);
    password = password_read(options->password_fd, question);
    if (!password)
        return EXIT_FAILURE;
    result =
        tell(options, "cannot save credentials", lsa_client_save(target, user, password), target);
    secret_free(password);
    return result;
}

int command_save(const struct command_options *options, struct report **report)
{
    const char *target = options->operands[0];

    if (options->list && !target && !options->remove)
        return list(options, report);
    if (!target || options->list)
        return command_fail("save: one of these is needed: TARGET [--user=NAME], --list, "
                            "--delete TARGET");
    if (options->remove)
        return tell(options, "cannot delete saved credentials", lsa_client_delete_saved(target),
                    target);
    return save(options, target);
}
