/*
 * The socket to lsad. Its threads share it: each sends its request whole, and one of those that
 * wait reads the replies of all and hands the reading on when its own has come, so that a slow call
 * holds up nobody and a single-threaded program pays one send and one receive.
 */
#include "libsspi/lsa/client_connection.h"
#include "base/secret.h"
#include "libsspi/lsa/client.h"

#include <errno.h>
#include <fcntl.h>
#include <keyutils.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define CONNECT_SECONDS 1   /* how long a full backlog may hold up connect() */
#define POLL_MS         500 /* how often a blocked reader or writer looks at the clock */
#define BUFFER_SIZE     16384u

/* A call that waits for its reply; lives on the stack of its thread. */
struct pending {
    struct pending *next;
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
    struct pending *waiting;
    uint8_t *buffer;
    size_t capacity, have;
};

static pthread_mutex_t current_lock = PTHREAD_MUTEX_INITIALIZER;
static struct lsa_connection *current;
static uint64_t last_generation;
static char *socket_path;
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;

void lsa_client_set_socket(const char *path)
{
    pthread_mutex_lock(&current_lock);
    free(socket_path);
    socket_path = path ? strdup(path) : NULL;
    pthread_mutex_unlock(&current_lock);
}

void lsa_answer_close(struct lsa_answer *answer)
{
    lsa_arena_close(&answer->arena);
    answer->reply = NULL;
}

/* ---- opening and closing ------------------------------------------------------------------- */

static bool descriptor_is_ours(const struct lsa_connection *c)
{
    struct stat st;

    return fstat(c->fd, &st) == 0 && S_ISSOCK(st.st_mode) && st.st_ino == c->inode;
}

/*
 * The child's threads of the parent are gone, and with them whoever held a lock or stood in the
 * connection: it is left as it is, except that the child must not keep the parent's socket open.
 */
static void after_fork_in_child(void)
{
    pthread_mutex_init(&current_lock, NULL);
    if (current && descriptor_is_ours(current))
        close(current->fd);
    current = NULL;
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, after_fork_in_child);
}

static void connection_free(struct lsa_connection *c)
{
    if (c->fd >= 0 && descriptor_is_ours(c))
        close(c->fd);
    secret_free(c->buffer);
    secret_free(c->hello);
    pthread_mutex_destroy(&c->lock);
    pthread_mutex_destroy(&c->send_lock);
    free(c);
}

void lsa_connection_put(struct lsa_connection *c)
{
    if (c && atomic_fetch_sub(&c->references, 1) == 1)
        connection_free(c);
}

uint64_t lsa_connection_generation(const struct lsa_connection *c)
{
    return c->generation;
}

/* The LUID in the key lsa:logon of this process's session keyring; 0 without one. lsad itself could
 * not read it. */
static uint64_t own_luid(void)
{
    char text[17];
    key_serial_t key =
        (key_serial_t)keyctl_search(KEY_SPEC_SESSION_KEYRING, "user", LSA_LOGON_KEY, 0);
    long size = key > 0 ? keyctl_read(key, text, sizeof(text)) : -1;

    return size > 0 ? lsa_luid_parse(text, (size_t)size) : 0;
}

static bool make_hello(struct lsa_connection *c)
{
    Lsa__Hello hello = LSA__HELLO__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;

    hello.version = LSA_PROTOCOL_VERSION;
    hello.luid = own_luid();
    request.id = LSA_HELLO_ID;
    request.call_case = LSA__REQUEST__CALL_HELLO;
    request.hello = &hello;
    c->hello = lsa_frame_pack(&request.base, 0, &c->hello_size);
    return c->hello != NULL;
}

/*
 * A connected socket to a server that is root's; -1 when there is none. The kernel tells the uid
 * that called listen(), so a socket that a user put there in a careless configuration gets no
 * password from us.
 */
