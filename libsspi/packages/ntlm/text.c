/*
 * The conversions between names in memory and names in messages.
 */
#include "libsspi/packages/ntlm/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"

bool ntlm_text_set_bytes(struct ntlm_text *text, struct ntlm_bytes utf16)
{
    text->string = calloc(utf16.size / sizeof(WCHAR) + 1, sizeof(WCHAR));
    if (!text->string)
        return false;
    text->units = utf16.size / sizeof(WCHAR);
    if (text->units)
        memcpy(text->string, utf16.data, text->units * sizeof(WCHAR));
    return true;
}

bool ntlm_text_set(struct ntlm_text *text, const WCHAR *string, size_t units)
{
    return ntlm_text_set_bytes(text,
                               (struct ntlm_bytes){(const uint8_t *)string, units * sizeof(WCHAR)});
}

bool ntlm_text_read(struct ntlm_bytes wire, bool unicode, struct ntlm_text *out, bool *no_memory)
{
    *out = (struct ntlm_text){0};
    *no_memory = false;
    if (unicode && wire.size % sizeof(WCHAR))
        return false;
    if (unicode) {
        *no_memory = !ntlm_text_set_bytes(out, wire);
    } else {
        out->string = utf16_from_utf8((const char *)wire.data, wire.size, &out->units);
        *no_memory = !out->string && errno == ENOMEM;
    }
    if (!out->string)
        return false;
    if (utf16_length(out->string) != out->units) {
        ntlm_text_free(out);
        return false;
    }
    return true;
}

bool ntlm_text_write(const struct ntlm_text *text, bool unicode, struct ntlm_bytes *out,
                     char **scratch)
{
    *scratch = NULL;
    *out = ntlm_text_bytes(text);
    if (unicode || !text->units)
        return true;
    *scratch = utf16_to_utf8(text->string, text->units, &out->size);
    out->data = (const uint8_t *)*scratch;
    return *scratch != NULL;
}

bool ntlm_text_same(const struct ntlm_text *a, const struct ntlm_text *b)
{
    if (!a->units || !b->units)
        return a->units == b->units;
    return utf16_equal_nocase(a->string, b->string);
}

struct ntlm_bytes ntlm_text_bytes(const struct ntlm_text *text)
{
    return (struct ntlm_bytes){(const uint8_t *)text->string, text->units * sizeof(WCHAR)};
}

void ntlm_text_free(struct ntlm_text *text)
{
    free(text->string);
    *text = (struct ntlm_text){0};
}

WCHAR *ntlm_qualified_name(const struct ntlm_text *user, const struct ntlm_text *domain,
                           PVOID(NTAPI *allocate)(ULONG))
{
    size_t prefix = domain->units ? domain->units + 1 : 0;
    WCHAR *name = allocate((ULONG)((prefix + user->units + 1) * sizeof(WCHAR)));

    if (!name)
        return NULL;
    if (prefix) {
        memcpy(name, domain->string, domain->units * sizeof(WCHAR));
        name[domain->units] = u'\\';
    }
    if (user->units)
        memcpy(name + prefix, user->string, user->units * sizeof(WCHAR));
    name[prefix + user->units] = 0;
    return name;
}
