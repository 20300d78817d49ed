/*
 * AddSecurityPackage and DeleteSecurityPackage: packages of one's own, for this process. A library
 * is an SSP/AP (SpLsaModeInitialize and SpUserModeInitialize) or an SSP (InitSecurityInterfaceW).
 */
#include "libsspi/api/api.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/trust.h"
#include "base/utf16.h"
#include "libsspi/api/reason.h"
#include "libsspi/lsa/host_ssp.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- packages that are loaded -------------------------------------------------------------- */

static bool is_named(const struct lsa_package *package, const WCHAR *name, const char *name_a)
{
    return utf16_equal_nocase(package->info.Name, name) ||
           (package->library && strcmp(package->library, name_a) == 0);
}

/* Shows or hides the package of that name, or all of the library; false when there is none. */
static bool set_hidden(const WCHAR *name, const char *name_a, bool hidden)
{
    size_t count = lsa_host_count();
    bool any = false;

    for (size_t i = 0; i < count; i++) {
        const struct lsa_package *package = lsa_host_package(i);

        if (is_named(package, name, name_a) && (!hidden || !package->hidden)) {
            lsa_host_hide(package, hidden);
            any = true;
        }
    }
    return any;
}

/* ---- loading ------------------------------------------------------------------------------- */

/* A symbol of the library itself: dlsym() also looks into what it depends on, libsspi.so for one.
 */
static void *own_symbol(void *library, const char *name)
{
    void *symbol = dlsym(library, name);
    struct link_map *map;
    Dl_info info;

    if (!symbol || !dladdr(symbol, &info) || dlinfo(library, RTLD_DI_LINKMAP, &map) != 0 ||
        (ElfW(Addr))(uintptr_t)info.dli_fbase != map->l_addr)
        return NULL;
    return symbol;
}

static SECURITY_STATUS refuse(const char *path, const char *why)
{
    reason_set(0, "%s: %s", path, why);
    return SEC_E_CANNOT_INSTALL;
}

static SECURITY_STATUS load(const char *path, const char *name)
{
    struct trust_problem problem;
    struct builtin_package package = {.name = name};
    INIT_SECURITY_INTERFACE_W interface;
    PSecurityFunctionTableW table;
    size_t added = 0;
    NTSTATUS status;
    void *library;

    if (!trust_path(path, TRUST_FILE, &problem)) {
        reason_set(problem.error, "%s", problem.what);
        return problem.error == ENOENT ? SEC_E_SECPKG_NOT_FOUND : SEC_E_CANNOT_INSTALL;
    }
    /* Never unloaded: its packages may have threads, and contexts that are still open. */
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library)
        return refuse(path, dlerror());
    package.lsa_mode = (SpLsaModeInitializeFn)own_symbol(library, "SpLsaModeInitialize");
    package.user_mode = (SpUserModeInitializeFn)own_symbol(library, "SpUserModeInitialize");
    interface = (INIT_SECURITY_INTERFACE_W)own_symbol(library, "InitSecurityInterfaceW");
    if (package.lsa_mode && package.user_mode) {
        status = lsa_host_add(&package, name, false, &added);
    } else if (interface) {
        table = interface();
        status = table ? lsa_host_add_ssp(table, name, &added) : SEC_E_CANNOT_INSTALL;
    } else {
        return refuse(path, "no security package: neither SpLsaModeInitialize with "
                            "SpUserModeInitialize nor InitSecurityInterfaceW");
    }
    if (added > 0)
        return SEC_E_OK;
    reason_set(status, "%s: its packages could not be started, or their names are taken", path);
    return SEC_E_CANNOT_INSTALL;
}

/* ---- the functions ------------------------------------------------------------------------- */

/* What is not for one process: a package in lsad is the administrator's (lsa.conf). */
static SECURITY_STATUS check_options(const SECURITY_PACKAGE_OPTIONS *options)
{
    if (!options)
        return SEC_E_OK;
    if (options->Size != 0 && options->Size < offsetof(SECURITY_PACKAGE_OPTIONS, SignatureSize))
        return SEC_E_INVALID_PARAMETER;
    if (options->Type == SECPKG_OPTIONS_TYPE_LSA || (options->Flags & SECPKG_OPTIONS_PERMANENT))
        return SEC_E_UNSUPPORTED_FUNCTION;
    return options->Type <= SECPKG_OPTIONS_TYPE_SSPI ? SEC_E_OK : SEC_E_INVALID_PARAMETER;
}

