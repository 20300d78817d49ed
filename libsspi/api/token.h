/*
 * The token of a context, and who a thread impersonates.
 */
#ifndef CREDMGR_API_TOKEN_H
#define CREDMGR_API_TOKEN_H

#include "libsspi/api/api.h"
#include "libsspi/lsa/host_token.h"

/* The context's own HANDLE, good as long as the context, until it is negotiated anew; *token NULL
 * when it fails. Statuses of QuerySecurityContextToken. */
SECURITY_STATUS api_context_token(struct api_context *c, HANDLE *token);
/* What it names: lsa_token_put(). A HANDLE that another thread may close is an address that may be
 * another token's then. */
SECURITY_STATUS api_context_token_hold(struct api_context *c, struct lsa_token **token);
/* The same, with the leg locked. */
SECURITY_STATUS api_context_token_find(struct api_context *c, struct lsa_token **token);
/* When the context ends, or has another client. */
void api_context_forget_token(struct api_context *c);

#endif
