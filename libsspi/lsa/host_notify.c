/*
 * RegisterNotification and CancelNotification: one thread waits for every interval and every event,
 * and is made only when the first package asks. A callback runs without a client; one that takes
 * long should ask for a thread of its own.
 *
 * A Windows event is an eventfd(2) here: WaitEvent holds its descriptor, and a wait resets it.
 */
#include "libsspi/lsa/host_internal.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <ntstatus.h>
#include "base/log.h"

/* The longest the thread sleeps, so that an interval also ends soon after the machine was
 * suspended. */
#define MAX_SLEEP_MS 60000

struct notification {
    struct notification *next;
    uintptr_t id;
    SEC_THREAD_START function;
    PVOID parameter;
    ULONG type, flags;
    int64_t interval; /* milliseconds */
    int64_t due;      /* CLOCK_BOOTTIME, milliseconds; INTERVAL and IMMEDIATE only */
    int fd;           /* HANDLE_WAIT only */
};

static struct {
    pthread_mutex_t lock;
    struct notification *list;
    uintptr_t last_id;
    pthread_t thread;
    pid_t pid; /* of the process in which the thread runs; another one after fork */
    int wake;  /* eventfd */
    bool running, stop, forks_watched;
} notifier = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = -1};

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_BOOTTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool timed(const struct notification *n)
{
    return n->type == NOTIFIER_TYPE_INTERVAL || n->type == NOTIFIER_TYPE_IMMEDIATE;
}

static void wake_thread(void)
{
    uint64_t one = 1;

    if (notifier.wake >= 0 && write(notifier.wake, &one, sizeof(one)) < 0)
        log_error("cannot wake the notification thread: error %d", errno);
}

static bool reset_event(int fd)
{
    uint64_t count;

    return read(fd, &count, sizeof(count)) == (ssize_t)sizeof(count);
}

/* Takes the entry `id` out of the list; the lock is held. */
static struct notification *unlink_entry(uintptr_t id)
{
    struct notification **at, *found;

    for (at = &notifier.list; *at; at = &(*at)->next) {
        if ((*at)->id != id)
            continue;
        found = *at;
        *at = found->next;
        return found;
    }
    return NULL;
}

/* Calls the function of an entry without the lock, so that it may register and cancel; the entry
 * may be gone afterwards. */
static void notify(struct notification *n)
{
    SEC_THREAD_START function = n->function;
    PVOID parameter = n->parameter;
    bool own_thread = (n->flags & NOTIFIER_FLAG_NEW_THREAD) != 0;

    if (timed(n))
        n->due = now_ms() + n->interval;
    if (n->flags & NOTIFIER_FLAG_ONE_SHOT)
        free(unlink_entry(n->id));
    pthread_mutex_unlock(&notifier.lock);
    if (!own_thread || !lsa_create_thread(NULL, 0, function, parameter, 0, NULL))
        function(parameter);
    pthread_mutex_lock(&notifier.lock);
}

/* The entry that is due first, in *timeout milliseconds from now; events ahead of it. NULL when
 * none is due yet. */
static struct notification *find_due(const struct pollfd *ready, size_t count, int *timeout)
{
    struct notification *n, *due = NULL;
    int64_t now = now_ms(), first = now + MAX_SLEEP_MS;
    size_t i;

    for (n = notifier.list; n; n = n->next) {
        for (i = 0; n->type == NOTIFIER_TYPE_HANDLE_WAIT && i < count; i++)
            if (ready[i].fd == n->fd && (ready[i].revents & POLLIN) && reset_event(n->fd))
                return n;
        if (timed(n) && n->due < first) {
            first = n->due;
            due = n;
        }
    }
    *timeout = first > now ? (int)(first - now) : 0;
    return due && first <= now ? due : NULL;
}

/* Fills *fds with the wake descriptor and every event. */
static size_t collect(struct pollfd **fds, size_t *room)
{
    struct notification *n;
    struct pollfd *grown;
    size_t needed = 1, count = 0;

    for (n = notifier.list; n; n = n->next)
        needed += n->type == NOTIFIER_TYPE_HANDLE_WAIT;
    if (needed > *room) {
        grown = realloc(*fds, needed * sizeof(*grown));
        if (!grown)
            return 0;
        *fds = grown;
        *room = needed;
    }
    (*fds)[count++] = (struct pollfd){.fd = notifier.wake, .events = POLLIN};
    for (n = notifier.list; n; n = n->next)
        if (n->type == NOTIFIER_TYPE_HANDLE_WAIT)
            (*fds)[count++] = (struct pollfd){.fd = n->fd, .events = POLLIN};
    return count;
}

static void *wait_for_all(void *arg)
{
    struct pollfd *fds = NULL;
    struct notification *n;
    size_t count = 0, room = 0;
    int timeout, ready;

    (void)arg;
    pthread_mutex_lock(&notifier.lock);
    while (!notifier.stop) {
        n = find_due(fds, count, &timeout);
        if (n) {
            notify(n);
            count = 0; /* the list may have changed: what poll() said is stale */
            continue;
        }
        count = collect(&fds, &room);
        pthread_mutex_unlock(&notifier.lock);
        ready = count > 0 ? poll(fds, count, timeout) : (sleep(1), 0);
        pthread_mutex_lock(&notifier.lock);
        if (ready <= 0)
            count = 0;
        else if (fds[0].revents & POLLIN)
            reset_event(notifier.wake);
    }
    pthread_mutex_unlock(&notifier.lock);
    free(fds);
    return NULL;
}

/* A child must not find the lock held by a thread it does not have. */
static void before_fork(void)
{
    pthread_mutex_lock(&notifier.lock);
}

