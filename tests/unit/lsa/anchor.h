/*
 * An anchor keyring of the test's own below root's user keyring, gone when the test program is:
 * kernel keyrings are the one thing that no namespace holds. Root only.
 */
#ifndef CREDMGR_TESTS_LSA_ANCHOR_H
#define CREDMGR_TESTS_LSA_ANCHOR_H

#include "base/keyring.h"

/* For cmocka's group fixtures. */
int anchor_setup(void **state);
int anchor_teardown(void **state);

extern keyring_serial anchor;
extern char anchor_name[64];
/* Keys and keyrings that are linked below the anchor, at any depth. */
unsigned anchor_keys(void);

#endif
