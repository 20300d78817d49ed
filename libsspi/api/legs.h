/*
 * One leg of a handshake, whichever way it goes.
 */
#ifndef CREDMGR_API_LEGS_H
#define CREDMGR_API_LEGS_H

#include "libsspi/api/api.h"

/* ISC_REQ_ALLOCATE_MEMORY and its three siblings are the same bit. */
_Static_assert(ISC_REQ_ALLOCATE_MEMORY == ASC_REQ_ALLOCATE_MEMORY &&
                   ISC_REQ_ALLOCATE_MEMORY == ISC_RET_ALLOCATED_MEMORY &&
                   ISC_REQ_ALLOCATE_MEMORY == ASC_RET_ALLOCATED_MEMORY,
               "one bit asks for memory in every direction");
#define API_ALLOCATE_MEMORY ((ULONG)ISC_REQ_ALLOCATE_MEMORY)

/* One leg: what the application gave, and what came out. */
struct api_leg {
    WCHAR *target;
    ULONG requirements; /* without API_ALLOCATE_MEMORY */
    ULONG data_representation;
    PSecBufferDesc input;
    ULONG call_attributes;
    bool wants_alert; /* the application has a place for SECBUFFER_ALERT */

    void *token; /* LSA heap */
    ULONG token_size;
    void *alert; /* LSA heap; why it failed, for the application to look at */
    ULONG alert_size;
    ULONG attributes;
    TimeStamp expiry;
};

/*
 * The credential that a later leg is made with, NULL for the context's own; the context's leg is
 * locked. Another one takes its place when the leg before has asked for it
 * (SEC_I_INCOMPLETE_CREDENTIALS), or the connection stands (Schannel's), and it is of the same
 * package, for the same direction and as near; else SEC_E_WRONG_CREDENTIAL_HANDLE.
 */
SECURITY_STATUS api_leg_credential(struct api_context *c, struct api_credential *credential);
/*
 * Runs it; the context's leg is locked. The status is one of SSPI. When the handshake is done the
 * user-mode half of the context is alive and the LSA half gone.
 */
SECURITY_STATUS api_run_leg(struct api_context *c, struct api_leg *leg);
/* The number of a user-mode half that is not there yet. */
uintptr_t api_next_user_handle(void);
/* Deletes the LSA half of this process, if there is one. */
void api_delete_local(struct api_context *c);

#endif