static void after_fork(void)
{
    pthread_mutex_unlock(&notifier.lock);
}

/* Makes the thread; the lock is held. A forked child does not have its parent's: that one's entries
 * are forgotten. */
static bool ensure_thread(void)
{
    sigset_t all, before;

    if (notifier.running && notifier.pid == getpid())
        return true;
    if (!notifier.forks_watched && pthread_atfork(before_fork, after_fork, after_fork) != 0)
        return false;
    notifier.forks_watched = true;
    if (notifier.running) {
        notifier.list = NULL;
        close(notifier.wake);
    }
    notifier.stop = false;
    notifier.running = false;
    notifier.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (notifier.wake < 0)
        return false;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    notifier.running = pthread_create(&notifier.thread, NULL, wait_for_all, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    notifier.pid = getpid();
    if (!notifier.running) {
        close(notifier.wake);
        notifier.wake = -1;
    }
    return notifier.running;
}

HANDLE NTAPI lsa_register_notification(SEC_THREAD_START function, PVOID parameter, ULONG type,
                                       ULONG class, ULONG flags, ULONG interval, HANDLE event)
{
    struct notification *n = NULL;
    uintptr_t id = 0;
    bool valid = function != NULL;

    switch (type) {
    case NOTIFIER_TYPE_INTERVAL:
        valid = valid && interval > 0;
        break;
    case NOTIFIER_TYPE_HANDLE_WAIT:
        valid = valid && event && (intptr_t)event <= INT32_MAX && (intptr_t)event > 0;
        break;
    case NOTIFIER_TYPE_NOTIFY_EVENT:
        valid = valid && class == NOTIFY_CLASS_PACKAGE_CHANGE;
        break;
    case NOTIFIER_TYPE_IMMEDIATE:
    case NOTIFIER_TYPE_STATE_CHANGE: /* the machine's realm does not change while we run: never
                                        called */
        break;
    default:
        valid = false;
    }
    n = valid ? calloc(1, sizeof(*n)) : NULL;
    if (!n)
        return NULL;
    n->function = function;
    n->parameter = parameter;
    n->type = type;
    n->flags = flags | (type == NOTIFIER_TYPE_IMMEDIATE ? NOTIFIER_FLAG_ONE_SHOT : 0);
    n->interval = type == NOTIFIER_TYPE_IMMEDIATE
                      ? 0
                      : (int64_t)interval * (flags & NOTIFIER_FLAG_SECONDS ? 1000 : 60000);
    n->due = now_ms() + n->interval;
    n->fd = (int)(intptr_t)event;
    pthread_mutex_lock(&notifier.lock);
    if (ensure_thread()) {
        n->id = id = ++notifier.last_id;
        n->next = notifier.list;
        notifier.list = n;
        n = NULL;
        wake_thread();
    }
    pthread_mutex_unlock(&notifier.lock);
    free(n);
    return (HANDLE)id;
}

/* A callback that runs already is not waited for. */
NTSTATUS NTAPI lsa_cancel_notification(HANDLE handle)
{
    struct notification *n;

    pthread_mutex_lock(&notifier.lock);
    n = unlink_entry((uintptr_t)handle);
    if (n)
        wake_thread();
    pthread_mutex_unlock(&notifier.lock);
    free(n);
    return n ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
}

/* Called while packages are loaded, by the thread that loads them, which also calls the functions.
 */
void lsa_notify_package_loaded(const struct lsa_package *package)
{
    SECPKG_EVENT_PACKAGE_CHANGE change = {.ChangeType = SECPKG_PACKAGE_CHANGE_LOAD,
                                          .PackageId = package->id};
    SECPKG_EVENT_NOTIFY event = {.EventClass = NOTIFY_CLASS_PACKAGE_CHANGE,
                                 .EventDataSize = sizeof(change),
                                 .EventData = &change};
    struct notification *n;
    uintptr_t after = UINTPTR_MAX;

    change.PackageName.Buffer = package->info.Name;
    while (package->info.Name[change.PackageName.Length / sizeof(WCHAR)])
        change.PackageName.Length += sizeof(WCHAR);
    change.PackageName.MaximumLength = (USHORT)(change.PackageName.Length + sizeof(WCHAR));
    pthread_mutex_lock(&notifier.lock);
    for (;;) {
        /* Ids fall along the list, so the last one served says where to go on, whatever a callback
         * did to the list. */
        for (n = notifier.list; n && (n->type != NOTIFIER_TYPE_NOTIFY_EVENT || n->id >= after);
             n = n->next)
            ;
        if (!n)
            break;
        after = n->id;
        event.PackageParameter = n->parameter;
        SEC_THREAD_START function = n->function;
        if (n->flags & NOTIFIER_FLAG_ONE_SHOT)
            free(unlink_entry(n->id));
        pthread_mutex_unlock(&notifier.lock);
        function(&event);
        pthread_mutex_lock(&notifier.lock);
    }
    pthread_mutex_unlock(&notifier.lock);
}

void lsa_notify_stop(void)
{
    struct notification *n;
    pthread_t thread;
    bool join;

    pthread_mutex_lock(&notifier.lock);
    join = notifier.running && notifier.pid == getpid();
    thread = notifier.thread;
    notifier.stop = true;
    wake_thread();
    pthread_mutex_unlock(&notifier.lock);
    if (join)
        pthread_join(thread, NULL);
    pthread_mutex_lock(&notifier.lock);
    while ((n = notifier.list) != NULL) {
        notifier.list = n->next;
        free(n);
    }
    if (notifier.wake >= 0)
        close(notifier.wake);
    notifier.wake = -1;
    notifier.running = false;
    pthread_mutex_unlock(&notifier.lock);
}
