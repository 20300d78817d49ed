/*
 * The calls of lsa.proto, one file a group. A handler runs to its end on one thread, the event
 * loop's or one of the pool's, and sends its own reply.
 */
#ifndef CREDMGR_LSAD_CALLS_H
#define CREDMGR_LSAD_CALLS_H

#include "lsad/client.h"
#include "lsad/sandbox.h"

/* What the calls need to know of the process; set once before the first call. */
struct lsad_state {
    int64_t started;   /* seconds since 1970 */
    const char *realm; /* Kerberos realm, UTF-8; NULL: none is configured, or no Kerberos package */
    const char *domain;        /* the machine's own domain: its name in capital letters */
    const char *export_ccache; /* of lsa.conf; NULL: none */
    struct lsad_sandbox sandbox;
    unsigned (*clients)(void);
    /* The loop watches a session's leader from now on, or no longer. In the loop's thread. */
    bool (*watch)(const LUID *luid, int leader_fd);
    void (*unwatch)(const LUID *luid);
    /* loop_later(); NULL: there is no loop (for fuzzing), and nothing waits. */
    void (*later)(unsigned milliseconds, void (*run)(void *arg, bool closing), void *arg);
};
extern struct lsad_state lsad_state;

/*
 * One message of a client, in the loop's thread: answers it here, or gives it to the pool. False:
 * the client breaks the protocol; close it.
 */
bool calls_dispatch(struct lsad_client *client, const uint8_t *message, size_t size);

/* Frees the call and its message, and lets go of the client. */
void call_free(struct lsad_call *call);
/* What the packages are told about the client of this call. */
void call_frame(const struct lsad_call *call, const LUID *luid,
                const struct lsa_client_memory *memory, struct lsa_call *frame);
/* A bytes field as a counted string over a new buffer (free(out->Buffer)); false: malformed, or no
 * memory. */
bool call_counted(const ProtobufCBinaryData *field, UNICODE_STRING *out);

/* calls_context.c */
void call_hello(struct lsad_call *call);
void call_acquire(struct lsad_call *call);
void call_release(struct lsad_call *call);
void call_credential_name(struct lsad_call *call);
void call_leg(struct lsad_call *call);
void call_delete(struct lsad_call *call);
/* The package that an acquire, a leg or a name is for; NULL: none. */
const struct lsa_package *call_package_of(struct lsad_call *call);
/* Buffers of a client, borrowed from its message. */
void call_buffers(Lsa__Buffer *const *from, size_t count, SecBuffer *to);
/*
 * calls_delay.c: what a package wanted of a leg that gave `status`: that it is made again later, or
 * that its refusal is told later. True: it is seen to, *call is empty but for being freed. False:
 * answer it now.
 */
bool call_put_off(struct lsad_call *call, const struct lsa_call_delay *wanted,
                  SECURITY_STATUS status, uint64_t context);
/* calls_attributes.c */
void call_query_attribute(struct lsad_call *call);
void call_set_attribute(struct lsad_call *call);
void call_add_credentials(struct lsad_call *call);
void call_apply_control(struct lsad_call *call);
/* calls_package.c */
void call_package(struct lsad_call *call);
/* calls_session.c */
void call_create_session(struct lsad_call *call);
void call_accept_credentials(struct lsad_call *call);
void call_change_password(struct lsad_call *call);
void call_end_session(struct lsad_call *call);
/* Ends a session whose leader died. In the loop's thread. */
NTSTATUS session_ended(const LUID *luid);
/* calls_unlock.c */
void call_unlock(struct lsad_call *call);
/* calls_saved.c */
void call_save_credential(struct lsad_call *call);
void call_delete_saved(struct lsad_call *call);
void call_list_saved(struct lsad_call *call);
/* calls_status.c */
void call_list_sessions(struct lsad_call *call);
void call_get_status(struct lsad_call *call);
/*
 * identify.c: the logon session of the client: by the LUID it brought, else by its audit session.
 * False when it has none.
 */
bool client_session(struct lsad_client *client, LUID *luid);

#endif
