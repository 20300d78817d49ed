/*
 * What GetLastError() of the calling program says after a function of this library: the headers
 * give one variable to each, and the library's symbols bind to itself.
 */
#include "libsspi/api/api.h"

#include <dlfcn.h>

void api_set_last_error(DWORD error)
{
    void *program = dlopen(NULL, RTLD_LAZY);
    DWORD *theirs = program ? dlsym(program, "credmgr_last_error") : NULL;

    SetLastError(error);
    if (theirs)
        *theirs = error;
    if (program)
        dlclose(program);
}
