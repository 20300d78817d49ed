/*
 * The user-mode half of a package is called with the number of a context only; this maps the number
 * to the package's own object. Safe to call from many threads. The host guarantees that
 * SpDeleteUserModeContext is never called while another call on the same context runs, so an object
 * found may be used until the call returns. A forked child may go on using the map. A map is
 * static: it is never given up.
 */
#ifndef CREDMGR_PACKAGES_HANDLE_MAP_H
#define CREDMGR_PACKAGES_HANDLE_MAP_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct handle_map_entry;
struct handle_map {
    pthread_rwlock_t lock;
    struct handle_map_entry *slots; /* open addressing, a power of two */
    size_t size, used;
    struct handle_map *next; /* among the maps that forks look after */
    bool known;              /* is among them */
};
#define HANDLE_MAP_INIT                                                                            \
    {                                                                                              \
        PTHREAD_RWLOCK_INITIALIZER, NULL, 0, 0, NULL, false                                        \
    }

bool handle_map_put(struct handle_map *map, uintptr_t handle,
                    void *object);                              /* false: no memory, or taken */
void *handle_map_get(struct handle_map *map, uintptr_t handle); /* NULL: unknown */
void *handle_map_remove(struct handle_map *map, uintptr_t handle);

/*
 * As handle_map_get(), but those that the calling thread has used last are found without a look at
 * the map: `recent` is a _Thread_local array of HANDLE_MAP_RECENT, for this map alone. A number is
 * given once, and nobody calls with one whose context was deleted, so that what stands there may be
 * stale, but is never found then.
 */
#define HANDLE_MAP_RECENT 8
struct handle_map_recent {
    uintptr_t handle;
    void *object;
};

static inline void *handle_map_recall(struct handle_map *map, struct handle_map_recent *recent,
                                      uintptr_t handle)
{
    struct handle_map_recent *at = &recent[handle % HANDLE_MAP_RECENT];
    void *object;

    if (!handle)
        return NULL;
    if (at->handle != handle) {
        object = handle_map_get(map, handle);
        if (!object)
            return NULL;
        at->object = object;
        at->handle = handle;
    }
    return at->object;
}

#endif
