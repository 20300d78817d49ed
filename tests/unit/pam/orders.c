/* Orders for the fake mpnotify; see orders.h. */
#include "tests/unit/pam/orders.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64], orders[80], text[65536];

static const char *path(const char *suffix)
{
    static char p[128];

    snprintf(p, sizeof p, "%s%s", orders, suffix);
    return p;
}

const char *orders_open(void)
{
    strcpy(folder, "/tmp/credmgr-test-XXXXXX");
    if (!mkdtemp(folder))
        abort();
    snprintf(orders, sizeof orders, "%s/orders", folder);
    orders_give("");
    return orders;
}

void orders_close(void)
{
    unlink(path(""));
    unlink(path(".log"));
    unlink(path(".staged"));
    rmdir(folder);
}

void orders_give(const char *what)
{
    FILE *f = fopen(path(""), "we");

    if (!f || fputs(what, f) < 0 || fclose(f) != 0)
        abort();
    unlink(path(".log"));
}

static const char *slurp(const char *suffix)
{
    FILE *f = fopen(path(suffix), "re");
    size_t size = f ? fread(text, 1, sizeof text - 1, f) : 0;

    text[size] = '\0';
    if (f)
        fclose(f);
    return text;
}

const char *orders_log(void)
{
    return slurp(".log");
}

size_t orders_records(void)
{
    size_t lines = 0;

    for (const char *p = slurp(".staged"); (p = strchr(p, '\n')) != NULL; p++)
        lines++;
    return lines;
}

size_t count_descriptors(void)
{
    DIR *d = opendir("/proc/self/fd");
    size_t count = 0;

    while (d && readdir(d))
        count++;
    if (d)
        closedir(d);
    return count;
}

bool has_children(void)
{
    siginfo_t info;

    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}
