/*
 * The package host: loads security packages through the documented tables (ntsecpkg.h) and calls
 * them. The same host runs in lsad (for logon-session credentials) and inside libsspi (for
 * credentials the caller supplied itself), so a package is written once. One host a process: the
 * LSA's function table takes no context argument.
 */
#ifndef CREDMGR_LSA_HOST_H
#define CREDMGR_LSA_HOST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <ntsecpkg.h>
#include <sspi.h>
#include "libsspi/packages/packages.h"

/*
 * What this build knows to load, ended by a NULL name. It stands alone in host_builtin.c, so a test
 * program that defines its own table gets that one, and links no package it does not name.
 */
extern const struct builtin_package lsa_builtin_packages[];

/* A loaded package. `id` is its index; names and comments are those of its SpGetInfo. */
struct lsa_package {
    ULONG_PTR id;
    const char *name; /* UTF-8, as in info.Name */
    SecPkgInfoW info;
    SECPKG_FUNCTION_TABLE *lsa;       /* the LSA-mode half */
    SECPKG_USER_FUNCTION_TABLE *user; /* the user-mode half; NULL in an lsad without `inner` */
    const char *library; /* what it was loaded by later on (lsa_host_add()); NULL: built in */
    bool keeps_context;  /* the LSA half stays beside an established context, for what comes then */
    bool in_process;     /* BUILTIN_IN_PROCESS: lsad serves no client with it */
    bool own_auth_data;  /* BUILTIN_OWN_AUTH_DATA */
    atomic_bool hidden;  /* DeleteSecurityPackage: found no more; what was made with it goes on */
};

/* A logon session of somebody, see lsa_sessions_of(). */
struct lsa_user_session {
    LUID luid;
    uid_t uid;
};

/*
 * Where AddCredential, GetCredentials and DeleteCredential go: kernel keys in lsad; NULL members in
 * libsspi, where the calls answer STATUS_NO_SUCH_LOGON_SESSION. `data` returned by get is secret
 * memory.
 */
struct lsa_store {
    NTSTATUS(*add)
    (const LUID *luid, const char *package, const char *key, const void *data, size_t size);
    NTSTATUS(*get)
    (const LUID *luid, const char *package, const char *key, void **data, size_t *size);
    NTSTATUS (*remove)(const LUID *luid, const char *package, const char *key);
    /* Calls visit for each key name of the package in the session until it returns false. */
    NTSTATUS(*each)
    (const LUID *luid, const char *package, bool (*visit)(const char *key, void *arg), void *arg);
    /* CreateLogonSession and DeleteLogonSession of the LSA's table; may be NULL where packages log
     * nobody on. */
    NTSTATUS (*create_session)(const LUID *luid);
    NTSTATUS (*delete_session)(const LUID *luid);
    /* lsa_sessions_of(); may be NULL: nobody is known by name. */
    struct lsa_user_session *(*sessions_of)(const char *user, size_t *count);
};

/*
 * The logon sessions of people whose name is `user` (UTF-8, without a domain, ASCII letters in any
 * case), the newest first; network logon sessions are nobody's. free(). NULL with *count 0: none.
 */
struct lsa_user_session *lsa_sessions_of(const char *user, size_t *count);

/* Settings of one package: the [name] section of lsa.conf as name/value pairs, ended by a NULL
 * name. */
struct lsa_setting {
    const char *name;
    const char *value;
};

/* How the package reads a setting in either host; `fallback` when it is not set. */
const char *lsa_setting(const char *package, const char *name, const char *fallback);

/*
 * host_acceptors.c, [acceptors] of lsa.conf: calls visit for each service that the client of the
 * call (its uid) may accept as, until it returns false. `service` is "HTTP", "HTTP/host" or
 * "HTTP/host@REALM"; `keytab`, where its keys are, or NULL for the machine's.
 */
void lsa_client_acceptors(bool (*visit)(const char *service, const char *keytab, void *arg),
                          void *arg);
/* The rule NTLM, which is for no key, names the client of the call: it may verify everybody. */
bool lsa_client_may_verify(void);
/* A user of such a rule: a uid in digits, or a name that NSS knows. */
bool lsa_acceptor_uid(const char *word, uid_t *uid);
/* The principal ("HTTP/host@REALM") is one of those that `service` stands for. */
bool lsa_acceptor_matches(const char *service, const char *principal);

