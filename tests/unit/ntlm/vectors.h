/*
 * What the tests of NTLM share: the common values of [MS-NLMP] section 4.2.1 and a way to write
 * bytes as the document does.
 */
#ifndef CREDMGR_TEST_NTLM_VECTORS_H
#define CREDMGR_TEST_NTLM_VECTORS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "libsspi/packages/ntlm/wire/message.h"
#include "libsspi/packages/ntlm/messages/session.h"
#include "libsspi/packages/ntlm/text.h"

/* Bytes from "4e 54 4c …", into one of a few static buffers that are used in turn. */
struct ntlm_bytes hex(const char *text);
/* Fails, showing both, unless the bytes are those of the hex text. */
void assert_hex(const void *data, size_t size, const char *text);
struct ntlm_text text_of(const char *utf8); /* ntlm_text_free */

/* 4.2.1 */
#define VECTOR_USER             u"User"
#define VECTOR_DOMAIN           u"Domain"
#define VECTOR_PASSWORD         u"Password"
#define VECTOR_SERVER_CHALLENGE "01 23 45 67 89 ab cd ef"
#define VECTOR_CLIENT_CHALLENGE "aa aa aa aa aa aa aa aa"
#define VECTOR_SESSION_KEY      "55 55 55 55 55 55 55 55 55 55 55 55 55 55 55 55"
#define VECTOR_PLAINTEXT        "50 00 6c 00 61 00 69 00 6e 00 74 00 65 00 78 00 74 00"
/* names as they stand in the messages */
#define WIRE_USER        "55 00 73 00 65 00 72 00"
#define WIRE_DOMAIN      "44 00 6f 00 6d 00 61 00 69 00 6e 00"
#define WIRE_WORKSTATION "43 00 4f 00 4d 00 50 00 55 00 54 00 45 00 52 00"
#define WIRE_SERVER      "53 00 65 00 72 00 76 00 65 00 72 00"

/* cmocka group set-up and tear-down: OpenSSL's algorithms */
int crypto_set_up(void **state);
int crypto_tear_down(void **state);

#endif
