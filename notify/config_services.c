/*
 * The lists of PAM services in credmgr.conf: at which station the person of a service sits, and of
 * which services credential managers never hear.
 */
#include "notify/config_parse.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SERVICE_MAX   64
#define SERVICE_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+@-"

/* Somebody sits there, at a console, over the network or at a desktop. */
#define INTERACTIVE                                                                                \
    "login remote rlogin sshd su su-l sudo sudo-i doas passwd "                                    \
    "gdm gdm-password gdm-autologin gdm-fingerprint gdm-smartcard lightdm lightdm-autologin "      \
    "sddm sddm-autologin greetd cosmic-greeter ly lxdm xdm kde kde-np xrdp-sesman cockpit"
/* A server that lets people in by itself, or a tool that speaks for somebody else. */
#define NONINTERACTIVE                                                                             \
    "ftp vsftpd proftpd pure-ftpd smtp dovecot imap pop pop3 httpd apache2 nginx cups ppp samba "  \
    "runuser runuser-l chpasswd newusers"
/* Nobody logs on: jobs, the user's own service manager, and greeters, which are programs. */
#define SILENT                                                                                     \
    "cron crond anacron atd systemd-user gdm-launch-environment lightdm-greeter sddm-greeter "     \
    "greetd-greeter"

static const struct {
    enum mpr_line line;
    const char *name;
    size_t offset;
    const char *usual;
} lists[] = {
    {MPR_LINE_INTERACTIVE, "interactive_services",
     offsetof(struct mpr_config, interactive_services), INTERACTIVE},
    {MPR_LINE_NONINTERACTIVE, "noninteractive_services",
     offsetof(struct mpr_config, noninteractive_services), NONINTERACTIVE},
    {MPR_LINE_SILENT, "silent_services", offsetof(struct mpr_config, silent_services), SILENT},
};
#define LISTS (sizeof(lists) / sizeof(lists[0]))

static char ***list_of(struct mpr_config *config, size_t i)
{
    return (char ***)(void *)((char *)config + lists[i].offset);
}

bool mpr_service_named(char *const *list, const char *service)
{
    for (; service && list && *list; list++)
        if (strcasecmp(*list, service) == 0)
            return true;
    return false;
}

/* The words of `text` as a list in one piece of memory (free()); NULL without memory. */
static char **split(const char *text)
{
    size_t size = strlen(text) + 1, most = size / 2 + 1, count = 0;
    char **list = calloc(1, most * sizeof(*list) + size), *rest, *word;

    if (!list)
        return NULL;
    rest = memcpy(list + most, text, size);
    while ((word = mpr_next_word(&rest)))
        list[count++] = word;
    return list;
}

static bool check_list(struct mpr_parsing *p, char *const *list, size_t which)
{
    for (size_t i = 0; list[i]; i++) {
        if (strlen(list[i]) > SERVICE_MAX || strspn(list[i], SERVICE_CHARS) != strlen(list[i]))
            return mpr_complain(p,
                                "\"%.64s\" is no PAM service (a file of /etc/pam.d, without the "
                                "path; at most %d letters, digits, _ . + @ and -)",
                                list[i], SERVICE_MAX);
        if (mpr_service_named(list + i + 1, list[i]))
            return mpr_complain(p, "\"%.64s\" is named twice (remove one)", list[i]);
        for (size_t j = 0; j < LISTS; j++) {
            int line = p->config->lines[lists[j].line];

            if (j != which && line && mpr_service_named(*list_of(p->config, j), list[i]))
                return mpr_complain(p,
                                    "\"%.64s\" is in %s too, on line %d (a service has one "
                                    "station: remove it from one of them)",
                                    list[i], lists[j].name, line);
        }
    }
    return true;
}

bool mpr_parse_services(struct mpr_parsing *p, enum mpr_line which, char *text)
{
    char **list = split(text);
    size_t i = 0;

    if (!list)
        return mpr_complain(p, "no memory (free some)");
    while (lists[i].line != which)
        i++;
    if (!check_list(p, list, i)) {
        free(list);
        return false;
    }
    free(*list_of(p->config, i));
    *list_of(p->config, i) = list;
    return true;
}

bool mpr_default_services(struct mpr_config *config)
{
    bool ok = true;

    for (size_t i = 0; i < LISTS; i++) {
        *list_of(config, i) = split(lists[i].usual);
        ok = ok && *list_of(config, i);
    }
    return ok;
}

void mpr_settle_services(struct mpr_config *config)
{
    for (size_t i = 0; i < LISTS; i++) {
        char **list = *list_of(config, i);
        size_t kept = 0;

        if (config->lines[lists[i].line])
            continue;
        for (size_t j = 0; list[j]; j++) {
            bool elsewhere = false;

            for (size_t k = 0; k < LISTS; k++)
                elsewhere = elsewhere || (config->lines[lists[k].line] &&
                                          mpr_service_named(*list_of(config, k), list[j]));
            if (!elsewhere)
                list[kept++] = list[j];
        }
        list[kept] = NULL;
    }
}

void mpr_free_services(struct mpr_config *config)
{
    for (size_t i = 0; i < LISTS; i++) {
        free(*list_of(config, i));
        *list_of(config, i) = NULL;
    }
}
