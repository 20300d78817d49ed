/*
 * Contexts as objects, for the files that make or end one.
 */
#ifndef CREDMGR_API_CONTEXTS_H
#define CREDMGR_API_CONTEXTS_H

#include "libsspi/api/api.h"

/* `credential` is NULL for a context that was imported. NULL without memory. */
struct api_context *api_context_make(const struct lsa_package *package,
                                     struct api_credential *credential, bool initiator);
/* For handle_open(). */
void api_context_destroy(void *context);

#endif
