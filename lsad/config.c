/*
 * The command line and /etc/credmgr/lsa.conf. Sections other than [lsa] belong to the security
 * packages of that name, who alone know their settings; they are kept as they stand.
 */
#include "lsad/config.h"
#include "base/conf.h"
#include "base/log.h"
#include "libsspi/lsa/protocol.h"

#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The settings of all packages, in the order of the file; those of one package are collected when
 * asked for. */
struct setting {
    char *section, *name, *value;
};
static struct setting *settings;
static size_t setting_count;

struct section {
    struct section *next;
    char *name;
    struct lsa_setting *list;
};
static struct section *sections;

static const char usage[] =
    "usage: lsad [--foreground] [--config=FILE] [--socket=PATH] [--anchor=NAME] [--user=NAME]\n"
    "            [--debug] [--ready-fd=N]\n"
    "       lsad --check [--config=FILE]\n"
    "\n"
    "The local security authority of credmgr: keeps logon sessions and their credentials in kernel "
    "keys.\n"
    "\n"
    "  --foreground    stay in the foreground, and log to standard error too\n"
    "  --config=FILE   settings (default " LSAD_CONFIG_PATH ")\n"
    "  --socket=PATH   where clients connect (default " LSA_SOCKET_PATH ")\n"
    "  --anchor=NAME   keyring below root's user keyring that holds everything (default lsa)\n"
    "  --user=NAME     whom the working process becomes (default lsad)\n"
    "  --debug         log more\n"
    "  --check         tell what is wrong in the settings, a line each, and exit: 0 nothing, 1 "
    "something\n"
    "  --ready-fd=N    write a newline to descriptor N and close it once clients are served\n"
#if LSAD_CAN_RUN_OPEN
    "  --no-sandbox    run without confinement; this build has sanitizers\n"
#endif
    "  --help, --version\n";

/* ---- settings of packages ------------------------------------------------------------------ */

static bool take_setting(void *arg, const char *section, const char *name, const char *value)
{
    struct setting *bigger = realloc(settings, (setting_count + 1) * sizeof(*settings));
    struct setting *s;

    (void)arg;
    if (!bigger)
        return false;
    settings = bigger;
    s = &settings[setting_count];
    s->section = strdup(section);
    s->name = strdup(name);
    s->value = strdup(value);
    if (!s->section || !s->name || !s->value) {
        free(s->section);
        free(s->name);
        free(s->value);
        return false;
    }
    setting_count++;
    return true;
}

/* Made once for each section, by the thread that starts the packages. */
static bool collect_sections(void)
{
    for (size_t i = 0; i < setting_count; i++) {
        struct section *s;
        size_t count = 0;

        for (s = sections; s && strcasecmp(s->name, settings[i].section) != 0; s = s->next)
            ;
        if (s)
            continue;
        s = calloc(1, sizeof(*s));
        if (!s)
            return false;
        s->name = settings[i].section;
        s->list = calloc(setting_count + 1, sizeof(*s->list));
        s->next = sections;
        sections = s;
        if (!s->list)
            return false;
        for (size_t j = i; j < setting_count; j++)
            if (strcasecmp(settings[j].section, s->name) == 0)
                s->list[count++] = (struct lsa_setting){settings[j].name, settings[j].value};
    }
    return true;
}

const struct lsa_setting *lsad_config_settings(const char *package)
{
    for (const struct section *s = sections; s; s = s->next)
        if (strcasecmp(s->name, package) == 0)
            return s->list;
    return NULL;
}

/* ---- reading ------------------------------------------------------------------------------- */

static bool replace(char **out, const char *value)
{
    char *copy = strdup(value);

    if (!copy)
        return false;
    free(*out);
    *out = copy;
    return true;
}

static bool set_defaults(struct lsad_config *c, char **packages)
{
    memset(c, 0, sizeof(*c));
    c->ready_fd = -1;
    c->max_threads = 64;
    c->max_threads_per_user = 8;
    c->max_clients = 4096;
    c->max_clients_per_user = 256;
    c->max_handles_per_user = 4096;
    c->max_calls_per_user = 256;
    return replace(&c->socket, LSA_SOCKET_PATH) && replace(&c->user, "lsad") &&
           replace(&c->anchor, "lsa") && replace(packages, "kerberos ntlm tspkg");
}

