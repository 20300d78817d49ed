/*
 * The lines logon: and password_change: of credmgr.conf: credential managers and their brackets,
 * after nsswitch.conf(5).
 */
#include "notify/config_parse.h"
#include "base/conf.h"

#include <ctype.h>
#include <npapi.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const statuses[MPR_STATUSES] = {
    [MPR_SUCCESS] = "success",
    [MPR_NOTFOUND] = "notfound",
    [MPR_UNAVAIL] = "unavail",
    [MPR_TRYAGAIN] = "tryagain",
};

static const struct {
    uint32_t bit;
    const char *name;
} classes[] = {
    {WN_NETWORK_CLASS, "network"},
    {WN_CREDENTIAL_CLASS, "credential"},
    {WN_PRIMARY_AUTHENT_CLASS, "primary"},
    {WN_SERVICE_CLASS, "service"},
};
#define CLASSES (sizeof(classes) / sizeof(classes[0]))

const char *mpr_status_name(enum mpr_status status)
{
    return (unsigned)status < MPR_STATUSES ? statuses[status] : "unavail";
}

const char *mpr_class_name(uint32_t bit)
{
    for (size_t i = 0; i < CLASSES; i++)
        if (classes[i].bit == bit)
            return classes[i].name;
    return NULL;
}

bool mpr_manager_name_valid(const char *name)
{
    size_t length = strlen(name);

    return length >= 1 && length <= MPR_MANAGER_NAME_MAX && islower((unsigned char)*name) &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == length;
}

/* ---- [STATUS=ACTION timeout=TIME class=CLASS,CLASS] ------------------------------------------ */

static bool parse_action(struct mpr_parsing *p, const char *value, bool *out)
{
    if (strcasecmp(value, "return") != 0 && strcasecmp(value, "continue") != 0)
        return mpr_complain(p, "unknown action \"%.64s\" (return, continue)", value);
    *out = strcasecmp(value, "return") == 0;
    return true;
}

/* "unavail", or "!unavail" for all others. */
static bool parse_status(struct mpr_parsing *p, const char *word, const char *value,
                         struct mpr_manager *manager)
{
    bool others = *word == '!', act = false;
    int status = 0;

    word += others;
    if (strcasecmp(word, "failure") == 0)
        return mpr_complain(p, "\"failure\" is no status any more (write unavail=return for what "
                               "fails, tryagain=return for what has not started, or "
                               "!success=return for all but success)");
    while (status < MPR_STATUSES && strcasecmp(word, statuses[status]) != 0)
        status++;
    if (status == MPR_STATUSES)
        return mpr_complain(p,
                            "unknown setting \"%.64s\" of a credential manager (timeout, class, "
                            "success, notfound, unavail, tryagain)",
                            word);
    if (!parse_action(p, value, &act))
        return false;
    for (int i = 0; i < MPR_STATUSES; i++)
        if ((i == status) != others)
            manager->return_on[i] = act;
    return true;
}

/* "credential,primary" */
static bool parse_classes(struct mpr_parsing *p, char *value, uint32_t *out)
{
    uint32_t found = 0;
    char *next;

    for (char *word = value; word; word = next) {
        size_t i = 0;

        next = strchr(word, ',');
        if (next)
            *next++ = 0;
        while (i < CLASSES && strcasecmp(word, classes[i].name) != 0)
            i++;
        if (i == CLASSES)
            return mpr_complain(
                p, "unknown class \"%.64s\" (credential, primary, network, service)", word);
        found |= classes[i].bit;
    }
    *out = found;
    return true;
}

static bool parse_bracket(struct mpr_parsing *p, char *text, struct mpr_manager *manager)
{
    char *word, *value;

    while ((word = mpr_next_word(&text))) {
        if (!mpr_cut(word, &value))
            return mpr_complain(
                p, "\"%.64s\" says nothing (write timeout=5s, class=credential or success=return)",
                word);
        if (strcasecmp(word, "timeout") == 0) {
            if (!conf_parse_milliseconds(value, &manager->timeout) || manager->timeout == 0)
                return mpr_complain(p, "\"%.64s\" is no timeout (a time such as 5s or 500ms)",
                                    value);
        } else if (strcasecmp(word, "class") == 0) {
            if (!parse_classes(p, value, &manager->classes))
                return false;
        } else if (!parse_status(p, word, value, manager)) {
            return false;
        }
    }
    return true;
}

/* ---- the order ----------------------------------------------------------------------------- */

static bool add_manager(struct mpr_parsing *p, struct mpr_order *order, const char *name)
{
    struct mpr_manager *manager;

    if (!mpr_manager_name_valid(name))
        return mpr_complain(p,
                            "\"%.64s\" is no name of a credential manager (a letter, then letters, "
                            "digits, _ and -, all in lower case, at most %d)",
                            name, MPR_MANAGER_NAME_MAX);
    if (order->count == MPR_MANAGERS_MAX)
        return mpr_complain(p, "too many credential managers (at most %d)", MPR_MANAGERS_MAX);
    for (size_t i = 0; i < order->count; i++)
        if (strcmp(order->managers[i].name, name) == 0)
            return mpr_complain(p, "\"%s\" is named twice (remove one)", name);
    manager = &order->managers[order->count++];
    *manager = (struct mpr_manager){.timeout = MPR_MANAGER_TIMEOUT, .classes = WN_CREDENTIAL_CLASS};
    memcpy(manager->name, name, strlen(name) + 1);
    return true;
}

bool mpr_parse_order(struct mpr_parsing *p, char *text, struct mpr_order *out)
{
    struct mpr_order order = {.count = 0};

    while (*(text += strspn(text, MPR_BLANKS))) {
        char *end;

        if (*text == '[') {
            end = strchr(text, ']');
            if (!end)
                return mpr_complain(p, "a bracket is not closed (write ] behind the settings)");
            *end = 0;
            if (!order.count)
                return mpr_complain(
                    p, "[%.64s] follows no credential manager (write its name before it)",
                    text + 1);
            if (!parse_bracket(p, text + 1, &order.managers[order.count - 1]))
                return false;
            text = end + 1;
        } else {
            char name[80];
            size_t length = strcspn(text, MPR_BLANKS "[");

            /* More than a name may have is kept, so that a longer one is refused as such. */
            snprintf(name, sizeof(name), "%.*s", (int)(length < 79 ? length : 79), text);
            if (!add_manager(p, &order, name))
                return false;
            text += length;
        }
    }
    if (!order.count)
        return mpr_complain(p, "no credential manager is named (write \"lsa\")");
    *out = order;
    return true;
}
