/*
 * Gives FreeRDP's client another SSPI than WinPR's. Debian's xfreerdp 2 has no option for that, its
 * server has (SspiModule in the registry); this goes before libwinpr2 by LD_PRELOAD and answers the
 * one question that libfreerdp asks it with the function tables of the library SSPI_MODULE.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT void *InitSecurityInterfaceExA(unsigned flags);
EXPORT void *InitSecurityInterfaceExW(unsigned flags);

static void *table(const char *function)
{
    const char *path = getenv("SSPI_MODULE");
    void *library = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    void *(*init)(void) = NULL;

    if (library)
        *(void **)&init = dlsym(library, function);
    if (!init) {
        fprintf(stderr, "SSPI_MODULE %s: %s\n", path ? path : "", dlerror());
        abort();
    }
    fprintf(stderr, "Using SSPI Module: %s\n", path);
    return init();
}

void *InitSecurityInterfaceExA(unsigned flags)
{
    (void)flags;
    return table("InitSecurityInterfaceA");
}

void *InitSecurityInterfaceExW(unsigned flags)
{
    (void)flags;
    return table("InitSecurityInterfaceW");
}
