/*
 * What the files of the Negotiate package share. The package itself has no keys and no passwords:
 * its credentials and contexts are those of other packages, opened through host_inner.h, and what
 * it adds is the negotiation (handshake.h).
 */
#ifndef CREDMGR_NEGOTIATE_NEGOTIATE_H
#define CREDMGR_NEGOTIATE_NEGOTIATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#include "libsspi/lsa/host_inner.h"
#include "libsspi/packages/identity.h"
#include "libsspi/packages/negotiate/spnego/handshake.h"

/* Set by SpInitialize and SpInstanceInit, then only read. */
extern const LSA_SECPKG_FUNCTION_TABLE *nego_lsa;
extern PSECPKG_DLL_FUNCTIONS nego_dll;
extern const SecPkgInfoW nego_package_info;
/* In one block of memory, as FreeContextBuffer releases it; NULL without memory. */
PSecPkgInfoW nego_info_copy(const SecPkgInfoW *info);

/* ---- mechanisms.c: the packages that can be negotiated ----------------------------------------
 */

struct nego_package {
    const struct lsa_package *package;
    struct nego_mechanism mechanism;
};
/* In the order of preference; they live as long as the process. */
size_t nego_packages(const struct nego_package *list[NEGO_MECHANISMS_MAX]);
/* By the package's name; NULL when it cannot be negotiated. */
const struct nego_package *nego_package_named(const UNICODE_STRING *name);

/* ---- credentials.c ----------------------------------------------------------------------------
 */

/* One package's credential, for one direction. */
struct nego_part {
    const struct nego_package *package;
    struct lsa_inner_credential *credential;
};
/* The packages that have one, in the order of preference. Parts are added, and never go. */
struct nego_direction {
    struct nego_part parts[NEGO_MECHANISMS_MAX];
    size_t count;
};
/* A service for which no authority has answered, lately and for long. */
#define NEGO_SILENCES 8
struct nego_silence {
    uint64_t target; /* hash of its name and of the package's number */
    time_t until;    /* CLOCK_MONOTONIC; 0: none */
};
struct nego_credential {
    atomic_uint references;
    ULONG use;
    pthread_mutex_t lock; /* all below */
    struct nego_direction outbound, inbound;
    struct nego_silence silences[NEGO_SILENCES];
    /* Default credentials of the process itself: what is missing may come later. */
    bool grows;
    time_t next_try;
    WCHAR *principal; /* NULL: none was named */
    WCHAR *packages;  /* the list that was given; NULL: none */
};
void nego_credential_release(struct nego_credential *credential);
/* What there is for that direction now. */
void nego_credential_parts(struct nego_credential *credential, bool initiator,
                           struct nego_direction *parts);
/* What AcquireCredentialsHandle was asked for. */
struct nego_request {
    const UNICODE_STRING *principal;
    const LUID *luid;
    PVOID identity, get_key, get_key_argument;
    struct identity id;
};

/* The caller names somebody of whom a package knows that it has no such client. Another one would
 * not look at the name, and be whom it has anyway: no package is to be asked then. */
bool nego_is_stranger(const struct nego_request *request, ULONG use, SECURITY_STATUS status);
/* Keeps what it takes to ask again; false without memory. */
bool nego_credential_remember(struct nego_credential *credential,
                              const struct nego_request *request);
/* Packages that had no credential are asked again, from time to time. */
void nego_credential_grow(struct nego_credential *credential);

/* silence.c: so that one context after the other does not wait for an authority that is dead. */
bool nego_is_silent(struct nego_credential *credential, const struct nego_package *package,
                    const UNICODE_STRING *target);
/* The leg has taken so many milliseconds to find nobody. */
void nego_note_silence(struct nego_credential *credential, const struct nego_package *package,
                       const UNICODE_STRING *target, int64_t milliseconds);
int64_t nego_milliseconds(void);

SpAcquireCredentialsHandleFn nego_acquire_credentials;
SpQueryCredentialsAttributesFn nego_query_credentials;
SpSetCredentialsAttributesFn nego_set_credentials;
SpAddCredentialsFn nego_add_credentials;
SpFreeCredentialsHandleFn nego_free_credentials;

