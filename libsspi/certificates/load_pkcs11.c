/*
 * Certificates and keys in tokens, named by pkcs11: URIs (RFC 7512). The key never leaves its
 * token: OpenSSL's PKCS#11 engine (libp11) has it sign. Engines are deprecated in OpenSSL 3 and
 * still what distributions have.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <errno.h>
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/ui.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/reason.h"
#include "base/secret.h"
#include "libsspi/certificates/load.h"

#define MODULE_VARIABLE "PKCS11_MODULE_PATH"

/* An engine for each PKCS#11 module that a URI names; they stay as long as the process. */
struct module {
    struct module *next;
    char *path; /* "": the one that the engine takes by itself */
    ENGINE *engine;
};
static struct module *modules;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static ENGINE *start(const char *path)
{
    ENGINE *engine;

    /* the engine would find out at its first use, and say so on standard error */
    if (path[0] && access(path, R_OK) != 0) {
        reason_set(errno, "the PKCS#11 module %s: %m", path);
        return NULL;
    }
    /* by which the engine loads what the caller of a setuid program likes */
    if (!path[0] && getenv(MODULE_VARIABLE) && !secure_getenv(MODULE_VARIABLE)) {
        reason_set(0, "this program has more rights than its caller: " MODULE_VARIABLE
                      " must not be set");
        return NULL;
    }
    ENGINE_load_dynamic();
    engine = ENGINE_by_id("pkcs11");
    if (!engine) {
        reason_set(0, "OpenSSL has no PKCS#11 engine: install libengine-pkcs11-openssl "
                      "(openssl-pkcs11)");
        return NULL;
    }
    ENGINE_ctrl_cmd_string(engine, "QUIET", NULL, 0);
    if ((path[0] && !ENGINE_ctrl_cmd_string(engine, "MODULE_PATH", path, 0)) ||
        !ENGINE_init(engine)) {
        reason_set(0, "the PKCS#11 module %s cannot be loaded",
                   path[0] ? path : "that OpenSSL's engine takes");
        ENGINE_free(engine);
        return NULL;
    }
    return engine;
}

/* Stays the process's. Under the lock. */
static ENGINE *engine_for(const char *path)
{
    struct module *module;

    for (module = modules; module; module = module->next)
        if (strcmp(module->path, path) == 0)
            break;
    if (!module && (module = calloc(1, sizeof(*module)))) {
        module->path = strdup(path);
        module->engine = module->path ? start(path) : NULL;
        if (module->engine) {
            module->next = modules;
            modules = module;
        } else {
            free(module->path);
            free(module);
            module = NULL;
        }
    }
    return module ? module->engine : NULL;
}

/* ---- the PIN: the URI's, or the one that is asked for ---- */

struct pin {
    const char *uri;
    struct asker *asker;
};

static int read_pin_file(const char *path, char *buffer, int size)
{
    FILE *file = fopen(strncmp(path, "file:", 5) == 0 ? path + 5 : path, "re");
    size_t length;

    if (!file)
        return -1;
    setvbuf(file, NULL, _IONBF, 0);
    length = fread(buffer, 1, (size_t)size - 1, file);
    fclose(file);
    while (length > 0 && (buffer[length - 1] == '\n' || buffer[length - 1] == '\r'))
        length--;
    buffer[length] = '\0';
    return (int)length;
}

static int give_pin(char *buffer, int size, int writing, void *user)
{
    struct pin *pin = user;
    char *value = uri_attribute(pin->uri, "pin-value", true), *source = NULL;
    int length = -1;

    if (value && strlen(value) < (size_t)size) {
        length = (int)strlen(value);
        memcpy(buffer, value, (size_t)length + 1);
    } else if (!value && (source = uri_attribute(pin->uri, "pin-source", true))) {
        length = read_pin_file(source, buffer, size);
    } else if (!value) {
        pin->asker->source = pin->uri; /* which has no PIN in it */
        length = asker_password(buffer, size, writing, pin->asker);
    }
    pin->asker->wanted = true;
    pin->asker->answered = length >= 0;
    secret_free(value);
    secret_free(source);
    return length;
}

static int give_nothing(char *buffer, int size, int writing, void *user)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)user;
    return -1;
}

/* Whom the engine asks, when it wants to; without this it asks at the terminal. */
static void set_asker(ENGINE *engine, UI_METHOD *method, void *data)
{
    ENGINE_ctrl_cmd(engine, "SET_USER_INTERFACE", 0, method, NULL, 1);
    ENGINE_ctrl_cmd(engine, "SET_CALLBACK_DATA", 0, data, NULL, 1);
}

/* ---- certificates and keys ---- */

static SECURITY_STATUS load_certificate(ENGINE *engine, const char *uri, struct loaded *loaded)
{
    struct {
        const char *name;
        X509 *x509;
    } wanted = {uri_with_type(uri, "cert"), NULL};
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

    if (!wanted.name)
        return status;
    status = SEC_E_NO_CREDENTIALS;
    if (ENGINE_ctrl_cmd(engine, "LOAD_CERT_CTRL", 0, &wanted, NULL, 1) && wanted.x509)
        status = loaded_certificate(loaded, wanted.x509) ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
    else
        reason_set(0, "%s: no token has that certificate", wanted.name);
    free((char *)wanted.name);
    return status;
}

static SECURITY_STATUS load_key(ENGINE *engine, UI_METHOD *method, struct pin *pin,
                                struct loaded *loaded)
{
    char *name = uri_with_type(pin->uri, "private");
    struct asker *asker = pin->asker;
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;
    EVP_PKEY *key;

    if (!name)
        return status;
    asker->wanted = asker->answered = false;
    key = ENGINE_load_private_key(engine, name, method, pin);
    if (key) {
        EVP_PKEY_free(loaded->key);
        loaded->key = key;
        status = SEC_E_OK;
    } else if (asker->answered) {
        status = SEC_E_LOGON_DENIED;
        reason_set(0, "%s: the PIN is wrong, or there is no such key", name);
    } else {
        status = asker->wanted ? SEC_E_LOGON_DENIED : SEC_E_NO_CREDENTIALS;
        reason_set(0, asker->wanted ? "%s: it needs a PIN" : "%s: no token has that key", name);
    }
    free(name);
    return status;
}

SECURITY_STATUS load_pkcs11(const char *certificate, const char *key, struct asker *asker,
                            struct loaded *loaded)
{
    struct pin pin = {key ? key : certificate, asker};
    static UI_METHOD *nobody;
    UI_METHOD *method = UI_UTIL_wrap_read_pem_callback(give_pin, 0);
    char *path = uri_attribute(pin.uri, "module-path", true);
    SECURITY_STATUS status = SEC_E_UNSUPPORTED_FUNCTION;
    ENGINE *engine;

    pthread_mutex_lock(&lock);
    if (!nobody)
        nobody = UI_UTIL_wrap_read_pem_callback(give_nothing, 0);
    if (!method || !nobody) {
        status = SEC_E_INSUFFICIENT_MEMORY;
    } else if ((engine = engine_for(path ? path : ""))) {
        set_asker(engine, nobody, NULL);
        status = certificate ? load_certificate(engine, certificate, loaded) : SEC_E_OK;
        if (status == SEC_E_OK && key)
            status = load_key(engine, method, &pin, loaded);
        set_asker(engine, nobody, NULL);
    }
    pthread_mutex_unlock(&lock);
    UI_destroy_method(method);
    secret_free(path);
    return status;
}