static int connect_to_lsad(void)
{
    const char *path = socket_path ? socket_path : LSA_SOCKET_PATH;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval connect_time = {.tv_sec = CONNECT_SECONDS};
    struct timeval poll_time = {.tv_usec = POLL_MS * 1000};
    struct ucred peer;
    socklen_t size = sizeof(peer);
    int fd = -1, result = -1;

    if (strlen(path) >= sizeof(address.sun_path))
        goto out;
    strcpy(address.sun_path, path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 &&
        fd <= STDERR_FILENO) { /* a program without standard descriptors must not print into it */
        int higher = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

        close(fd);
        fd = higher;
    }
    if (fd < 0)
        goto out;
    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &connect_time, sizeof(connect_time)) != 0)
        goto out;
    while (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
        if (errno != EINTR)
            goto out;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.uid != 0)
        goto out;
    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &poll_time, sizeof(poll_time)) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &poll_time, sizeof(poll_time)) != 0)
        goto out;
    result = fd;
    fd = -1;
out:
    if (fd >= 0)
        close(fd);
    return result;
}

static struct lsa_connection *connection_open(SECURITY_STATUS *status)
{
    struct lsa_connection *c = calloc(1, sizeof(*c));
    struct stat st;

    *status = SEC_E_INSUFFICIENT_MEMORY;
    if (!c)
        return NULL;
    atomic_init(&c->references, 1);
    atomic_init(&c->next_id, LSA_HELLO_ID + 1);
    pthread_mutex_init(&c->lock, NULL);
    pthread_mutex_init(&c->send_lock, NULL);
    c->pid = getpid();
    c->uid = geteuid();
    c->generation = ++last_generation;
    c->reason = LSA_CLIENT_UNREACHABLE;
    c->fd = connect_to_lsad();
    if (c->fd < 0 || fstat(c->fd, &st) != 0) {
        *status = LSA_CLIENT_UNREACHABLE;
        goto fail;
    }
    c->inode = st.st_ino;
    c->capacity = BUFFER_SIZE;
    c->buffer = secret_alloc(c->capacity);
    if (!c->buffer || !make_hello(c))
        goto fail;
    return c;
fail:
    connection_free(c);
    return NULL;
}

static bool is_dead(struct lsa_connection *c)
{
    bool dead;

    pthread_mutex_lock(&c->lock);
    dead = c->dead;
    pthread_mutex_unlock(&c->lock);
    return dead;
}

/* Called with current_lock held: lets go of a connection that is not this process's, this uid's, or
 * alive. */
static void forget_stale(void)
{
    if (!current)
        return;
    if (current->pid !=
        getpid()) { /* a child that fork handlers did not see: its locks are not to be trusted */
        current = NULL;
    } else if (current->uid != geteuid() || !descriptor_is_ours(current) || is_dead(current)) {
        lsa_connection_put(current);
        current = NULL;
    }
}

struct lsa_connection *lsa_connection_get(SECURITY_STATUS *status)
{
    struct lsa_connection *c;

    pthread_once(&fork_once, watch_forks);
    pthread_mutex_lock(&current_lock);
    forget_stale();
    if (!current)
        current = connection_open(status);
    c = current;
    if (c)
        atomic_fetch_add(&c->references, 1);
    pthread_mutex_unlock(&current_lock);
    return c;
}

struct lsa_connection *lsa_connection_peek(void)
{
    struct lsa_connection *c;

    pthread_mutex_lock(&current_lock);
    forget_stale();
    c = current;
    if (c)
        atomic_fetch_add(&c->references, 1);
    pthread_mutex_unlock(&current_lock);
    return c;
}

/* ---- receiving ----------------------------------------------------------------------------- */

/* Called with the lock held. */
static void die(struct lsa_connection *c, SECURITY_STATUS reason)
{
    if (!c->dead) {
        c->dead = true;
        c->reason = reason;
        shutdown(c->fd, SHUT_RDWR);
    }
    for (struct pending *p = c->waiting; p; p = p->next)
        pthread_cond_signal(&p->wake);
}

/* Gives one message to the call that waits for it. Called with the lock held; false: not a message
 * of lsad. */
static bool deliver(struct lsa_connection *c, const uint8_t *message, size_t size)
{
    struct lsa_answer answer = {.reply = NULL};
    bool good = false;

    if (!lsa_arena_open(&answer.arena, size))
        return false;
    answer.reply = lsa__reply__unpack(&answer.arena.allocator, size, message);
    if (!answer.reply)
        goto out;
    if (answer.reply->id == 0 || (answer.reply->id == LSA_HELLO_ID && answer.reply->status != 0)) {
        die(c, (SECURITY_STATUS)
                   answer.reply->status); /* refused: too many connections, another version … */
        goto out;
    }
    good = true;
    for (struct pending *p = c->waiting; p; p = p->next) {
        if (p->id == answer.reply->id && !p->done) {
            p->answer.reply = answer.reply;
            p->answer.arena = answer.arena;
            p->done = true;
            pthread_cond_signal(&p->wake);
            answer.arena.memory = NULL;
            break;
        }
    }
out:
    lsa_arena_close(&answer.arena); /* also the reply of a call that has given up waiting */
    return good;
}