/* ---- established.c: what the user-mode half works with ----------------------------------------
 */

/* The context of the package that was agreed on. Its owner is the context, or, of an imported one,
 * the package's user-mode half. */
struct nego_established {
    struct nego_established
        *before; /* of an earlier negotiation; a message may be under way in it */
    const struct lsa_package *package;
    LSA_SEC_HANDLE user;
    struct lsa_inner_context *context; /* NULL: imported */
};
/* Shared by the two halves of a context; counted. */
struct nego_outcome {
    atomic_uint references;
    _Atomic(struct nego_established *) current;
    atomic_uint inside; /* calls that work with `current`, or with one before it */
    unsigned kept;      /* of those before; under the leg's lock of the host */
};
/* Of the first negotiation; NULL without memory, and `context` is the caller's still. */
struct nego_outcome *nego_outcome_new(const struct lsa_package *package, LSA_SEC_HANDLE user,
                                      struct lsa_inner_context *context);
/*
 * Of a later one; those before go when no call is inside. SEC_E_INSUFFICIENT_MEMORY also when too
 * many could not.
 */
SECURITY_STATUS nego_outcome_renew(struct nego_outcome *o, const struct lsa_package *package,
                                   LSA_SEC_HANDLE user, struct lsa_inner_context *context);
/* Around every use of what is current, but for who has the leg's lock. */
const struct nego_established *nego_outcome_enter(struct nego_outcome *o);
void nego_outcome_leave(struct nego_outcome *o);
struct nego_outcome *nego_outcome_hold(struct nego_outcome *o);
void nego_outcome_put(struct nego_outcome *o);

/*
 * The packed context is a number: both halves are in one process, and so are the contexts of the
 * other packages. NULL/0 without memory.
 */
SECURITY_STATUS nego_outcome_pack(struct nego_outcome *o, PSecBuffer packed);
struct nego_outcome *nego_outcome_unpack(const SecBuffer *packed);

/* ---- context.c, legs.c, query.c ---------------------------------------------------------------
 */

/* A mechanism that is offered, and how far its own handshake has come. */
struct nego_offer {
    const struct nego_package *package;
    struct lsa_inner_credential *credential; /* of the context's credential */
    struct lsa_inner_context *context;       /* NULL: none yet, or established and given away */
    ULONG attributes;
    TimeStamp expiry;
};
struct nego_context {
    struct nego_credential *credential;
    bool initiator;
    struct nego_handshake *handshake;
    struct nego_outcome *outcome; /* NULL until the first negotiation is done */
    SECURITY_STATUS status;       /* of the last leg */
    struct lsa_inner_leg *leg;    /* what the application gave, while a leg is under way */
    /* Of one negotiation: how many mechanisms have fallen back, and why the preferred one has. */
    size_t fallen;
    char *fell_back; /* NULL: it has not, or did not say */
    size_t count;
    struct nego_offer offers[];
};
/* legs.c: the mechanisms as the handshake calls them. */
struct nego_backend nego_backend(struct nego_context *c);

SpInitLsaModeContextFn nego_init_context;
SpAcceptLsaModeContextFn nego_accept_context;
SpDeleteContextFn nego_delete_context;
SpApplyControlTokenFn nego_apply_control;
SpQueryContextAttributesFn nego_query_lsa_context;
/* Of an established context. */
NTSTATUS nego_query_user_context(const struct nego_established *e, ULONG attribute, void *buffer);

/* ---- calls.c ----------------------------------------------------------------------------------
 */

LSA_AP_CALL_PACKAGE nego_call_package;
SpChangeAccountPasswordFn nego_change_account_password;

/* ---- export.c ---------------------------------------------------------------------------------
 */

NTSTATUS nego_export(const struct nego_established *e, ULONG flags, PSecBuffer packed);
/* The number is for the other package's context, too. NULL with *status. */
struct nego_outcome *nego_import(const SecBuffer *packed, HANDLE token, LSA_SEC_HANDLE number,
                                 NTSTATUS *status);

#endif
