/*
 * Log lines that cannot betray a secret and cannot be forged. printf(3) cannot be told to refuse an
 * argument, so the format is walked here conversion by conversion, and each is handed to
 * snprintf(3) alone. The line goes to syslog's socket directly: a PAM module must not disturb what
 * the program around it did with openlog(3), nor keep a descriptor.
 */
#include "base/log.h"
#include "base/secret.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <unistr.h>

#define LINE_SIZE 1024

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char log_ident[64] = "credmgr";
static bool log_to_stderr, log_with_debug;

static void before_fork(void)
{
    pthread_mutex_lock(&lock);
}

static void after_fork(void)
{
    pthread_mutex_unlock(&lock);
}

/* A forked child has no thread that would give the lock back. Before all others that watch forks,
 * so that of all locks this one is taken last: lines are written with others held. */
__attribute__((constructor)) static void watch_forks(void)
{
    pthread_atfork(before_fork, after_fork, after_fork);
}

void log_open(const char *ident, bool to_stderr, bool debug)
{
    pthread_mutex_lock(&lock);
    snprintf(log_ident, sizeof(log_ident), "%s", ident);
    log_to_stderr = to_stderr;
    log_with_debug = debug;
    pthread_mutex_unlock(&lock);
}

/* ---- the line ------------------------------------------------------------------------------ */

struct line {
    char *text;
    size_t room, used;
};

static void append_raw(struct line *l, const char *s, size_t size)
{
    size_t left = l->room - 1 - l->used, n = size < left ? size : left;

    memcpy(l->text + l->used, s, n);
    l->used += n;
    l->text[l->used] = 0;
}

/* Printable UTF-8 as it is; control characters (C0, DEL, C1), line separators and what is no UTF-8
 * as \xNN. */
static void append(struct line *l, const char *s, size_t size)
{
    while (size) {
        ucs4_t uc;
        int n = u8_mbtoucr(&uc, (const uint8_t *)s, size);
        size_t step = n > 0 ? (size_t)n : 1;

        if (n > 0 && uc >= 0x20 && (uc < 0x7f || uc > 0x9f) && uc != 0x2028 && uc != 0x2029) {
            append_raw(l, s, step);
        } else {
            for (size_t i = 0; i < step; i++) {
                char escaped[8];

                append_raw(l, escaped,
                           (size_t)snprintf(escaped, sizeof(escaped), "\\x%02x", (uint8_t)s[i]));
            }
        }
        s += step;
        size -= step;
    }
}

/* One conversion of a format: % flags width .precision length type. */
struct conversion {
    char spec[48]; /* as text, with '*' replaced by the numbers */
    int precision; /* -1: none */
    char length[3];
    char type;
};

/* Reads a conversion behind its '%'; returns what follows, NULL when it is none that we print. */
static const char *parse(const char *f, struct conversion *c, va_list *args)
{
    size_t flags = strspn(f, "-+ #0'");
    char width[16] = "", precision[16] = "";
    size_t digits;

    c->precision = -1;
    memset(c->length, 0, sizeof(c->length));
    if (flags > 6)
        return NULL;
    snprintf(c->spec, sizeof(c->spec), "%%%.*s", (int)flags, f);
    f += flags;
    if (*f == '*') {
        snprintf(width, sizeof(width), "%d", va_arg(*args, int));
        f++;
    } else {
        digits = strspn(f, "0123456789");
        snprintf(width, sizeof(width), "%.*s", (int)(digits < 9 ? digits : 9), f);
        f += digits;
    }
    if (*f == '.') {
        f++;
        if (*f == '*') {
            c->precision = va_arg(*args, int);
            f++;
        } else {
            c->precision = (int)strtol(f, NULL, 10);
            f += strspn(f, "0123456789");
        }
        if (c->precision >= 0)
            snprintf(precision, sizeof(precision), ".%d", c->precision);
        else
            c->precision = -1;
    }
    for (size_t i = 0; i < 2 && *f && strchr("hljzt", *f); i++)
        c->length[i] = *f++;
    c->type = *f;
    if (!*f || !strchr("diouxXcspm%fFeEgGaA", *f))
        return NULL;
    size_t used = strlen(c->spec);
    snprintf(c->spec + used, sizeof(c->spec) - used, "%s%s%s%c", width, precision, c->length,
             c->type);
    return f + 1;
}

static void append_string(struct line *l, const struct conversion *c, const char *s)
{
    size_t size;

    if (c->length[0] == 'l') {
        append_raw(l, "[wide]", 6);
    } else if (!s) {
        append_raw(l, "(null)", 6);
    } else if (secret_owns(s)) {
        append_raw(l, "[secret]", 8);
    } else {
        size = c->precision >= 0 ? strnlen(s, (size_t)c->precision) : strlen(s);
        append(l, s, size);
        /* A width pads to the right or left; nothing that we log needs it for strings, so it is not
         * done. */
    }
}

