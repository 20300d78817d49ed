/*
 * Memory for passwords and keys: locked (as far as RLIMIT_MEMLOCK allows), left out of core dumps,
 * wiped on release. Allocations are carved from page-aligned arenas, so a small key does not cost a
 * page; guarded by one lock.
 */
#ifndef CREDMGR_BASE_SECRET_H
#define CREDMGR_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `size` zeroed bytes (size 0 gives a valid pointer), 16-byte aligned; NULL with errno ENOMEM. */
void *secret_alloc(size_t size);
void *secret_dup(const void *data, size_t size);
/* Wipes the whole allocation and releases it. NULL is fine. errno is kept. */
void secret_free(void *p);
/* The size that secret_alloc() was asked for. */
size_t secret_size(const void *p);
/* True when `p` points anywhere into secret memory, e.g. to refuse it for a log line. */
bool secret_owns(const void *p);
/*
 * In a child after fork(), which inherits secrets but no locks: locks them again. False when some
 * could not be, as far as RLIMIT_MEMLOCK allows.
 */
bool secret_lock_again(void);
/*
 * In a child after fork() that has no use for what it inherited: wipes all of it. The allocations
 * stay valid, and zero.
 */
void secret_wipe_all(void);
/* A wipe the compiler does not remove; for secrets on the stack. */
void secret_wipe(void *p, size_t size);
/* Constant-time comparison. */
bool secret_equal(const void *a, const void *b, size_t size);
/* Fills with random bytes from the kernel; false when it has none to give. */
bool secret_random(void *p, size_t size);

#endif
