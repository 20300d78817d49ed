/* What another object of the same program knows of the thread's last error. */
#ifndef CREDMGR_TESTS_UNIT_MPR_OTHER_OBJECT_H
#define CREDMGR_TESTS_UNIT_MPR_OTHER_OBJECT_H

#include <windows.h>

DWORD other_object_get(void);
void other_object_set(DWORD error);

#endif
