/*
 * What a finished context can tell of its peers beside keys and flags: gathered in the LSA-mode
 * half while the ticket is at hand, packed with the rest, answered by attributes.c.
 */
#ifndef CREDMGR_KERBEROS_DESCRIBE_H
#define CREDMGR_KERBEROS_DESCRIBE_H

#include <krb5.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sspi.h>

#include "libsspi/packages/kerberos/packed.h"

struct kerb_context;

/* Part of a kerb_context. */
struct kerb_about {
    uint32_t ticket_flags;
    int64_t auth_time;
    char *target;     /* NULL: not known */
    char *local_user; /* NULL: nobody */
    uint8_t *pac;     /* NULL: none */
    size_t pac_size;
    uint8_t *bindings; /* SEC_CHANNEL_BINDINGS as the application gave it; NULL: none */
    size_t bindings_size;
};

/* Each may be called again: the later one counts. Without memory a fact is left out. */

/* The ticket that an AP-REQ was made with, and the target as the application gave it. */
void kerb_describe_service(struct kerb_context *c, const krb5_creds *ticket, const char *target);
/*
 * The ticket of an accepted AP-REQ, decrypted. The PAC is told only when it is signed with the
 * service's key: `key`, or with NULL that of the ticket's service in `keytab`.
 */
void kerb_describe_client(krb5_context krb, struct kerb_context *c, krb5_keytab keytab,
                          const krb5_keyblock *key, const krb5_ticket *ticket);
/* The channel that the context is bound to: the SECBUFFER_CHANNEL_BINDINGS among the input. */
void kerb_describe_channel(struct kerb_context *c, PSecBufferDesc input);
/* Into what is packed; it borrows. */
void kerb_describe_pack(const struct kerb_about *about, struct kerb_packed *packed);
void kerb_about_clear(struct kerb_about *about);

#endif
