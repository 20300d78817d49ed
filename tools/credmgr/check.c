/*
 * credmgr check: what in credmgr.conf would not work, before somebody logs in. Each problem is one
 * line, "file:line: what: remedy". The rules are those of mpnotify itself: its parser, and its rule
 * for the files that it loads.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <npapi.h>
#include "notify/config.h"
#include "base/trust.h"
#include "tools/credmgr/check_lsa.h"
#include "tools/credmgr/check_manager.h"
#include "tools/credmgr/check_pam.h"
#include "tools/credmgr/commands.h"

static const struct report_column columns[] = {
    {"file", "FILE", REPORT_TEXT},
    {"line", "LINE", REPORT_NUMBER},
    {"what", "WHAT", REPORT_TEXT},
    {"remedy", "REMEDY", REPORT_TEXT},
};

struct findings {
    const char *file;
    struct report *report; /* NULL: as lines on standard output */
    size_t count;
};

/* One line of it: what stood in the file may be anything. */
static void print_text(const char *text)
{
    for (; *text; text++)
        putchar((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text);
}

static void tell(void *arg, const char *file, int line, const char *what, const char *remedy)
{
    struct findings *f = arg;

    f->count++;
    if (f->report) {
        report_text(f->report, file);
        report_number(f->report, line ? line : REPORT_NOTHING);
        report_text(f->report, what);
        report_text(f->report, remedy && *remedy ? remedy : NULL);
        return;
    }
    print_text(file);
    if (line)
        printf(":%d", line);
    fputs(": ", stdout);
    print_text(what);
    if (remedy && *remedy) {
        fputs(": ", stdout);
        print_text(remedy);
    }
    putchar('\n');
}

/* ---- the managers -------------------------------------------------------------------------- */

static void check_manager(struct findings *f, const struct mpr_config *config, enum mpr_line line,
                          const struct mpr_manager *manager)
{
    bool password_change = line == MPR_LINE_PASSWORD_CHANGE;
    struct trust_problem why = {.error = 0};
    char what[1024], remedy[1024];
    char *path;

    if (asprintf(&path, "%s/libcredmgr_%s.so.1", config->manager_directory, manager->name) < 0) {
        tell(f, f->file, 0, "out of memory", NULL);
        return;
    }
    if (trust_path(path, TRUST_FILE, &why)) {
        if (!check_manager_exports(path, password_change, what, remedy, sizeof what))
            tell(f, f->file, config->lines[line], what, remedy);
    } else if (why.error == ENOENT) {
        snprintf(what, sizeof what,
                 "the credential manager \"%s\" is not installed: there is no %s", manager->name,
                 path);
        tell(f, f->file, config->lines[line], what, "install it, or take its name out of the line");
    } else {
        snprintf(what, sizeof what, "the credential manager \"%s\" is refused: %s", manager->name,
                 why.what);
        tell(f, f->file, config->lines[line], what, why.remedy);
    }
    free(path);
}

/* What the parser takes, and mpnotify then never calls. */
static void check_class(struct findings *f, const struct mpr_config *config, enum mpr_line line,
                        const struct mpr_manager *manager)
{
    char what[256];

    if (manager->classes & (WN_CREDENTIAL_CLASS | WN_PRIMARY_AUTHENT_CLASS))
        return;
    snprintf(what, sizeof what,
             "the credential manager \"%s\" is never notified: it is of another class",
             manager->name);
    tell(f, f->file, config->lines[line], what, "write class=credential, or take its name out");
}

static void check_order(struct findings *f, const struct mpr_config *config, enum mpr_line line,
                        const struct mpr_order *order)
{
    for (size_t i = 0; i < order->count; i++) {
        check_class(f, config, line, &order->managers[i]);
        check_manager(f, config, line, &order->managers[i]);
    }
}

/* ---- directories and services -------------------------------------------------------------- */

/* The parser looks at the file alone: here also the directories, where another could be put in its
 * place. */
static void check_place(struct findings *f)
{
    struct trust_problem why = {.error = 0};

    if (*f->file != '/' || access(f->file, F_OK) != 0)
        return;
    if (!trust_path(f->file, TRUST_FILE, &why))
        tell(f, f->file, 0, why.what, why.remedy);
}

/* Of root's, if it is there: mpnotify makes it otherwise. */
static void check_statistics(struct findings *f, const struct mpr_config *config)
{
    struct trust_problem why = {.error = 0};

    if (!trust_path(config->statistics_directory, TRUST_DIRECTORY, &why) && why.error != ENOENT)
        tell(f, f->file, config->lines[MPR_LINE_STATISTICS], why.what, why.remedy);
}

static bool service_exists(const char *service)
{
    static const char *const directories[] = {"/etc/pam.d", "/usr/lib/pam.d", "/usr/share/pam.d"};
    bool found = false;

    for (size_t i = 0; i < sizeof directories / sizeof directories[0] && !found; i++) {
        char *path;

        if (strchr(service, '/') || asprintf(&path, "%s/%s", directories[i], service) < 0)
            return false;
        found = access(path, F_OK) == 0;
        free(path);
    }
    return found;
}

/* Only of what the administrator wrote: the defaults name programs that not everybody has. */
static void check_services(struct findings *f, const struct mpr_config *config, enum mpr_line line,
                           char *const *list)
{
    char what[512];

    for (; config->lines[line] && *list; list++) {
        if (service_exists(*list))
            continue;
        snprintf(what, sizeof what, "no PAM service is called \"%.64s\"", *list);
        tell(f, f->file, config->lines[line], what,
             "write the name of a file of /etc/pam.d, such as sshd");
    }
}

int command_check(const struct command_options *options, struct report **report)
{
    struct findings f = {.file = options->config ? options->config : MPR_CONFIG_PATH};
    struct mpr_config config;

    if (options->json) {
        *report = f.report = report_new("problems", columns, sizeof columns / sizeof columns[0]);
        if (!f.report)
            return command_fail("out of memory");
    }
    if (mpr_config_check(options->config, &config, tell, &f))
        check_place(&f);
    if (config.manager_directory) {
        check_order(&f, &config, MPR_LINE_LOGON, &config.logon);
        check_order(&f, &config, MPR_LINE_PASSWORD_CHANGE, &config.password_change);
        check_statistics(&f, &config);
        check_services(&f, &config, MPR_LINE_INTERACTIVE, config.interactive_services);
        check_services(&f, &config, MPR_LINE_NONINTERACTIVE, config.noninteractive_services);
        check_services(&f, &config, MPR_LINE_SILENT, config.silent_services);
    }
    mpr_config_clear(&config);
    check_pam(tell, &f);
    check_lsa(tell, &f);
    if (!f.count && !f.report)
        printf("%s: nothing is wrong\n", f.file);
    return f.count ? EXIT_FAILURE : EXIT_SUCCESS;
}
