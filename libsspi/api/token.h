/*
 * The token of a context, and who a thread impersonates.
 */
#ifndef CREDMGR_API_TOKEN_H
#define CREDMGR_API_TOKEN_H

#include "libsspi/api/api.h"

/* The context's own HANDLE, good as long as the context; *token NULL when it fails. Statuses of
 * QuerySecurityContextToken. */
SECURITY_STATUS api_context_token(struct api_context *c, HANDLE *token);
/* A HANDLE of its own to it. */
SECURITY_STATUS api_context_token_copy(struct api_context *c, HANDLE *token);
/* When the context ends. */
void api_context_forget_token(struct api_context *c);

#endif
