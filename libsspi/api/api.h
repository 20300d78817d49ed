/*
 * What the files of libsspi share: the objects behind the handles, and the one place where the
 * documented functions become visible outside the library.
 */
#ifndef CREDMGR_API_H
#define CREDMGR_API_H

/* First, so that the documented functions get default visibility; the version script names them
 * once more. */
#pragma GCC visibility push(default)
#include <security.h>
#include <ntsecapi.h>
#include <credmgr.h>
#pragma GCC visibility pop

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <ntsecpkg.h>
#include <ntstatus.h>
#include "libsspi/api/handles.h"
#include "libsspi/lsa/client.h"
#include "libsspi/lsa/host.h"
#include "libsspi/lsa/host_logon.h"

struct lsa_inner_ops;

/* One direction of a credential: at lsad, or in a package of this process. */
struct api_half {
    bool present;
    struct lsa_remote_credential *remote; /* NULL: local */
    LSA_SEC_HANDLE local;
};

/* A credential lives as long as its handle or any context made with it. */
struct api_credential {
    atomic_uint references;
    struct lsa_logon *logon; /* the network logon session that it was acquired for; NULL: none */
    const struct lsa_package *package;
    struct api_half outbound, inbound;
};

struct api_context {
    const struct lsa_package *package;
    struct api_credential *credential;
    bool initiator;
    bool wants_credential;             /* the last leg: SEC_I_INCOMPLETE_CREDENTIALS; under `leg` */
    struct api_sasl *sasl;             /* sasl.h; NULL for a context that is not SASL's */
    pthread_mutex_t leg;               /* one leg of the handshake at a time */
    struct lsa_remote_context *remote; /* the LSA half at lsad, NULL when done or local */
    LSA_SEC_HANDLE local;              /* the LSA half in this process, 0 when done or at lsad */
    struct lsa_logon *logon;           /* what the client delegated, NULL: nothing */
    HANDLE token;                      /* the client's, made when first asked for; under `leg` */
    atomic_uintptr_t user; /* number of the user-mode half, 0 until the handshake is done */
    uintptr_t abandoned;   /* of one that nobody may use any more: the last token was lost */
};

/* api.c: loads the packages once a process. False (SEC_E_INTERNAL_ERROR for the application) when
 * there are none. */
bool api_start(void);
/* Begins a call into a package of this process on behalf of the application; lsa_call_end() ends
 * it. */
void api_call_begin(struct lsa_call *call, ULONG attributes);

/* settings.c: lsa.conf, once; then the settings of one package, NULL without any. */
void api_settings_read(void);
const struct lsa_setting *api_settings(const char *package);

/* inner.c: how Negotiate opens credentials and contexts of other packages. */
extern const struct lsa_inner_ops api_inner;

/* status.c: what a package or lsad returned, as the application may see it. */
SECURITY_STATUS api_status(NTSTATUS status);

/* last_error.c: SetLastError(), for the program that called. */
void api_set_last_error(DWORD error);

/* credentials.c */
void api_credential_reference(struct api_credential *credential);
void api_credential_release(struct api_credential *credential);
/* Both directions are one handle of the package: credentials the caller supplied with
 * SECPKG_CRED_BOTH. */
bool api_one_credential(const struct api_credential *credential);

/* strings.c: conversions for the A functions. NULL gives NULL; `*failed` is set for malformed text
 * or without memory. */
WCHAR *api_wide(const char *text, bool *failed);
/* A counted string over `text`, which may be NULL; false: too long to be counted. */
bool api_counted(WCHAR *text, UNICODE_STRING *out);
/* The same, consuming a string of the LSA heap: the W string is freed, the A string is returned. */
char *api_narrow(WCHAR *text, bool *failed);

/* packages.c: SecPkgInfo in one block of LSA heap, so one FreeContextBuffer releases it. NULL
 * without memory. */
PSecPkgInfoW api_package_info_w(const struct lsa_package *const *packages, size_t count);
PSecPkgInfoA api_package_info_a(const struct lsa_package *const *packages, size_t count);

#endif
