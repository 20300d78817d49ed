/*
 * Loads security packages and finds them again. What a loaded package may ask of the LSA stands in
 * host_table.c.
 */
#include "libsspi/lsa/host_inner.h"
#include "libsspi/lsa/host_internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <ntstatus.h>
#include "base/log.h"
#include "base/utf16.h"

struct lsa_host lsa_host;

static const struct lsa_store no_store;

struct machine {
    SECPKG_PARAMETERS parameters;
    WCHAR *domain, *dns_domain;
};

static NTSTATUS set_string(UNICODE_STRING *out, WCHAR *buffer, size_t units)
{
    if (units > 0x7ffe)
        return STATUS_NAME_TOO_LONG;
    out->Buffer = buffer;
    out->Length = (USHORT)(units * sizeof(WCHAR));
    out->MaximumLength = (USHORT)((units + 1) * sizeof(WCHAR));
    return STATUS_SUCCESS;
}

/*
 * What SpInitialize learns of the machine. In a realm: its name, and the first label of it as the
 * short domain name. Without one the machine is its own domain, as a standalone Windows machine is.
 */
static NTSTATUS describe_machine(struct machine *machine)
{
    char host[256];
    const char *name = lsa_host.realm;
    size_t units = 0;
    NTSTATUS status = STATUS_NO_MEMORY;
    SECPKG_PARAMETERS *p = &machine->parameters;

    memset(machine, 0, sizeof(*machine));
    p->Version = SECPKG_INTERFACE_VERSION;
    p->MachineState = SECPKG_STATE_ENCRYPTION_PERMITTED | SECPKG_STATE_STRONG_ENCRYPTION_PERMITTED |
                      (lsa_host.realm ? SECPKG_STATE_WORKSTATION : SECPKG_STATE_STANDALONE);
    if (lsa_host.realm) {
        machine->dns_domain = utf16_from_utf8(lsa_host.realm, strlen(lsa_host.realm), &units);
        if (!machine->dns_domain)
            goto out;
        status = set_string(&p->DnsDomainName, machine->dns_domain, units);
        if (status != STATUS_SUCCESS)
            goto out;
    } else if (lsa_host.host_name) {
        name = lsa_host.host_name;
    } else {
        if (gethostname(host, sizeof(host)) != 0)
            strcpy(host, "localhost");
        host[sizeof(host) - 1] = '\0';
        name = host;
    }
    machine->domain = utf16_from_utf8(name, strcspn(name, "."), &units);
    status = STATUS_NO_MEMORY;
    if (!machine->domain)
        goto out;
    utf16_upcase(machine->domain, units);
    status = set_string(&p->DomainName, machine->domain, units);
out:
    return status;
}

static NTSTATUS init_user_half(const struct builtin_package *builtin, struct lsa_package *package,
                               ULONG index, PSECPKG_USER_FUNCTION_TABLE tables, ULONG count,
                               ULONG version)
{
    void *functions = NULL;

    if (index >= count) {
        log_error("package %s: no user-mode table for its package %u", builtin->name, index);
        return STATUS_INVALID_PARAMETER;
    }
    package->user = &tables[index];
    if (!package->user->InstanceInit)
        return STATUS_SUCCESS;
    return package->user->InstanceInit(version, &lsa_host_dll_functions, &functions);
}

static void free_package(struct lsa_package *package)
{
    free((char *)package->name);
    free((char *)package->library);
    free(package);
}

/* Calls SpInitialize and SpGetInfo of one table, for the next place of the list. */
static NTSTATUS init_package(const struct builtin_package *builtin, PSECPKG_FUNCTION_TABLE table,
                             struct machine *machine, struct lsa_package **made)
{
    struct lsa_package *package;
    NTSTATUS status;

