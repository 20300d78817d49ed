/*
 * UTF-8 to UTF-16 and back (Windows' WCHAR is a UTF-16 code unit), and the upper-casing that NTLM's
 * NTOWFv2 needs. Malformed input is an error, never replaced. On libunistring.
 */
#ifndef CREDMGR_BASE_UTF16_H
#define CREDMGR_BASE_UTF16_H

#include <stdbool.h>
#include <stddef.h>
#include <uchar.h>

/* Code units before the terminating zero. */
size_t utf16_length(const char16_t *s);
/*
 * Converts `units` code units (utf8_*: `bytes` bytes) into a new, zero-terminated string.
 * *out_length (may be NULL) gets the length without the zero. NULL with errno EILSEQ or ENOMEM.
 * Free with free(); for secrets use secret_free() on the *_secret variants.
 */
char *utf16_to_utf8(const char16_t *s, size_t units, size_t *out_length);
char16_t *utf16_from_utf8(const char *s, size_t bytes, size_t *out_length);
char *utf16_to_utf8_secret(const char16_t *s, size_t units, size_t *out_length);
char16_t *utf16_from_utf8_secret(const char *s, size_t bytes, size_t *out_length);
/* Upper-cases in place, one code unit at a time as Windows' RtlUpcaseUnicodeChar does (no ß → SS).
 */
void utf16_upcase(char16_t *s, size_t units);
/* Case-insensitive comparison of two zero-terminated strings by the same rule. */
bool utf16_equal_nocase(const char16_t *a, const char16_t *b);
bool utf16_equal(const char16_t *a, const char16_t *b);
char16_t *utf16_dup(const char16_t *s);

#endif
