/*
 * The event loop: see the header. It reads into one buffer for all connections, which is wiped
 * after each message, and never waits for a client: what a socket does not take is kept and sent
 * later.
 */
#include "lsad/loop.h"
#include "base/log.h"
#include "base/secret.h"
#include "libsspi/lsa/session.h"
#include "lsad/calls.h"
#include "lsad/later.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BUFFER_SIZE   65536u
#define WARN_SECONDS  60 /* between two lines about too many connections */
#define PAUSE_SECONDS 1  /* without descriptors: how long until accept() is tried again */

/* The leader of a session. */
struct watch {
    struct watch *next;
    struct event *event;
    LUID luid;
};
#define WATCH_BUCKETS 256u

/* What the loop is asked for, by any thread. */
struct request {
    struct request *next;
    struct lsad_client *client; /* whose replies wait; a reference. NULL: loop_later() */
    unsigned milliseconds;
    void (*run)(void *arg, bool closing);
    void *arg;
};

static struct event_base *base;
static struct event *accept_event, *wake_event, *term_event, *int_event, *pause_event;
static int listening = -1, wake_fd = -1;
static uint8_t *buffer;
static struct lsad_client *clients;
static unsigned client_count, client_limit;
static struct watch *watches[WATCH_BUCKETS];
static bool asked_to_end;

static pthread_mutex_t request_lock = PTHREAD_MUTEX_INITIALIZER;
static struct request *requests;

unsigned loop_clients(void)
{
    return client_count;
}

/* ---- connections --------------------------------------------------------------------------- */

static void free_event(struct event **event)
{
    if (*event)
        event_free(*event);
    *event = NULL;
}

static void drop(struct lsad_client *client)
{
    free_event(&client->read_event);
    free_event(&client->write_event);
    if (client->previous)
        client->previous->next = client->next;
    else
        clients = client->next;
    if (client->next)
        client->next->previous = client->previous;
    client_count--;
    client_close(client);
    client_unref(client);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct lsad_client *client = arg;
    ssize_t n = recv(fd, buffer, BUFFER_SIZE, MSG_DONTWAIT);
    bool good;

    (void)what;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    good = n > 0 && client_received(client, buffer, (size_t)n);
    if (n > 0)
        secret_wipe(buffer, (size_t)n);
    if (!good)
        drop(client);
}

/* A peer that does not read its replies is not read from either. */
static void want_write(struct lsad_client *client, bool wanted)
{
    if (wanted) {
        event_del(client->read_event);
        event_add(client->write_event, NULL);
    } else {
        event_del(client->write_event);
        event_add(client->read_event, NULL);
    }
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
    struct lsad_client *client = arg;
    bool more;

    (void)fd, (void)what;
    if (!client_flush(client)) {
        drop(client);
        return;
    }
    pthread_mutex_lock(&client->lock);
    more = client->wants_write;
    pthread_mutex_unlock(&client->lock);
    if (!more)
        want_write(client, false);
}