/* Takes the whole messages out of the buffer. Called with the lock held. */
static void parse(struct lsa_connection *c)
{
    size_t at = 0, size;

    while (!c->dead && c->have - at >= LSA_FRAME_HEADER) {
        if (!lsa_frame_size(c->buffer + at, &size)) {
            die(c, LSA_CLIENT_UNREACHABLE);
            break;
        }
        if (c->have - at - LSA_FRAME_HEADER < size) {
            if (LSA_FRAME_HEADER + size > c->capacity) { /* bounded by LSA_FRAME_MAX */
                uint8_t *larger = secret_alloc(LSA_FRAME_HEADER + size);

                if (!larger) {
                    die(c, SEC_E_INSUFFICIENT_MEMORY);
                    break;
                }
                memcpy(larger, c->buffer + at, c->have - at);
                secret_free(c->buffer);
                c->buffer = larger;
                c->capacity = LSA_FRAME_HEADER + size;
                c->have -= at;
                return;
            }
            break;
        }
        if (!deliver(c, c->buffer + at + LSA_FRAME_HEADER, size))
            die(c, LSA_CLIENT_UNREACHABLE);
        at += LSA_FRAME_HEADER + size;
    }
    if (c->dead)
        at = c->have;
    memmove(c->buffer, c->buffer + at, c->have - at);
    secret_wipe(c->buffer + c->have - at, at);
    c->have -= at;
}

/* Reads once, without the lock. Called with the lock held and `reading` set by this thread. */
static void receive(struct lsa_connection *c)
{
    ssize_t n;
    int error;

    pthread_mutex_unlock(&c->lock);
    n = recv(c->fd, c->buffer + c->have, c->capacity - c->have, 0);
    error = errno;
    pthread_mutex_lock(&c->lock);
    if (n > 0) {
        c->have += (size_t)n;
        parse(c);
    } else if (n == 0 || (error != EAGAIN && error != EINTR)) {
        die(c, LSA_CLIENT_UNREACHABLE);
    }
}

/* ---- a call -------------------------------------------------------------------------------- */

static struct timespec deadline_after(int ms)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += ms % 1000 * 1000000L;
    if (t.tv_nsec >= 1000000000L) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000L;
    }
    return t;
}

static bool is_past(const struct timespec *deadline)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec > deadline->tv_sec ||
           (now.tv_sec == deadline->tv_sec && now.tv_nsec >= deadline->tv_nsec);
}

/* 0; EPIPE when nothing of the request went out, EIO when some of it may have, ETIMEDOUT, ENOMEM.
 */
static int send_frame(struct lsa_connection *c, const Lsa__Request *request,
                      const struct timespec *deadline)
{
    uint8_t *frame;
    size_t before, size, at = 0;
    int error = 0;

    pthread_mutex_lock(&c->send_lock);
    before = c->hello ? c->hello_size : 0;
    frame = lsa_frame_pack(&request->base, before, &size);
    if (!frame) {
        error = errno;
        goto out;
    }
    if (c->hello) {
        memcpy(frame, c->hello, before);
        size += before;
    }
    while (at < size) {
        ssize_t n = send(c->fd, frame + at, size - at, MSG_NOSIGNAL);

        if (n >= 0) {
            at += (size_t)n;
        } else if (errno == EAGAIN && deadline && is_past(deadline)) {
            error = ETIMEDOUT;
            break;
        } else if (errno != EINTR && errno != EAGAIN) {
            error = at > before ? EIO : EPIPE;
            break;
        }
    }
    if (c->hello && !error) {
        secret_free(c->hello);
        c->hello = NULL;
    }
    if (error && at > 0) { /* half a frame: the stream is of no more use to anybody */
        pthread_mutex_lock(&c->lock);
        die(c, LSA_CLIENT_UNREACHABLE);
        pthread_mutex_unlock(&c->lock);
    }
out:
    secret_free(frame);
    pthread_mutex_unlock(&c->send_lock);
    return error;
}