/* "kerberos ntlm tspkg" into a table; commas are blanks. Takes `text`. */
static bool split_packages(struct lsad_config *c, char *text)
{
    size_t count = 0;
    char *save = NULL;

    c->packages = calloc(strlen(text) / 2 + 2, sizeof(*c->packages));
    if (!c->packages) {
        free(text);
        return false;
    }
    for (char *word = strtok_r(text, " \t,", &save); word; word = strtok_r(NULL, " \t,", &save)) {
        c->packages[count] = strdup(word);
        if (!c->packages[count++]) {
            free(text);
            return false;
        }
    }
    free(text);
    return true;
}

static bool read_file(struct lsad_config *c, const char *path, char **packages)
{
    struct conf_other other = {.take = take_setting};
    bool identification_level;
    const struct conf_option options[] = {
        {"lsa", "socket", CONF_STRING, &c->socket},
        {"lsa", "user", CONF_STRING, &c->user},
        {"lsa", "keyring", CONF_STRING, &c->anchor},
        {"lsa", "packages", CONF_STRING, packages},
        {"lsa", "readable", CONF_STRING, &c->readable},
        {"lsa", "max_threads", CONF_UINT, &c->max_threads},
        {"lsa", "max_threads_per_user", CONF_UINT, &c->max_threads_per_user},
        {"lsa", "max_clients", CONF_UINT, &c->max_clients},
        {"lsa", "max_clients_per_user", CONF_UINT, &c->max_clients_per_user},
        {"lsa", "max_handles_per_user", CONF_UINT, &c->max_handles_per_user},
        {"lsa", "max_calls_per_user", CONF_UINT, &c->max_calls_per_user},
        {"acceptors", "*", CONF_OTHER, &other},
        {"kerberos", "*", CONF_OTHER, &other},
        {"ntlm", "*", CONF_OTHER, &other},
        {"negotiate", "*", CONF_OTHER, &other},
        {"tspkg", "*", CONF_OTHER, &other},
        {"schannel", "*", CONF_OTHER, &other},
        /* for libsspi alone, which says nothing of mistakes */
        {"service *", "identification_level", CONF_BOOL, &identification_level},
    };
    char *error = NULL;

    if (conf_read(path, options, sizeof(options) / sizeof(options[0]), true, &error))
        return true;
    if (c->check)
        puts(error ? error : "no memory");
    else
        log_error("%s", error ? error : "no memory");
    free(error);
    return false;
}

static void __attribute__((format(printf, 2, 3)))
wrong(const struct lsad_config *c, const char *format, ...)
{
    char line[512];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (c->check)
        printf("%s: %s\n", c->path, line);
    else
        log_error("%s", line);
}

static bool check(struct lsad_config *c)
{
    const struct passwd *account;

    if (c->socket[0] != '/' || strlen(c->socket) > 100) {
        wrong(c, "socket \"%s\": an absolute path of at most 100 bytes is needed", c->socket);
        return false;
    }
    if (!c->anchor[0] || strchr(c->anchor, '#') || strlen(c->anchor) > 200) {
        wrong(c, "keyring \"%s\": a name of at most 200 bytes without # is needed", c->anchor);
        return false;
    }
    if (!c->max_threads || !c->max_threads_per_user || !c->max_clients ||
        !c->max_clients_per_user || !c->max_handles_per_user || !c->max_calls_per_user ||
        c->max_threads > 1024) {
        wrong(c, "a limit of 0, or max_threads over 1024, would serve nobody");
        return false;
    }
    if (!c->packages[0]) {
        wrong(c, "packages: at least one is needed (kerberos, ntlm)");
        return false;
    }
    errno = 0;
    account = getpwnam(c->user);
    if (!account) {
        wrong(c,
              "user \"%s\": there is no such user (useradd --system --no-create-home %s, or "
              "--user=NAME)",
              c->user, c->user);
        return false;
    }
    if (account->pw_uid == 0) {
        wrong(c, "user \"%s\": its uid is 0, and lsad must not work as root", c->user);
        return false;
    }
    c->uid = account->pw_uid;
    c->gid = account->pw_gid;
    return true;
}

