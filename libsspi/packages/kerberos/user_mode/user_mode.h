/*
 * An established context in the caller's process, and what can be asked of it.
 */
#ifndef CREDMGR_KERBEROS_USER_MODE_H
#define CREDMGR_KERBEROS_USER_MODE_H

#include <stdbool.h>
#include <stdint.h>
#include <ntsecpkg.h>
#include <sspi.h>

#include "libsspi/packages/kerberos/messages/protect.h"

/* Bytes of the context's own; none is of size 0. */
struct kerb_blob {
    uint8_t *bytes;
    size_t size;
};

struct kerb_user_context {
    bool initiator, protected;
    ULONG attributes;       /* ISC_RET_* or ASC_RET_* */
    int64_t start, expiry;  /* seconds since 1970 */
    WCHAR *client, *server; /* user@REALM, service/host@REALM */
    WCHAR *target;          /* packed.h; "" when not known */
    char *principal;        /* the client once more, in UTF-8 */
    char *local_user;       /* "": nobody */
    uint32_t ticket_flags;
    int64_t auth_time; /* seconds since 1970; 0: not known */
    uint64_t logon;    /* LUID; 0: none */
    struct kerb_blob pac, bindings;
    struct kerb_blob packed; /* what it was made from; secret memory */
    struct kerb_key key;     /* the one that protects messages */
    const struct kerb_profile *profile;
    struct kerb_protection protection;
};

/* QueryContextAttributes. What the application must free is from `heap`. SEC_E_UNSUPPORTED_FUNCTION
 * for what is not there. */
NTSTATUS kerb_query_attribute(struct kerb_user_context *c, const SECPKG_DLL_FUNCTIONS *heap,
                              ULONG attribute, void *buffer);

/* pac_attributes.c: those of credmgr.h, and of SSPI what only a PAC can answer. */
NTSTATUS kerb_query_client(const struct kerb_user_context *c, const SECPKG_DLL_FUNCTIONS *heap,
                           ULONG attribute, void *buffer);

/* Seconds since 1970 as a FILETIME in local time, which is what Windows gives for expiries; 0 gives
 * the end of time. */
TimeStamp kerb_timestamp(int64_t seconds);

/* Units before the '@' that begins the realm of an unparsed principal. */
size_t kerb_name_units(const WCHAR *principal);
/* "user@REALM" as "REALM\user" in memory of `allocate`; escapes of krb5_unparse_name are kept. NULL
 * without memory. */
WCHAR *kerb_windows_name(const WCHAR *principal, PLSA_ALLOCATE_LSA_HEAP allocate);

/* token_user.c: SpGetContextToken. SEC_E_NO_IMPERSONATION for an initiator; else of CreateToken. */
NTSTATUS kerb_make_token(const struct kerb_user_context *c, PHANDLE token);

/* export.c: SpExportSecurityContext, into memory of `heap`; and what it wrote. */
struct kerb_exported {
    bool begun; /* the next three count; else it is as after the handshake */
    uint64_t send, receive, seen;
    const uint8_t *packed; /* borrowed */
    size_t packed_size;
};
NTSTATUS kerb_export(struct kerb_user_context *c, const SECPKG_DLL_FUNCTIONS *heap, ULONG flags,
                     PSecBuffer out);
bool kerb_exported_read(const void *data, size_t size, struct kerb_exported *out);
void kerb_export_resume(struct kerb_protection *p, const struct kerb_exported *exported);

/* SpGetInfo; its strings are static. */
void kerb_package_info(PSecPkgInfoW info);

#endif