static void append_error(struct line *l, int error)
{
    char room[128];
    const char *message = strerror_r(error, room, sizeof(room));

    append(l, message, strlen(message));
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored                                                                     \
    "-Wformat-nonliteral" /* the rebuilt conversion is one of the caller's checked format */
static void append_number(struct line *l, const struct conversion *c, va_list *args)
{
    char text[512];
    int n;

    if (strchr("fFeEgGaA", c->type))
        n = snprintf(text, sizeof(text), c->spec, va_arg(*args, double));
    else if (c->type == 'p')
        n = snprintf(text, sizeof(text), c->spec, va_arg(*args, void *));
    else if (c->length[0] == 'l' && c->length[1] == 'l')
        n = snprintf(text, sizeof(text), c->spec, va_arg(*args, long long));
    else if (c->length[0] == 'l')
        n = snprintf(text, sizeof(text), c->spec, va_arg(*args, long));
    else if (c->length[0] == 'j')
        n = snprintf(text, sizeof(text), c->spec, va_arg(*args, intmax_t));
    else if (c->length[0] == 'z')
        n = snprintf(text, sizeof(text), c->spec, va_arg(*args, size_t));
    else if (c->length[0] == 't')
        n = snprintf(text, sizeof(text), c->spec, va_arg(*args, ptrdiff_t));
    else
        n = snprintf(text, sizeof(text), c->spec, va_arg(*args, int));
    if (n > 0)
        append(l, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}
#pragma GCC diagnostic pop

void log_format(char *out, size_t room, const char *format, va_list args)
{
    struct line l = {.text = out, .room = room};
    struct conversion c;
    int error = errno;
    va_list rest;

    if (!room)
        return;
    out[0] = 0;
    va_copy(rest, args);
    while (*format) {
        size_t plain = strcspn(format, "%");

        append(&l, format, plain);
        format += plain;
        if (!*format)
            break;
        format = parse(format + 1, &c, &rest);
        if (!format) {
            /* %n, %ls' relatives and typing errors: the arguments behind it cannot be told apart
             * any more. */
            append_raw(&l, "[format]", 8);
            break;
        }
        if (c.type == '%')
            append_raw(&l, "%", 1);
        else if (c.type == 'm')
            append_error(&l, error);
        else if (c.type == 's')
            append_string(&l, &c, va_arg(rest, const char *));
        else
            append_number(&l, &c, &rest);
    }
    va_end(rest);
    errno = error;
}

/* ---- where it goes ------------------------------------------------------------------------- */

/* RFC 3164 as every /dev/log understands it: <PRI>Mmm dd hh:mm:ss ident[pid]: text. A full or
 * missing syslog is no error. */
static void to_syslog(int priority, const char *ident, const char *text)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
    char packet[LINE_SIZE + 160];
    time_t now = time(NULL);
    struct tm tm;
    int fd, n;

    if (!localtime_r(&now, &tm))
        return;
    n = snprintf(packet, sizeof(packet), "<%d>%s %2d %02d:%02d:%02d %s[%d]: %s",
                 LOG_AUTHPRIV | priority, months[tm.tm_mon], tm.tm_mday, tm.tm_hour, tm.tm_min,
                 tm.tm_sec, ident, (int)getpid(), text);
    if (n < 0)
        return;
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return;
    (void)sendto(fd, packet, (size_t)n < sizeof(packet) ? (size_t)n : sizeof(packet) - 1,
                 MSG_NOSIGNAL, (const struct sockaddr *)&address, sizeof(address));
    close(fd);
}

static void to_stderr(const char *ident, const char *text)
{
    char line[LINE_SIZE + 80];
    int n = snprintf(line, sizeof(line), "%s: %s\n", ident, text);

    /* One write a line, so that lines of several processes do not mix. */
    if (n > 0 && write(STDERR_FILENO, line, (size_t)n) < 0)
        return;
}

void log_vline(int priority, const char *format, va_list args)
{
    int error = errno;
    char text[LINE_SIZE], ident[sizeof(log_ident)];
    bool also_stderr, debug;

    priority = LOG_PRI(priority);
    pthread_mutex_lock(&lock);
    memcpy(ident, log_ident, sizeof(ident));
    also_stderr = log_to_stderr;
    debug = log_with_debug;
    pthread_mutex_unlock(&lock);
    if (priority == LOG_DEBUG && !debug)
        return;
    errno = error;
    log_format(text, sizeof(text), format, args);
    to_syslog(priority, ident, text);
    if (also_stderr)
        to_stderr(ident, text);
    errno = error;
}

void log_line(int priority, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    log_vline(priority, format, args);
    va_end(args);
}
