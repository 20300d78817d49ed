/*
 * An allocator for passwords and keys. A page and three system calls for each 16-byte key would be
 * too dear for a handshake, so blocks are carved by halving (a buddy allocator) from arenas of 64
 * KiB, which are mapped, locked and taken out of core dumps once. All bookkeeping lies outside the
 * arenas: free memory in them is always zero.
 */
#include "base/secret.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <syslog.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define SECRET_ASAN 1
#else
#define SECRET_ASAN 0
#endif

/*
 * Under AddressSanitizer each secret is a heap block of its own, so that overruns, uses after
 * release and leaks of secrets are found like all others. (The test of the arenas sets 0 and
 * includes this file.)
 */
#ifndef SECRET_HEAP
#define SECRET_HEAP SECRET_ASAN
#endif

#define UNIT_SHIFT  5u /* the smallest block: 32 bytes */
#define ARENA_SIZE  65536u
#define ARENA_UNITS (ARENA_SIZE >> UNIT_SHIFT)
#define ORDERS      12u /* 32 << 0 … 32 << 11 = ARENA_SIZE */
#define LARGEST     (ARENA_SIZE / 2)
#define NO_UNIT     UINT16_MAX
#define IS_FREE     0x80u /* in state[]: the block that begins here is free */
#define INTERIOR    0x7fu /* in state[]: no block begins here */
#define HEADER_SIZE 32u

/* What stands at the beginning of an arena, and before a block that lives alone. */
struct header {
    uint64_t magic;
    union {
        struct arena *arena;
        struct alone *alone;
    } u;
};
static const uint64_t arena_magic = 0x616e657261637273u;
static const uint64_t alone_magic = 0x656e6f6c61637273u;

struct arena {
    struct arena *next, *previous;
    uint8_t *base;
    size_t blocks;              /* handed out */
    uint16_t heads[ORDERS];     /* first free block of each order */
    uint32_t orders;            /* bit n: there is a free block of order n */
    uint8_t state[ARENA_UNITS]; /* order of the block that begins at this unit, IS_FREE, INTERIOR */
    union {
        uint32_t size; /* handed out: as asked for */
        struct {
            uint16_t next, previous;
        } link;
    } unit[ARENA_UNITS];
};

