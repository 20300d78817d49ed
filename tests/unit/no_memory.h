/*
 * Memory that runs out at a place of the test's choice. A test that has no_memory.c among its
 * sources is linked with -Wl,--wrap=malloc -Wl,--wrap=calloc ($(NO_MEMORY)), so that what its own
 * objects ask for comes by here; and what OpenSSL asks for, once no_memory_openssl() was called.
 */
#ifndef CREDMGR_TESTS_NO_MEMORY_H
#define CREDMGR_TESTS_NO_MEMORY_H

#include <stdbool.h>

/* How often memory was asked for, and the time at which there is none, the first being 1; 0: there
 * always is some. */
extern unsigned no_memory_asked, no_memory_at;
/* Where it points to false, nothing is counted and nothing fails; NULL: everywhere counts. */
extern const bool *no_memory_while;

/* Before OpenSSL has asked for anything: first of all in main(). */
bool no_memory_openssl(void);

#endif