static void ask_loop(struct request *request)
{
    const uint64_t one = 1;

    pthread_mutex_lock(&request_lock);
    request->next = requests;
    requests = request;
    pthread_mutex_unlock(&request_lock);
    while (write(wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
}

void loop_want_write(struct lsad_client *client)
{
    struct request *request = calloc(1, sizeof(*request));

    if (!request) {
        shutdown(client->fd, SHUT_RDWR);
        return;
    }
    request->client = client_ref(client);
    ask_loop(request);
}

void loop_later(unsigned milliseconds, void (*run)(void *arg, bool closing), void *arg)
{
    struct request *request = calloc(1, sizeof(*request));

    if (!request) {
        run(arg, false);
        return;
    }
    *request = (struct request){.milliseconds = milliseconds, .run = run, .arg = arg};
    ask_loop(request);
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
    struct request *list, *next;
    uint64_t count;

    (void)what, (void)arg;
    while (read(fd, &count, sizeof(count)) < 0 && errno == EINTR)
        ;
    pthread_mutex_lock(&request_lock);
    list = requests;
    requests = NULL;
    pthread_mutex_unlock(&request_lock);
    for (; list; list = next) {
        next = list->next;
        if (!list->client)
            later_start(base, list->milliseconds, list->run, list->arg);
        else if (list->client->write_event) /* else it was dropped meanwhile */
            want_write(list->client, true);
        client_unref(list->client);
        free(list);
    }
}

/* Tells a client that is one too many why, and lets it go. */
static void refuse(int fd)
{
    Lsa__Reply reply = LSA__REPLY__INIT;
    uint8_t *frame;
    size_t size;

    reply.status = (uint32_t)SEC_E_INSUFFICIENT_MEMORY;
    frame = lsa_frame_pack(&reply.base, 0, &size);
    if (frame)
        (void)send(fd, frame, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    secret_free(frame);
    close(fd);
}

/* Who tries again and again must not fill the log. */
static void warn_too_many(uid_t uid)
{
    static time_t last;
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    if (last && now.tv_sec - last < WARN_SECONDS)
        return;
    last = now.tv_sec;
    log_warn("uid %u: too many connections (max_clients, max_clients_per_user)", (unsigned)uid);
}

static bool add_client(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);
    struct lsad_client *client = NULL;
    struct lsad_user *user;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return false;
    user = user_get(peer.uid);
    if (!user)
        return false;
    if (client_count >= client_limit || !user_take(user, USER_CLIENTS)) {
        warn_too_many(peer.uid);
        user_put(user);
        return false;
    }
    client = client_new(fd, peer.pid, peer.uid, user);
    if (!client) {
        user_give(user, USER_CLIENTS);
        user_put(user);
        return false;
    }
    client->next = clients;
    if (clients)
        clients->previous = client;
    clients = client;
    client_count++;
    client->read_event = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, client);
    client->write_event = event_new(base, fd, EV_WRITE | EV_PERSIST, on_writable, client);
    if (!client->read_event || !client->write_event || event_add(client->read_event, NULL) != 0)
        drop(client);
    return true;
}

static void on_pause_over(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what, (void)arg;
    event_add(accept_event, NULL);
}

static void on_connection(evutil_socket_t fd, short what, void *arg)
{
    const struct timeval pause = {.tv_sec = PAUSE_SECONDS};
    int connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    (void)what, (void)arg;
    if (connection >= 0) {
        if (!add_client(connection))
            refuse(connection);
        return;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        log_warn("no more connections for a moment: %m");
        event_del(accept_event); /* the backlog keeps them; asking again at once would spin */
        event_add(pause_event, &pause);
    }
}

/* ---- leaders ------------------------------------------------------------------------------- */

static struct watch **watch_slot(const LUID *luid)
{
    struct watch **at = &watches[luid->LowPart % WATCH_BUCKETS];

    while (*at && !SecEqualLuid(&(*at)->luid, luid))
        at = &(*at)->next;
    return at;
}

static void on_leader_dead(evutil_socket_t fd, short what, void *arg)
{
    LUID luid = ((struct watch *)arg)->luid;

    (void)fd, (void)what;
    session_ended(&luid); /* takes the watch away */
}

bool loop_watch(const LUID *luid, int leader_fd)
{
    struct watch *w = calloc(1, sizeof(*w));
    struct watch **at = watch_slot(luid);

    if (!w)
        return false;
    w->luid = *luid;
    w->event = event_new(base, leader_fd, EV_READ, on_leader_dead, w);
    if (!w->event || event_add(w->event, NULL) != 0) {
        if (w->event)
            event_free(w->event);
        free(w);
        return false;
    }
    *at = w;
    return true;
}

void loop_unwatch(const LUID *luid)
{
    struct watch **at = watch_slot(luid), *w = *at;

    if (!w)
        return;
    *at = w->next;
    event_free(w->event);
    free(w);
}

/* ---- life ---------------------------------------------------------------------------------- */

static void on_end(evutil_socket_t signal_number, short what, void *arg)
{
    (void)signal_number, (void)what, (void)arg;
    asked_to_end = true;
    event_base_loopbreak(base);
}

static bool watch_all_leaders(void)
{
    size_t count;
    LUID *list = lsa_sessions_list(NULL, &count);
    bool good = list != NULL;

    for (size_t i = 0; i < count && good; i++) {
        int fd = lsa_session_leader_fd(&list[i]);

        good = fd < 0 || loop_watch(&list[i], fd);
    }
    free(list);
    return good;
}

bool loop_open(const struct lsad_config *config, int listen_fd)
{
    listening = listen_fd;
    client_limit = config->max_clients;
    buffer = secret_alloc(BUFFER_SIZE);
    base = event_base_new();
    wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!buffer || !base || wake_fd < 0)
        goto fail;
    accept_event = event_new(base, listening, EV_READ | EV_PERSIST, on_connection, NULL);
    pause_event = evtimer_new(base, on_pause_over, NULL);
    wake_event = event_new(base, wake_fd, EV_READ | EV_PERSIST, on_wake, NULL);
    term_event = evsignal_new(base, SIGTERM, on_end, NULL);
    int_event = evsignal_new(base, SIGINT, on_end, NULL);
    if (!accept_event || !pause_event || !wake_event || !term_event || !int_event ||
        event_add(accept_event, NULL) != 0 || event_add(wake_event, NULL) != 0 ||
        event_add(term_event, NULL) != 0 || event_add(int_event, NULL) != 0 || !watch_all_leaders())
        goto fail;
    return true;
fail:
    log_error("the event loop cannot be made: %m");
    loop_close();
    return false;
}

bool loop_run(void)
{
    int result = event_base_dispatch(base);

    if (!asked_to_end)
        log_error("the event loop ended by itself (%d)", result);
    return asked_to_end;
}

void loop_close(void)
{
    while (clients)
        drop(clients);
    for (size_t i = 0; i < WATCH_BUCKETS; i++)
        while (watches[i])
            loop_unwatch(&watches[i]->luid);
    if (wake_event)
        on_wake(wake_fd, 0, NULL);
    later_close();
    free_event(&accept_event);
    free_event(&pause_event);
    free_event(&wake_event);
    free_event(&term_event);
    free_event(&int_event);
    if (base)
        event_base_free(base);
    base = NULL;
    if (wake_fd >= 0)
        close(wake_fd);
    wake_fd = -1;
    secret_free(buffer);
    buffer = NULL;
}
