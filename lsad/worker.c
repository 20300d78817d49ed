/*
 * The working process: see the header. Its steps are in the order that the sandbox needs: what
 * takes root comes first, then the loss of root and of the file system, then packages and sessions,
 * then the system calls.
 */
#include "lsad/worker.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/utf16.h"
#include "libsspi/lsa/host_inner_direct.h"
#include "libsspi/lsa/session.h"
#include "libsspi/lsa/store.h"
#include "lsad/network.h"
#include "lsad/calls.h"
#include "lsad/failures.h"
#include "lsad/loop.h"
#include "lsad/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <krb5.h>
#include <ntstatus.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define GRACE_SECONDS 2 /* for calls under way, at the end */

/* Descriptors: connections, leaders of sessions, and what libraries open. */
static unsigned descriptors_wanted(const struct lsad_config *config)
{
    return config->max_clients + 16384;
}

/*
 * Replay caches of libkrb5 would go to /var/tmp under the name of our uid and be refused for
 * belonging to fsuid 0; the one of the LSA is its own. An administrator's own choice stands.
 */
static bool place_replay_cache(const char *private_directory)
{
    char name[256];

    snprintf(name, sizeof(name), "file2:%s/krb5.rcache", private_directory);
    return setenv("KRB5RCACHENAME", name, 0) == 0;
}

/* The keytab that krb5.conf names, "FILE:/path"; empty when libkrb5 does not know. */
static void find_keytab(char *name, int room)
{
    krb5_context context;

    name[0] = 0;
    if (krb5_init_context(&context) != 0)
        return;
    if (krb5_kt_default_name(context, name, room) != 0)
        name[0] = 0;
    krb5_free_context(context);
}

/* Of the account file, which is written here only to keep passwords that people change. */
static bool keeps_accounts(void)
{
    const struct lsa_setting *s = lsad_config_settings("ntlm");
    bool keeps = false;

    for (; s && s->name; s++)
        if (strcasecmp(s->name, "keep_local_accounts") == 0)
            (void)conf_parse_bool(s->value, &keeps);
    return keeps;
}

static bool confine(const struct lsad_worker *worker, struct lsad_sandbox *sandbox)
{
    const struct lsad_config *config = worker->config;
    char *readable = NULL, *keytabs = NULL, default_keytab[1024];
    int ruleset;
    bool confined = false;

    if (config->open) {
        log_warn("running without a sandbox (--no-sandbox)");
        return keyring_own_session() == 0;
    }
    find_keytab(default_keytab, sizeof(default_keytab));
    keytabs = lsad_config_keytabs();
    /* Its folder is there before the file: a first account must not wait for another lsad. */
    if (mkdir(CREDMGR_ACCOUNTS_FOLDER, 0700) != 0 && errno != EEXIST)
        log_warn("%s: %m: there will be no account file", CREDMGR_ACCOUNTS_FOLDER);
    if (!keytabs || asprintf(&readable, "%s %s %s %s", config->readable ? config->readable : "",
                             keytabs, default_keytab, CREDMGR_ACCOUNTS_FOLDER) < 0) {
        free(keytabs);
        return false;
    }
    free(keytabs);
    ruleset = -1;
    if (sandbox_limits(sandbox, descriptors_wanted(config)))
        ruleset = sandbox_open_paths(sandbox, worker->private_directory, readable,
                                     keeps_accounts() ? CREDMGR_ACCOUNTS_FOLDER : NULL);
    free(readable);
    if (ruleset != -1)
        confined = sandbox_identity(config->uid, config->gid) && sandbox_close_paths(ruleset);
    /* Changing the uid has cleared it; and the supervisor may be gone by now. */
    if (confined &&
        (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) != 0 || getppid() != worker->supervisor)) {
        log_error("the supervisor is gone");
        confined = false;
    }
    return confined;
}

/* ---- who we are ---------------------------------------------------------------------------- */

/* The realm from lsa.conf, else krb5.conf's; NULL when there is none. */
static char *find_realm(void)
{
    const struct lsa_setting *s = lsad_config_settings("kerberos");
    krb5_context context;
    char *found, *realm = NULL;

    for (; s && s->name; s++)
        if (strcasecmp(s->name, "realm") == 0)
            return strdup(s->value);
    if (krb5_init_context(&context) != 0)
        return NULL;
    if (krb5_get_default_realm(context, &found) == 0) {
        realm = strdup(found);
        krb5_free_default_realm(context, found);
    }
    krb5_free_context(context);
    return realm;
}

/* export_ccache; NULL for none. */
static const char *find_export(void)
{
    const struct lsa_setting *s = lsad_config_settings("kerberos");

    for (; s && s->name; s++)
        if (strcasecmp(s->name, "export_ccache") == 0)
            return *s->value && strcasecmp(s->value, "none") != 0 ? s->value : NULL;
    return NULL;
}

/* The machine's own name as a domain: the first label of its host name, in capital letters, as the
 * packages are told too. */
static char *find_machine(void)
{
    char host[256] = "localhost";
    WCHAR *wide;
    size_t units;
    char *name = NULL;

    if (gethostname(host, sizeof(host)) != 0)
        strcpy(host, "localhost");
    host[sizeof(host) - 1] = 0;
    wide = utf16_from_utf8(host, strcspn(host, "."), &units);
    if (wide) {
        utf16_upcase(wide, units);
        name = utf16_to_utf8(wide, units, NULL);
    }
    free(wide);
    return name;
}

static bool has_package(const struct lsad_config *config, const char *name)
{
    for (size_t i = 0; config->packages[i]; i++)
        if (strcasecmp(config->packages[i], name) == 0)
            return true;
    return false;
}

