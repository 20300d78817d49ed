/*
 * The structures of attributes between the forms they have: A and W, and as they go to lsad.
 */
#ifndef CREDMGR_API_STRUCTURES_H
#define CREDMGR_API_STRUCTURES_H

#include "libsspi/api/api.h"
#include "libsspi/lsa/host_attributes.h"

/* Makes the A form of a W form in place: all strings, or none (the others are released then).
 * SEC_E_INSUFFICIENT_MEMORY. */
SECURITY_STATUS api_structure_narrow(const struct lsa_attribute *a, void *structure);
/*
 * The W form of an A form of `size` bytes that the application gave, in new memory;
 * api_structure_free() releases it. NULL: malformed text, or no memory.
 */
void *api_structure_widen(const struct lsa_attribute *a, const void *structure, ULONG size);
void api_structure_free(const struct lsa_attribute *a, void *structure);

/*
 * An attribute of a credential or of a half-made context at lsad; the other one is NULL. `a` NULL:
 * not a documented one. SEC_E_UNSUPPORTED_FUNCTION, and whatever the package answers.
 */
SECURITY_STATUS api_remote_query(struct lsa_remote_credential *credential,
                                 struct lsa_remote_context *context, const struct lsa_attribute *a,
                                 void *structure);
SECURITY_STATUS api_remote_set(struct lsa_remote_credential *credential,
                               struct lsa_remote_context *context, const struct lsa_attribute *a,
                               const void *structure, ULONG size);

/*
 * What the Ex functions add: room for `size` bytes is all the application gives. A package writes
 * a whole structure, so one that is not known (`a` NULL) is asked for in other memory.
 */
#define API_STRUCTURE_MAX 1024
struct api_room {
    void *buffer; /* the application's */
    ULONG size;   /* of it; UINT32_MAX: it promises that there is enough */
    _Alignas(16) UCHAR memory[API_STRUCTURE_MAX];
};
/* Where the package may write; NULL: too small. */
void *api_room_begin(struct api_room *room, const struct lsa_attribute *a);
/* Gives the application what it has room for; NULL: nothing was written. */
void api_room_end(struct api_room *room, const void *written);

#endif
