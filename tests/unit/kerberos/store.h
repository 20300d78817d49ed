/*
 * A credential store for tests of the LSA-mode half: a small table instead of kernel keys.
 */
#ifndef CREDMGR_TEST_KERBEROS_STORE_H
#define CREDMGR_TEST_KERBEROS_STORE_H

#include <stdbool.h>
#include "libsspi/lsa/host.h"

extern const struct lsa_store test_store;

/* A key of that name is there. */
bool store_has(ULONG session, const char *key);
/* Bytes that look like this are in no key of the session. */
bool store_holds(ULONG session, const char *bytes);
size_t store_count(ULONG session);
/* As the end of a logon session does it. */
void store_clear(ULONG session);

#endif