/* ---- life ---------------------------------------------------------------------------------- */

/*
 * The packages of lsa.conf, and Negotiate beside TSPkg, which authenticates with it. No client gets
 * at that one. NULL: no memory.
 */
static const char **packages_to_load(const struct lsad_config *config)
{
    size_t count = 0;
    const char **list;

    while (config->packages[count])
        count++;
    list = calloc(count + 2, sizeof(*list));
    if (!list)
        return NULL;
    memcpy(list, config->packages, count * sizeof(*list));
    if (has_package(config, "tspkg") && !has_package(config, "negotiate"))
        list[count] = "negotiate";
    return list;
}

static bool start_packages(const struct lsad_config *config)
{
    const char **packages = packages_to_load(config);
    struct lsa_host_config host = {.in_lsa = true,
                                   .store = network_store(),
                                   .packages = packages,
                                   .settings = lsad_config_settings,
                                   .realm = lsad_state.realm,
                                   .failed = failures_note_session,
                                   .inner =
                                       has_package(config, "tspkg") ? &lsa_inner_direct : NULL};
    NTSTATUS status = packages ? lsa_host_start(&host) : STATUS_NO_MEMORY;

    free(packages);
    if (!NT_SUCCESS(status)) {
        log_error("no security package could be loaded (0x%08x)", (unsigned)status);
        return false;
    }
    for (size_t i = 0; i < lsa_host_count(); i++)
        log_debug("package %s", lsa_host_package(i)->name);
    return true;
}

static bool find_sessions(keyring_serial anchor)
{
    size_t ended = 0;

    if (lsa_sessions_open(anchor, &ended) != STATUS_SUCCESS)
        return false;
    if (ended || lsa_sessions_count())
        log_info("found %zu logon sessions in the kernel keyring; %zu more had lost their leader "
                 "and are destroyed",
                 lsa_sessions_count(), ended);
    return true;
}

/*
 * Packages may have something to look after in sessions of an lsad before this one (tickets to be
 * renewed): asked who has logged on, they know of the session again.
 */
static void introduce_sessions(void)
{
    size_t count = 0;
    LUID *list = lsa_sessions_list(NULL, &count);

    for (size_t i = 0; list && i < count; i++) {
        struct lsa_call frame = {.client = {.LogonId = list[i], .HasTcbPrivilege = TRUE},
                                 .call_attributes = SECPKG_CALL_IS_TCB};

        for (size_t n = 0; n < lsa_host_count(); n++) {
            const struct lsa_package *package = lsa_host_package(n);
            PSecurityUserData user = NULL;

            if (!package->lsa->GetUserInfo)
                continue;
            lsa_call_begin(&frame);
            if (NT_SUCCESS(package->lsa->GetUserInfo(&list[i], 0, &user)))
                lsa_host_free(user);
            lsa_call_end();
        }
    }
    free(list);
}

static void tell_ready(int fd)
{
    while (write(fd, "\n", 1) < 0 && errno == EINTR)
        ;
    close(fd);
}

/* In the background nobody reads standard error once we serve. */
static void leave_terminal(const struct lsad_config *config)
{
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

    log_open("lsad", false, config->debug);
    if (null >= 0) {
        dup2(null, STDERR_FILENO);
        close(null);
    }
}

/* A package may wait for a KDC when it is shut down. Everything that must survive is in the kernel.
 */
static int end_status;

static void *end_at_last(void *arg)
{
    sleep(GRACE_SECONDS);
    _exit(end_status);
    return arg;
}

static void end_soon(int status)
{
    pthread_t thread;

    end_status = status;
    if (pthread_create(&thread, NULL, end_at_last, NULL) == 0)
        pthread_detach(thread);
}

int worker_run(const struct lsad_worker *worker)
{
    const struct lsad_config *config = worker->config;
    int status = 1;

    if (!place_replay_cache(worker->private_directory) || !confine(worker, &lsad_state.sandbox))
        return status;
    lsad_state.started = time(NULL);
    lsad_state.realm = has_package(config, "kerberos") ? find_realm() : NULL;
    lsad_state.domain = find_machine();
    lsad_state.export_ccache = lsad_state.realm ? find_export() : NULL;
    lsad_state.clients = loop_clients;
    lsad_state.watch = loop_watch;
    lsad_state.unwatch = loop_unwatch;
    lsad_state.later = loop_later;
    if (!lsad_state.domain)
        return status;
    users_open(config);
    pool_open(config->max_threads, config->max_threads_per_user);
    if (!start_packages(config))
        return status;
    if (!find_sessions(worker->anchor) || !loop_open(config, worker->listen_fd))
        goto out;
    if (!config->open && !sandbox_syscalls(&lsad_state.sandbox))
        goto out;
    log_info("serving %s: realm %s, uid %u, Landlock %d, seccomp %s, memory locked: %s",
             config->socket, lsad_state.realm ? lsad_state.realm : "none", (unsigned)geteuid(),
             lsad_state.sandbox.landlock, lsad_state.sandbox.seccomp ? "on" : "off",
             lsad_state.sandbox.locked ? "all" : "secrets");
    tell_ready(worker->ready_fd);
    introduce_sessions();
    if (!config->foreground)
        leave_terminal(config);
    status = loop_run() ? 0 : 1;
    end_soon(status);
    if (!pool_close(GRACE_SECONDS))
        _exit(status);
    loop_close();
out:
    lsa_host_stop();
    lsa_sessions_close();
    free((char *)(uintptr_t)lsad_state.realm);
    free((char *)(uintptr_t)lsad_state.domain);
    return status;
}
