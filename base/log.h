/*
 * Log lines to syslog (facility authpriv) and, when asked, to standard error. A secret cannot be
 * formatted: memory from secret_alloc() passed for a %s is refused and shown as "[secret]". Control
 * characters and malformed UTF-8 are escaped (\\x0a), so a user name cannot forge a line. A line is
 * cut at 1,024 bytes. errno is kept; %m works.
 */
#ifndef CREDMGR_BASE_LOG_H
#define CREDMGR_BASE_LOG_H

#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>
#include <syslog.h>

/* `ident` as in openlog(3) but without touching the process's own openlog state; `to_stderr` adds
 * standard error. */
void log_open(const char *ident, bool to_stderr, bool debug);
/* The line without priority and ident as it would be logged, for tests and replies: cut to `room`,
 * zero-terminated. */
void log_format(char *out, size_t room, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));
void log_line(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_vline(int priority, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
#define log_error(...) log_line(LOG_ERR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_WARNING, __VA_ARGS__)
#define log_info(...)  log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__) /* dropped unless debug was asked for */

#endif
