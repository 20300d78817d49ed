/*
 * A mpnotify for the tests of libmpr: it writes what it is asked into FILE.asked, where FILE is its
 * --config=, and answers what FILE says, a word and its value a line.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/secret.h"
#include "notify/request.h"

static void dump(FILE *f, const char *what, const char *s)
{
    if (s)
        fprintf(f, "%s=%s\n", what, s);
}

static void take_down(const char *path, const char *verb, const struct mpr_request *r)
{
    char name[300];
    FILE *f;

    snprintf(name, sizeof(name), "%s.asked", path);
    f = fopen(name, "we");
    if (!f)
        exit(90);
    fprintf(f, "%s\n", verb);
    dump(f, "authenticator", r->authenticator);
    dump(f, "type", r->type);
    dump(f, "domain", r->domain);
    dump(f, "user", r->user);
    dump(f, "password", r->password);
    dump(f, "previous_type", r->previous_type);
    dump(f, "previous_domain", r->previous_domain);
    dump(f, "previous_user", r->previous_user);
    dump(f, "old_password", r->old_password);
    dump(f, "station", r->station);
    dump(f, "service", r->service);
    fprintf(f, "luid=%llx change=%u leader=%s\n", (unsigned long long)r->luid, r->change,
            r->leader == getppid() ? "parent" : "another");
    fclose(f);
}

int main(int argc, char **argv)
{
    static uint8_t message[MPR_MESSAGE_MAX + 1];
    char *scripts[8] = {NULL}, line[6000], *value;
    const char *path = argc > 1 ? argv[1] + strlen("--config=") : "/dev/null";
    struct mpr_request request;
    struct mpr_reply reply = {0};
    size_t size = 0, count = 0;
    uint8_t *answer;
    ssize_t n;
    FILE *f;

    while ((n = read(STDIN_FILENO, message + size, sizeof(message) - size)) > 0)
        size += (size_t)n;
    if (!mpr_request_read(message, size, &request))
        return 91;
    take_down(path, argv[argc - 1], &request);
    f = fopen(path, "re");
    while (f && fgets(line, sizeof(line), f)) {
        line[strcspn(line, "\n")] = 0;
        value = strchr(line, ' ');
        value = value ? value + 1 : line;
        if (strncmp(line, "crash", 5) == 0)
            raise(SIGSEGV);
        else if (strncmp(line, "silent", 6) == 0)
            _exit(3);
        else if (strncmp(line, "hang", 4) == 0)
            for (;;)
                pause();
        else if (strncmp(line, "garbage", 7) == 0)
            return write(STDOUT_FILENO, "CMN1\x07garbage", 12) == 12 ? 0 : 92;
        else if (strncmp(line, "status ", 7) == 0)
            reply.status = (uint32_t)strtoul(value, NULL, 16);
        else if (strncmp(line, "luid ", 5) == 0)
            reply.luid = strtoull(value, NULL, 16);
        else if (strncmp(line, "error ", 6) == 0)
            reply.error = (uint32_t)strtoul(value, NULL, 16);
        else if (strncmp(line, "manager ", 8) == 0)
            reply.manager = strdup(value);
        else if (strncmp(line, "text ", 5) == 0)
            reply.error_text = strdup(value);
        else if (strncmp(line, "message ", 8) == 0)
            reply.message = strdup(value);
        else if (strncmp(line, "script ", 7) == 0 && count < 7)
            scripts[count++] = strdup(value);
    }
    if (count)
        reply.scripts = scripts;
    answer = mpr_reply_write(&reply, &size);
    if (!answer || write(STDOUT_FILENO, answer, size) != (ssize_t)size)
        return 93;
    _exit(0);
}
