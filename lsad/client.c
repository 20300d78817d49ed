/*
 * Reading from and writing to one connection: see the header.
 */
#include "lsad/client.h"
#include "base/log.h"
#include "base/reason.h"
#include "base/secret.h"
#include "lsad/calls.h"
#include "lsad/failures.h"
#include "lsad/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define OUT_MAX (4u << 20) /* bytes that a peer may leave unread before it is dropped */

struct lsad_client *client_new(int fd, pid_t pid, uid_t uid, struct lsad_user *user)
{
    struct lsad_client *client = calloc(1, sizeof(*client));

    if (!client)
        return NULL;
    atomic_init(&client->references, 1);
    pthread_mutex_init(&client->lock, NULL);
    client->fd = fd;
    client->pid = pid;
    client->uid = uid;
    client->user = user;
    client->first_free = UINT32_MAX;
    return client;
}

struct lsad_client *client_ref(struct lsad_client *client)
{
    atomic_fetch_add(&client->references, 1);
    return client;
}

void client_unref(struct lsad_client *client)
{
    if (!client || atomic_fetch_sub(&client->references, 1) != 1)
        return;
    client_handles_close(client);
    free(client->handles);
    if (client->in)
        user_give_bytes(client->user, client->in_room);
    secret_free(client->in);
    if (client->out)
        user_give_bytes(client->user, client->out_have);
    secret_free(client->out);
    close(client->fd);
    user_give(client->user, USER_CLIENTS);
    user_put(client->user);
    pthread_mutex_destroy(&client->lock);
    free(client);
}

void client_close(struct lsad_client *client)
{
    pthread_mutex_lock(&client->lock);
    client->closed = true;
    pthread_mutex_unlock(&client->lock);
    shutdown(client->fd, SHUT_RDWR);
    client_handles_close(client);
}

/* ---- receiving ----------------------------------------------------------------------------- */

/* Keeps the beginning of a message, in room for all of it. */
static bool keep(struct lsad_client *client, const uint8_t *data, size_t size)
{
    size_t message, room = LSA_FRAME_HEADER;

    if (size >= LSA_FRAME_HEADER) {
        if (!lsa_frame_size(data, &message))
            return false;
        room += message;
    }
    if (!user_take_bytes(client->user, room))
        return false;
    client->in = secret_alloc(room);
    if (!client->in) {
        user_give_bytes(client->user, room);
        return false;
    }
    memcpy(client->in, data, size);
    client->in_have = size;
    client->in_room = room;
    return true;
}

static void drop_kept(struct lsad_client *client)
{
    user_give_bytes(client->user, client->in_room);
    secret_free(client->in);
    client->in = NULL;
    client->in_have = client->in_room = 0;
}

/* Takes from `data` what the kept beginning lacks; first its header, which tells the room for the
 * rest. */
static bool complete_kept(struct lsad_client *client, const uint8_t **data, size_t *size)
{
    size_t n = client->in_room - client->in_have;
    bool good = true;

    if (n > *size)
        n = *size;
    memcpy(client->in + client->in_have, *data, n);
    client->in_have += n;
    *data += n;
    *size -= n;
    if (client->in_have < client->in_room)
        return true;
    if (client->in_room == LSA_FRAME_HEADER) {
        uint8_t header[LSA_FRAME_HEADER];

        memcpy(header, client->in, sizeof(header));
        drop_kept(client);
        return keep(client, header, sizeof(header));
    }
    good =
        calls_dispatch(client, client->in + LSA_FRAME_HEADER, client->in_room - LSA_FRAME_HEADER);
    drop_kept(client);
    return good;
}

bool client_received(struct lsad_client *client, const uint8_t *data, size_t size)
{
    size_t message;

    while (size) {
        if (client->in) {
            if (!complete_kept(client, &data, &size))
                return false;
            continue;
        }
        if (size < LSA_FRAME_HEADER)
            return keep(client, data, size);
        if (!lsa_frame_size(data, &message))
            return false;
        if (size - LSA_FRAME_HEADER < message)
            return keep(client, data, size);
        if (!calls_dispatch(client, data + LSA_FRAME_HEADER, message))
            return false;
        data += LSA_FRAME_HEADER + message;
        size -= LSA_FRAME_HEADER + message;
    }
    return true;
}

