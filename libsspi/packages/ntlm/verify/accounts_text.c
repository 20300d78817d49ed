/*
 * Reader and writer of the lines of the account file.
 */
#include "libsspi/packages/ntlm/verify/accounts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistr.h>

#include "base/secret.h"
#include "base/utf16.h"
#include "base/wire.h"

#define HASH_DIGITS (2 * NTLM_KEY_SIZE)

/* ---- names -------------------------------------------------------------------------- */

bool ntlm_accounts_name_is_good(const char *name)
{
    size_t size = strlen(name);

    if (!size || size > NTLM_ACCOUNT_NAME_MAX || u8_check((const uint8_t *)name, size) ||
        strpbrk(name, "\"/\\[]:;|=,+*?<>@#"))
        return false;
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
            return false;
    return name[0] != ' ' && name[size - 1] != ' ';
}

bool ntlm_accounts_same_name(const char *a, const char *b)
{
    char16_t *x = utf16_from_utf8(a, strlen(a), NULL), *y = utf16_from_utf8(b, strlen(b), NULL);
    bool same = x && y && utf16_equal_nocase(x, y);

    free(x);
    free(y);
    return same;
}

/* ---- fields ------------------------------------------------------------------------- */

/* The bytes up to the next ':' or the end; the ':' is gone over. */
static const char *field(struct wire_reader *r, size_t *size)
{
    const char *at = (const char *)r->data + r->offset;
    const char *end = memchr(at, ':', wire_left(r));

    *size = end ? (size_t)(end - at) : wire_left(r);
    wire_skip(r, *size + (end ? 1 : 0));
    return at;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool read_hash(const char *at, size_t size, uint8_t hash[NTLM_KEY_SIZE])
{
    bool good = size == HASH_DIGITS;

    for (size_t i = 0; good && i < NTLM_KEY_SIZE; i++) {
        int high = digit(at[2 * i]), low = digit(at[2 * i + 1]);

        good = high >= 0 && low >= 0;
        hash[i] = (uint8_t)((unsigned)high << 4 | ((unsigned)low & 15));
    }
    return good;
}

static bool read_time(const char *at, size_t size, int64_t *time)
{
    *time = 0;
    if (!size || size > 18 || (size > 1 && *at == '0'))
        return false;
    for (size_t i = 0; i < size; i++) {
        if (at[i] < '0' || at[i] > '9')
            return false;
        *time = *time * 10 + (at[i] - '0');
    }
    return true;
}

static bool read_flags(const char *at, size_t size, struct ntlm_local_account *a)
{
    for (size_t i = 0; i < size; i++) {
        bool *flag = at[i] == 'D' ? &a->disabled : at[i] == 'K' ? &a->kept : NULL;

        if (!flag || *flag)
            return false;
        *flag = true;
    }
    return true;
}

static bool read_line(const char *line, size_t size, struct ntlm_local_account *a)
{
    struct wire_reader r = wire_reader(line, size);
    const char *at;
    size_t length;

    memset(a, 0, sizeof(*a));
    for (size_t i = 0, colons = 0; i < size; i++)
        if (line[i] == ':' && ++colons > 4)
            return false;
    at = field(&r, &length);
    if (length > NTLM_ACCOUNT_NAME_MAX || memchr(at, 0, length))
        return false;
    memcpy(a->name, at, length);
    if (!ntlm_accounts_name_is_good(a->name))
        return false;
    at = field(&r, &length);
    if (!read_hash(at, length, a->nt_hash))
        return false;
    at = field(&r, &length);
    if (!read_time(at, length, &a->changed))
        return false;
    at = field(&r, &length);
    if (!read_time(at, length, &a->expires))
        return false;
    if (size && line[size - 1] != ':' && !wire_left(&r))
        return false; /* the last field may be empty, but not its colon */
    at = field(&r, &length);
    return read_flags(at, length, a);
}

/* ---- the text ----------------------------------------------------------------------- */

/* The names, to find one that two lines have. */
struct seen {
    struct {
        char16_t *name;
        unsigned line;
    } * list;
    size_t count, room;
};

static bool note(struct seen *seen, const char *name, unsigned line)
{
    size_t units;

    if (seen->count == seen->room) {
        size_t room = seen->room ? 2 * seen->room : 16;
        void *bigger = realloc(seen->list, room * sizeof(*seen->list));

        if (!bigger)
            return false;
        seen->list = bigger;
        seen->room = room;
    }
    seen->list[seen->count].name = utf16_from_utf8(name, strlen(name), &units);
    if (!seen->list[seen->count].name)
        return false;
    utf16_upcase(seen->list[seen->count].name, units);
    seen->list[seen->count++].line = line;
    return true;
}

static int compare(const void *x, const void *y)
{
    const char16_t *a = *(char16_t *const *)x, *b = *(char16_t *const *)y;

    while (*a && *a == *b)
        a++, b++;
    return (*a > *b) - (*a < *b);
}

/* The line of a name that has been there before; 0: each is there once. */
static unsigned twice(struct seen *seen)
{
    if (seen->count)
        qsort(seen->list, seen->count, sizeof(*seen->list), compare);
    for (size_t i = 1; i < seen->count; i++)
        if (compare(&seen->list[i - 1], &seen->list[i]) == 0)
            return seen->list[i].line > seen->list[i - 1].line ? seen->list[i].line
                                                               : seen->list[i - 1].line;
    return 0;
}

bool ntlm_accounts_read(const char *text, size_t size, unsigned *line,
                        void (*visit)(const struct ntlm_local_account *account, void *arg),
                        void *arg)
{
    struct wire_reader r = wire_reader(text, size);
    struct ntlm_local_account account = {.changed = 0};
    struct seen seen = {NULL, 0, 0};
    unsigned number = 0, again = 0;
    bool good = true;

    while (good && wire_left(&r)) {
        const char *at = (const char *)r.data + r.offset;
        const char *end = memchr(at, '\n', wire_left(&r));
        size_t length = end ? (size_t)(end - at) : wire_left(&r);

        number++;
        wire_skip(&r, length + (end ? 1 : 0));
        if (!length || *at == '#')
            continue;
        good = read_line(at, length, &account) && note(&seen, account.name, number);
        if (good)
            visit(&account, arg);
    }
    again = good ? twice(&seen) : 0;
    *line = again ? again : number;
    secret_wipe(&account, sizeof(account));
    for (size_t i = 0; i < seen.count; i++)
        free(seen.list[i].name);
    free(seen.list);
    return good && !again;
}

void ntlm_accounts_write(struct wire_writer *w, const struct ntlm_local_account *a)
{
    char line[HASH_DIGITS + 80];
    int at = 0;

    for (size_t i = 0; i < NTLM_KEY_SIZE; i++)
        at += snprintf(line + at, sizeof(line) - (size_t)at, "%02x", a->nt_hash[i]);
    at += snprintf(line + at, sizeof(line) - (size_t)at, ":%lld:%lld:%s%s\n", (long long)a->changed,
                   (long long)a->expires, a->disabled ? "D" : "", a->kept ? "K" : "");
    wire_put_bytes(w, a->name, strlen(a->name));
    wire_put_u8(w, ':');
    wire_put_bytes(w, line, (size_t)at);
    secret_wipe(line, sizeof(line));
}
