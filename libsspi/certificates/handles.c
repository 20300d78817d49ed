/*
 * Handles of stores: opened, duplicated, closed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/last_error.h"
#include "base/utf16.h"
#include "libsspi/certificates/load.h"
#include "libsspi/certificates/system.h"

static void *failed(DWORD error)
{
    last_error_set(error);
    return NULL;
}

static HCERTSTORE open_file(struct store *store, const char *path)
{
    DWORD error = store_load(store, path);

    if (error == ERROR_SUCCESS)
        return store;
    store_release(store);
    return failed(error);
}

static HCERTSTORE open_system(struct store *store, const char *name, DWORD flags)
{
    bool machine = (flags & CERT_SYSTEM_STORE_LOCATION_MASK) == CERT_SYSTEM_STORE_LOCAL_MACHINE;
    DWORD error = ERROR_FILE_NOT_FOUND;

    if (strcasecmp(name, "ROOT") == 0)
        error = system_load_roots(store);
    else if (strcasecmp(name, "MY") == 0)
        error = system_load_own(store, machine);
    else if (strcasecmp(name, "CA") == 0)
        error = system_load_intermediates(store, machine);
    if (error == ERROR_SUCCESS)
        return store;
    store_release(store);
    return failed(error);
}

HCERTSTORE WINAPI CertOpenStore(LPCSTR lpszStoreProvider, DWORD dwEncodingType,
                                HCRYPTPROV_LEGACY hCryptProv, DWORD dwFlags, const void *pvPara)
{
    bool wide = lpszStoreProvider == CERT_STORE_PROV_FILENAME_W ||
                lpszStoreProvider == CERT_STORE_PROV_SYSTEM_W;
    bool file = lpszStoreProvider == CERT_STORE_PROV_FILENAME_A ||
                lpszStoreProvider == CERT_STORE_PROV_FILENAME_W;
    bool memory = lpszStoreProvider == CERT_STORE_PROV_MEMORY;
    struct store *store = NULL;
    HCERTSTORE handle = NULL;
    char *text = NULL;

    (void)dwEncodingType;
    (void)hCryptProv;
    if (!memory && !file && !wide && lpszStoreProvider != CERT_STORE_PROV_SYSTEM_A)
        return failed(ERROR_FILE_NOT_FOUND);
    if (!memory && !pvPara)
        return failed((DWORD)E_INVALIDARG);
    if (wide)
        text = utf16_to_utf8(pvPara, utf16_length(pvPara), NULL);
    else if (!memory)
        text = strdup(pvPara);
    if (!memory && !text)
        return failed(errno == ENOMEM ? ERROR_NOT_ENOUGH_MEMORY : (DWORD)E_INVALIDARG);
    store = store_new();
    if (!store)
        failed(ERROR_NOT_ENOUGH_MEMORY);
    else if (memory)
        handle = store;
    else
        handle = file ? open_file(store, text) : open_system(store, text, dwFlags);
    if (handle)
        store->read_only = (dwFlags & CERT_STORE_READONLY_FLAG) != 0;
    free(text);
    return handle;
}

HCERTSTORE WINAPI CertOpenSystemStoreA(HCRYPTPROV_LEGACY hProv, LPCSTR szSubsystemProtocol)
{
    return CertOpenStore(CERT_STORE_PROV_SYSTEM_A, 0, hProv, CERT_SYSTEM_STORE_CURRENT_USER,
                         szSubsystemProtocol);
}

HCERTSTORE WINAPI CertOpenSystemStoreW(HCRYPTPROV_LEGACY hProv, LPCWSTR szSubsystemProtocol)
{
    return CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, hProv, CERT_SYSTEM_STORE_CURRENT_USER,
                         szSubsystemProtocol);
}

HCERTSTORE WINAPI CertDuplicateStore(HCERTSTORE hCertStore)
{
    struct store *store = store_of(hCertStore);

    return store ? store_hold(store) : failed((DWORD)E_INVALIDARG);
}

BOOL WINAPI CertCloseStore(HCERTSTORE hCertStore, DWORD dwFlags)
{
    struct store *store = store_of(hCertStore);
    bool pending;

    if (!hCertStore)
        return TRUE;
    if (!store) {
        last_error_set((DWORD)E_INVALIDARG);
        return FALSE;
    }
    pending = atomic_load(&store->references) > 1;
    store_release(store);
    if ((dwFlags & CERT_CLOSE_STORE_CHECK_FLAG) && pending) {
        last_error_set((DWORD)CRYPT_E_PENDING_CLOSE);
        return FALSE;
    }
    return TRUE;
}
