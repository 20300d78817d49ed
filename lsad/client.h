/*
 * One connection: who is at its other end, what it has sent, and the handles it holds. The event
 * loop reads; any thread may answer. A connection lives until the loop has closed it and the last
 * call on it has ended.
 */
#ifndef CREDMGR_LSAD_CLIENT_H
#define CREDMGR_LSAD_CLIENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <pthread.h>
#include <sys/types.h>
#include "libsspi/lsa/host.h"
#include "libsspi/lsa/protocol.h"
#include "lsad/user.h"

struct event;
struct lsad_client;

/* What a connection's handle stands for. */
struct lsad_handle {
    enum { HANDLE_FREE, HANDLE_CREDENTIAL, HANDLE_CONTEXT } kind;
    uint32_t generation; /* counts the reuses of the slot */
    uint32_t users;      /* calls that use it now */
    bool doomed;         /* released meanwhile: the last user frees it */
    const struct lsa_package *package;
    LSA_SEC_HANDLE handle; /* the package's */
    LUID luid;             /* logon session it was acquired for */
    bool outbound;
};

struct lsad_client {
    struct lsad_client *next, *previous; /* list of the loop */
    atomic_uint references;
    int fd;
    pid_t pid;
    uid_t uid;
    struct lsad_user *user;

    /* the loop's alone */
    struct event *read_event, *write_event;
    bool greeted;
    uint8_t
        *in; /* the beginning of a message whose rest has not come yet (secret memory), or NULL */
    size_t in_have, in_room;

    pthread_mutex_t lock; /* all below */
    uint64_t luid_hint;   /* of the hello; 0: none */
    bool closed;          /* the loop let go of it: send nothing, keep no handle */
    bool wants_write;     /* the loop is asked to send `out` */
    uint8_t *out;         /* what the socket did not take at once (secret memory) */
    size_t out_have, out_sent;
    struct lsad_handle *handles;
    uint32_t handle_count, first_free; /* slots; first_free: UINT32_MAX when all are in use */
};

/* One request under way. */
struct lsad_call {
    struct lsad_call *next; /* in the pool's queue */
    void (*run)(struct lsad_call *call);
    struct lsad_user *charged;  /* whose threads it takes */
    struct lsad_client *client; /* a reference; NULL for the LSA's own work */
    struct lsa_arena arena;
    Lsa__Request *request; /* in the arena */
    bool again;            /* a leg that its package has put off before */
    LUID luid;             /* the LSA's own work: the session it is for */
    void *work;            /* and what it is about */
};

/* Takes over `fd`; NULL without memory. */
struct lsad_client *client_new(int fd, pid_t pid, uid_t uid, struct lsad_user *user);
struct lsad_client *client_ref(struct lsad_client *client);
void client_unref(struct lsad_client *client);
/* The loop is done with it: handles that no call uses are freed now, the others by their last user.
 */
void client_close(struct lsad_client *client);

/*
 * Cuts what was received (and what was kept before) into messages and hands each, unpacked, to
 * calls_dispatch(). False: the peer broke the protocol or a bound; close it.
 */
bool client_received(struct lsad_client *client, const uint8_t *data, size_t size);

/* Sends the reply to `call`; never blocks. From any thread. */
void client_reply(struct lsad_call *call, Lsa__Reply *reply);
void client_reply_status(struct lsad_call *call, SECURITY_STATUS status);
/* The loop: the socket can take more. False when the connection is broken. */
bool client_flush(struct lsad_client *client);

/* ---- handles.c: numbers for a package's credentials and contexts ---- */

/* 0 without memory, over the user's limit, or on a closed connection. */
uint64_t client_handle_add(struct lsad_client *client, const struct lsad_handle *handle);
/* Copies it and keeps it alive until client_handle_put(); false: no such handle of that kind, or a
 * context that is in use. */
bool client_handle_get(struct lsad_client *client, uint64_t number, int kind,
                       struct lsad_handle *copy);
void client_handle_put(struct lsad_client *client, uint64_t number);
/* Frees it, now or when its last user is done. A context without a package handle (0) is only
 * forgotten. */
void client_handle_remove(struct lsad_client *client, uint64_t number, int kind);
/* The package already forgot the context; for one that the caller uses. */
void client_handle_forget(struct lsad_client *client, uint64_t number);
/* For client_close() and the end of the last reference. */
void client_handles_close(struct lsad_client *client);

#endif