static SECURITY_STATUS add(const WCHAR *name, const SECURITY_PACKAGE_OPTIONS *options)
{
    char *name_a = utf16_to_utf8(name, utf16_length(name), NULL), path[PATH_MAX];
    SECURITY_STATUS status = SEC_E_INVALID_PARAMETER;
    int length;

    if (!name_a)
        return status;
    length = *name_a == '/' ? snprintf(path, sizeof(path), "%s", name_a)
                            : snprintf(path, sizeof(path), CREDMGR_MANAGERDIR "/%s.so", name_a);
    if (!*name_a || (*name_a != '/' && strchr(name_a, '/')) || length >= (int)sizeof(path))
        goto out;
    status = check_options(options);
    if (status != SEC_E_OK)
        goto out;
    pthread_mutex_lock(&lock);
    status = set_hidden(name, name_a, false) ? SEC_E_OK : load(path, name_a);
    pthread_mutex_unlock(&lock);
out:
    free(name_a);
    return status;
}

/*
 * pszPackageName: a library, by its absolute path or by its name in the directory of credmgr's
 * modules, without ".so"; or a package that DeleteSecurityPackage() took away. A library is loaded
 * only when nobody but root can have put it where it is. pOptions may be NULL.
 *
 * SEC_E_SECPKG_NOT_FOUND: there is no such file; SEC_E_CANNOT_INSTALL: it is not root's, cannot be
 * loaded, holds no package, or one whose name is taken (CredmgrLastErrorText tells which);
 * SEC_E_INVALID_PARAMETER; SEC_E_UNSUPPORTED_FUNCTION: SECPKG_OPTIONS_TYPE_LSA and
 * SECPKG_OPTIONS_PERMANENT. "AddSecurityPackage".
 */
SECURITY_STATUS WINAPI AddSecurityPackageW(LPWSTR pszPackageName,
                                           PSECURITY_PACKAGE_OPTIONS pOptions)
{
    api_reason_begin();
    if (!api_start())
        return api_reason_end(SEC_E_INTERNAL_ERROR);
    if (!pszPackageName)
        return api_reason_end(SEC_E_INVALID_PARAMETER);
    return api_reason_end(add(pszPackageName, pOptions));
}

SECURITY_STATUS WINAPI AddSecurityPackageA(LPSTR pszPackageName, PSECURITY_PACKAGE_OPTIONS pOptions)
{
    bool failed = false;
    WCHAR *name = api_wide(pszPackageName, &failed);
    SECURITY_STATUS status = AddSecurityPackageW(name, pOptions);

    free(name);
    return status;
}

/*
 * The package is found no more; credentials and contexts made with it go on. Its name, or what
 * AddSecurityPackage() was given, for all of a library. SEC_E_SECPKG_NOT_FOUND,
 * SEC_E_INVALID_PARAMETER. "DeleteSecurityPackage".
 */
SECURITY_STATUS WINAPI DeleteSecurityPackageW(SEC_WCHAR *pszPackageName)
{
    SECURITY_STATUS status = SEC_E_SECPKG_NOT_FOUND;
    char *name = NULL;

    api_reason_begin();
    if (!api_start())
        return api_reason_end(SEC_E_INTERNAL_ERROR);
    if (pszPackageName)
        name = utf16_to_utf8(pszPackageName, utf16_length(pszPackageName), NULL);
    if (!name)
        return api_reason_end(SEC_E_INVALID_PARAMETER);
    pthread_mutex_lock(&lock);
    if (set_hidden(pszPackageName, name, true))
        status = SEC_E_OK;
    pthread_mutex_unlock(&lock);
    free(name);
    return api_reason_end(status);
}

SECURITY_STATUS WINAPI DeleteSecurityPackageA(SEC_CHAR *pszPackageName)
{
    bool failed = false;
    WCHAR *name = api_wide(pszPackageName, &failed);
    SECURITY_STATUS status = DeleteSecurityPackageW(name);

    free(name);
    return status;
}
