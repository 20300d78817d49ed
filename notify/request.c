/*
 * The two messages between a logon program and mpnotify. Both are described by a table of their
 * fields, from which they are written and read; so what one side writes the other can read, and a
 * new field is one line.
 */
#include "notify/request.h"
#include "base/secret.h"
#include "base/wire.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistr.h>

static const uint8_t magic[4] = {'C', 'M', 'N', '1'};

enum kind {
    TEXT,    /* char *, malloc'ed; written when not NULL */
    HEX,     /* the same: 32 hexadecimal digits */
    SECRET,  /* the same, in secret memory */
    LIST,    /* char **: each string with a zero byte behind it; MPR_LIST_MAX bytes in all */
    PROCESS, /* pid_t > 0 as u32; written when not 0 */
    NUMBER,  /* uint64_t; written when not 0 */
    CODE,    /* uint32_t; written when not 0 */
    FLAG,    /* bool as one byte 1; written when true */
};

struct field {
    uint8_t tag;
    enum kind kind;
    size_t offset;
};

#define REQUEST(tag, kind, member)                                                                 \
    {                                                                                              \
        tag, kind, offsetof(struct mpr_request, member)                                            \
    }
static const struct field request_fields[] = {
    REQUEST(1, TEXT, user),
    REQUEST(2, TEXT, service),
    REQUEST(3, TEXT, tty),
    REQUEST(4, TEXT, rhost),
    REQUEST(5, HEX, staged),
    REQUEST(6, SECRET, password),
    REQUEST(7, SECRET, old_password),
    REQUEST(8, PROCESS, leader),
    REQUEST(9, NUMBER, luid),
    REQUEST(10, FLAG, require),
    REQUEST(11, TEXT, ccache),
    REQUEST(12, LIST, scripts),
    REQUEST(13, LIST, environment),
    REQUEST(14, TEXT, authenticator),
    REQUEST(15, TEXT, type),
    REQUEST(16, TEXT, domain),
    REQUEST(17, TEXT, previous_type),
    REQUEST(18, TEXT, previous_user),
    REQUEST(19, TEXT, previous_domain),
    REQUEST(20, TEXT, station),
    REQUEST(21, CODE, change),
};
#define REQUEST_FIELDS (sizeof(request_fields) / sizeof(request_fields[0]))

#define REPLY(tag, kind, member)                                                                   \
    {                                                                                              \
        tag, kind, offsetof(struct mpr_reply, member)                                              \
    }
static const struct field reply_fields[] = {
    REPLY(1, CODE, status),      REPLY(2, NUMBER, luid),  REPLY(3, HEX, staged),
    REPLY(4, LIST, environment), REPLY(5, TEXT, message), REPLY(6, LIST, scripts),
    REPLY(7, TEXT, manager),     REPLY(8, CODE, error),   REPLY(9, TEXT, error_text),
};
#define REPLY_FIELDS (sizeof(reply_fields) / sizeof(reply_fields[0]))

static void *member(const void *message, const struct field *f)
{
    return (uint8_t *)(uintptr_t)message + f->offset;
}

bool mpr_staged_valid(const char *staged)
{
    return strlen(staged) == MPR_STAGED_DIGITS &&
           strspn(staged, "0123456789abcdef") == MPR_STAGED_DIGITS;
}

/* ---- writing ------------------------------------------------------------------------------- */

/* EMSGSIZE: over MPR_FIELD_MAX; EILSEQ: no UTF-8; EINVAL: not what the field may hold. */
static int check_text(const struct field *f, const char *s)
{
    size_t size = strlen(s);

    if (size > MPR_FIELD_MAX)
        return EMSGSIZE;
    if (u8_check((const uint8_t *)s, size))
        return EILSEQ;
    return f->kind == HEX && !mpr_staged_valid(s) ? EINVAL : 0;
}

/* The bytes a field's value takes, without tag and length; -1 with errno when it cannot be sent;
 * `absent`: it is not. */
