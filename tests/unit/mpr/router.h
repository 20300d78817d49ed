/*
 * libmpr's functions in a test: with the mpnotify, the configuration and the patience of the test's
 * choice.
 */
#ifndef CREDMGR_TESTS_UNIT_MPR_ROUTER_H
#define CREDMGR_TESTS_UNIT_MPR_ROUTER_H

#include "notify/mpr/mpr.h"

#include <ntsecapi.h>

extern const char *router_mpnotify; /* the program that is run */
extern char router_config[256];     /* its --config= */
extern int router_patience;         /* milliseconds */

/* A structure of one block, as a program would fill it. free() it. */
KERB_INTERACTIVE_LOGON *router_logon(const WCHAR *domain, const WCHAR *user, const WCHAR *password);

/* What WNetGetLastErrorA says; the strings live until the next call. */
extern DWORD router_error;
extern char router_text[512], router_name[64];
void router_ask_error(void);

#endif
