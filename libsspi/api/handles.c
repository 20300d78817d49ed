/*
 * The slots behind the handles. A slot is never given back to the heap, so its state word may be
 * read at any time:
 *
 *   bits 63..24  tag: which object this is (counted anew for every object the slot holds), its kind
 * in the low two bits bits 23..1   references: one for the open handle, one for each call under way
 *   bit 0        the handle is open
 */
#include "libsspi/api/handles.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/secret.h"

#define CHUNK_SLOTS 256u
#define CHUNKS      4096u /* a million handles */

#define OPEN             1ull
#define REFERENCE        2ull
#define REFERENCES(word) (((word) >> 1) & 0x7fffffull)
#define MAX_REFERENCES   0x7ffff0ull
#define TAG_SHIFT        24
#define TAG_BITS         40
#define TAG_MASK         ((1ull << TAG_BITS) - 1)
#define KIND_MASK        3u

struct slot {
    _Alignas(64) _Atomic uint64_t word;
    void *object;
    void (*destroy)(void *object);
    uint32_t index;
    struct slot *next_free;
};

static _Atomic(struct slot *) chunks[CHUNKS];
static uint32_t slots_made;     /* under `lock` */
static struct slot *free_slots; /* under `lock` */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* Random, so that numbers of another library or process are refused; another one in a forked child.
 */
static _Atomic uint64_t salt;

static void before_fork(void)
{
    pthread_mutex_lock(&lock);
}

static void in_parent(void)
{
    pthread_mutex_unlock(&lock);
}

/* The bits above the tag change, so no inherited handle can decode to any tag. */
static void in_child(void)
{
    atomic_fetch_add(&salt, 1ull << TAG_BITS);
    pthread_mutex_unlock(&lock);
}

bool handles_start(void)
{
    uint64_t random;

    if (!secret_random(&random, sizeof(random)))
        return false;
    atomic_store(&salt, random);
    return pthread_atfork(before_fork, in_parent, in_child) == 0;
}

/* A slot that nobody uses; the lock is held. */
static struct slot *take_slot(void)
{
    struct slot *slot = free_slots, *chunk;
    uint32_t i;

    if (slot) {
        free_slots = slot->next_free;
        return slot;
    }
    if (slots_made == CHUNKS * CHUNK_SLOTS)
        return NULL;
    chunk = aligned_alloc(_Alignof(struct slot), CHUNK_SLOTS * sizeof(*chunk));
    if (!chunk)
        return NULL;
    for (i = 0; i < CHUNK_SLOTS; i++) {
        atomic_init(&chunk[i].word, 0);
        chunk[i].index = slots_made + i;
        chunk[i].next_free = i + 1 < CHUNK_SLOTS ? &chunk[i + 1] : NULL;
    }
    atomic_store_explicit(&chunks[slots_made / CHUNK_SLOTS], chunk, memory_order_release);
    slots_made += CHUNK_SLOTS;
    free_slots = chunk[0].next_free;
    return &chunk[0];
}

static struct slot *find_slot(const SecHandle *handle)
{
    ULONG_PTR index = handle->dwUpper - 1;
    struct slot *chunk;

    if (index >= CHUNKS * CHUNK_SLOTS)
        return NULL;
    chunk = atomic_load_explicit(&chunks[index / CHUNK_SLOTS], memory_order_acquire);
    return chunk ? &chunk[index % CHUNK_SLOTS] : NULL;
}

/* The slot and the tag that a handle names, when it could be one of ours of this kind. */
static struct slot *decode(enum handle_kind kind, const SecHandle *handle, uint64_t *tag)
{
    if (!handle)
        return NULL;
    *tag = (uint64_t)handle->dwLower ^ atomic_load_explicit(&salt, memory_order_relaxed);
    if ((*tag & ~TAG_MASK) || (*tag & KIND_MASK) != (uint64_t)kind)
        return NULL;
    return find_slot(handle);
}

/* One reference less; the last one destroys the object and frees the slot. */
static void drop(struct slot *slot)
{
    uint64_t word = atomic_fetch_sub_explicit(&slot->word, REFERENCE, memory_order_acq_rel);

    if ((word & OPEN) || REFERENCES(word) != 1)
        return;
    slot->destroy(slot->object);
    slot->object = NULL;
    pthread_mutex_lock(&lock);
    slot->next_free = free_slots;
    free_slots = slot;
    pthread_mutex_unlock(&lock);
}

/* Values that applications and SecIsValidHandle() take for no handle. */
static bool reserved(uint64_t lower)
{
    return lower == 0 || lower == (ULONG_PTR)-1 || lower == SEC_DELETED_HANDLE;
}

bool handle_open(enum handle_kind kind, void *object, void (*destroy)(void *object),
                 SecHandle *handle)
{
    struct slot *slot;
    uint64_t tag, lower;

    pthread_mutex_lock(&lock);
    slot = take_slot();
    pthread_mutex_unlock(&lock);
    if (!slot)
        return false;
    slot->object = object;
    slot->destroy = destroy;
    tag = atomic_load_explicit(&slot->word, memory_order_relaxed) >> TAG_SHIFT;
    do {
        tag = (((tag | KIND_MASK) + 1) & TAG_MASK) | (uint64_t)kind;
        lower = tag ^ atomic_load_explicit(&salt, memory_order_relaxed);
    } while (reserved(lower));
    handle->dwLower = (ULONG_PTR)lower;
    handle->dwUpper = slot->index + 1;
    atomic_store_explicit(&slot->word, (tag << TAG_SHIFT) | REFERENCE | OPEN, memory_order_release);
    return true;
}

void *handle_acquire(enum handle_kind kind, const SecHandle *handle)
{
    uint64_t tag, word;
    struct slot *slot = decode(kind, handle, &tag);

    if (!slot)
        return NULL;
    word = atomic_load_explicit(&slot->word, memory_order_relaxed);
    do {
        if (word >> TAG_SHIFT != tag || !(word & OPEN) || REFERENCES(word) >= MAX_REFERENCES)
            return NULL;
    } while (!atomic_compare_exchange_weak_explicit(&slot->word, &word, word + REFERENCE,
                                                    memory_order_acquire, memory_order_relaxed));
    return slot->object;
}

void handle_release(const SecHandle *handle)
{
    drop(find_slot(handle));
}

bool handle_close(enum handle_kind kind, const SecHandle *handle)
{
    uint64_t tag, word;
    struct slot *slot = decode(kind, handle, &tag);

    if (!slot)
        return false;
    word = atomic_load_explicit(&slot->word, memory_order_relaxed);
    do {
        if (word >> TAG_SHIFT != tag || !(word & OPEN))
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&slot->word, &word, word & ~OPEN,
                                                    memory_order_acq_rel, memory_order_relaxed));
    drop(slot);
    return true;
}

#define INDEX_BITS 21 /* holds an index plus one */

HANDLE handle_pack(const SecHandle *handle)
{
    uint64_t tag = (uint64_t)handle->dwLower ^ atomic_load_explicit(&salt, memory_order_relaxed);

    return (HANDLE)(uintptr_t)(tag << INDEX_BITS | handle->dwUpper);
}

SecHandle handle_unpack(HANDLE packed)
{
    uint64_t number = (uintptr_t)packed;
    SecHandle handle;

    handle.dwLower =
        (ULONG_PTR)(number >> INDEX_BITS ^ atomic_load_explicit(&salt, memory_order_relaxed));
    handle.dwUpper = (ULONG_PTR)(number & ((1u << INDEX_BITS) - 1));
    return handle;
}
