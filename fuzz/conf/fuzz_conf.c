/*
 * Any bytes as an INI file. Whatever is in it, the answer is true without a message or false with
 * one, the options hold values of their types, and nothing is read outside the text (a copy of the
 * exact size, for AddressSanitizer).
 */
#include "base/conf.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool take(void *arg, const char *section, const char *name, const char *value)
{
    size_t *total = arg;

    *total += strlen(section) + strlen(name) + strlen(value);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size ? size : 1), *error, *name = strdup("default");
    bool flag = false, ok;
    unsigned seconds = 1, number = 2;
    size_t total = 0;
    struct conf_other other = {take, &total};
    const struct conf_option options[] = {
        {"lsa", "packages", CONF_STRING, &name},    {"lsa", "debug", CONF_BOOL, &flag},
        {"lsa", "timeout", CONF_SECONDS, &seconds}, {"limits", "sessions", CONF_UINT, &number},
        {"kerberos", "*", CONF_OTHER, &other},
    };

    if (!copy || !name)
        abort();
    if (size)
        memcpy(copy, data, size);
    ok = conf_read_text("fuzz.conf", copy, size, options, sizeof(options) / sizeof(options[0]),
                        &error);
    if (ok != (error == NULL) || !name)
        abort();
    if (error && strncmp(error, "fuzz.conf:", 10) != 0)
        abort();
    free(error);
    free(name);
    free(copy);
    return 0;
}
