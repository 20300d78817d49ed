/*
 * A temporary directory with credential managers of any behaviour (manager.c), and what they have
 * seen.
 */
#ifndef CREDMGR_TESTS_UNIT_NOTIFY_WORLD_H
#define CREDMGR_TESTS_UNIT_NOTIFY_WORLD_H

#include <stdbool.h>
#include <stddef.h>

extern char world_directory[64];
extern char world_build[1024]; /* the build folder this program is in */

int world_open(void **state); /* cmocka group fixtures */
int world_close(void **state);
/* libcredmgr_NAME.so.1 there: the test manager, or a link to `target`. */
void world_install(const char *name, const char *target);
/* The file NAME.SUFFIX there; the text lives until the next call. NULL: there is none. */
const char *world_read(const char *name, const char *suffix);
/* What the manager NAME wrote (NAME.seen). NULL: it was not called. */
const char *world_seen(const char *name);
/* Forgets what all managers wrote, and which of them are ready. */
void world_forget(void);
/* Writes a file in the directory; its path lives until the next call. */
const char *world_write(const char *name, const char *text);

#endif
