/*
 * credmgr providers: the credential managers, in the order in which they are told of logons and
 * password changes, and how they have fared. No lsad is needed for it: all comes from credmgr.conf
 * and from what mpnotify counted.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "notify/config.h"
#include "notify/statistics.h"
#include "tools/credmgr/commands.h"

static const struct report_column columns[] = {
    {"name", "NAME", REPORT_TEXT},
    {"logon", "LOGON", REPORT_NUMBER},
    {"password_change", "PASSWORD CHANGE", REPORT_NUMBER},
    {"file", NULL, REPORT_TEXT},
    {"installed", "INSTALLED", REPORT_BOOL},
    {"class", NULL, REPORT_TEXT},
    {"timeout", NULL, REPORT_DURATION},
    {"calls", "CALLS", REPORT_NUMBER},
    {"failures", "FAILURES", REPORT_NUMBER},
    {"last_call", "LAST CALL", REPORT_TIME},
    {"last_duration", "TOOK", REPORT_DURATION},
    {"mean_duration", "ON AVERAGE", REPORT_DURATION},
    {"last_failure", "LAST FAILURE", REPORT_TIME},
    {"last_error", NULL, REPORT_NUMBER},
    {"last_text", "BECAUSE", REPORT_TEXT},
};

/* The place of `name` in the order, from 1; REPORT_NOTHING when it is not in it. */
static int64_t place(const struct mpr_order *order, const char *name)
{
    for (size_t i = 0; i < order->count; i++)
        if (strcmp(order->managers[i].name, name) == 0)
            return (int64_t)i + 1;
    return REPORT_NOTHING;
}

/* "credential primary", in new memory; NULL without memory. */
static char *class_words(uint32_t classes)
{
    char text[64] = "";

    for (uint32_t bit = 1; bit; bit <<= 1) {
        const char *word = classes & bit ? mpr_class_name(bit) : NULL;
        size_t used = strlen(text);

        if (word)
            snprintf(text + used, sizeof text - used, "%s%s", used ? " " : "", word);
    }
    return strdup(text);
}

static int add_manager(struct report *r, const struct mpr_config *config,
                       const struct mpr_manager *manager)
{
    struct mpr_statistics s = {.calls = 0};
    int result = EXIT_SUCCESS;
    char *file, *classes = class_words(manager->classes);

    if (asprintf(&file, "%s/libcredmgr_%s.so.1", config->manager_directory, manager->name) < 0) {
        free(classes);
        return command_fail("out of memory");
    }
    if (!mpr_statistics_get(config->statistics_directory, manager->name, &s)) {
        if (errno != ENOENT)
            result = command_fail("cannot read how %s has fared (%s/%s): %s", manager->name,
                                  config->statistics_directory, manager->name, strerror(errno));
        memset(&s, 0, sizeof s);
    }
    report_text(r, manager->name);
    report_number(r, place(&config->logon, manager->name));
    report_number(r, place(&config->password_change, manager->name));
    report_text(r, file);
    report_bool(r, access(file, F_OK) == 0);
    report_text(r, classes);
    report_number(r, (int64_t)manager->timeout * 1000);
    report_number(r, (int64_t)s.calls);
    report_number(r, (int64_t)s.failures);
    report_number(r, s.calls ? s.last_call : REPORT_NOTHING);
    report_number(r, s.calls ? (int64_t)s.last_duration : REPORT_NOTHING);
    report_number(r, s.calls ? (int64_t)(s.total_duration / s.calls) : REPORT_NOTHING);
    report_number(r, s.last_failure ? s.last_failure : REPORT_NOTHING);
    report_number(r, s.failures ? s.last_error : REPORT_NOTHING);
    report_text(r, s.failures && *s.last_text ? s.last_text : NULL);
    free(classes);
    free(file);
    return result;
}

int command_providers(const struct command_options *options, struct report **report)
{
    struct mpr_config config;
    char *error = NULL;
    int result = EXIT_SUCCESS;
    struct report *r;

    /* What is right in the file counts, for logons as for us. */
    if (!mpr_config_read(options->config, &config, &error))
        result = command_fail("%s", error ? error : "out of memory");
    free(error);
    *report = r = report_new("providers", columns, sizeof columns / sizeof columns[0]);
    if (!r || !config.manager_directory) {
        mpr_config_clear(&config);
        return command_fail("out of memory");
    }
    for (size_t i = 0; i < config.logon.count; i++)
        if (add_manager(r, &config, &config.logon.managers[i]) != EXIT_SUCCESS)
            result = EXIT_FAILURE;
    for (size_t i = 0; i < config.password_change.count; i++)
        if (place(&config.logon, config.password_change.managers[i].name) == REPORT_NOTHING &&
            add_manager(r, &config, &config.password_change.managers[i]) != EXIT_SUCCESS)
            result = EXIT_FAILURE;
    mpr_config_clear(&config);
    return result;
}
