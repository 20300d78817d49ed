/*
 * The certificates that this system trusts: those of OpenSSL's default places, which distributions
 * fill (ca-certificates, p11-kit), and SSL_CERT_FILE and SSL_CERT_DIR in their place. They are read
 * once, and again when a place has changed.
 */
#include <openssl/err.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "libsspi/certificates/build.h"

struct places {
    char file[4096], folder[4096];
    struct timespec file_time, folder_time;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static X509_STORE *current;
static struct places current_places;

static void note_place(char *place, size_t size, struct timespec *time, const char *variable,
                       const char *standard)
{
    const char *value = secure_getenv(variable);
    struct stat info;

    strncpy(place, value ? value : standard, size - 1);
    if (stat(place, &info) == 0)
        *time = info.st_mtim;
}

/*
 * As X509_STORE_set_default_paths(), but for one of its three ways: to look for a certificate in
 * all of the files in the folder, besides in those that bear its hash, takes longer than all else
 * that a verification does. What is not there is empty.
 */
static bool add_places(X509_STORE *store)
{
    X509_LOOKUP *file = X509_STORE_add_lookup(store, X509_LOOKUP_file());
    X509_LOOKUP *folder = X509_STORE_add_lookup(store, X509_LOOKUP_hash_dir());

    if (!file || !folder)
        return false;
    ERR_set_mark();
    X509_LOOKUP_load_file(file, NULL, X509_FILETYPE_DEFAULT);
    X509_LOOKUP_add_dir(folder, NULL, X509_FILETYPE_DEFAULT);
    ERR_pop_to_mark();
    return true;
}

X509_STORE *system_roots(void)
{
    X509_STORE *store = NULL;
    struct places places;

    memset(&places, 0, sizeof(places));
    note_place(places.file, sizeof(places.file), &places.file_time,
               X509_get_default_cert_file_env(), X509_get_default_cert_file());
    note_place(places.folder, sizeof(places.folder), &places.folder_time,
               X509_get_default_cert_dir_env(), X509_get_default_cert_dir());

    pthread_mutex_lock(&lock);
    if (!current || memcmp(&places, &current_places, sizeof(places)) != 0) {
        X509_STORE_free(current);
        current = X509_STORE_new();
        if (current && !add_places(current)) {
            X509_STORE_free(current);
            current = NULL;
        }
        current_places = places;
    }
    if (current && X509_STORE_up_ref(current))
        store = current;
    pthread_mutex_unlock(&lock);
    return store;
}
