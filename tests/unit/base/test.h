/* The headers cmocka wants before its own, in one place. */
#ifndef CREDMGR_TESTS_UNIT_BASE_TEST_H
#define CREDMGR_TESTS_UNIT_BASE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
