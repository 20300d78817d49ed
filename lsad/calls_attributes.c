/*
 * Attributes of credentials and of half-made contexts, credentials added to others, and control
 * tokens. A structure comes and goes as an image without pointers; where it has some, only the
 * table of host_attributes.h says, so nothing a client sends is ever taken for an address.
 */
#include "base/secret.h"
#include "libsspi/lsa/host_attributes.h"
#include "lsad/calls.h"

#include <ntstatus.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(LSA_ATTRIBUTE_PARTS <= LSA_PIECES, "every pointer has room in a message");

/* What a call is about: a credential, or a context. */
struct object {
    uint64_t number;
    struct lsad_handle handle;
    const struct lsa_attribute *attribute;
};

static NTSTATUS object_get(struct lsad_call *call, uint64_t credential, uint64_t context,
                           ULONG attribute, struct object *o)
{
    o->number = context ? context : credential;
    o->attribute = context ? lsa_context_attribute(attribute) : lsa_credential_attribute(attribute);
    if (!client_handle_get(call->client, o->number, context ? HANDLE_CONTEXT : HANDLE_CREDENTIAL,
                           &o->handle))
        return SEC_E_INVALID_HANDLE;
    if (o->attribute && !o->attribute->local)
        return SEC_E_OK;
    client_handle_put(call->client, o->number);
    return SEC_E_UNSUPPORTED_FUNCTION;
}

/* ---- QueryCredentialsAttributes, QueryContextAttributes ------------------------------------ */

/* The package takes lsad for its client: what it allocates for it stays here, and the message
 * carries it. */
static NTSTATUS query(struct lsad_call *call, const struct object *o, void *buffer)
{
    const SECPKG_FUNCTION_TABLE *table = o->handle.package->lsa;
    NTSTATUS status = SEC_E_UNSUPPORTED_FUNCTION;
    struct lsa_call frame;

    call_frame(call, &o->handle.luid, NULL, &frame);
    lsa_call_begin(&frame);
    if (o->handle.kind == HANDLE_CREDENTIAL && table->QueryCredentialsAttributes)
        status =
            table->QueryCredentialsAttributes(o->handle.handle, o->attribute->attribute, buffer);
    else if (o->handle.kind == HANDLE_CONTEXT && table->QueryContextAttributes)
        status = table->QueryContextAttributes(o->handle.handle, o->attribute->attribute, buffer);
    lsa_call_end();
    return status;
}

void call_query_attribute(struct lsad_call *call)
{
    const Lsa__QueryAttribute *in = call->request->query_attribute;
    _Alignas(16) uint8_t buffer[LSA_ATTRIBUTE_SIZE] = {0}, image[LSA_ATTRIBUTE_SIZE];
    Lsa__Structure out = LSA__STRUCTURE__INIT;
    Lsa__Piece pieces[LSA_ATTRIBUTE_PARTS], *pointers[LSA_ATTRIBUTE_PARTS];
    Lsa__Reply reply = LSA__REPLY__INIT;
    struct object o = {.number = 0};
    NTSTATUS status = object_get(call, in->credential, in->context, in->attribute, &o);

    if (status != SEC_E_OK) {
        client_reply_status(call, status);
        return;
    }
    status = in->size < o.attribute->size ? SEC_E_BUFFER_TOO_SMALL : query(call, &o, buffer);
    client_handle_put(call->client, o.number);
    if (NT_SUCCESS(status)) {
        memcpy(image, buffer, sizeof(image));
        for (size_t i = 0; i < LSA_ATTRIBUTE_PARTS; i++) {
            void **to = lsa_attribute_part(o.attribute, i, buffer);

            if (!to)
                continue;
            memset(image + o.attribute->parts[i].at, 0, sizeof(void *));
            if (!*to)
                continue;
            lsa__piece__init(&pieces[out.n_pieces]);
            pieces[out.n_pieces].offset = (uint32_t)o.attribute->parts[i].at;
            pieces[out.n_pieces].data.len = lsa_attribute_part_size(o.attribute, i, buffer);
            pieces[out.n_pieces].data.data = *to;
            pointers[out.n_pieces] = &pieces[out.n_pieces];
            out.n_pieces++;
        }
        out.pieces = pointers;
        out.image.data = image;
        out.image.len = o.attribute->size;
        reply.result_case = LSA__REPLY__RESULT_STRUCTURE;
        reply.structure = &out;
    }
    reply.status = (uint32_t)status;
    client_reply(call, &reply);
    if (NT_SUCCESS(status))
        lsa_attribute_clear(o.attribute, buffer);
    secret_wipe(buffer, sizeof(buffer));
    secret_wipe(image, sizeof(image));
}