/* A block over LARGEST (or any, with SECRET_HEAP). */
struct alone {
    struct alone *next, *previous;
    uintptr_t base; /* of the header, complemented: this list must not hide a leaked secret from
                       LeakSanitizer */
    size_t size;    /* as asked for */
    size_t mapped;  /* bytes from base; SECRET_HEAP: bytes from malloc */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct arena *arenas;
static struct alone *alones;

static void lock_all(void)
{
    pthread_mutex_lock(&lock);
}

static void unlock_all(void)
{
    pthread_mutex_unlock(&lock);
}

/* A process may fork while another of its threads stands in here; the child must still be able to
 * allocate. */
static void set_up(void)
{
    pthread_atfork(lock_all, unlock_all, unlock_all);
}

_Noreturn static void corrupted(const char *what)
{
    syslog(LOG_AUTHPRIV | LOG_CRIT, "credmgr: secret memory: %s, aborting", what);
    abort();
}

/* `size` bytes aligned to ARENA_SIZE. Locking may fail (RLIMIT_MEMLOCK): a secret that may be
 * swapped is still served. */
static uint8_t *map_aligned(size_t size)
{
    uint8_t *p, *base;
    size_t before;

    if (size > SIZE_MAX - ARENA_SIZE)
        return NULL;
    p = mmap(NULL, size + ARENA_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    base = (uint8_t *)(((uintptr_t)p + ARENA_SIZE - 1) & ~(uintptr_t)(ARENA_SIZE - 1));
    before = (size_t)(base - p);
    if (before)
        munmap(p, before);
    munmap(base + size, ARENA_SIZE - before);
    (void)mlock2(base, size, MLOCK_ONFAULT);
    (void)madvise(base, size, MADV_DONTDUMP);
    return base;
}

/* ---- blocks of an arena -------------------------------------------------------------------- */

static void free_push(struct arena *a, uint16_t at, uint32_t order)
{
    uint16_t head = a->heads[order];

    a->state[at] = (uint8_t)(order | IS_FREE);
    a->unit[at].link.next = head;
    a->unit[at].link.previous = NO_UNIT;
    if (head != NO_UNIT)
        a->unit[head].link.previous = at;
    a->heads[order] = at;
    a->orders |= 1u << order;
}

static void free_remove(struct arena *a, uint16_t at, uint32_t order)
{
    uint16_t next = a->unit[at].link.next, previous = a->unit[at].link.previous;

    a->state[at] = INTERIOR;
    if (next != NO_UNIT)
        a->unit[next].link.previous = previous;
    if (previous != NO_UNIT)
        a->unit[previous].link.next = next;
    else
        a->heads[order] = next;
    if (a->heads[order] == NO_UNIT)
        a->orders &= ~(1u << order);
}

/* Takes a block of `order` out of an arena that has one at least as large; the upper halves go
 * back. */
static uint16_t take(struct arena *a, uint32_t order)
{
    uint32_t have = (uint32_t)__builtin_ctz(a->orders >> order << order);
    uint16_t at = a->heads[have];

    free_remove(a, at, have);
    while (have > order) {
        have--;
        free_push(a, (uint16_t)(at + (1u << have)), have);
    }
    a->state[at] = (uint8_t)order;
    return at;
}

static void give_back(struct arena *a, uint16_t at, uint32_t order)
{
    a->state[at] = INTERIOR;
    for (; order + 1 < ORDERS; order++) {
        uint16_t buddy = at ^ (uint16_t)(1u << order);

        if (a->state[buddy] != (order | IS_FREE))
            break;
        free_remove(a, buddy, order);
        at &= (uint16_t) ~(1u << order);
    }
    free_push(a, at, order);
}

static struct arena *arena_new(void)
{
    struct arena *a = calloc(1, sizeof(*a));
    struct header header = {.magic = arena_magic, .u.arena = a};

    if (!a)
        return NULL;
    a->base = map_aligned(ARENA_SIZE);
    if (!a->base) {
        free(a);
        return NULL;
    }
    memset(a->state, INTERIOR, sizeof(a->state));
    for (size_t i = 0; i < ORDERS; i++)
        a->heads[i] = NO_UNIT;
    free_push(a, 0, ORDERS - 1);
    (void)take(a, 0); /* the first unit is the header's; a->blocks does not count it */
    memcpy(a->base, &header, sizeof(header));
    a->next = arenas;
    if (arenas)
        arenas->previous = a;
    arenas = a;
    return a;
}

static void arena_drop(struct arena *a)
{
    if (a->next)
        a->next->previous = a->previous;
    if (a->previous)
        a->previous->next = a->next;
    else
        arenas = a->next;
    munmap(a->base, ARENA_SIZE);
    free(a);
}

static void *arena_alloc(size_t size)
{
    uint32_t order = size <= 1u << UNIT_SHIFT
                         ? 0
                         : 32u - UNIT_SHIFT - (uint32_t)__builtin_clz((uint32_t)size - 1);
    struct arena *a;
    void *p = NULL;

    pthread_mutex_lock(&lock);
    for (a = arenas; a && !(a->orders >> order); a = a->next)
        ;
    if (!a)
        a = arena_new();
    if (a) {
        uint16_t at = take(a, order);

        a->unit[at].size = (uint32_t)size;
        a->blocks++;
        p = a->base + ((size_t)at << UNIT_SHIFT);
    }
    pthread_mutex_unlock(&lock);
    return p;
}

/* One empty arena is kept, so that a process that uses one secret at a time does not map and unmap.
 */
static void arena_free(struct arena *a, uint8_t *p)
{
    size_t offset = (size_t)(p - a->base);
    uint16_t at = (uint16_t)(offset >> UNIT_SHIFT);
    uint32_t order = a->state[at];

    if (offset & ((1u << UNIT_SHIFT) - 1) || order >= ORDERS || !at)
        corrupted("a block was freed twice or never allocated");
    secret_wipe(p, (size_t)1 << UNIT_SHIFT << order);
    pthread_mutex_lock(&lock);
    give_back(a, at, order);
    if (--a->blocks == 0) {
        for (struct arena *other = arenas; other; other = other->next) {
            if (other != a && !other->blocks) {
                arena_drop(a);
                break;
            }
        }
    }
    pthread_mutex_unlock(&lock);
}

/* ---- blocks that live alone ---------------------------------------------------------------- */

static void *alone_alloc(size_t size)
{
    struct alone *b = malloc(sizeof(*b));
    struct header header = {.magic = alone_magic, .u.alone = b};
    uint8_t *base;

    if (!b || size > SIZE_MAX - HEADER_SIZE - 4096)
        goto fail;
    b->size = size;
    b->previous = NULL;
    if (SECRET_HEAP) {
        b->mapped = size + HEADER_SIZE;
        base = calloc(1, b->mapped);
    } else {
        b->mapped = (size + HEADER_SIZE + 4095) & ~(size_t)4095;
        base = map_aligned(b->mapped);
    }
    if (!base)
        goto fail;
    memcpy(base, &header, sizeof(header));
    b->base = ~(uintptr_t)base;
    pthread_mutex_lock(&lock);
    b->next = alones;
    if (alones)
        alones->previous = b;
    alones = b;
    pthread_mutex_unlock(&lock);
    return base + HEADER_SIZE;
fail:
    free(b);
    return NULL;
}

static void alone_free(struct alone *b)
{
    uint8_t *base = (uint8_t *)~b->base;

    pthread_mutex_lock(&lock);
    if (b->next)
        b->next->previous = b->previous;
    if (b->previous)
        b->previous->next = b->next;
    else
        alones = b->next;
    pthread_mutex_unlock(&lock);
    secret_wipe(base, b->mapped);
    if (SECRET_HEAP)
        free(base);
    else
        munmap(base, b->mapped);
    free(b);
}

/* The header of the arena or lone block that `p` was handed out from. */
static const struct header *header_of(const void *p)
{
    const uint8_t *base;
    const struct header *header;

    if (SECRET_HEAP)
        base = (const uint8_t *)p - HEADER_SIZE;
    else
        base = (const uint8_t *)((uintptr_t)p & ~(uintptr_t)(ARENA_SIZE - 1));
    header = (const struct header *)(const void *)base;
    if (header->magic != arena_magic && header->magic != alone_magic)
        corrupted("a pointer is not one of secret_alloc()");
    return header;
}

/* ---- the public part ----------------------------------------------------------------------- */

void *secret_alloc(size_t size)
{
    void *p;

    pthread_once(&once, set_up);
    p = SECRET_HEAP || size > LARGEST ? alone_alloc(size) : arena_alloc(size);
    if (!p)
        errno = ENOMEM;
    return p;
}

void *secret_dup(const void *data, size_t size)
{
    void *p = secret_alloc(size);

    if (p && size)
        memcpy(p, data, size);
    return p;
}

void secret_free(void *p)
{
    const struct header *header;
    int saved = errno;

    if (!p)
        return;
    header = header_of(p);
    if (header->magic == arena_magic)
        arena_free(header->u.arena, p);
    else
        alone_free(header->u.alone);
    errno = saved;
}

size_t secret_size(const void *p)
{
    const struct header *header = header_of(p);

    if (header->magic == alone_magic)
        return header->u.alone->size;
    return header->u.arena->unit[((uintptr_t)p & (ARENA_SIZE - 1)) >> UNIT_SHIFT].size;
}

bool secret_owns(const void *p)
{
    uintptr_t address = (uintptr_t)p;
    bool found = false;

    pthread_mutex_lock(&lock);
    for (const struct arena *a = arenas; a && !found; a = a->next)
        found = address - (uintptr_t)a->base < ARENA_SIZE;
    for (const struct alone *b = alones; b && !found; b = b->next)
        found = address - ~b->base < b->mapped;
    pthread_mutex_unlock(&lock);
    return found;
}

bool secret_lock_again(void)
{
    bool ok = true;

    pthread_mutex_lock(&lock);
    for (const struct arena *a = arenas; a; a = a->next)
        ok = mlock2(a->base, ARENA_SIZE, MLOCK_ONFAULT) == 0 && ok;
    for (const struct alone *b = alones; b && !SECRET_HEAP; b = b->next) {
        uint8_t *base = (uint8_t *)~b->base;

        ok = mlock2(base, b->mapped, MLOCK_ONFAULT) == 0 && ok;
    }
    pthread_mutex_unlock(&lock);
    return ok;
}

void secret_wipe_all(void)
{
    const size_t first = (size_t)1 << UNIT_SHIFT; /* the header's */

    pthread_mutex_lock(&lock);
    for (const struct arena *a = arenas; a; a = a->next)
        secret_wipe(a->base + first, ARENA_SIZE - first);
    for (const struct alone *b = alones; b; b = b->next)
        secret_wipe((uint8_t *)~b->base + HEADER_SIZE, b->mapped - HEADER_SIZE);
    pthread_mutex_unlock(&lock);
}

/* A PAM module is unloaded and loaded again: the arena that is kept must not stay behind each time.
 */
__attribute__((destructor)) static void unload(void)
{
    struct arena *next;

    pthread_mutex_lock(&lock);
    for (struct arena *a = arenas; a; a = next) {
        next = a->next;
        if (!a->blocks)
            arena_drop(a);
    }
    pthread_mutex_unlock(&lock);
}
