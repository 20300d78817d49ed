/*
 * Names: as zero-terminated WCHARs inside, in Unicode or "OEM" on the wire. Nobody agrees on what
 * OEM means, so ours is UTF-8, which is right wherever both sides keep to ASCII.
 */
#ifndef CREDMGR_NTLM_TEXT_H
#define CREDMGR_NTLM_TEXT_H

#include <windows.h>

#include "libsspi/packages/ntlm/crypto.h"

/*
 * Owned, zero-terminated; units is the length without the zero. Empty text has NULL or an empty
 * string.
 */
struct ntlm_text {
    WCHAR *string;
    size_t units;
};

/*
 * From the wire. False for an odd length, a zero inside, malformed UTF-8 (*no_memory is false
 * then), or without memory.
 */
bool ntlm_text_read(struct ntlm_bytes wire, bool unicode, struct ntlm_text *out, bool *no_memory);
/*
 * For the wire: borrowed from `text`, or, for OEM, in new memory that *scratch gets (free() it
 * later). False when memory has run out or the text is not well-formed UTF-16.
 */
bool ntlm_text_write(const struct ntlm_text *text, bool unicode, struct ntlm_bytes *out,
                     char **scratch);
/* A copy of `units` WCHARs, or of UTF-16LE bytes. */
bool ntlm_text_set(struct ntlm_text *text, const WCHAR *string, size_t units);
bool ntlm_text_set_bytes(struct ntlm_text *text, struct ntlm_bytes utf16);
bool ntlm_text_same(const struct ntlm_text *a,
                    const struct ntlm_text *b); /* without regard to case */
struct ntlm_bytes ntlm_text_bytes(const struct ntlm_text *text);
void ntlm_text_free(struct ntlm_text *text);
/*
 * "domain\\user", or "user" alone without a domain, in memory from `allocate`; NULL without memory.
 */
WCHAR *ntlm_qualified_name(const struct ntlm_text *user, const struct ntlm_text *domain,
                           PVOID(NTAPI *allocate)(ULONG));

#endif
