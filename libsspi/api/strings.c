/*
 * UTF-8 in, UTF-16 out, and back: all that the A functions do themselves.
 */
#include "libsspi/api/api.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"

WCHAR *api_wide(const char *text, bool *failed)
{
    WCHAR *wide;

    if (!text)
        return NULL;
    wide = utf16_from_utf8(text, strlen(text), NULL);
    if (!wide)
        *failed = true;
    return wide;
}

bool api_counted(WCHAR *text, UNICODE_STRING *out)
{
    size_t units = text ? utf16_length(text) : 0;

    if (units >= UINT16_MAX / sizeof(WCHAR))
        return false;
    out->Buffer = text;
    out->Length = (USHORT)(units * sizeof(WCHAR));
    out->MaximumLength = (USHORT)(out->Length + (text ? sizeof(WCHAR) : 0));
    return true;
}

char *api_narrow(WCHAR *text, bool *failed)
{
    char *narrow;

    if (!text)
        return NULL;
    narrow = utf16_to_utf8(text, utf16_length(text), NULL);
    if (!narrow)
        *failed = true;
    lsa_host_free(text);
    return narrow;
}
