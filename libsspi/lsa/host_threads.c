/*
 * CreateThread for packages: a thread of the LSA's own, with every signal blocked, since signals
 * belong to the program.
 */
#include "libsspi/lsa/host_internal.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

struct start {
    SEC_THREAD_START function;
    PVOID parameter;
    pthread_mutex_t lock;
    pthread_cond_t started;
    ULONG thread_id; /* the kernel's id; 0 until the thread runs */
};

static void *run(void *arg)
{
    struct start *start = arg;
    SEC_THREAD_START function = start->function;
    PVOID parameter = start->parameter;

    pthread_mutex_lock(&start->lock);
    start->thread_id = (ULONG)gettid();
    pthread_cond_signal(&start->started);
    pthread_mutex_unlock(&start->lock); /* `start` is the creator's again */
    function(parameter);
    return NULL;
}

/*
 * The thread is detached: the handle returned only says that it was made, since no documented LSA
 * function waits for a thread. CREATE_SUSPENDED and the other flags are refused; security
 * attributes do not apply to a Linux thread.
 */
HANDLE NTAPI lsa_create_thread(SEC_ATTRS attributes, ULONG stack_size, SEC_THREAD_START function,
                               PVOID parameter, ULONG flags, PULONG thread_id)
{
    static atomic_uintptr_t created;
    struct start start = {.function = function,
                          .parameter = parameter,
                          .lock = PTHREAD_MUTEX_INITIALIZER,
                          .started = PTHREAD_COND_INITIALIZER};
    pthread_attr_t attr;
    sigset_t all, before;
    pthread_t thread;
    int failed;

    (void)attributes;
    if (!function || flags != 0 || pthread_attr_init(&attr) != 0)
        return NULL;
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    if (stack_size >= (ULONG)PTHREAD_STACK_MIN)
        pthread_attr_setstacksize(&attr, stack_size);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&thread, &attr, run, &start);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    if (failed)
        return NULL;
    pthread_mutex_lock(&start.lock);
    while (start.thread_id == 0)
        pthread_cond_wait(&start.started, &start.lock);
    pthread_mutex_unlock(&start.lock);
    if (thread_id)
        *thread_id = start.thread_id;
    return (HANDLE)(atomic_fetch_add(&created, 1) + 1);
}
