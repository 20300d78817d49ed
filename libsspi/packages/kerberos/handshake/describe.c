/*
 * From tickets to what an application may ask about a context.
 */
#include "libsspi/packages/kerberos/handshake/describe.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/packages/buffers.h"
#include "libsspi/packages/kerberos/kerberos.h"
#include "libsspi/packages/kerberos/user_mode/pac.h"

static void set_bytes(uint8_t **bytes, size_t *size, const void *data, size_t new_size)
{
    free(*bytes);
    *size = 0;
    *bytes = new_size && new_size <= KERB_PAC_MAX ? malloc(new_size) : NULL;
    if (*bytes) {
        memcpy(*bytes, data, new_size);
        *size = new_size;
    }
}

void kerb_describe_service(struct kerb_context *c, const krb5_creds *ticket, const char *target)
{
    struct kerb_about *about = &c->about;

    about->ticket_flags = (uint32_t)ticket->ticket_flags;
    about->auth_time = (int64_t)(uint32_t)ticket->times.authtime;
    if (!target)
        return;
    free(about->target);
    about->target = strdup(target);
}

/* ---- the client's PAC ---------------------------------------------------------------------- */

static krb5_error_code service_key(krb5_context krb, krb5_keytab keytab, const krb5_ticket *ticket,
                                   krb5_keytab_entry *entry)
{
    const krb5_enc_data *sealed = &ticket->enc_part;
    krb5_error_code code =
        krb5_kt_get_entry(krb, keytab, ticket->server, sealed->kvno, sealed->enctype, entry);

    if (code) /* some KDCs leave the version out, and libkrb5 tries them all then */
        code = krb5_kt_get_entry(krb, keytab, ticket->server, 0, sealed->enctype, entry);
    return code;
}

/* The signature of the service's key, and that the PAC was made for this client and its logon. */
static krb5_error_code verify(krb5_context krb, krb5_keytab keytab, const krb5_keyblock *key,
                              const krb5_ticket *ticket, const krb5_authdata *data)
{
    krb5_keytab_entry entry = {0};
    krb5_pac pac = NULL;
    krb5_error_code code = 0;

    if (!key) {
        code = service_key(krb, keytab, ticket, &entry);
        key = &entry.key;
    }
    if (!code)
        code = krb5_pac_parse(krb, data->contents, data->length, &pac);
    if (!code)
        code = krb5_pac_verify(krb, pac, ticket->enc_part2->times.authtime,
                               ticket->enc_part2->client, key, NULL);
    krb5_pac_free(krb, pac);
    krb5_free_keytab_entry_contents(krb, &entry);
    return code;
}

/* MIT's KDC signs a PAC into every ticket which says nothing of groups: that one is not looked at
 * any further, since verifying takes time. */
static bool says_something(const krb5_authdata *data)
{
    struct kerb_pac pac;

    return data->length <= KERB_PAC_MAX && kerb_pac_read(data->contents, data->length, &pac) &&
           pac.has_logon;
}

static void describe_pac(krb5_context krb, struct kerb_about *about, krb5_keytab keytab,
                         const krb5_keyblock *key, const krb5_ticket *ticket)
{
    krb5_authdata **found = NULL;
    krb5_error_code code = krb5_find_authdata(krb, ticket->enc_part2->authorization_data, NULL,
                                              KRB5_AUTHDATA_WIN2K_PAC, &found);

    if (code || !found)
        return;
    if (says_something(found[0])) {
        code = verify(krb, keytab, key, ticket, found[0]);
        if (!code) {
            set_bytes(&about->pac, &about->pac_size, found[0]->contents, found[0]->length);
        } else {
            const char *text = krb5_get_error_message(krb, code);

            log_debug("Kerberos: the PAC of a ticket is left out: %s", text);
            krb5_free_error_message(krb, text);
        }
    }
    krb5_free_authdata(krb, found);
}

/* ---- an accepted ticket -------------------------------------------------------------------- */

/* Whom auth_to_local of krb5.conf, and plugins like sssd's, make of the principal. */
static char *local_user(krb5_context krb, krb5_const_principal client)
{
    char name[256];

    if (krb5_aname_to_localname(krb, client, sizeof(name), name))
        return NULL;
    return strdup(name);
}

/* The name of the service without its realm. From user to user it is nothing but what the client
 * wrote: NULL, too, when that is no text. */
static char *service_name(krb5_context krb, krb5_const_principal service)
{
    char *text, *copy;
    WCHAR *readable;

    if (krb5_unparse_name_flags(krb, service, KRB5_PRINCIPAL_UNPARSE_NO_REALM, &text))
        return NULL;
    readable = utf16_from_utf8(text, strlen(text), NULL);
    copy = readable ? strdup(text) : NULL;
    free(readable);
    krb5_free_unparsed_name(krb, text);
    return copy;
}

void kerb_describe_client(krb5_context krb, struct kerb_context *c, krb5_keytab keytab,
                          const krb5_keyblock *key, const krb5_ticket *ticket)
{
    struct kerb_about *about = &c->about;

    about->ticket_flags = (uint32_t)ticket->enc_part2->flags;
    about->auth_time = (int64_t)(uint32_t)ticket->enc_part2->times.authtime;
    free(about->target);
    about->target = service_name(krb, ticket->server);
    free(about->local_user);
    about->local_user = local_user(krb, ticket->enc_part2->client);
    set_bytes(&about->pac, &about->pac_size, NULL, 0);
    describe_pac(krb, about, keytab, key, ticket);
}

void kerb_describe_channel(struct kerb_context *c, PSecBufferDesc input)
{
    PSecBuffer channel = buffers_find(input, SECBUFFER_CHANNEL_BINDINGS);

    if (channel && channel->cbBuffer && channel->pvBuffer)
        set_bytes(&c->about.bindings, &c->about.bindings_size, channel->pvBuffer,
                  channel->cbBuffer);
}

/* ---- on the way out ------------------------------------------------------------------------ */

static struct kerb_text text_of(const char *text)
{
    size_t size = text ? strlen(text) : 0;

    return (struct kerb_text){.bytes = text ? text : "", .size = size <= KERB_TEXT_MAX ? size : 0};
}

void kerb_describe_pack(const struct kerb_about *about, struct kerb_packed *packed)
{
    packed->ticket_flags = about->ticket_flags;
    packed->auth_time = about->auth_time;
    packed->target = text_of(about->target);
    packed->local_user = text_of(about->local_user);
    packed->pac = (struct kerb_bytes){about->pac, about->pac_size};
    packed->bindings = (struct kerb_bytes){about->bindings, about->bindings_size};
}

void kerb_about_clear(struct kerb_about *about)
{
    free(about->target);
    free(about->local_user);
    free(about->pac);
    free(about->bindings);
    memset(about, 0, sizeof(*about));
}
