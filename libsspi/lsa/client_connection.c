/*
 * The socket to lsad: opened, checked, and let go of when it is not this process's or this uid's
 * any more.
 */
#include "libsspi/lsa/client_connection.h"
#include "base/secret.h"
#include "base/thread_identity.h"
#include "libsspi/lsa/client.h"

#include <errno.h>
#include <fcntl.h>
#include <keyutils.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define CONNECT_SECONDS 1   /* how long a full backlog may hold up connect() */
#define POLL_MS         500 /* how often a blocked reader or writer looks at the clock */
#define BUFFER_SIZE     16384u

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
    c->uid = thread_identity_own_uid();
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
    } else if (current->uid != thread_identity_own_uid() || !descriptor_is_ours(current) ||
               is_dead(current)) {
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
    if (!current) { /* of the process, whoever the thread impersonates */
        thread_identity_suspend();
        current = connection_open(status);
        thread_identity_resume();
    }
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
