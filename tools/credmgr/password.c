/*
 * Reads passwords: see the header.
 */
#include "tools/credmgr/password.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include "base/secret.h"
#include "tools/credmgr/commands.h"

#define PASSWORD_MAX 1024 /* bytes */

static volatile sig_atomic_t interrupted;

/* One line, without its end; NULL after a message. */
static char *read_line(int fd)
{
    char *line = secret_alloc(PASSWORD_MAX + 1);
    size_t used = 0;
    bool ended = false;

    while (line && !ended && used <= PASSWORD_MAX) {
        ssize_t n = read(fd, line + used, 1);

        if (n < 0 && errno == EINTR && !interrupted)
            continue;
        ended = n <= 0 || line[used] == '\n' || !line[used];
        if (n < 0) {
            if (!interrupted)
                command_fail("the password cannot be read: %s", strerror(errno));
            secret_free(line);
            return NULL;
        }
        if (!ended)
            used++;
    }
    if (line && ended && used) {
        line[used] = 0;
        return line;
    }
    command_fail(!line   ? "out of memory"
                 : !used ? "an empty password is none"
                         : "a password has at most 1024 bytes");
    secret_free(line);
    return NULL;
}

/* Nobody may be left with a terminal that shows nothing: who interrupts is heard when it is as it
 * was. */
static void interrupt(int number)
{
    interrupted = number;
}

static char *ask(int tty, const char *question)
{
    static const int numbers[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};
    struct sigaction heard = {.sa_handler = interrupt}, before_signals[4];
    struct termios before, quiet;
    char *line;

    if (tcgetattr(tty, &before) != 0) {
        command_fail("the terminal cannot be made silent: %s", strerror(errno));
        return NULL;
    }
    for (size_t i = 0; i < 4; i++)
        sigaction(numbers[i], &heard, &before_signals[i]);
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    quiet.c_lflag |= ECHONL;
    tcsetattr(tty, TCSAFLUSH, &quiet);
    dprintf(tty, "%s: ", question);
    line = read_line(tty);
    tcsetattr(tty, TCSAFLUSH, &before);
    for (size_t i = 0; i < 4; i++)
        sigaction(numbers[i], &before_signals[i], NULL);
    if (interrupted)
        raise(interrupted);
    return line;
}

char *password_read(int fd, const char *question)
{
    int tty = fd < 0 ? open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY) : -1;
    char *first, *second = NULL;

    if (fd >= 0)
        return read_line(fd);
    if (tty < 0) {
        command_fail("there is no terminal to ask at for the password (--password-fd=N)");
        return NULL;
    }
    first = ask(tty, question);
    second = first ? ask(tty, "The same again") : NULL;
    close(tty);
    if (second && strcmp(first, second) != 0) {
        command_fail("that was not the same");
        secret_free(first);
        first = NULL;
    } else if (!second) {
        secret_free(first);
        first = NULL;
    }
    secret_free(second);
    return first;
}
