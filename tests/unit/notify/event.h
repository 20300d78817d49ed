/*
 * One event for the tests of credential managers, carla's logon, and one manager that is told of
 * it.
 */
#ifndef CREDMGR_TESTS_UNIT_NOTIFY_EVENT_H
#define CREDMGR_TESTS_UNIT_NOTIFY_EVENT_H

#include "notify/provider.h"

#define EVENT_MEMORY ((size_t)128 << 20) /* that a manager may use */

extern struct mpr_call event_call;

int event_open(void **state); /* cmocka group fixtures: with the world */
int event_close(void **state);
/* Calls the manager `name`, again as long as it is not there; *script (MPR_FIELD_MAX + 1 bytes, or
 * NULL) gets the script that it named. */
struct mpr_outcome event_script(const char *name, unsigned timeout, char *script);
struct mpr_outcome event(const char *name, unsigned timeout);
/* The same, with the manager of the tests installed by that name. */
struct mpr_outcome event_with(const char *name);

#endif
