/*
 * Contexts as objects, for the files that make or end one.
 */
#ifndef CREDMGR_API_CONTEXTS_H
#define CREDMGR_API_CONTEXTS_H

#include "libsspi/api/api.h"
#include "libsspi/lsa/host_attributes.h"

/* `credential` is NULL for a context that was imported. NULL without memory. */
struct api_context *api_context_make(const struct lsa_package *package,
                                     struct api_credential *credential, bool initiator);
/* For handle_open(). */
void api_context_destroy(void *context);

/* attributes.c, of a context that is not established; its leg is locked. `a` is
 * lsa_context_attribute(attribute). In the W form. */
SECURITY_STATUS api_context_ask_lsa(const struct api_context *c, ULONG attribute,
                                    const struct lsa_attribute *a, void *buffer);
/* control.c: ApplyControlToken; the leg is locked. */
SECURITY_STATUS api_context_apply(const struct api_context *c, PSecBufferDesc input);

#endif