bool lsad_config_read(struct lsad_config *config, int argc, char **argv, int *status)
{
    enum { CONFIG = 256, SOCKET, ANCHOR, USER, READY_FD, CHECK, OPEN, VERSION };
    static const struct option long_options[] = {
        {"foreground", no_argument, NULL, 'f'},
        {"config", required_argument, NULL, CONFIG},
        {"socket", required_argument, NULL, SOCKET},
        {"anchor", required_argument, NULL, ANCHOR},
        {"user", required_argument, NULL, USER},
        {"debug", no_argument, NULL, 'd'},
        {"ready-fd", required_argument, NULL, READY_FD},
        {"check", no_argument, NULL, CHECK},
#if LSAD_CAN_RUN_OPEN
        {"no-sandbox", no_argument, NULL, OPEN},
#endif
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, VERSION},
        {NULL, 0, NULL, 0},
    };
    const char *path = LSAD_CONFIG_PATH, *socket = NULL, *anchor = NULL, *user = NULL;
    char *packages = NULL, *end;
    int letter;

    *status = 2; /* what --check finds is 1 */
    if (!set_defaults(config, &packages))
        goto memory;
    while ((letter = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        switch (letter) {
        case 'f':
            config->foreground = true;
            break;
        case 'd':
            config->debug = true;
            break;
        case CONFIG:
            path = optarg;
            break;
        case SOCKET:
            socket = optarg;
            break;
        case ANCHOR:
            anchor = optarg;
            break;
        case USER:
            user = optarg;
            break;
        case READY_FD:
            config->ready_fd = (int)strtol(optarg, &end, 10);
            if (end == optarg || *end || config->ready_fd < 0) {
                fprintf(stderr, "lsad: --ready-fd=%s: a descriptor's number is needed\n", optarg);
                goto fail;
            }
            break;
        case CHECK:
            config->check = true;
            break;
        case OPEN:
            config->open = true;
            break;
        case VERSION:
            puts("lsad (credmgr) " CREDMGR_VERSION);
            *status = 0;
            goto fail;
        case 'h':
            fputs(usage, stdout);
            *status = 0;
            goto fail;
        default:
            fputs(usage, stderr);
            goto fail;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "lsad: \"%s\" is not an option\n%s", argv[optind], usage);
        goto fail;
    }
    config->path = path;
    if (!config->check)
        log_open("lsad", true, config->debug);
    *status = config->check ? 1 : 2;
    if (!read_file(config, path, &packages))
        goto fail;
    if ((socket && !replace(&config->socket, socket)) ||
        (anchor && !replace(&config->anchor, anchor)) || (user && !replace(&config->user, user)))
        goto memory;
    if (!split_packages(config, packages)) {
        packages = NULL;
        goto memory;
    }
    packages = NULL;
    if (!collect_sections())
        goto memory;
    if (!check(config))
        goto fail;
    if (config->check) {
        *status = lsad_config_check(config) ? 1 : 0;
        goto fail;
    }
    *status = 0;
    return true;
memory:
    fputs("lsad: no memory\n", stderr);
fail:
    free(packages);
    lsad_config_clear(config);
    return false;
}

void lsad_config_clear(struct lsad_config *config)
{
    struct section *next;

    free(config->socket);
    free(config->user);
    free(config->anchor);
    free(config->readable);
    for (size_t i = 0; config->packages && config->packages[i]; i++)
        free((char *)(uintptr_t)config->packages[i]);
    free(config->packages);
    memset(config, 0, sizeof(*config));
    for (; sections; sections = next) {
        next = sections->next;
        free(sections->list);
        free(sections);
    }
    for (size_t i = 0; i < setting_count; i++) {
        free(settings[i].section);
        free(settings[i].name);
        free(settings[i].value);
    }
    free(settings);
    settings = NULL;
    setting_count = 0;
}
