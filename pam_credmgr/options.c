/*
 * The arguments on the module's line in /etc/pam.d. An unknown one is logged, not refused: a typing
 * mistake in a PAM file must not keep anybody from logging in to correct it.
 */
#include <string.h>
#include <syslog.h>
#include <security/pam_ext.h>
#include "pam_credmgr/module.h"

/* The path behind `name=` in `argument`; NULL when it is another argument. */
static const char *path_of(const char *argument, const char *name)
{
    size_t length = strlen(name);

    return strncmp(argument, name, length) == 0 && argument[length] == '=' ? argument + length + 1
                                                                           : NULL;
}

static void set_path(pam_handle_t *pamh, const char **out, const char *name, const char *path)
{
    if (path[0] == '/')
        *out = path;
    else
        pam_syslog(pamh, LOG_ERR, "%s=%s: not an absolute path; using the default", name, path);
}

struct options options_parse(pam_handle_t *pamh, int argc, const char **argv)
{
    struct options options = {0};

    for (int i = 0; i < argc; i++) {
        const char *path;

        if (strcmp(argv[i], "debug") == 0)
            options.debug = true;
        else if (strcmp(argv[i], "require") == 0)
            options.require = true;
        else if ((path = path_of(argv[i], "config")) != NULL)
            set_path(pamh, &options.config, "config", path);
        else if ((path = path_of(argv[i], "socket")) != NULL)
            set_path(pamh, &options.socket, "socket", path);
        else
            pam_syslog(pamh, LOG_ERR,
                       "unknown argument \"%s\" (debug, require, config=FILE, socket=PATH)",
                       argv[i]);
    }
    return options;
}
