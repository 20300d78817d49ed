/*
 * Stands in the place of mpnotify and runs it: mpnotify.real, beside it. The largest resident set
 * of it and of the credential managers' processes goes to /run/world/largest, in KiB, if a logon
 * was notified.
 */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    char real[4096];
    struct rusage used;
    int status = 1;
    ssize_t length = readlink("/proc/self/exe", real, sizeof(real) - sizeof(".real"));
    pid_t child;

    if (length < 0)
        return 1;
    memcpy(real + length, ".real", sizeof(".real"));
    child = fork();
    if (child == 0) {
        execv(real, argv);
        _exit(127);
    }
    /* Of the child and of all that it has waited for. */
    if (child < 0 || wait4(child, &status, 0, &used) != child)
        return 1;
    if (strcmp(argv[argc - 1], "logon") == 0) {
        FILE *out = fopen("/run/world/largest", "w");

        if (out)
            fprintf(out, "%ld\n", used.ru_maxrss);
        if (!out || fclose(out) != 0)
            return 1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
