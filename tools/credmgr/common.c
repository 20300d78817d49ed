/*
 * What the commands share: messages with a remedy, and the text of LUIDs, flags and UTF-16 strings.
 */
#include "tools/credmgr/commands.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ntstatus.h>
#include "libsspi/lsa/client.h"
#include "libsspi/lsa/protocol.h"

int command_fail(const char *format, ...)
{
    char line[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    fprintf(stderr, "credmgr: %s\n", line);
    return EXIT_FAILURE;
}

int command_fail_status(const struct command_options *options, const char *what, NTSTATUS status)
{
    const char *socket = options->socket ? options->socket : LSA_SOCKET_PATH;

    switch (status) {
    case LSA_CLIENT_UNREACHABLE:
        return command_fail("%s: lsad does not answer at %s (start it: systemctl start "
                            "lsad.socket; or, as root: lsad)",
                            what, socket);
    case STATUS_NO_SUCH_LOGON_SESSION:
    case SEC_E_NO_CREDENTIALS:
        return command_fail("%s: you have no logon session (log in with your password; a login by "
                            "public key has none)",
                            what);
    case SEC_E_SECPKG_NOT_FOUND:
        return command_fail("%s: lsad has no such security package (\"packages\" in lsa.conf)",
                            what);
    case STATUS_NO_MEMORY:
    case SEC_E_INSUFFICIENT_MEMORY:
        return command_fail("%s: out of memory", what);
    default:
        return command_fail("%s: lsad answered 0x%08x (its log says more: journalctl -u lsad)",
                            what, (unsigned)status);
    }
}

void luid_text(const LUID *luid, char text[LUID_TEXT_SIZE])
{
    snprintf(text, LUID_TEXT_SIZE, "%08x%08x", (unsigned)luid->HighPart, (unsigned)luid->LowPart);
}

bool luid_read(const char *text, LUID *luid)
{
    size_t size = strlen(text);
    unsigned long long number = strtoull(text, NULL, 16);

    *luid = (LUID){.LowPart = (DWORD)number, .HighPart = (LONG)(number >> 32)};
    return size && size < LUID_TEXT_SIZE && strspn(text, "0123456789abcdefABCDEF") == size &&
           number;
}

char *flag_words(ULONG flags, const struct flag_name *names, size_t count)
{
    char *words = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&words, &size);

    if (!out)
        return NULL;
    for (size_t i = 0; i < count; i++)
        if (flags & names[i].flag)
            fprintf(out, "%s%s", ftell(out) > 0 ? " " : "", names[i].name);
    if (fclose(out) != 0) {
        free(words);
        return NULL;
    }
    return words;
}

static void put_utf8(unsigned c, FILE *out)
{
    if (c < 0x80) {
        putc((int)c, out);
    } else if (c < 0x800) {
        putc((int)(0xc0 | c >> 6), out);
        putc((int)(0x80 | (c & 0x3f)), out);
    } else if (c < 0x10000) {
        putc((int)(0xe0 | c >> 12), out);
        putc((int)(0x80 | (c >> 6 & 0x3f)), out);
        putc((int)(0x80 | (c & 0x3f)), out);
    } else {
        putc((int)(0xf0 | c >> 18), out);
        putc((int)(0x80 | (c >> 12 & 0x3f)), out);
        putc((int)(0x80 | (c >> 6 & 0x3f)), out);
        putc((int)(0x80 | (c & 0x3f)), out);
    }
}

char *text_of_utf16(const WCHAR *s, size_t units)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    for (size_t i = 0; i < units; i++) {
        unsigned c = s[i];

        if (c >= 0xd800 && c < 0xdc00 && i + 1 < units && s[i + 1] >= 0xdc00 && s[i + 1] < 0xe000)
            c = 0x10000 + ((c - 0xd800) << 10) + (s[++i] - 0xdc00u);
        else if (c == 0 || (c >= 0xd800 && c < 0xe000))
            c = 0xfffd;
        put_utf8(c, out);
    }
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