    if (lsa_host.count == LSA_HOST_PACKAGES)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (!table->Initialize || !table->GetInfo)
        return STATUS_INVALID_PARAMETER;
    package = calloc(1, sizeof(*package));
    if (!package)
        return STATUS_NO_MEMORY;
    package->id = lsa_host.count;
    package->lsa = table;
    status = table->Initialize(package->id, &machine->parameters, &lsa_host_table);
    if (!NT_SUCCESS(status)) {
        log_error("package %s: SpInitialize failed (0x%08x); it is left out", builtin->name,
                  (unsigned)status);
        free_package(package);
        return status;
    }
    status = table->GetInfo(&package->info);
    if (NT_SUCCESS(status)) {
        package->name = package->info.Name ? utf16_to_utf8(package->info.Name,
                                                           utf16_length(package->info.Name), NULL)
                                           : NULL;
        status = package->name ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
    }
    if (NT_SUCCESS(status) && lsa_host_find(package->info.Name))
        status = STATUS_OBJECT_NAME_COLLISION;
    if (!NT_SUCCESS(status)) {
        log_error("package %s: SpGetInfo failed (0x%08x); it is left out", builtin->name,
                  (unsigned)status);
        if (table->Shutdown)
            table->Shutdown();
        free_package(package);
        return status;
    }
    *made = package;
    return STATUS_SUCCESS;
}

static void forget(struct lsa_package *package)
{
    if (package->lsa->Shutdown)
        package->lsa->Shutdown();
    free_package(package);
}

/* From now on other threads see it. */
static void publish(struct lsa_package *package)
{
    lsa_host.packages[lsa_host.count] = package;
    atomic_fetch_add_explicit(&lsa_host.count, 1, memory_order_release);
    lsa_notify_package_loaded(package);
}

/* In lsad only what its own packages open has one (host_inner_direct.h). */
static bool has_user_halves(void)
{
    return !lsa_host.in_lsa || lsa_host.inner;
}

static NTSTATUS load(const struct builtin_package *builtin, struct machine *machine,
                     const char *library, bool keeps_context)
{
    PSECPKG_FUNCTION_TABLE tables = NULL;
    PSECPKG_USER_FUNCTION_TABLE user_tables = NULL;
    ULONG version = 0, user_version = 0, count = 0, user_count = 0, i;
    NTSTATUS status, first = STATUS_SUCCESS;

    status = builtin->lsa_mode(SECPKG_INTERFACE_VERSION, &version, &tables, &count);
    if (!NT_SUCCESS(status) || !tables || count == 0 || count > LSA_HOST_PACKAGES) {
        log_error("package %s: SpLsaModeInitialize failed (0x%08x); it is left out", builtin->name,
                  (unsigned)status);
        return NT_SUCCESS(status) ? STATUS_INVALID_PARAMETER : status;
    }
    if (has_user_halves()) {
        status = builtin->user_mode ? builtin->user_mode(SECPKG_INTERFACE_VERSION, &user_version,
                                                         &user_tables, &user_count)
                                    : STATUS_NOT_SUPPORTED;
        if (!NT_SUCCESS(status)) {
            log_error("package %s: SpUserModeInitialize failed (0x%08x); it is left out",
                      builtin->name, (unsigned)status);
            return status;
        }
    }
    for (i = 0; i < count; i++) {
        struct lsa_package *package = NULL;

        status = init_package(builtin, &tables[i], machine, &package);
        if (NT_SUCCESS(status) && has_user_halves()) {
            status = init_user_half(builtin, package, i, user_tables, user_count, user_version);
            if (!NT_SUCCESS(status)) {
                log_error("package %s: SpInstanceInit failed (0x%08x); it is left out",
                          builtin->name, (unsigned)status);
                forget(package);
            }
        }
        if (NT_SUCCESS(status) && (library && !(package->library = strdup(library)))) {
            status = STATUS_NO_MEMORY;
            forget(package);
        }
        if (NT_SUCCESS(status)) {
            package->in_process = builtin->flags & BUILTIN_IN_PROCESS;
            package->own_auth_data = builtin->flags & BUILTIN_OWN_AUTH_DATA;
            package->keeps_context = keeps_context || package->in_process;
            publish(package);
        } else if (first == STATUS_SUCCESS) {
            first = status;
        }
    }
    return first;
}

static const struct builtin_package *find_builtin(const char *name)
{
    const struct builtin_package *b;

    for (b = lsa_builtin_packages; b->name; b++)
        if (strcasecmp(b->name, name) == 0)
            return b;
    return NULL;
}

/*
 * Loads one library. In libsspi the program that uses it is the client even then, so that a package
 * which asks where it runs (GetCallInfo) learns it from the first call on.
 */
