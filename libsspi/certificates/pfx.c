/*
 * PKCS#12 out of memory, as PFXImportCertStore() has it.
 */
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <stdlib.h>
#include <string.h>

#include "base/last_error.h"
#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/certificates/load.h"

static LONG WINAPI give_password(void *context, const char *source, char *password, ULONG size)
{
    const char *text = context;

    (void)source;
    if (!text || strlen(text) > size)
        return -1;
    memcpy(password, text, strlen(text));
    return (LONG)strlen(text);
}

/* The certificate of the key carries the others as its chain. */
static bool fill(struct store *store, struct loaded *loaded, bool with_keys)
{
    bool ok = true;

    for (int i = 0; ok && i < sk_X509_num(loaded->certificates); i++) {
        X509 *x509 = sk_X509_value(loaded->certificates, i);
        bool owns = with_keys && loaded->key && X509_check_private_key(x509, loaded->key) == 1;
        struct body *body = body_new(x509, owns ? loaded->key : NULL, NULL);

        ok = body && store_add(store, body);
        body_release(body);
    }
    return ok;
}

static DWORD import(const CRYPT_DATA_BLOB *pfx, LPCWSTR password, bool with_keys,
                    struct store **result)
{
    struct loaded loaded = {NULL, NULL, NULL};
    char *text = password ? utf16_to_utf8_secret(password, utf16_length(password), NULL) : NULL;
    struct asker asker = {.source = "PKCS#12", .callback = give_password, .context = text};
    DWORD error = (DWORD)CRYPT_E_BAD_ENCODE;
    SECURITY_STATUS status;

    *result = NULL;
    ERR_set_mark();
    status = password && !text ? SEC_E_LOGON_DENIED
                               : load_pkcs12(pfx->pbData, pfx->cbData, &asker, &loaded);
    ERR_pop_to_mark();
    if (status == SEC_E_OK) {
        *result = store_new();
        error =
            *result && fill(*result, &loaded, with_keys) ? ERROR_SUCCESS : ERROR_NOT_ENOUGH_MEMORY;
    } else if (status == SEC_E_LOGON_DENIED) {
        error = ERROR_INVALID_PASSWORD;
    } else if (status == SEC_E_INSUFFICIENT_MEMORY) {
        error = ERROR_NOT_ENOUGH_MEMORY;
    }
    if (error != ERROR_SUCCESS) {
        store_release(*result);
        *result = NULL;
    }
    loaded_free(&loaded);
    secret_free(text);
    return error;
}

static bool usable(const CRYPT_DATA_BLOB *pfx)
{
    return pfx && pfx->pbData && pfx->cbData > 0 && pfx->cbData <= LOAD_FILE_MAX;
}

HCERTSTORE WINAPI PFXImportCertStore(CRYPT_DATA_BLOB *pPFX, LPCWSTR szPassword, DWORD dwFlags)
{
    struct store *store = NULL;
    DWORD error = (DWORD)E_INVALIDARG;

    if (usable(pPFX))
        error = import(pPFX, szPassword, !(dwFlags & PKCS12_ONLY_CERTIFICATES), &store);
    if (!store)
        last_error_set(error);
    return store;
}

BOOL WINAPI PFXIsPFXBlob(CRYPT_DATA_BLOB *pPFX)
{
    return usable(pPFX) && load_is_pkcs12(pPFX->pbData, pPFX->cbData);
}

BOOL WINAPI PFXVerifyPassword(CRYPT_DATA_BLOB *pPFX, LPCWSTR szPassword, DWORD dwFlags)
{
    struct store *store = NULL;
    DWORD error = (DWORD)E_INVALIDARG;

    (void)dwFlags;
    if (usable(pPFX))
        error = import(pPFX, szPassword, false, &store);
    store_release(store);
    if (error != ERROR_SUCCESS)
        last_error_set(error);
    return error == ERROR_SUCCESS;
}