struct lsa_inner_ops;

struct lsa_host_config {
    bool in_lsa; /* true in lsad */
    const struct lsa_store *store;
    const char *const *packages; /* names to load, NULL-terminated; NULL: all built-in ones */
    const struct lsa_setting *(*settings)(const char *package); /* may be NULL */
    const char *realm; /* UTF-8 machine names for SpInitialize's SECPKG_PARAMETERS; may be NULL */
    const char *host_name; /* DNS name of this machine; NULL: gethostname() */
    /* A package tells, by AuditLogon, that something was refused to a logon session; why stands in
     * base/reason.h. May be NULL. */
    void (*failed)(const LUID *luid, NTSTATUS status);
    /* How a package opens credentials and contexts of another one, host_inner.h. May be NULL. */
    const struct lsa_inner_ops *inner;
};

/*
 * Loads the packages: SpLsaModeInitialize, SpInitialize, SpGetInfo and, outside lsad,
 * SpUserModeInitialize + SpInstanceInit. A package that fails is logged and left out. The strings
 * and tables of `config` must live until lsa_host_stop(). STATUS_NO_SUCH_PACKAGE for a name in
 * `packages` that is not built in, the first failure when nothing could be loaded.
 */
NTSTATUS lsa_host_start(const struct lsa_host_config *config);
/*
 * Loads one more library of packages, in libsspi. `library` is kept as a name only; `keeps_context`
 * is that of its packages. *added, when not NULL, gets how many there are now. SEC_E_CANNOT_INSTALL
 * when none of them could be started, or another package has the name.
 */
NTSTATUS lsa_host_add(const struct builtin_package *package, const char *library,
                      bool keeps_context, size_t *added);
/* Ends the notifications, then SpShutdown in every package. No call may be under way. */
void lsa_host_stop(void);
size_t lsa_host_count(void);
const struct lsa_package *lsa_host_package(size_t index);
/* From now on lsa_host_find() finds it, or does not. */
void lsa_host_hide(const struct lsa_package *package, bool hidden);
/* By package name, without regard to case; NULL when there is none, or it is hidden. */
const struct lsa_package *lsa_host_find(const WCHAR *name);
/* The LSA's heap, which packages reach through the tables: zeroed, wiped when freed. NULL is fine.
 */
void *lsa_host_allocate(size_t size);
void lsa_host_free(void *p);

/*
 * The client of the call that this thread is making: what GetClientInfo and GetCallInfo answer, and
 * how the client's memory is reached. Begin before, end after every call into a package; calls do
 * not nest.
 */
struct lsa_client_memory {
    NTSTATUS (*allocate)(void *arg, ULONG size, void **client_address);
    NTSTATUS (*release)(void *arg, void *client_address);
    NTSTATUS (*copy_to)(void *arg, ULONG size, void *client_address, const void *data);
    NTSTATUS (*copy_from)(void *arg, ULONG size, void *data, const void *client_address);
    void *arg;
};
struct lsa_call {
    SECPKG_CLIENT_INFO client;              /* LogonId, ProcessID, ThreadID, … */
    ULONG call_attributes;                  /* SECPKG_CALL_* */
    uid_t uid;                              /* not in the documented structure: the client's uid */
    bool again;                             /* what lsa_call_again() asked for */
    const struct lsa_client_memory *memory; /* NULL: this process's own memory */
};
void lsa_call_begin(const struct lsa_call *call);
void lsa_call_end(void);
const struct lsa_call *lsa_call_current(void); /* for the host itself; NULL outside a call */

/* Whether this process is lsad: a package does there what is to be done once on the machine. */
bool lsa_host_is_lsad(void);

/*
 * Who guesses passwords waits, but no thread does. In lsad a package that accepts says before it
 * returns that the whole call shall be made again so much later, with the same arguments and
 * `again` set (what it returns then is STATUS_RETRY, and it has changed nothing), or that its
 * refusal shall be told so much later. In libsspi both are false, and nothing is put off.
 */
bool lsa_call_again(unsigned milliseconds);
bool lsa_call_answer_later(unsigned milliseconds);
/* Whether this is the call that was put off. */
bool lsa_call_is_again(void);
/* For lsad, after lsa_call_end(): what the package asked for; 0: nothing. */
struct lsa_call_delay {
    unsigned again, answer; /* ms */
};
struct lsa_call_delay lsa_call_delay(void);

#endif