static ssize_t value_size(const void *message, const struct field *f, bool *absent)
{
    const void *m = member(message, f);
    char *const *list;
    ssize_t size = 0;
    int error;

    *absent = false;
    switch (f->kind) {
    case TEXT:
    case HEX:
    case SECRET:
        *absent = !*(char *const *)m;
        error = *absent ? 0 : check_text(f, *(char *const *)m);
        if (error)
            goto fail;
        return *absent ? 0 : (ssize_t)strlen(*(char *const *)m);
    case LIST:
        list = *(char **const *)m;
        *absent = !list || !*list;
        for (; !*absent && *list; list++) {
            error = check_text(f, *list);
            size += (ssize_t)strlen(*list) + 1;
            if (!error && size > MPR_LIST_MAX)
                error = EMSGSIZE;
            if (error)
                goto fail;
        }
        return size;
    case PROCESS:
        error = *(const pid_t *)m < 0 ? EINVAL : 0;
        *absent = *(const pid_t *)m == 0;
        if (error)
            goto fail;
        return 4;
    case NUMBER:
        *absent = *(const uint64_t *)m == 0;
        return 8;
    case CODE:
        *absent = *(const uint32_t *)m == 0;
        return 4;
    case FLAG:
        *absent = !*(const bool *)m;
        return 1;
    }
    error = EINVAL;
fail:
    errno = error;
    return -1;
}

static void put_value(struct wire_writer *w, const void *message, const struct field *f,
                      size_t size)
{
    const void *m = member(message, f);

    switch (f->kind) {
    case TEXT:
    case HEX:
    case SECRET:
        wire_put_bytes(w, *(char *const *)m, size);
        break;
    case LIST:
        for (char *const *list = *(char **const *)m; *list; list++)
            wire_put_bytes(w, *list, strlen(*list) + 1);
        break;
    case PROCESS:
        wire_put_u32be(w, (uint32_t) * (const pid_t *)m);
        break;
    case NUMBER:
        wire_put_u64be(w, *(const uint64_t *)m);
        break;
    case CODE:
        wire_put_u32be(w, *(const uint32_t *)m);
        break;
    case FLAG:
        wire_put_u8(w, 1);
        break;
    }
}

static uint8_t *write_message(const void *message, const struct field *fields, size_t count,
                              size_t *size)
{
    size_t total = sizeof(magic);
    struct wire_writer w;
    uint8_t *out;
    ssize_t n;
    bool absent;

    for (size_t i = 0; i < count; i++) {
        n = value_size(message, &fields[i], &absent);
        if (n < 0)
            return NULL;
        total += absent ? 0 : 5 + (size_t)n;
    }
    out = secret_alloc(total);
    if (!out)
        return NULL;
    w = wire_writer(out, total);
    wire_put_bytes(&w, magic, sizeof(magic));
    for (size_t i = 0; i < count; i++) {
        n = value_size(message, &fields[i], &absent);
        if (n < 0 || absent)
            continue;
        wire_put_u8(&w, fields[i].tag);
        wire_put_u32be(&w, (uint32_t)n);
        put_value(&w, message, &fields[i], (size_t)n);
    }
    if (!wire_write_ok(&w) || w.offset != total) {
        secret_free(out);
        errno = EINVAL;
        return NULL;
    }
    *size = total;
    return out;
}

/* ---- reading ------------------------------------------------------------------------------- */

/* UTF-8 without a zero, in new memory of its kind. */
static char *read_text(const struct field *f, const uint8_t *bytes, size_t size)
{
    char *s;

    if (memchr(bytes, 0, size) || u8_check(bytes, size))
        return NULL;
    s = f->kind == SECRET ? secret_alloc(size + 1) : malloc(size + 1);
    if (!s)
        return NULL;
    memcpy(s, bytes, size);
    s[size] = 0;
    if (f->kind == HEX && !mpr_staged_valid(s)) {
        free(s);
        return NULL;
    }
    return s;
}

static char **read_list(const struct field *f, const uint8_t *bytes, size_t size)
{
    size_t count = 0, at = 0;
    char **list;

    if (!size || bytes[size - 1] != 0)
        return NULL;
    for (size_t i = 0; i < size; i++)
        count += bytes[i] == 0;
    list = calloc(count + 1, sizeof(*list));
    for (size_t i = 0; list && i < count; i++) {
        size_t length = strlen((const char *)bytes + at);

        list[i] = read_text(f, bytes + at, length);
        if (!list[i]) {
            while (i > 0)
                free(list[--i]);
            free(list);
            return NULL;
        }
        at += length + 1;
    }
    return list;
}

