/*
 * The lines of /etc/pam.d that name pam_credmgr.so. Read as pam.conf(5) says: words, a bracket for
 * the control, # for a comment, a backslash before the end of a line that goes on.
 */
#include "tools/credmgr/check_pam.h"

#include <dirent.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAM_FILES   "/etc/pam.d"
#define PAM_MODULE  "pam_credmgr.so"
#define LINE_BLANKS " \t\r\n"

/* Where libpam looks for a module without a path, on the systems there are. */
static const char *const places[] = {
    "/usr/lib/*/security/" PAM_MODULE, "/usr/lib64/security/" PAM_MODULE,
    "/usr/lib/security/" PAM_MODULE,   "/lib/*/security/" PAM_MODULE,
    "/lib64/security/" PAM_MODULE,     "/lib/security/" PAM_MODULE,
};

static bool installed(void)
{
    bool found = false;

    for (size_t i = 0; i < sizeof places / sizeof places[0] && !found; i++) {
        glob_t matches = {.gl_pathc = 0};

        found = glob(places[i], 0, NULL, &matches) == 0 && matches.gl_pathc > 0;
        globfree(&matches);
    }
    return found;
}

static void check_line(mpr_problem_fn *tell, void *arg, const char *file, int number, char *line)
{
    char *rest = line, *word, what[512];
    bool ours = false;

    while ((word = strsep(&rest, LINE_BLANKS))) {
        const char *slash = strrchr(word, '/');

        if (!ours && strcmp(slash ? slash + 1 : word, PAM_MODULE) == 0) {
            ours = true;
            if (slash ? access(word, F_OK) == 0 : installed())
                continue;
            snprintf(what, sizeof what, "%.400s is not installed, and libpam passes it over", word);
            tell(arg, file, number, what, "install it, or remove the line");
        } else if (ours && strncmp(word, "config=", 7) == 0 && access(word + 7, F_OK) != 0) {
            snprintf(what, sizeof what, "there is no file %.400s", word + 7);
            tell(arg, file, number, what, "write the path of a credmgr.conf");
        }
    }
}

static void check_file(mpr_problem_fn *tell, void *arg, const char *file)
{
    FILE *f = fopen(file, "re");
    char *line = NULL;
    size_t room = 0;
    int number = 0;

    while (f && getline(&line, &room, f) >= 0) {
        number++;
        line[strcspn(line, "#")] = 0;
        check_line(tell, arg, file, number, line);
    }
    free(line);
    if (f)
        fclose(f);
}

static int is_file_name(const struct dirent *entry)
{
    return *entry->d_name != '.';
}

void check_pam(mpr_problem_fn *tell, void *arg)
{
    struct dirent **names = NULL;
    int count = scandir(PAM_FILES, &names, is_file_name, alphasort);

    for (int i = 0; i < count; i++) {
        char *file;

        if (asprintf(&file, PAM_FILES "/%s", names[i]->d_name) >= 0) {
            check_file(tell, arg, file);
            free(file);
        }
        free(names[i]);
    }
    free(names);
}