/* Called with the lock held: until the reply is there, the connection dies, or time is up. */
static void wait_for(struct lsa_connection *c, struct pending *mine,
                     const struct timespec *deadline)
{
    while (!mine->done && !c->dead && !is_past(deadline)) {
        if (c->reading) {
            pthread_cond_clockwait(&mine->wake, &c->lock, CLOCK_MONOTONIC, deadline);
            continue;
        }
        c->reading = true;
        while (!mine->done && !c->dead && !is_past(deadline))
            receive(c);
        c->reading = false;
        for (struct pending *p = c->waiting; p; p = p->next) {
            if (p != mine && !p->done) {
                pthread_cond_signal(&p->wake);
                break;
            }
        }
    }
}

enum lsa_call_result lsa_connection_call(struct lsa_connection *c, Lsa__Request *request,
                                         int timeout_ms, struct lsa_answer *answer,
                                         SECURITY_STATUS *status)
{
    struct timespec deadline = deadline_after(timeout_ms);
    struct pending mine = {.wake = PTHREAD_COND_INITIALIZER};
    enum lsa_call_result result;
    struct pending **link;
    int error, cancel;

    /* A thread cancelled while it reads would leave the others without a reader. */
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
    do
        mine.id = atomic_fetch_add(&c->next_id, 1);
    while (mine.id <= LSA_HELLO_ID);
    request->id = mine.id;
    pthread_mutex_lock(&c->lock);
    mine.next = c->waiting;
    c->waiting = &mine;
    pthread_mutex_unlock(&c->lock);

    error = send_frame(c, request, &deadline);

    pthread_mutex_lock(&c->lock);
    if (!error ||
        error == EPIPE) /* after EPIPE lsad's parting word (why it hung up) may still be there */
        wait_for(c, &mine, &deadline);
    for (link = &c->waiting; *link != &mine; link = &(*link)->next)
        ;
    *link = mine.next;
    if (mine.done) {
        *answer = mine.answer;
        *status = SEC_E_OK;
        result = LSA_CALL_DONE;
    } else if (c->dead && c->reason != LSA_CLIENT_UNREACHABLE) {
        *status = c->reason;
        result = LSA_CALL_FAILED;
    } else if (c->dead || error == EPIPE || error == EIO) {
        die(c, LSA_CLIENT_UNREACHABLE);
        *status = LSA_CLIENT_UNREACHABLE;
        result = error == EPIPE ? LSA_CALL_UNSENT : LSA_CALL_LOST;
    } else {
        *status = error == ENOMEM     ? SEC_E_INSUFFICIENT_MEMORY
                  : error == EMSGSIZE ? SEC_E_INVALID_PARAMETER
                                      : LSA_CLIENT_UNREACHABLE;
        result = LSA_CALL_FAILED;
    }
    pthread_mutex_unlock(&c->lock);
    pthread_cond_destroy(&mine.wake);
    pthread_setcancelstate(cancel, NULL);
    return result;
}

void lsa_connection_post(struct lsa_connection *c, Lsa__Request *request)
{
    struct timespec deadline = deadline_after(LSA_CALL_LOGON_MS);
    int cancel;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
    do
        request->id = atomic_fetch_add(&c->next_id, 1);
    while (request->id <= LSA_HELLO_ID);
    (void)send_frame(c, request, &deadline);
    pthread_setcancelstate(cancel, NULL);
}

SECURITY_STATUS lsa_client_call(Lsa__Request *request, bool repeatable, int timeout_ms,
                                struct lsa_answer *answer)
{
    SECURITY_STATUS status = LSA_CLIENT_UNREACHABLE;

    *answer = (struct lsa_answer){.reply = NULL};
    for (int attempt = 0; attempt < 2; attempt++) {
        struct lsa_connection *c = lsa_connection_get(&status);
        enum lsa_call_result result;

        if (!c)
            break;
        result = lsa_connection_call(c, request, timeout_ms, answer, &status);
        lsa_connection_put(c);
        if (result != LSA_CALL_UNSENT && !(result == LSA_CALL_LOST && repeatable))
            break;
    }
    return status;
}
