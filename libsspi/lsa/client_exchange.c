/*
 * Requests and replies over the connection. Its threads share it: each sends its request whole, and
 * one of those that wait reads the replies of all and hands the reading on when its own has come,
 * so that a slow call holds up nobody and a single-threaded program pays one send and one receive.
 */
#include "base/reason.h"
#include "base/secret.h"
#include "libsspi/lsa/client.h"
#include "libsspi/lsa/client_connection.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

void lsa_answer_close(struct lsa_answer *answer)
{
    lsa_arena_close(&answer->arena);
    answer->reply = NULL;
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
    for (struct lsa_pending *p = c->waiting; p; p = p->next)
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
    for (struct lsa_pending *p = c->waiting; p; p = p->next) {
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
static void wait_for(struct lsa_connection *c, struct lsa_pending *mine,
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
        for (struct lsa_pending *p = c->waiting; p; p = p->next) {
            if (p != mine && !p->done) {
                pthread_cond_signal(&p->wake);
                break;
            }
        }
    }
}

/* What lsad knows of a failure becomes this thread's reason. */
static void take_why(const Lsa__Reply *reply)
{
    if (reply->why)
        reason_set(reply->why->code, "%s", reply->why->text);
}

enum lsa_call_result lsa_connection_call(struct lsa_connection *c, Lsa__Request *request,
                                         int timeout_ms, struct lsa_answer *answer,
                                         SECURITY_STATUS *status)
{
    struct timespec deadline = deadline_after(timeout_ms);
    struct lsa_pending mine = {.wake = PTHREAD_COND_INITIALIZER};
    enum lsa_call_result result;
    struct lsa_pending **link;
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
        take_why(answer->reply);
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
