/*
 * The one connection of a process to lsad: opened when needed, shared by threads, dropped after
 * fork, a change of uid, or when lsad goes away. Inside the client only; client.h is what others
 * see.
 */
#ifndef CREDMGR_LSA_CLIENT_CONNECTION_H
#define CREDMGR_LSA_CLIENT_CONNECTION_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>
#include "libsspi/lsa/protocol.h"
#include <sspi.h>

/* A reply, with the memory it lies in. */
struct lsa_answer {
    struct lsa_arena arena;
    Lsa__Reply *reply;
};
void lsa_answer_close(struct lsa_answer *answer);

/* A call that waits for its reply; lives on the stack of its thread. */
struct lsa_pending {
    struct lsa_pending *next;
    uint32_t id;
    bool done;
    struct lsa_answer answer;
    pthread_cond_t wake; /* done, the connection died, or it is this thread's turn to read */
};

struct lsa_connection {
    atomic_uint references;
    int fd;
    ino_t inode; /* of the socket: a program that closes all descriptors may have put another file
                    there */
    pid_t pid;
    uid_t uid;
    uint64_t generation;
    atomic_uint next_id;

    pthread_mutex_t send_lock;
    uint8_t *hello; /* goes out in front of the first request; then NULL */
    size_t hello_size;

    pthread_mutex_t lock; /* all below */
    bool dead;
    bool reading; /* some thread is in receive() and owns the buffer */
    SECURITY_STATUS reason;
    struct lsa_pending *waiting;
    uint8_t *buffer;
    size_t capacity, have;
};

/* Milliseconds that a call may take: calls of logon programs must not hold up a login; others may
 * wait for a KDC. */
#define LSA_CALL_LOGON_MS  10000
#define LSA_CALL_UNLOCK_MS 6000 /* lsad answers after 4 s, unless somebody has guessed before */
#define LSA_CALL_MS        300000

enum lsa_call_result {
    LSA_CALL_DONE,   /* *answer is filled */
    LSA_CALL_UNSENT, /* the connection was dead before lsad got the request: safe to send again */
    LSA_CALL_LOST,   /* it died afterwards: lsad may or may not have done it */
    LSA_CALL_FAILED, /* refused, timed out or no memory: *status says which */
};

/* Opens it if need be; NULL with *status when that fails. Release with lsa_connection_put(). */
struct lsa_connection *lsa_connection_get(SECURITY_STATUS *status);
/* The open connection or NULL: for messages that are not worth opening one. */
struct lsa_connection *lsa_connection_peek(void);
void lsa_connection_put(struct lsa_connection *connection);
/* Differs between any two connections of this process and its parents; never 0. */
uint64_t lsa_connection_generation(const struct lsa_connection *connection);

/* Sends `request` (its id is set here) and waits for the reply, at most timeout_ms. */
enum lsa_call_result lsa_connection_call(struct lsa_connection *connection, Lsa__Request *request,
                                         int timeout_ms, struct lsa_answer *answer,
                                         SECURITY_STATUS *status);
/* Sends a request that has no reply; trouble is ignored, lsad forgets everything with the
 * connection. */
void lsa_connection_post(struct lsa_connection *connection, Lsa__Request *request);

/*
 * get, call, put, for requests that name no handle. Sent again once when that is safe, or in any
 * case when `repeatable`. SEC_E_OK: *answer is filled and answer->reply->status is lsad's word.
 * Else the private or error code, and *answer is empty.
 */
SECURITY_STATUS lsa_client_call(Lsa__Request *request, bool repeatable, int timeout_ms,
                                struct lsa_answer *answer);

#endif
