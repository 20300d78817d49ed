/*
 * Why the call that is under way on this thread failed: the code of the component underneath (of
 * libkrb5, say) and its own words. A SECURITY_STATUS says what happened; "why" is what people ask.
 *
 * Whoever sees the failure sets it, a package above all; whoever began the call clears it before
 * and reads it after: lsad sends it along with the status, libsspi keeps it for
 * CredmgrLastErrorText() (credmgr.h). It never holds a secret.
 */
#ifndef CREDMGR_REASON_H
#define CREDMGR_REASON_H

#include <stdint.h>

#define REASON_TEXT_SIZE 256 /* bytes with the terminating zero, UTF-8 */

struct reason {
    int32_t code;                /* 0: none, or the component has no codes */
    char text[REASON_TEXT_SIZE]; /* "" when nothing failed */
};

/* Replaces the thread's reason; a text that is too long is cut at a character, and control
 * characters become spaces. */
void reason_set(int32_t code, const char *format, ...) __attribute__((format(printf, 2, 3)));
void reason_clear(void);
/* The thread's; never NULL. */
const struct reason *reason_get(void);

#endif
