/*
 * What GetLastError() of the calling program says after a function of this library: the headers
 * give one variable to each, and the library's symbols bind to itself.
 */
#include "base/last_error.h"

#include <dlfcn.h>
#include <windows.h>

void last_error_set(uint32_t error)
{
    void *program = dlopen(NULL, RTLD_LAZY);
    DWORD *theirs = program ? dlsym(program, "credmgr_last_error") : NULL;

    SetLastError(error);
    if (theirs)
        *theirs = error;
    if (program)
        dlclose(program);
}
