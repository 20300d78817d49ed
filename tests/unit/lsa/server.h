/*
 * lsad's event loop, pool and calls in a thread of the test, with two security packages of the
 * test's own: "NTLM", which lsad answers in its loop, and "Slow", which it gives to threads. No
 * sandbox: that is tested by itself.
 */
#ifndef CREDMGR_TESTS_LSA_SERVER_H
#define CREDMGR_TESTS_LSA_SERVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>
#include "libsspi/lsa/client.h"
#include "libsspi/lsa/host.h"
#include "libsspi/lsa/protocol.h"
#include "lsad/config.h"

/* The bounds of this server. */
#define TEST_THREADS          6
#define TEST_THREADS_PER_USER 2
#define TEST_CLIENTS_PER_USER 4 /* 64 for root */
#define TEST_HANDLES_PER_USER 8 /* 128 for root */
#define TEST_CALLS_PER_USER   5

#define TEST_DELAY         500    /* ms, of an acceptor's tokens "again" and "refuse later" */
#define TEST_LARGE_CONTEXT 140000 /* bytes that the packages' target "large" packs */

extern char server_path[64];
int server_setup(void **state);
int server_teardown(void **state);
void server_restart(void);

/* ---- what the packages have seen ---- */

struct seen {
    atomic_int credentials, contexts; /* handles that exist now */
    atomic_int blocked;               /* calls that wait in the package Slow */
    atomic_int terminated;            /* LogonTerminated */
    atomic_int accepted;              /* AcceptCredentials */
    /* of the last call of its kind */
    struct lsa_call acquire, leg, accept, call;
    LUID acquire_luid;
    char account[256], downlevel[256], domain[256], dns_domain[256], upn[256], password[256],
        old_password[256];
    ULONG flags;
    ULONG use, requirements;
    ULONG input_types[LSA_LEG_BUFFERS], input_count;
    NTSTATUS copy_status[4];
};
extern struct seen seen;
/* Lets all calls go that wait in Slow, and those to come. */
void slow_release(void);
void slow_hold(void);

/* ---- unlocking (server_unlock.c): Slow is the KDC, NTLM holds something ---- */

enum kdc { KDC_UP, KDC_DOWN, KDC_WAITS /* as Slow does, then answers */, KDC_REFUSES };
extern struct unlocking {
    _Atomic enum kdc kdc;
    const char *_Atomic kdc_password;
    const char *_Atomic held; /* NULL: nothing */
    atomic_int kdc_asked, held_asked;
    /* of the last call */
    struct lsa_call frame;
    char user[256], domain[256];
    LUID luid;
} unlocking;
LSA_AP_LOGON_USER_EX2 kdc_logon_user, held_logon_user;
/* Waits until slow_release(). */
void slow_wait(void);

/* ---- attributes and added credentials (server_attributes.c) ---- */

struct settings {
    atomic_int set, added, controls; /* calls */
    /* of the last call of its kind */
    ULONG attribute, size, length, use;
    char text[64], principal[64], domain[64], password[64];
    bool no_identity, terminated; /* terminated: the bytes end with a zero, as a string must */
    uint8_t bytes[64];
};
extern struct settings settings;
SpQueryCredentialsAttributesFn query_credential_attribute;
SpQueryContextAttributesFn query_context_attribute;
SpSetCredentialsAttributesFn set_credential_attribute;
SpSetContextAttributesFn set_context_attribute;
SpAddCredentialsFn add_to_credential;
SpApplyControlTokenFn apply_control;

/* ---- a connection without the client library ---- */

int raw_connect(void);
void raw_hello(int fd, uint64_t luid);
void raw_send(int fd, Lsa__Request *request, uint32_t id);
/* The next reply; false when the server has hung up. Close the arena after use. */
bool raw_receive(int fd, struct lsa_arena *arena, Lsa__Reply **reply);
/* The status of the next reply, which must have this id; the credential or context it brings into
 * *handle. */
SECURITY_STATUS raw_status(int fd, uint32_t id, uint64_t *handle);
SECURITY_STATUS raw_acquire(int fd, const WCHAR *package, ULONG use, uint64_t *credential);
SECURITY_STATUS raw_leg(int fd, uint64_t credential, const WCHAR *target, uint64_t *context);
bool raw_closed(int fd);

/* Runs `body` in a child with this uid and, when luid is not NULL, the key lsa:logon; its result is
 * the exit status. */
int as_user(uid_t uid, const LUID *luid, int (*body)(void *arg), void *arg);
/* A session of `uid`, led by this process. */
LUID session_of(const char *user, uid_t uid, pid_t leader);
/* Waits until *value is `wanted`, five seconds at most. */
bool becomes(atomic_int *value, int wanted);

#endif
