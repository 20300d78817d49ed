/*
 * A small hash table from context numbers to the objects behind them, so that a user-mode half can
 * be called with a number and still never follow a pointer that somebody made up.
 */
#include "libsspi/packages/handle_map.h"

#include <stdlib.h>

#define FIRST_SIZE 64

struct handle_map_entry {
    uintptr_t handle;
    void *object; /* NULL: the slot is free */
};

/*
 * All maps that were ever used. A fork waits until no other thread is inside of one, so that the
 * child, which has none of those threads, finds them unlocked and whole.
 */
static pthread_mutex_t maps_lock = PTHREAD_MUTEX_INITIALIZER;
static struct handle_map *maps;

static void before_fork(void)
{
    pthread_mutex_lock(&maps_lock);
    for (struct handle_map *m = maps; m; m = m->next)
        pthread_rwlock_wrlock(&m->lock);
}

static void in_parent(void)
{
    for (struct handle_map *m = maps; m; m = m->next)
        pthread_rwlock_unlock(&m->lock);
    pthread_mutex_unlock(&maps_lock);
}

/* A lock may be held by a thread id that the child does not have: they are made anew. */
static void in_child(void)
{
    for (struct handle_map *m = maps; m; m = m->next)
        pthread_rwlock_init(&m->lock, NULL);
    pthread_mutex_init(&maps_lock, NULL);
}

static void look_after_forks(struct handle_map *map)
{
    pthread_mutex_lock(&maps_lock);
    if (!map->known) {
        if (!maps)
            pthread_atfork(before_fork, in_parent, in_child);
        map->next = maps;
        maps = map;
        map->known = true;
    }
    pthread_mutex_unlock(&maps_lock);
}

/* Numbers are often consecutive or aligned addresses: Fibonacci hashing spreads both. */
static size_t home(const struct handle_map *map, uintptr_t handle)
{
    return (size_t)(((uint64_t)handle * 0x9e3779b97f4a7c15u) >> 32) & (map->size - 1);
}

/* The slot that holds `handle`, or the free slot where it would go. There always is a free one. */
static size_t probe(const struct handle_map *map, uintptr_t handle)
{
    size_t i = home(map, handle);

    while (map->slots[i].object && map->slots[i].handle != handle)
        i = (i + 1) & (map->size - 1);
    return i;
}

static bool grow(struct handle_map *map)
{
    struct handle_map bigger = {.size = map->size ? map->size * 2 : FIRST_SIZE};

    bigger.slots = calloc(bigger.size, sizeof(*bigger.slots));
    if (!bigger.slots)
        return false;
    for (size_t i = 0; i < map->size; i++) {
        if (map->slots[i].object)
            bigger.slots[probe(&bigger, map->slots[i].handle)] = map->slots[i];
    }
    free(map->slots);
    map->slots = bigger.slots;
    map->size = bigger.size;
    return true;
}

bool handle_map_put(struct handle_map *map, uintptr_t handle, void *object)
{
    bool done = false;
    size_t i;

    if (!object)
        return false;
    look_after_forks(map);
    pthread_rwlock_wrlock(&map->lock);
    if ((map->used + 1) * 4 > map->size * 3 && !grow(map))
        goto out;
    i = probe(map, handle);
    if (map->slots[i].object)
        goto out;
    map->slots[i].handle = handle;
    map->slots[i].object = object;
    map->used++;
    done = true;
out:
    pthread_rwlock_unlock(&map->lock);
    return done;
}

void *handle_map_get(struct handle_map *map, uintptr_t handle)
{
    void *object = NULL;

    pthread_rwlock_rdlock(&map->lock);
    if (map->size)
        object = map->slots[probe(map, handle)].object;
    pthread_rwlock_unlock(&map->lock);
    return object;
}

/*
 * Moves later members of the same run into the hole, so that lookups never meet a gap (and no
 * tombstones pile up).
 */
static void close_hole(struct handle_map *map, size_t hole)
{
    size_t mask = map->size - 1;

    for (size_t i = (hole + 1) & mask; map->slots[i].object; i = (i + 1) & mask) {
        size_t wanted = home(map, map->slots[i].handle);

        if (((i - wanted) & mask) >= ((i - hole) & mask)) {
            map->slots[hole] = map->slots[i];
            map->slots[i].object = NULL;
            hole = i;
        }
    }
}

void *handle_map_remove(struct handle_map *map, uintptr_t handle)
{
    void *object = NULL;
    size_t i;

    pthread_rwlock_wrlock(&map->lock);
    if (!map->size)
        goto out;
    i = probe(map, handle);
    object = map->slots[i].object;
    if (!object)
        goto out;
    map->slots[i].object = NULL;
    close_hole(map, i);
    if (--map->used == 0) { /* give everything back: a library that idles holds nothing */
        free(map->slots);
        map->slots = NULL;
        map->size = 0;
    }
out:
    pthread_rwlock_unlock(&map->lock);
    return object;
}
