/*
 * What the files of the package host share: the one host of the process, and the functions behind
 * the documented table.
 */
#ifndef CREDMGR_LSA_HOST_INTERNAL_H
#define CREDMGR_LSA_HOST_INTERNAL_H

#include <stdatomic.h>

#include "libsspi/lsa/host.h"

/* Packages in one process; nobody has this many. */
#define LSA_HOST_PACKAGES 64

struct lsa_host {
    bool in_lsa;
    const struct lsa_store *store; /* never NULL while started; its members may be */
    const struct lsa_setting *(*settings)(const char *package);
    void (*failed)(const LUID *luid, NTSTATUS status);
    const struct lsa_inner_ops *inner;
    const char *realm, *host_name; /* of the configuration */
    /* Once loaded a package stays where it is: other threads have its address. */
    struct lsa_package *packages[LSA_HOST_PACKAGES];
    atomic_size_t count;
};
extern struct lsa_host lsa_host;

extern LSA_SECPKG_FUNCTION_TABLE lsa_host_table;
extern SECPKG_DLL_FUNCTIONS lsa_host_dll_functions;

/* host_call.c: puts another frame in the place of the current one for a call from package to
 * package. */
const struct lsa_call *lsa_call_swap(const struct lsa_call *call);

/* host_acceptors.c: logs the rules, when the host starts. */
void lsa_acceptors_start(void);
/* host_call.c: for lsa_call_created(). */
void lsa_call_note_created(const LUID *luid);

/* host_notify.c: NOTIFY_CLASS_PACKAGE_CHANGE, and the end of the notifier's thread. */
void lsa_notify_package_loaded(const struct lsa_package *package);
void lsa_notify_stop(void);

/* The members of LSA_SECPKG_FUNCTION_TABLE, by file. */
/* host_memory.c */
LSA_ALLOCATE_LSA_HEAP lsa_allocate_heap;
LSA_FREE_LSA_HEAP lsa_free_heap;
LSA_ALLOCATE_PRIVATE_HEAP lsa_allocate_private_heap;
LSA_FREE_PRIVATE_HEAP lsa_free_private_heap;
LSA_ALLOCATE_CLIENT_BUFFER lsa_allocate_client_buffer;
LSA_FREE_CLIENT_BUFFER lsa_free_client_buffer;
LSA_COPY_TO_CLIENT_BUFFER lsa_copy_to_client_buffer;
LSA_COPY_FROM_CLIENT_BUFFER lsa_copy_from_client_buffer;
LSA_MAP_BUFFER lsa_map_buffer;
LSA_PROTECT_MEMORY lsa_protect_memory;
LSA_PROTECT_MEMORY lsa_unprotect_memory;
/* host_credentials.c */
LSA_CREATE_LOGON_SESSION lsa_create_logon_session;
LSA_DELETE_LOGON_SESSION lsa_delete_logon_session;
LSA_ADD_CREDENTIAL lsa_add_credential;
LSA_GET_CREDENTIALS lsa_get_credentials;
LSA_DELETE_CREDENTIAL lsa_delete_credential;
/* host_call.c */
LSA_GET_CLIENT_INFO lsa_get_client_info;
LSA_GET_CLIENT_INFO_EX lsa_get_client_info_ex;
LSA_GET_CALL_INFO lsa_get_call_info;
LSA_IMPERSONATE_CLIENT lsa_impersonate_client;
LSA_CALL_PACKAGE lsa_call_package;
LSA_CALL_PACKAGEEX lsa_call_package_ex;
LSA_CALL_PACKAGE_PASSTHROUGH lsa_call_package_passthrough;
LSA_AUDIT_LOGON lsa_audit_logon;
LSA_AUDIT_LOGON_EX lsa_audit_logon_ex;
LSA_AUDIT_ACCOUNT_LOGON lsa_audit_account_logon;
/* host_token.c */
LSA_CREATE_TOKEN lsa_create_token;
LSA_CREATE_TOKEN_EX lsa_create_token_ex;
/* host_threads.c */
LSA_CREATE_THREAD lsa_create_thread;
/* host_notify.c */
LSA_REGISTER_NOTIFICATION lsa_register_notification;
LSA_CANCEL_NOTIFICATION lsa_cancel_notification;

#endif