/* ---- SetCredentialsAttributes, SetContextAttributes ---------------------------------------- */

static void structure_free(const struct lsa_attribute *a, void *structure)
{
    for (size_t i = 0; structure && i < LSA_ATTRIBUTE_PARTS; i++) {
        void **at = lsa_attribute_part(a, i, structure);

        if (at)
            secret_free(*at);
    }
    secret_free(structure);
}

/* The counted length of a part, as it is. */
static void set_length(const struct lsa_attribute *a, size_t i, uint8_t *structure, size_t size)
{
    ULONG length = (ULONG)size;
    USHORT length16 = (USHORT)size;

    if (a->parts[i].kind == LSA_PART_BYTES)
        memcpy(structure + a->parts[i].length_at, &length, sizeof(length));
    else if (a->parts[i].kind == LSA_PART_BYTES16)
        memcpy(structure + a->parts[i].length_at, &length16, sizeof(length16));
}

static const Lsa__Piece *piece_at(const Lsa__Structure *value, size_t offset)
{
    for (size_t i = 0; i < value->n_pieces; i++)
        if (value->pieces[i]->offset == offset)
            return value->pieces[i];
    return NULL;
}

/* The structure in memory of ours; NULL: malformed, or no memory. */
static void *structure_make(const struct lsa_attribute *a, const Lsa__Structure *value)
{
    uint8_t *structure;
    bool good = true;

    if (!value || value->image.len > LSA_STRUCTURE_MAX || value->image.len < a->size ||
        (!a->longer && value->image.len > a->size))
        return NULL;
    structure = secret_alloc(value->image.len);
    if (!structure)
        return NULL;
    memcpy(structure, value->image.data, value->image.len);
    for (size_t i = 0; i < LSA_ATTRIBUTE_PARTS; i++) {
        void **at = lsa_attribute_part(a, i, structure);
        const Lsa__Piece *piece = at ? piece_at(value, a->parts[i].at) : NULL;

        if (!at)
            continue;
        *at = NULL;
        set_length(a, i, structure, piece ? piece->data.len : 0);
        if (!piece || !good)
            continue;
        good = piece->data.len <= UINT16_MAX;
        /* always zero-terminated, as a string must be */
        *at = good ? secret_alloc(piece->data.len + sizeof(WCHAR)) : NULL;
        good = *at != NULL;
        if (good && piece->data.len)
            memcpy(*at, piece->data.data, piece->data.len);
    }
    if (good)
        return structure;
    structure_free(a, structure);
    return NULL;
}

void call_set_attribute(struct lsad_call *call)
{
    const Lsa__SetAttribute *in = call->request->set_attribute;
    struct object o = {.number = 0};
    const SECPKG_FUNCTION_TABLE *table;
    struct lsa_call frame;
    void *structure;
    NTSTATUS status = object_get(call, in->credential, in->context, in->attribute, &o);

    if (status != SEC_E_OK) {
        client_reply_status(call, status);
        return;
    }
    table = o.handle.package->lsa;
    structure = structure_make(o.attribute, in->value);
    status = SEC_E_INVALID_PARAMETER;
    if (structure) {
        ULONG size = (ULONG)in->value->image.len;

        status = SEC_E_UNSUPPORTED_FUNCTION;
        call_frame(call, &o.handle.luid, NULL, &frame);
        lsa_call_begin(&frame);
        if (o.handle.kind == HANDLE_CREDENTIAL && table->SetCredentialsAttributes)
            status = table->SetCredentialsAttributes(o.handle.handle, o.attribute->attribute,
                                                     structure, size);
        else if (o.handle.kind == HANDLE_CONTEXT && table->SetContextAttributes)
            status = table->SetContextAttributes(o.handle.handle, o.attribute->attribute, structure,
                                                 size);
        lsa_call_end();
        structure_free(o.attribute, structure);
    }
    client_handle_put(call->client, o.number);
    client_reply_status(call, status);
}

