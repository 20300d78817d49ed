/*
 * KERB_SUBMIT_TKT_REQUEST: tickets that somebody else got from the KDC (pam_krb5, pam_sss, a client
 * that delegated its own to sshd) become those of a logon session. Whoever submits them has them
 * already, so they are taken as they are; but they may not change whose session it is.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <errno.h>
#include <ntsecapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "base/wire.h"
#include "libsspi/packages/kerberos/logon/others.h"
#include "libsspi/packages/kerberos/logon/session.h"

#define SESSION_TICKETS_MAX 256    /* in one session, however they came; more are not submitted */
#define SESSION_BYTES_MAX   524288 /* … and their size: the keys are root's, which has one quota */
#define KEY_NAME_MAX        200

/* ---- the request --------------------------------------------------------------------------- */

struct request {
    krb5_keyblock key; /* contents: borrowed; length 0: none */
    const uint8_t *cred;
    size_t cred_size;
};

/* What lies at an offset from the beginning of the request, behind its structure. */
static const uint8_t *part(const struct wire_reader *whole, uint32_t offset, uint32_t size)
{
    struct wire_reader in;

    if (offset < sizeof(KERB_SUBMIT_TKT_REQUEST))
        return NULL;
    in = wire_slice(whole, offset, size);
    return wire_bytes(&in, size);
}

