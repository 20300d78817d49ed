/*
 * Messages as tests write them down, and fields as tests expect them.
 */
#ifndef CREDMGR_TEST_TS_HEX_H
#define CREDMGR_TEST_TS_HEX_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <windows.h>

#include "libsspi/packages/tspkg/wire/bytes.h"

/* The size; fails the test for what has no room. */
size_t from_hex(const char *hex, uint8_t *out, size_t room);
void is_bytes(struct ts_bytes bytes, const void *expected, size_t size);
/* UTF-16 without its zero. */
void is_text(struct ts_bytes bytes, const WCHAR *text);

#endif
