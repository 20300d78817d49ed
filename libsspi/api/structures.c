/*
 * The structures of attributes in their other forms. What stands where in them is known to
 * host_attributes.h alone.
 */
#include "libsspi/api/structures.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/utf16.h"

/* ---- A and W ------------------------------------------------------------------------------- */

SECURITY_STATUS api_structure_narrow(const struct lsa_attribute *a, void *structure)
{
    bool failed = false;

    for (size_t i = 0; i < LSA_ATTRIBUTE_PARTS; i++) {
        void **at = lsa_attribute_part(a, i, structure);

        if (at && a->parts[i].kind == LSA_PART_TEXT)
            *at = api_narrow(*at, &failed);
    }
    if (failed)
        lsa_attribute_clear(a, structure);
    return failed ? SEC_E_INSUFFICIENT_MEMORY : SEC_E_OK;
}

void *api_structure_widen(const struct lsa_attribute *a, const void *structure, ULONG size)
{
    void *wide = secret_dup(structure, size);
    bool failed = !wide;

    for (size_t i = 0; wide && i < LSA_ATTRIBUTE_PARTS; i++) {
        void **at = lsa_attribute_part(a, i, wide);

        if (at && a->parts[i].kind == LSA_PART_TEXT)
            *at = api_wide(*at, &failed);
    }
    if (!failed)
        return wide;
    api_structure_free(a, wide);
    return NULL;
}

void api_structure_free(const struct lsa_attribute *a, void *structure)
{
    for (size_t i = 0; structure && i < LSA_ATTRIBUTE_PARTS; i++) {
        void **at = lsa_attribute_part(a, i, structure);

        if (at && a->parts[i].kind == LSA_PART_TEXT)
            free(*at);
    }
    secret_free(structure);
}

/* ---- to lsad and back ---------------------------------------------------------------------- */

SECURITY_STATUS api_remote_query(struct lsa_remote_credential *credential,
                                 struct lsa_remote_context *context, const struct lsa_attribute *a,
                                 void *structure)
{
    _Alignas(16) UCHAR image[LSA_ATTRIBUTE_SIZE] = {0};
    struct lsa_structure value = {.image = image};
    SECURITY_STATUS status;

    if (!a || a->local)
        return SEC_E_UNSUPPORTED_FUNCTION;
    value.size = a->size;
    status = lsa_client_query_attribute(credential, context, a->attribute, &value);
    if (status < 0)
        return status;
    for (size_t i = 0; i < LSA_ATTRIBUTE_PARTS; i++) {
        void **at = lsa_attribute_part(a, i, image);

        if (at)
            *at = NULL;
        for (size_t j = 0; at && j < value.count; j++) {
            if (value.parts[j].offset == a->parts[i].at && !*at) {
                *at = value.parts[j].data;
                value.parts[j].data = NULL;
            }
        }
    }
    memcpy(structure, image, a->size);
    for (size_t j = 0; j < value.count; j++)
        lsa_host_free(value.parts[j].data);
    secret_wipe(image, sizeof(image));
    return status;
}

SECURITY_STATUS api_remote_set(struct lsa_remote_credential *credential,
                               struct lsa_remote_context *context, const struct lsa_attribute *a,
                               const void *structure, ULONG size)
{
    struct lsa_structure value = {.size = size};
    SECURITY_STATUS status;

    if (!a || a->local)
        return SEC_E_UNSUPPORTED_FUNCTION;
    value.image = secret_dup(structure, size);
    if (!value.image)
        return SEC_E_INSUFFICIENT_MEMORY;
    for (size_t i = 0; i < LSA_ATTRIBUTE_PARTS; i++) {
        void **at = lsa_attribute_part(a, i, value.image);

        if (at && *at) {
            value.parts[value.count].offset = a->parts[i].at;
            value.parts[value.count].size = lsa_attribute_part_size(a, i, value.image);
            value.parts[value.count].data = *at;
            value.count++;
        }
    }
    for (size_t i = 0; i < LSA_ATTRIBUTE_PARTS; i++) {
        void **at = lsa_attribute_part(a, i, value.image);

        if (at)
            *at = NULL; /* lsad is not told where this process has its memory */
    }
    status = lsa_client_set_attribute(credential, context, a->attribute, &value);
    secret_free(value.image);
    return status;
}

/* ---- room ---------------------------------------------------------------------------------- */

void *api_room_begin(struct api_room *room, const struct lsa_attribute *a)
{
    memset(room->memory, 0, sizeof(room->memory));
    if (a)
        return room->size < a->size ? NULL : room->buffer;
    return room->memory;
}

void api_room_end(struct api_room *room, const void *written)
{
    if (written && written == room->memory)
        memcpy(room->buffer, room->memory,
               room->size < sizeof(room->memory) ? room->size : sizeof(room->memory));
    secret_wipe(room->memory, sizeof(room->memory));
}
