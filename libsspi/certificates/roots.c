/*
 * The certificates that this system trusts: those of OpenSSL's default places, which distributions
 * fill (ca-certificates, p11-kit), and SSL_CERT_FILE and SSL_CERT_DIR in their place. They are read
 * once, and again when a place has changed.
 */
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
        if (current && !X509_STORE_set_default_paths(current)) {
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
