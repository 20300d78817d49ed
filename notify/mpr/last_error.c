/*
 * WNetSetLastError and WNetGetLastError: which credential manager failed last for this thread, and
 * why. Kept in the thread, in buffers of a fixed size, so that telling of an error needs no memory.
 *
 * Source: "WNetGetLastErrorW function" (sdk-api/winnetwk), "WNetSetLastErrorW function"
 * (sdk-api/npapi), "Returning Values to the MPR" (win32/SecAuthN).
 */
#include "notify/mpr/mpr.h"
#include "base/utf16.h"

#include <stdlib.h>
#include <string.h>

static __thread struct {
    DWORD error; /* of the provider's own; 0: none was told of */
    WCHAR text[512];
    WCHAR provider[64];
} last;

/* As much of `from` as fits, always with a zero behind it, and never half a character. */
static void copy_wide(WCHAR *to, size_t room, LPCWSTR from)
{
    size_t units = 0;

    for (; from && from[units] && units < room - 1; units++)
        to[units] = from[units];
    if (units && from[units] && (to[units - 1] & 0xfc00) == 0xd800)
        units--; /* the second half did not fit */
    to[units] = 0;
}

/* The same in UTF-8. */
static void copy_narrow(LPSTR to, size_t room, LPCWSTR from)
{
    char *text = utf16_to_utf8(from, utf16_length(from), NULL);
    size_t size = text ? strlen(text) : 0;

    if (size >= room) {
        size = room - 1;
        while (size && ((unsigned char)text[size] & 0xc0) == 0x80)
            size--;
    }
    if (size)
        memcpy(to, text, size);
    to[size] = 0;
    free(text);
}

/* What is no UTF-8 is shown byte by byte, as far as it is ASCII. */
static void set_narrow(WCHAR *to, size_t room, const char *from)
{
    WCHAR *wide = from ? utf16_from_utf8(from, strlen(from), NULL) : NULL;
    size_t i = 0;

    if (wide) {
        copy_wide(to, room, wide);
    } else {
        for (; from && from[i] && i < room - 1; i++)
            to[i] = (unsigned char)from[i] < 0x80 ? (WCHAR)from[i] : u'?';
        to[i] = 0;
    }
    free(wide);
}

/* What a program did not write as UTF-16 becomes a question mark: it could not be converted. */
static void repair(WCHAR *s)
{
    for (; *s; s++) {
        if ((*s & 0xfc00) == 0xd800 && (s[1] & 0xfc00) == 0xdc00)
            s++;
        else if ((*s & 0xf800) == 0xd800)
            *s = u'?';
    }
}

void mpr_last_error_set(DWORD error, const char *text, const char *provider)
{
    last.error = error;
    set_narrow(last.text, ARRAYSIZE(last.text), text);
    set_narrow(last.provider, ARRAYSIZE(last.provider), provider);
}

void mpr_last_error_clear(void)
{
    mpr_last_error_set(NO_ERROR, NULL, NULL);
}

VOID WINAPI WNetSetLastErrorA(DWORD err, LPSTR lpError, LPSTR lpProviders)
{
    mpr_last_error_set(err, lpError, lpProviders);
}

VOID WINAPI WNetSetLastErrorW(DWORD err, LPWSTR lpError, LPWSTR lpProviders)
{
    last.error = err;
    copy_wide(last.text, ARRAYSIZE(last.text), lpError);
    copy_wide(last.provider, ARRAYSIZE(last.provider), lpProviders);
    repair(last.text);
    repair(last.provider);
}

DWORD WINAPI WNetGetLastErrorA(LPDWORD lpError, LPSTR lpErrorBuf, DWORD nErrorBufSize,
                               LPSTR lpNameBuf, DWORD nNameBufSize)
{
    if (!lpError || !lpErrorBuf || !nErrorBufSize || !lpNameBuf || !nNameBufSize)
        return WN_BAD_POINTER;
    *lpError = last.error;
    copy_narrow(lpErrorBuf, nErrorBufSize, last.text);
    copy_narrow(lpNameBuf, nNameBufSize, last.provider);
    return WN_NO_ERROR;
}

DWORD WINAPI WNetGetLastErrorW(LPDWORD lpError, LPWSTR lpErrorBuf, DWORD nErrorBufSize,
                               LPWSTR lpNameBuf, DWORD nNameBufSize)
{
    if (!lpError || !lpErrorBuf || !nErrorBufSize || !lpNameBuf || !nNameBufSize)
        return WN_BAD_POINTER;
    *lpError = last.error;
    copy_wide(lpErrorBuf, nErrorBufSize, last.text);
    copy_wide(lpNameBuf, nNameBufSize, last.provider);
    return WN_NO_ERROR;
}
