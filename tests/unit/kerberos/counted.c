/*
 * The functions that the linker puts in front of those that allocate.
 */
#include "tests/unit/kerberos/counted.h"

#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>

static atomic_ulong calls;

unsigned long counted_calls(void)
{
    return atomic_load(&calls);
}

#define COUNTED(type, name, parameters, arguments)                                                 \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        atomic_fetch_add(&calls, 1);                                                               \
        return __real_##name arguments;                                                            \
    }
#define COUNTED_VOID(name)                                                                         \
    void __real_##name(void *p);                                                                   \
    void __wrap_##name(void *p);                                                                   \
    void __wrap_##name(void *p)                                                                    \
    {                                                                                              \
        atomic_fetch_add(&calls, 1);                                                               \
        __real_##name(p);                                                                          \
    }

COUNTED(void *, malloc, (size_t size), (size))
COUNTED(void *, calloc, (size_t count, size_t size), (count, size))
COUNTED(void *, realloc, (void *p, size_t size), (p, size))
COUNTED(void *, aligned_alloc, (size_t alignment, size_t size), (alignment, size))
COUNTED(int, posix_memalign, (void **p, size_t alignment, size_t size), (p, alignment, size))
COUNTED(char *, strdup, (const char *s), (s))
COUNTED(void *, mmap, (void *p, size_t size, int prot, int flags, int fd, off_t offset),
        (p, size, prot, flags, fd, offset))
COUNTED(void *, secret_alloc, (size_t size), (size))
COUNTED(void *, secret_dup, (const void *data, size_t size), (data, size))
COUNTED_VOID(free)
COUNTED_VOID(secret_free)
