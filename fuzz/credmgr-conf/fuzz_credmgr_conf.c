/*
 * Any bytes as credmgr.conf. Whatever is in it, a login gets a usable configuration, and a mistake
 * is told with its line.
 */
#include "notify/config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile unsigned returns; /* so that what is summed up is read */

static void check(bool right)
{
    if (!right)
        abort();
}

static void check_order(const struct mpr_order *order)
{
    check(order->count >= 1 && order->count <= MPR_MANAGERS_MAX);
    for (size_t i = 0; i < order->count; i++) {
        check(mpr_manager_name_valid(order->managers[i].name));
        check(order->managers[i].timeout > 0);
        check(order->managers[i].classes >= 1 && order->managers[i].classes <= 15);
        for (int j = 0; j < MPR_STATUSES; j++)
            returns += order->managers[i].return_on[j];
    }
}

/* Every service is a name, and in no list twice. */
static void check_list(char *const *list, char *const *second, char *const *third)
{
    check(list != NULL);
    for (; *list; list++) {
        check(**list && strlen(*list) <= 64 && !strpbrk(*list, "/ \t\r\n#="));
        check(!mpr_service_named(list + 1, *list));
        check(!mpr_service_named(second, *list) && !mpr_service_named(third, *list));
    }
}

static void check_config(const struct mpr_config *c)
{
    check_order(&c->logon);
    check_order(&c->password_change);
    check(c->stage_timeout >= 1 && c->stage_timeout <= 3600);
    check(c->stage_keyring && *c->stage_keyring && !strchr(c->stage_keyring, '/'));
    check(!c->lsa_socket || *c->lsa_socket == '/');
    check(c->manager_directory && *c->manager_directory == '/');
    check(c->statistics_directory && *c->statistics_directory == '/');
    check(c->manager_memory == 0 || c->manager_memory >= (size_t)16 << 20);
    check(c->restore_timeout <= 3600 * 1000);
    check((c->restore_timeout != 0) == (c->lines[MPR_LINE_RESTORE_TIMEOUT] != 0));
    check(c->lines[MPR_LINE_WITHOUT_PASSWORD] || !c->notify_without_password);
    check(c->lines[MPR_LINE_SCRIPTS] || c->logon_scripts);
    check_list(c->interactive_services, c->noninteractive_services, c->silent_services);
    check_list(c->noninteractive_services, c->silent_services, NULL);
    check_list(c->silent_services, NULL, NULL);
}

struct told {
    size_t count, bytes;
    int last;
    char *first; /* as mpr_config_parse() words it */
};

static void tell(void *arg, const char *file, int line, const char *what, const char *remedy)
{
    struct told *told = arg;
    char place[16];

    check(strcmp(file, "credmgr.conf") == 0);
    check(line > told->last); /* in the order of the file, one of a line */
    check(*what != 0);
    told->last = line;
    told->count++;
    told->bytes += strlen(what) + strlen(remedy);
    if (told->first)
        return;
    snprintf(place, sizeof(place), "%d", line);
    check(asprintf(&told->first, *remedy ? "%s:%s: %s (%s)" : "%s:%s: %s%s", file, place, what,
                   remedy) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size ? size : 1), *error;
    struct told told = {.count = 0};
    struct mpr_config config, again;
    bool ok;

    check(copy != NULL);
    if (size)
        memcpy(copy, data, size);
    ok = mpr_config_parse("credmgr.conf", copy, size, &config, &error);
    check(ok == (error == NULL));
    check(!error || strncmp(error, "credmgr.conf:", 13) == 0);
    check_config(&config);
    /* Telling all mistakes finds the same file, and the same mistake first. */
    check(mpr_config_check_text("credmgr.conf", copy, size, &again, tell, &told) == ok);
    check(ok == (told.count == 0));
    check_config(&again);
    check(memcmp(config.lines, again.lines, sizeof(config.lines)) == 0);
    check(ok || strcmp(error, told.first) == 0);
    for (int i = 0; i < MPR_LINES; i++)
        check(config.lines[i] >= 0 && (size_t)config.lines[i] <= size);
    free(told.first);
    free(error);
    mpr_config_clear(&config);
    mpr_config_clear(&again);
    free(copy);
    return 0;
}
