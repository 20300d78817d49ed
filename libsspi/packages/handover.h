/*
 * The packed context of a package whose halves are in one process and share an object: a number,
 * under which the user-mode half takes the object over.
 */
#ifndef CREDMGR_PACKAGES_HANDOVER_H
#define CREDMGR_PACKAGES_HANDOVER_H

#include <sspi.h>

#include "libsspi/packages/handle_map.h"

/*
 * Leaves `object`, with a reference of its own, in `on_the_way`, the package's map for this, and
 * its number in LSA heap. SEC_E_INSUFFICIENT_MEMORY: the reference is still the caller's.
 */
SECURITY_STATUS handover_pack(struct handle_map *on_the_way, void *object, PSecBuffer packed);
/* The object, once; NULL for what is no such number. */
void *handover_unpack(struct handle_map *on_the_way, const SecBuffer *packed);

#endif
