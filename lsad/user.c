/*
 * Counting what each uid takes. A record exists while somebody of that uid is connected or has a
 * call under way.
 */
#include "lsad/user.h"

#include <pthread.h>
#include <stdlib.h>

#define BUCKETS        64u
#define ROOT_FACTOR    16u
#define BYTES_PER_USER (16u << 20) /* of unfinished messages: 16 of the largest */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct lsad_user *buckets[BUCKETS];
static unsigned limits[3];

void users_open(const struct lsad_config *config)
{
    limits[USER_CLIENTS] = config->max_clients_per_user;
    limits[USER_HANDLES] = config->max_handles_per_user;
    limits[USER_CALLS] = config->max_calls_per_user;
}

struct lsad_user *user_get(uid_t uid)
{
    struct lsad_user *user;

    pthread_mutex_lock(&lock);
    for (user = buckets[uid % BUCKETS]; user && user->uid != uid; user = user->next)
        ;
    if (!user) {
        user = calloc(1, sizeof(*user));
        if (user) {
            user->uid = uid;
            user->next = buckets[uid % BUCKETS];
            buckets[uid % BUCKETS] = user;
        }
    }
    if (user)
        user->references++;
    pthread_mutex_unlock(&lock);
    return user;
}

void user_put(struct lsad_user *user)
{
    struct lsad_user **at;

    if (!user)
        return;
    pthread_mutex_lock(&lock);
    if (--user->references == 0) {
        for (at = &buckets[user->uid % BUCKETS]; *at != user; at = &(*at)->next)
            ;
        *at = user->next;
        free(user);
    }
    pthread_mutex_unlock(&lock);
}

static unsigned *counter(struct lsad_user *user, enum user_resource resource)
{
    return resource == USER_CLIENTS   ? &user->clients
           : resource == USER_HANDLES ? &user->handles
                                      : &user->calls;
}

bool user_take(struct lsad_user *user, enum user_resource resource)
{
    unsigned limit = limits[resource];
    bool taken;

    if (user->uid == 0)
        limit = limit < UINT32_MAX / ROOT_FACTOR ? limit * ROOT_FACTOR : UINT32_MAX;
    pthread_mutex_lock(&lock);
    taken = *counter(user, resource) < limit;
    if (taken)
        ++*counter(user, resource);
    pthread_mutex_unlock(&lock);
    return taken;
}

void user_give(struct lsad_user *user, enum user_resource resource)
{
    pthread_mutex_lock(&lock);
    --*counter(user, resource);
    pthread_mutex_unlock(&lock);
}

bool user_take_bytes(struct lsad_user *user, size_t bytes)
{
    bool taken;

    pthread_mutex_lock(&lock);
    taken = bytes <= BYTES_PER_USER - user->buffered;
    if (taken)
        user->buffered += bytes;
    pthread_mutex_unlock(&lock);
    return taken;
}

void user_give_bytes(struct lsad_user *user, size_t bytes)
{
    pthread_mutex_lock(&lock);
    user->buffered -= bytes;
    pthread_mutex_unlock(&lock);
}
