/*
 * System stores out of files. A file that cannot be read as a certificate is passed over: one that
 * is damaged must not take all others with it.
 */
#include "libsspi/certificates/system.h"

#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libsspi/certificates/load.h"

static DWORD error_of(SECURITY_STATUS status)
{
    switch (status) {
    case SEC_E_OK:
        return ERROR_SUCCESS;
    case SEC_E_INSUFFICIENT_MEMORY:
        return ERROR_NOT_ENOUGH_MEMORY;
    case SEC_E_NO_CREDENTIALS:
        return errno == EACCES ? ERROR_ACCESS_DENIED : ERROR_FILE_NOT_FOUND;
    default:
        return (DWORD)CRYPT_E_FILE_ERROR;
    }
}

/* One more certificate, unless it is there. */
static bool add_once(struct store *store, X509 *x509, EVP_PKEY *key, STACK_OF(X509) *chain)
{
    struct body *body = body_new(x509, key, chain);
    bool ok = body && (store_has(store, body) || store_add(store, body));

    body_release(body);
    return ok;
}

static bool add_loaded(struct store *store, struct loaded *loaded)
{
    for (int i = 0; i < sk_X509_num(loaded->certificates); i++) {
        X509 *x509 = sk_X509_value(loaded->certificates, i);
        bool owns = loaded->key && X509_check_private_key(x509, loaded->key) == 1;

        if (!add_once(store, x509, owns ? loaded->key : NULL, NULL))
            return false;
    }
    return store_add_crls(store, loaded->crls);
}

DWORD store_load(struct store *store, const char *path)
{
    struct loaded loaded = {NULL, NULL, NULL};
    struct asker nobody = {.source = path};
    SECURITY_STATUS status = load_file(path, &nobody, &loaded);

    /* a key that is encrypted is left where it is */
    if (status == SEC_E_LOGON_DENIED && loaded.certificates)
        status = SEC_E_OK;
    if (status == SEC_E_OK && !add_loaded(store, &loaded))
        status = SEC_E_INSUFFICIENT_MEMORY;
    loaded_free(&loaded);
    return error_of(status);
}

/* Names as OpenSSL makes them of a subject's hash, for certificates (.0) and CRLs (.r0). */
static int is_hashed(const struct dirent *entry)
{
    size_t digits = strspn(entry->d_name, "0123456789abcdef");

    return digits == 8 && entry->d_name[8] == '.';
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* A folder that is not there has nothing in it. */
static DWORD load_folder(struct store *store, const char *folder,
                         int (*wanted)(const struct dirent *))
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, wanted, alphasort);
    DWORD error = ERROR_SUCCESS;

    for (int i = 0; i < count; i++) {
        char path[8192];

        if (error == ERROR_SUCCESS &&
            snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name) < (int)sizeof(path) &&
            store_load(store, path) == ERROR_NOT_ENOUGH_MEMORY)
            error = ERROR_NOT_ENOUGH_MEMORY;
        free(entries[i]);
    }
    free(entries);
    return error;
}

DWORD system_load_roots(struct store *store)
{
    const char *file = secure_getenv(X509_get_default_cert_file_env());
    const char *folder = secure_getenv(X509_get_default_cert_dir_env());

    if (store_load(store, file ? file : X509_get_default_cert_file()) == ERROR_NOT_ENOUGH_MEMORY)
        return ERROR_NOT_ENOUGH_MEMORY;
    return load_folder(store, folder ? folder : X509_get_default_cert_dir(), is_hashed);
}

static DWORD load_configured(struct store *store, bool machine, const char *name)
{
    char folder[4096];
    const char *config = secure_getenv("XDG_CONFIG_HOME"), *home = secure_getenv("HOME");
    struct passwd person, *found = NULL;
    char text[4096];

    if (machine) {
        snprintf(folder, sizeof(folder), "%s/%s", CREDMGR_SYSCONFDIR, name);
    } else if (config && config[0] == '/') {
        snprintf(folder, sizeof(folder), "%s/credmgr/%s", config, name);
    } else {
        if (!home && getpwuid_r(geteuid(), &person, text, sizeof(text), &found) == 0 && found)
            home = found->pw_dir;
        if (!home || home[0] != '/')
            return ERROR_SUCCESS;
        snprintf(folder, sizeof(folder), "%s/.config/credmgr/%s", home, name);
    }
    return load_folder(store, folder, is_visible);
}

DWORD system_load_own(struct store *store, bool machine)
{
    return load_configured(store, machine, "certificates");
}

DWORD system_load_intermediates(struct store *store, bool machine)
{
    return load_configured(store, machine, "intermediates");
}
