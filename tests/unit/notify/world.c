/* See world.h. */
#include "tests/unit/notify/world.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char world_directory[64], world_build[1024];

int world_open(void **state)
{
    ssize_t n = readlink("/proc/self/exe", world_build, sizeof(world_build) - 1);

    (void)state;
    if (n <= 0)
        return -1;
    world_build[n] = 0;
    for (int i = 0; i < 3; i++) /* BUILD/tests/unit/NAME */
        *strrchr(world_build, '/') = 0;
    strcpy(world_directory, "/tmp/credmgr-notify-XXXXXX");
    umask(022);
    return mkdtemp(world_directory) ? 0 : -1;
}

int world_close(void **state)
{
    char path[400];
    DIR *dir = opendir(world_directory);
    struct dirent *entry;

    (void)state;
    while (dir && (entry = readdir(dir))) {
        snprintf(path, sizeof(path), "%s/%s", world_directory, entry->d_name);
        if (unlink(path) != 0 && entry->d_name[0] != '.') { /* the directory of statistics */
            char inner[420];

            snprintf(inner, sizeof(inner), "rm -r %.390s", path);
            if (system(inner) != 0)
                return -1;
        }
    }
    if (dir)
        closedir(dir);
    return rmdir(world_directory);
}

/* A copy, since a manager must lie where root alone can put something, and the build may not. */
static void copy(const char *from, const char *to)
{
    char buffer[65536];
    FILE *in = fopen(from, "r"), *out = fopen(to, "w");
    size_t n;

    if (!in || !out)
        abort();
    while ((n = fread(buffer, 1, sizeof(buffer), in)) > 0)
        if (fwrite(buffer, 1, n, out) != n)
            abort();
    fclose(in);
    if (fclose(out) != 0)
        abort();
}

void world_install(const char *name, const char *target)
{
    char path[256], own[1100];

    snprintf(path, sizeof(path), "%s/libcredmgr_%s.so.1", world_directory, name);
    snprintf(own, sizeof(own), "%s/tests/unit/libcredmgr_test.so.1", world_build);
    unlink(path);
    if (!target)
        copy(own, path);
    else if (symlink(target, path) != 0)
        abort();
}

const char *world_read(const char *name, const char *suffix)
{
    static char text[8192];
    char path[256];
    FILE *f;
    size_t n;

    snprintf(path, sizeof(path), "%s/%s.%s", world_directory, name, suffix);
    f = fopen(path, "r");
    if (!f)
        return NULL;
    n = fread(text, 1, sizeof(text) - 1, f);
    text[n] = 0;
    fclose(f);
    return text;
}

const char *world_seen(const char *name)
{
    return world_read(name, "seen");
}

void world_forget(void)
{
    DIR *dir = opendir(world_directory);
    struct dirent *entry;
    char path[400];

    while (dir && (entry = readdir(dir))) {
        if (strstr(entry->d_name, ".seen") || strstr(entry->d_name, ".dll") ||
            strstr(entry->d_name, ".ready")) {
            snprintf(path, sizeof(path), "%s/%s", world_directory, entry->d_name);
            unlink(path);
        }
    }
    if (dir)
        closedir(dir);
}

const char *world_write(const char *name, const char *text)
{
    static char path[256];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", world_directory, name);
    f = fopen(path, "w");
    if (!f || fputs(text, f) < 0 || fclose(f) != 0)
        abort();
    return path;
}
