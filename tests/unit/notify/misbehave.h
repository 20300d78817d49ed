/* What the credential manager of the tests (manager.c) can do wrong. */
#ifndef CREDMGR_TESTS_UNIT_NOTIFY_MISBEHAVE_H
#define CREDMGR_TESTS_UNIT_NOTIFY_MISBEHAVE_H

#include <npapi.h>
#include <stdbool.h>
#include <stdio.h>

/* Was the manager loaded by this name? */
bool called(const char *name);
/* NAME.seen beside the manager. */
FILE *seen_file(const char *mode);

void crash(void);
void hang(void);
/* What all notifications do. */
DWORD behave(void);

#endif