/* ---- AddCredentials ------------------------------------------------------------------------ */

static NTSTATUS add(struct lsad_call *call, const struct lsad_handle *handle, PTimeStamp expiry)
{
    const Lsa__AddCredentials *in = call->request->add_credentials;
    SEC_WINNT_AUTH_IDENTITY_W identity = {.User = (USHORT *)(void *)in->user16.data,
                                          .UserLength = (ULONG)(in->user16.len / sizeof(WCHAR)),
                                          .Domain = (USHORT *)(void *)in->domain16.data,
                                          .DomainLength = (ULONG)(in->domain16.len / sizeof(WCHAR)),
                                          .Password = (USHORT *)(void *)in->password16.data,
                                          .PasswordLength =
                                              (ULONG)(in->password16.len / sizeof(WCHAR)),
                                          .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    UNICODE_STRING package = {.Buffer = NULL}, principal = {.Buffer = NULL};
    NTSTATUS status = SEC_E_UNKNOWN_CREDENTIALS;
    struct lsa_call frame;

    if (in->user16.len > LSA_NAME16_MAX || in->domain16.len > LSA_NAME16_MAX ||
        in->password16.len > LSA_NAME16_MAX)
        return status;
    if ((in->package16.len && !call_counted(&in->package16, &package)) ||
        (in->principal16.len && !call_counted(&in->principal16, &principal)))
        goto out;
    /* The identity lies in the message, which is lsad's own memory. */
    call_frame(call, &handle->luid, NULL, &frame);
    lsa_call_begin(&frame);
    status = handle->package->lsa->AddCredentials(
        handle->handle, principal.Buffer ? &principal : NULL, package.Buffer ? &package : NULL,
        in->use, in->has_identity ? &identity : NULL, NULL, NULL, expiry);
    lsa_call_end();
out:
    free(package.Buffer);
    free(principal.Buffer);
    return status;
}

void call_add_credentials(struct lsad_call *call)
{
    uint64_t number = call->request->add_credentials->credential;
    TimeStamp expiry = {.QuadPart = 0};
    Lsa__Added out = LSA__ADDED__INIT;
    Lsa__Reply reply = LSA__REPLY__INIT;
    struct lsad_handle handle;
    NTSTATUS status = SEC_E_INVALID_HANDLE;

    if (client_handle_get(call->client, number, HANDLE_CREDENTIAL, &handle)) {
        status = handle.package->lsa->AddCredentials ? add(call, &handle, &expiry)
                                                     : SEC_E_UNSUPPORTED_FUNCTION;
        client_handle_put(call->client, number);
    }
    if (NT_SUCCESS(status)) {
        out.expiry = expiry.QuadPart;
        reply.result_case = LSA__REPLY__RESULT_ADDED;
        reply.added = &out;
    }
    reply.status = (uint32_t)status;
    client_reply(call, &reply);
}

/* ---- ApplyControlToken --------------------------------------------------------------------- */

void call_apply_control(struct lsad_call *call)
{
    const Lsa__ApplyControl *in = call->request->apply_control;
    SecBuffer buffers[LSA_LEG_BUFFERS];
    SecBufferDesc input = {SECBUFFER_VERSION, (ULONG)in->n_input, buffers};
    struct lsad_handle handle;
    struct lsa_call frame;
    NTSTATUS status = SEC_E_INVALID_TOKEN;

    if (in->n_input > LSA_LEG_BUFFERS)
        goto out;
    call_buffers(in->input, in->n_input, buffers);
    status = SEC_E_INVALID_HANDLE;
    if (!client_handle_get(call->client, in->context, HANDLE_CONTEXT, &handle))
        goto out;
    status = SEC_E_UNSUPPORTED_FUNCTION;
    if (handle.package->lsa->ApplyControlToken) {
        call_frame(call, &handle.luid, NULL, &frame);
        lsa_call_begin(&frame);
        status = handle.package->lsa->ApplyControlToken(handle.handle, &input);
        lsa_call_end();
    }
    client_handle_put(call->client, in->context);
out:
    client_reply_status(call, status);
}
