/*
 * The handles that applications hold. A handle is a number, never an address: it names a slot and
 * the generation of what stands in it, so a stale, twice freed or invented handle is told from a
 * good one without touching freed memory.
 *
 * Looking one up costs one atomic exchange on its own slot and no lock. An object is destroyed when
 * its handle was closed and the last call that works with it has returned. In a forked child every
 * inherited handle is invalid.
 */
#ifndef CREDMGR_API_HANDLES_H
#define CREDMGR_API_HANDLES_H

#include <stdbool.h>
#include <sspi.h>

enum handle_kind { HANDLE_CREDENTIAL = 1, HANDLE_CONTEXT = 2, HANDLE_LSA = 3 };

/* Tells handles of this process from those of its parent and of other libraries; once, before the
 * first handle. */
bool handles_start(void);
/* Gives `object` a handle; false without memory. `destroy` is called exactly once, by whoever lets
 * go last. */
bool handle_open(enum handle_kind kind, void *object, void (*destroy)(void *object),
                 SecHandle *handle);
/*
 * The object, which lives at least until handle_release(); NULL when the handle is not a good one
 * of this kind. `handle` must be the caller's own copy, since the application may overwrite its
 * variable from another thread meanwhile.
 */
void *handle_acquire(enum handle_kind kind, const SecHandle *handle);
void handle_release(const SecHandle *handle);
/* No later handle_acquire() finds it. False when it is not a good handle of this kind. */
bool handle_close(enum handle_kind kind, const SecHandle *handle);
/*
 * A handle as one number, for interfaces that have only a HANDLE, and back. Such a number stays
 * good in a forked child, so it must stand for nothing that a fork invalidates.
 */
HANDLE handle_pack(const SecHandle *handle);
SecHandle handle_unpack(HANDLE packed);

#endif