static bool read_value(void *message, const struct field *f, const uint8_t *bytes, size_t size)
{
    struct wire_reader r = wire_reader(bytes, size);
    void *m = member(message, f);

    switch (f->kind) {
    case TEXT:
    case HEX:
    case SECRET:
        *(char **)m = read_text(f, bytes, size);
        return *(char **)m != NULL;
    case LIST:
        *(char ***)m = read_list(f, bytes, size);
        return *(char ***)m != NULL;
    case PROCESS:
        *(pid_t *)m = (pid_t)wire_u32be(&r);
        return wire_done(&r) && *(pid_t *)m > 0;
    case NUMBER:
        *(uint64_t *)m = wire_u64be(&r);
        return wire_done(&r) && *(uint64_t *)m != 0;
    case CODE:
        *(uint32_t *)m = wire_u32be(&r);
        return wire_done(&r) && *(uint32_t *)m != 0;
    case FLAG:
        *(bool *)m = wire_u8(&r) == 1;
        return wire_done(&r) && *(bool *)m;
    }
    return false;
}

static void clear_message(void *message, const struct field *fields, size_t count, size_t size)
{
    for (size_t i = 0; i < count; i++) {
        void *m = member(message, &fields[i]);

        switch (fields[i].kind) {
        case TEXT:
        case HEX:
            free(*(char **)m);
            break;
        case SECRET:
            secret_free(*(char **)m);
            break;
        case LIST:
            for (char **list = *(char ***)m; list && *list; list++)
                free(*list);
            free(*(char ***)m);
            break;
        case PROCESS:
        case NUMBER:
        case CODE:
        case FLAG:
            break;
        }
    }
    memset(message, 0, size);
}

static bool read_message(const uint8_t *data, size_t size, void *message,
                         const struct field *fields, size_t count)
{
    struct wire_reader r = wire_reader(data, size);
    const uint8_t *bytes = wire_bytes(&r, sizeof(magic));
    uint32_t seen = 0;

    if (size > MPR_MESSAGE_MAX || !bytes || memcmp(bytes, magic, sizeof(magic)) != 0)
        return false;
    while (!wire_done(&r)) {
        uint8_t tag = wire_u8(&r);
        uint32_t length = wire_u32be(&r);
        size_t i = 0;

        while (i < count && fields[i].tag != tag)
            i++;
        if (!wire_ok(&r) || i == count || seen & 1u << i ||
            length > (fields[i].kind == LIST ? MPR_LIST_MAX : MPR_FIELD_MAX))
            return false;
        bytes = wire_bytes(&r, length);
        if (!bytes)
            return false;
        seen |= 1u << i;
        if (!read_value(message, &fields[i], bytes, length))
            return false;
    }
    return true;
}

/* ---- the two messages ---------------------------------------------------------------------- */

uint8_t *mpr_request_write(const struct mpr_request *request, size_t *size)
{
    return write_message(request, request_fields, REQUEST_FIELDS, size);
}

bool mpr_request_read(const uint8_t *data, size_t size, struct mpr_request *out)
{
    memset(out, 0, sizeof(*out));
    if (read_message(data, size, out, request_fields, REQUEST_FIELDS))
        return true;
    mpr_request_clear(out);
    return false;
}

void mpr_request_clear(struct mpr_request *request)
{
    clear_message(request, request_fields, REQUEST_FIELDS, sizeof(*request));
}

uint8_t *mpr_reply_write(const struct mpr_reply *reply, size_t *size)
{
    return write_message(reply, reply_fields, REPLY_FIELDS, size);
}

bool mpr_reply_read(const uint8_t *data, size_t size, struct mpr_reply *out)
{
    memset(out, 0, sizeof(*out));
    if (read_message(data, size, out, reply_fields, REPLY_FIELDS))
        return true;
    mpr_reply_clear(out);
    return false;
}

void mpr_reply_clear(struct mpr_reply *reply)
{
    clear_message(reply, reply_fields, REPLY_FIELDS, sizeof(*reply));
}

/* ---- verbs --------------------------------------------------------------------------------- */

static const char *const verbs[] = {
    [MPR_STAGE] = "stage",   [MPR_LOGON] = "logon",     [MPR_PASSWORD] = "password",
    [MPR_LOGOFF] = "logoff", [MPR_DISCARD] = "discard", [MPR_UNLOCK] = "unlock",
    [MPR_SCRIPT] = "script", [MPR_NOTIFY] = "notify",   [MPR_CHANGE] = "change",
};
#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

const char *mpr_verb_name(enum mpr_verb verb)
{
    return (size_t)verb < VERBS ? verbs[verb] : "?";
}

bool mpr_verb_parse(const char *word, enum mpr_verb *verb)
{
    for (size_t i = 0; i < VERBS; i++) {
        if (strcmp(word, verbs[i]) == 0) {
            *verb = (enum mpr_verb)i;
            return true;
        }
    }
    return false;
}