/* ---- sending ------------------------------------------------------------------------------- */

/* Keeps what the socket did not take; the lock is held. */
static bool keep_out(struct lsad_client *client, const uint8_t *data, size_t size)
{
    size_t left = client->out_have - client->out_sent;
    uint8_t *bigger;

    if (left + size > OUT_MAX || !user_take_bytes(client->user, size))
        return false;
    bigger = secret_alloc(left + size);
    if (!bigger) {
        user_give_bytes(client->user, size);
        return false;
    }
    if (left)
        memcpy(bigger, client->out + client->out_sent, left);
    memcpy(bigger + left, data, size);
    user_give_bytes(client->user, client->out_sent);
    secret_free(client->out);
    client->out = bigger;
    client->out_have = left + size;
    client->out_sent = 0;
    return true;
}

static SECURITY_STATUS status_of(const Lsa__Reply *reply)
{
    if (reply->status == 0 && reply->result_case == LSA__REPLY__RESULT_CALL_PACKAGE)
        return (SECURITY_STATUS)reply->call_package->protocol_status;
    return (SECURITY_STATUS)reply->status;
}

/* A failure goes out with its reason. It is for this call only: the thread has others to serve. */
static uint8_t *pack_reply(struct lsad_call *call, Lsa__Reply *reply, size_t *size)
{
    const struct reason *reason = reason_get();
    Lsa__Why why = LSA__WHY__INIT;
    uint8_t *frame;

    if (status_of(reply) < 0 && (reason->code || reason->text[0])) {
        why.code = reason->code;
        why.text = (char *)(uintptr_t)reason->text;
        reply->why = &why;
        failures_note_call(call, status_of(reply));
    }
    frame = lsa_frame_pack(&reply->base, 0, size);
    reply->why = NULL;
    reason_clear();
    return frame;
}

void client_reply(struct lsad_call *call, Lsa__Reply *reply)
{
    struct lsad_client *client = call->client;
    size_t size = 0, at = 0;
    uint8_t *frame;
    bool broken = false, wake = false;

    reply->id = call->request->id;
    frame = pack_reply(call, reply, &size);
    if (!frame) { /* no memory, or larger than a message may be: the caller must hear something */
        Lsa__Reply small = LSA__REPLY__INIT;

        small.id = reply->id;
        small.status = (uint32_t)SEC_E_INSUFFICIENT_MEMORY;
        frame = lsa_frame_pack(&small.base, 0, &size);
    }
    pthread_mutex_lock(&client->lock);
    if (!client->closed && frame) {
        while (!client->out && at < size) {
            ssize_t n = send(client->fd, frame + at, size - at, MSG_NOSIGNAL | MSG_DONTWAIT);

            if (n >= 0)
                at += (size_t)n;
            else if (errno != EINTR)
                break;
        }
        if (at < size) {
            broken = (!client->out && errno != EAGAIN) || !keep_out(client, frame + at, size - at);
            wake = !broken && !client->wants_write;
            client->wants_write = client->wants_write || wake;
        }
    }
    if (broken || !frame)
        shutdown(client->fd, SHUT_RDWR); /* the loop sees the end of it and closes */
    pthread_mutex_unlock(&client->lock);
    secret_free(frame);
    if (wake)
        loop_want_write(client);
}

void client_reply_status(struct lsad_call *call, SECURITY_STATUS status)
{
    Lsa__Reply reply = LSA__REPLY__INIT;

    reply.status = (uint32_t)status;
    client_reply(call, &reply);
}

bool client_flush(struct lsad_client *client)
{
    bool good = true;

    pthread_mutex_lock(&client->lock);
    while (client->out && client->out_sent < client->out_have) {
        ssize_t n = send(client->fd, client->out + client->out_sent,
                         client->out_have - client->out_sent, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n >= 0) {
            client->out_sent += (size_t)n;
        } else if (errno != EINTR) {
            good = errno == EAGAIN;
            break;
        }
    }
    if (client->out && client->out_sent == client->out_have) {
        user_give_bytes(client->user, client->out_have);
        secret_free(client->out);
        client->out = NULL;
        client->out_have = client->out_sent = 0;
        client->wants_write = false;
    }
    pthread_mutex_unlock(&client->lock);
    return good;
}