/* KERB_SUBMIT_TKT_REQUEST with KERB_CRYPTO_KEY32 in it, and the bytes that they speak of. */
static NTSTATUS read_request(const void *submit, size_t size, struct request *out)
{
    struct wire_reader r = wire_reader(submit, size);
    uint32_t flags, key_size, key_offset, cred_size, cred_offset;

    memset(out, 0, sizeof(*out));
    wire_skip(&r, offsetof(KERB_SUBMIT_TKT_REQUEST, Flags));
    flags = wire_u32le(&r);
    out->key.enctype = (krb5_enctype)wire_u32le(&r);
    key_size = wire_u32le(&r);
    key_offset = wire_u32le(&r);
    cred_size = wire_u32le(&r);
    cred_offset = wire_u32le(&r);
    if (!wire_ok(&r) || flags) /* no flag is documented */
        return STATUS_INVALID_PARAMETER;
    if (cred_size > KERB_CRED_MAX)
        return STATUS_INVALID_BUFFER_SIZE;
    out->cred = part(&r, cred_offset, cred_size);
    out->cred_size = cred_size;
    if (!out->cred || !cred_size)
        return STATUS_INVALID_PARAMETER;
    if (!key_size)
        return STATUS_SUCCESS;
    out->key.magic = KV5M_KEYBLOCK;
    out->key.length = key_size;
    out->key.contents = (krb5_octet *)(uintptr_t)part(&r, key_offset, key_size);
    return out->key.contents ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

static NTSTATUS read_tickets(krb5_context krb, const struct request *r, krb5_creds ***creds)
{
    size_t random, length;
    krb5_error_code code;

    *creds = NULL;
    if (r->key.length &&
        (krb5_c_keylengths(krb, r->key.enctype, &random, &length) || length != r->key.length))
        return STATUS_INVALID_PARAMETER;
    code = kerb_cred_read(krb, r->cred, r->cred_size, r->key.length ? &r->key : NULL, creds);
    (void)kerb_status(krb, code, KERB_ACCEPTOR, "submitted tickets");
    switch (code) {
    case 0:
        return STATUS_SUCCESS;
    case ENOMEM:
        return STATUS_NO_MEMORY;
    case E2BIG:
        return STATUS_INVALID_BUFFER_SIZE;
    case KRB5KRB_AP_ERR_NOKEY:
    case KRB5_BAD_ENCTYPE:
    case KRB5_BAD_MSIZE:
    case KRB5KRB_AP_ERR_BAD_INTEGRITY:
        return STATUS_DECRYPTION_FAILED;
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

/* ---- what is good of it -------------------------------------------------------------------- */

/* krbtgt/REALM of the client's own realm: the ticket that gets others. */
static bool is_tgt(krb5_context krb, const krb5_creds *c)
{
    const krb5_data *realm = &c->client->realm, *name = c->server->data;

    return c->server->length == 2 && krb5_realm_compare(krb, c->client, c->server) &&
           name[0].length == strlen(KRB5_TGS_NAME) &&
           !memcmp(name[0].data, KRB5_TGS_NAME, name[0].length) &&
           name[1].length == realm->length && !memcmp(name[1].data, realm->data, realm->length);
}

static bool is_good_now(krb5_context krb, const krb5_creds *c)
{
    return kerb_ticket_left(krb, c) > 0 && !(c->ticket_flags & TKT_FLG_INVALID);
}

/* Tickets are of one person; what has expired goes. */
static NTSTATUS sift(krb5_context krb, krb5_creds **creds)
{
    size_t kept = 0;

    for (size_t i = 0; creds[i]; i++)
        if (!krb5_principal_compare(krb, creds[0]->client, creds[i]->client))
            return SEC_E_NOT_OWNER;
    for (size_t i = 0; creds[i]; i++) {
        krb5_creds *c = creds[i];

        if (is_good_now(krb, c)) {
            creds[i] = NULL;
            creds[kept++] = c;
        } else {
            krb5_free_creds(krb, c);
            creds[i] = NULL;
        }
    }
    return kept ? STATUS_SUCCESS : SEC_E_CONTEXT_EXPIRED;
}

/* ---- into the session ---------------------------------------------------------------------- */

/* The session is of nobody yet (*made: from now on it is), or of the one whose tickets these are.
 */
static NTSTATUS check_account(krb5_context krb, const LUID *luid, const krb5_creds *ticket,
                              const char *name, bool *made)
{
    void *account = NULL;
    size_t size = 0;
    krb5_creds *tgt;
    NTSTATUS status = kerb_store_get(luid, KERB_KEY_ACCOUNT, &account, &size);

    if (status == STATUS_NO_SUCH_LOGON_SESSION || status == STATUS_NO_MEMORY)
        return status;
    *made = !NT_SUCCESS(status);
    if (*made)
        return kerb_store_put(luid, KERB_KEY_ACCOUNT, name, strlen(name));
    status =
        size == strlen(name) && !memcmp(account, name, size) ? STATUS_SUCCESS : SEC_E_NOT_OWNER;
    secret_free(account);
    /* Who logged on with a user principal name is called otherwise by the KDC. */
    if (status && !kerb_ticket_get(krb, luid, KERB_KEY_TGT, &tgt)) {
        if (krb5_principal_compare(krb, tgt->client, ticket->client))
            status = STATUS_SUCCESS;
        krb5_free_creds(krb, tgt);
    }
    return status;
}

struct room {
    const LUID *luid;
    size_t tickets, bytes;
};

static bool count_one(const char *key, void *arg)
{
    struct room *room = arg;
    void *data;
    size_t size;

    if (strcmp(key, KERB_KEY_TGT) != 0 && kerb_is_ticket_key(key) &&
        NT_SUCCESS(kerb_store_get(room->luid, key, &data, &size))) {
        room->tickets++;
        room->bytes += size;
        secret_free(data);
    }
    return true;
}

/* A TGT that is good for longer than this one stays. */
static NTSTATUS put_tgt(krb5_context krb, struct kerb_session *s, krb5_creds *tgt)
{
    krb5_creds *old;
    bool better = true;

    if (!kerb_ticket_get(krb, &s->luid, KERB_KEY_TGT, &old)) {
        better = (uint32_t)tgt->times.endtime >= (uint32_t)old->times.endtime;
        krb5_free_creds(krb, old);
    }
    if (!better)
        return STATUS_SUCCESS;
    if (kerb_ticket_put(krb, &s->luid, KERB_KEY_TGT, tgt))
        return STATUS_QUOTA_EXCEEDED;
    if (!kerb_keeps_password())
        kerb_store_remove(&s->luid, KERB_KEY_PASSWORD);
    kerb_session_imported(s);
    kerb_renew_soon(krb, tgt);
    return STATUS_SUCCESS;
}

/* The principal whose tickets they are, NULL for the session's account, and the TGT among them. */
static NTSTATUS put_ticket(krb5_context krb, struct room *room, const char *who, bool tgt,
                           krb5_creds *ticket)
{
    char *key = NULL, *name = NULL, *role = NULL;
    NTSTATUS status = STATUS_INVALID_PARAMETER;

    if (room->tickets >= SESSION_TICKETS_MAX ||
        room->bytes + ticket->ticket.length > SESSION_BYTES_MAX)
        return STATUS_QUOTA_EXCEEDED;
    if (krb5_unparse_name(krb, ticket->server, &name))
        return STATUS_NO_MEMORY;
    if (asprintf(&role, "%s%s", tgt ? KERB_KEY_TGT : KERB_KEY_TICKET, tgt ? "" : name) < 0)
        role = NULL;
    krb5_free_unparsed_name(krb, name);
    key = role ? kerb_key_name(who, role) : NULL;
    if (!key)
        status = STATUS_NO_MEMORY;
    else if (strlen(key) <= KEY_NAME_MAX)
        status =
            kerb_ticket_put(krb, room->luid, key, ticket) ? STATUS_QUOTA_EXCEEDED : STATUS_SUCCESS;
    free(key);
    free(role);
    if (tgt && !status)
        kerb_renew_soon(krb, ticket);
    room->tickets++;
    room->bytes += ticket->ticket.length;
    return status;
}

/* A ticket for a service can be had again with the TGT: one that cannot be kept spoils nothing, as
 * long as anything is kept. */
static NTSTATUS put_all(krb5_context krb, struct kerb_session *s, const char *who,
                        krb5_creds **creds)
{
    struct room room = {.luid = &s->luid};
    NTSTATUS status = STATUS_SUCCESS, last = STATUS_SUCCESS;
    size_t kept = 0;

    kerb_store_each(&s->luid, count_one, &room);
    for (size_t i = 0; creds[i]; i++) {
        bool tgt = is_tgt(krb, creds[i]);

        status =
            tgt && !who ? put_tgt(krb, s, creds[i]) : put_ticket(krb, &room, who, tgt, creds[i]);
        if (status && tgt)
            return status;
        kept += !status;
        last = status ? status : last;
    }
    return kept ? STATUS_SUCCESS : last;
}

/* A session's own programs add principals to it. Root's modules, which found tickets somewhere, do
 * not. */
static bool may_add_others(const LUID *luid)
{
    SECPKG_CLIENT_INFO client;

    return NT_SUCCESS(kerb_lsa->GetClientInfo(&client)) && SecEqualLuid(&client.LogonId, luid);
}

NTSTATUS kerb_submit(krb5_context krb, const LUID *luid, const void *submit, size_t size)
{
    struct request request;
    krb5_creds **creds = NULL;
    struct kerb_session *s = NULL;
    char *name = NULL;
    bool made = false;
    NTSTATUS status = read_request(submit, size, &request);

    if (!status && !kerb_may_store(size))
        status = STATUS_QUOTA_EXCEEDED;
    if (!status)
        status = read_tickets(krb, &request, &creds);
    if (!status)
        status = sift(krb, creds);
    if (status)
        goto out;
    status = STATUS_NO_MEMORY;
    if (krb5_unparse_name(krb, creds[0]->client, &name))
        goto out;
    s = kerb_session_open(luid);
    if (!s)
        goto out;
    status = check_account(krb, luid, creds[0], name, &made);
    /* Somebody else's than the session's account: beside it (others.c). */
    if (!status || (status == SEC_E_NOT_OWNER && may_add_others(luid)))
        status = put_all(krb, s, status ? name : NULL, creds);
    if (status && made)
        kerb_store_remove(luid, KERB_KEY_ACCOUNT); /* of nobody, as before */
    kerb_session_close(s);
out:
    log_debug("Kerberos: tickets for logon session %08x%08x: 0x%08x", (unsigned)luid->HighPart,
              (unsigned)luid->LowPart, (unsigned)status);
    krb5_free_unparsed_name(krb, name);
    krb5_free_tgt_creds(krb, creds);
    return status;
}
