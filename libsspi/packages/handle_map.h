/*
 * The user-mode half of a package is called with the number of a context only; this maps the number
 * to the package's own object. Safe to call from many threads. The host guarantees that
 * SpDeleteUserModeContext is never called while another call on the same context runs, so an object
 * found may be used until the call returns. A forked child may go on using the map. A map is
 * static: it is never given up.
 */
#ifndef CREDMGR_PACKAGES_HANDLE_MAP_H
#define CREDMGR_PACKAGES_HANDLE_MAP_H

#include <stdbool.h>
#include <stdint.h>
#include <pthread.h>

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

#endif