static NTSTATUS load_for(const struct builtin_package *builtin, struct machine *machine,
                         const char *library, bool keeps_context)
{
    struct lsa_call call = {.call_attributes = SECPKG_CALL_IN_PROC};
    NTSTATUS status;

    if (lsa_host.in_lsa)
        return load(builtin, machine, library, keeps_context);
    call.client.ProcessID = (ULONG)getpid();
    call.client.ThreadID = (ULONG)gettid();
    call.uid = geteuid();
    lsa_call_begin(&call);
    status = load(builtin, machine, library, keeps_context);
    lsa_call_end();
    return status;
}

NTSTATUS lsa_host_start(const struct lsa_host_config *config)
{
    struct machine machine;
    const struct builtin_package *builtin;
    NTSTATUS status, failed = STATUS_SUCCESS;
    size_t i;

    lsa_host.in_lsa = config->in_lsa;
    lsa_host.store = config->store ? config->store : &no_store;
    lsa_host.settings = config->settings;
    lsa_host.failed = config->failed;
    lsa_host.inner = config->inner;
    lsa_host.realm = config->realm;
    lsa_host.host_name = config->host_name;
    lsa_acceptors_start();
    status = describe_machine(&machine);
    if (!NT_SUCCESS(status))
        goto out;
    for (i = 0; config->packages && config->packages[i]; i++) {
        if (!find_builtin(config->packages[i])) {
            log_error("unknown security package \"%s\" (see credmgr packages)",
                      config->packages[i]);
            status = STATUS_NO_SUCH_PACKAGE;
            goto out;
        }
    }
    for (i = 0;
         config->packages ? config->packages[i] != NULL : lsa_builtin_packages[i].name != NULL;
         i++) {
        builtin = config->packages ? find_builtin(config->packages[i]) : &lsa_builtin_packages[i];
        status = load_for(builtin, &machine, NULL, false);
        if (!NT_SUCCESS(status) && failed == STATUS_SUCCESS)
            failed = status;
    }
    status = lsa_host.count > 0 ? STATUS_SUCCESS : failed;
out:
    free(machine.domain);
    free(machine.dns_domain);
    return status;
}

NTSTATUS lsa_host_add(const struct builtin_package *package, const char *library,
                      bool keeps_context, size_t *added)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    size_t first, count = 0;
    struct machine machine;
    NTSTATUS status;

    pthread_mutex_lock(&lock);
    first = lsa_host.count;
    status = describe_machine(&machine);
    if (NT_SUCCESS(status))
        status = load_for(package, &machine, library, keeps_context);
    free(machine.domain);
    free(machine.dns_domain);
    count = lsa_host.count - first;
    pthread_mutex_unlock(&lock);
    if (added)
        *added = count;
    return count > 0 ? SEC_E_OK : NT_SUCCESS(status) ? SEC_E_CANNOT_INSTALL : status;
}

void lsa_host_stop(void)
{
    lsa_notify_stop();
    while (lsa_host.count > 0)
        forget(lsa_host.packages[--lsa_host.count]);
    memset(&lsa_host, 0, sizeof(lsa_host));
}

size_t lsa_host_count(void)
{
    return atomic_load_explicit(&lsa_host.count, memory_order_acquire);
}

const struct lsa_package *lsa_host_package(size_t index)
{
    return index < lsa_host_count() ? lsa_host.packages[index] : NULL;
}

bool lsa_host_is_lsad(void)
{
    return lsa_host.in_lsa;
}

const struct lsa_inner_ops *lsa_inner(void)
{
    return lsa_host.inner;
}

void lsa_host_hide(const struct lsa_package *package, bool hidden)
{
    atomic_store(&lsa_host.packages[package->id]->hidden, hidden);
}

const struct lsa_package *lsa_host_find(const WCHAR *name)
{
    size_t count = lsa_host_count();

    for (size_t i = 0; name && i < count; i++)
        if (!lsa_host.packages[i]->hidden &&
            utf16_equal_nocase(name, lsa_host.packages[i]->info.Name))
            return lsa_host.packages[i];
    return NULL;
}

const char *lsa_setting(const char *package, const char *name, const char *fallback)
{
    const struct lsa_setting *s = lsa_host.settings ? lsa_host.settings(package) : NULL;

    for (; s && s->name; s++)
        if (strcasecmp(s->name, name) == 0)
            return s->value ? s->value : fallback;
    return fallback;
}
