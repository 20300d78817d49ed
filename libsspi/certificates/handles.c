/*
 * Handles of stores: opened, duplicated, closed.
 */
#include <string.h>
#include <strings.h>

#include "base/last_error.h"
#include "base/utf16.h"
#include "libsspi/certificates/internal.h"

static void *failed(DWORD error)
{
    last_error_set(error);
    return NULL;
}

static HCERTSTORE give(struct store *store)
{
    if (!store)
        return failed(ERROR_NOT_ENOUGH_MEMORY);
    atomic_store(&store->handles, 1);
    return store;
}

HCERTSTORE WINAPI CertOpenStore(LPCSTR lpszStoreProvider, DWORD dwEncodingType,
                                HCRYPTPROV_LEGACY hCryptProv, DWORD dwFlags, const void *pvPara)
{
    (void)dwEncodingType;
    (void)hCryptProv;
    (void)dwFlags;
    (void)pvPara;
    if (lpszStoreProvider == CERT_STORE_PROV_MEMORY)
        return give(store_new());
    return failed(ERROR_FILE_NOT_FOUND);
}

HCERTSTORE WINAPI CertDuplicateStore(HCERTSTORE hCertStore)
{
    struct store *store = store_of(hCertStore);

    if (!store)
        return failed((DWORD)E_INVALIDARG);
    store_hold(store);
    atomic_fetch_add(&store->handles, 1);
    return store;
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
    atomic_fetch_sub(&store->handles, 1);
    store_release(store);
    if ((dwFlags & CERT_CLOSE_STORE_CHECK_FLAG) && pending) {
        last_error_set((DWORD)CRYPT_E_PENDING_CLOSE);
        return FALSE;
    }
    return TRUE;
}
