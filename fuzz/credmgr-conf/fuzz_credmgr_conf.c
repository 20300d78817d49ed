/*
 * Any bytes as credmgr.conf. Whatever is in it, a login gets a usable configuration, and a mistake
 * is told with its line.
 */
#include "notify/config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size ? size : 1), *error;
    struct mpr_config config;
    bool ok;

    check(copy != NULL);
    if (size)
        memcpy(copy, data, size);
    ok = mpr_config_parse("credmgr.conf", copy, size, &config, &error);
    check(ok == (error == NULL));
    check(!error || strncmp(error, "credmgr.conf:", 13) == 0);
    check_order(&config.logon);
    check_order(&config.password_change);
    check(config.stage_timeout >= 1 && config.stage_timeout <= 3600);
    check(config.stage_keyring && *config.stage_keyring && !strchr(config.stage_keyring, '/'));
    check(!config.lsa_socket || *config.lsa_socket == '/');
    check(config.manager_directory && *config.manager_directory == '/');
    check(config.statistics_directory && *config.statistics_directory == '/');
    free(error);
    mpr_config_clear(&config);
    free(copy);
    return 0;
}
