/*
 * QueryCredentialsAttributes(Ex) and SetCredentialsAttributes: a package of this process answers
 * for the credentials that it has, lsad for those of a logon session.
 */
#include "libsspi/api/credentials.h"

#include <string.h>

#include "libsspi/api/reason.h"
#include "libsspi/api/structures.h"

SECURITY_STATUS api_credential_query(const struct api_credential *c, ULONG attribute,
                                     const struct lsa_attribute *a, void *buffer)
{
    const struct api_half *half = c->outbound.present ? &c->outbound : &c->inbound;
    struct lsa_call call;
    NTSTATUS status;

    if (half->remote && attribute == SECPKG_CRED_ATTR_NAMES)
        return api_status(lsa_client_credential_name(
            half->remote, &((PSecPkgCredentials_NamesW)buffer)->sUserName));
    if (half->remote)
        return api_status(api_remote_query(half->remote, NULL, a, buffer));
    if (!c->package->lsa->QueryCredentialsAttributes)
        return SEC_E_UNSUPPORTED_FUNCTION;
    api_call_begin(&call, 0);
    status = c->package->lsa->QueryCredentialsAttributes(half->local, attribute, buffer);
    lsa_call_end();
    return api_status(status);
}

static SECURITY_STATUS query(PCredHandle phCredential, ULONG attribute, struct api_room *room,
                             bool ansi)
{
    const struct lsa_attribute *a = lsa_credential_attribute(attribute);
    SecHandle handle = phCredential ? *phCredential : (SecHandle){0, 0};
    struct api_credential *c = handle_acquire(HANDLE_CREDENTIAL, &handle);
    void *buffer = room->buffer;
    SECURITY_STATUS status;

    if (!c)
        return SEC_E_INVALID_HANDLE;
    status = SEC_E_INVALID_PARAMETER;
    if (!room->buffer)
        goto out;
    if (room->size != UINT32_MAX)
        buffer = api_room_begin(room, a);
    status = SEC_E_BUFFER_TOO_SMALL;
    if (!buffer)
        goto out;
    status = api_credential_query(c, attribute, a, buffer);
    if (status == SEC_E_OK && ansi && a)
        status = api_structure_narrow(a, buffer);
    if (room->size != UINT32_MAX)
        api_room_end(room, status == SEC_E_OK ? buffer : NULL);
out:
    handle_release(&handle);
    return status;
}

SECURITY_STATUS WINAPI QueryCredentialsAttributesW(PCredHandle phCredential, ULONG ulAttribute,
                                                   void *pBuffer)
{
    struct api_room room;

    room.buffer = pBuffer;
    room.size = UINT32_MAX;
    api_reason_begin();
    return api_reason_end(query(phCredential, ulAttribute, &room, false));
}

SECURITY_STATUS WINAPI QueryCredentialsAttributesA(PCredHandle phCredential, ULONG ulAttribute,
                                                   void *pBuffer)
{
    struct api_room room;

    room.buffer = pBuffer;
    room.size = UINT32_MAX;
    api_reason_begin();
    return api_reason_end(query(phCredential, ulAttribute, &room, true));
}

SECURITY_STATUS WINAPI QueryCredentialsAttributesExW(PCredHandle phCredential, ULONG ulAttribute,
                                                     void *pBuffer, ULONG cbBuffer)
{
    struct api_room room;

    room.buffer = pBuffer;
    room.size = cbBuffer == UINT32_MAX ? UINT32_MAX - 1 : cbBuffer;
    api_reason_begin();
    return api_reason_end(query(phCredential, ulAttribute, &room, false));
}

SECURITY_STATUS WINAPI QueryCredentialsAttributesExA(PCredHandle phCredential, ULONG ulAttribute,
                                                     void *pBuffer, ULONG cbBuffer)
{
    struct api_room room;

    room.buffer = pBuffer;
    room.size = cbBuffer == UINT32_MAX ? UINT32_MAX - 1 : cbBuffer;
    api_reason_begin();
    return api_reason_end(query(phCredential, ulAttribute, &room, true));
}

/* ---- SetCredentialsAttributes -------------------------------------------------------------- */

static SECURITY_STATUS set_half(const struct lsa_package *package, const struct api_half *half,
                                ULONG attribute, const struct lsa_attribute *a, void *buffer,
                                ULONG size)
{
    struct lsa_call call;
    NTSTATUS status;

    if (half->remote)
        return api_status(api_remote_set(half->remote, NULL, a, buffer, size));
    if (!package->lsa->SetCredentialsAttributes)
        return SEC_E_UNSUPPORTED_FUNCTION;
    api_call_begin(&call, 0);
    status = package->lsa->SetCredentialsAttributes(half->local, attribute, buffer, size);
    lsa_call_end();
    return api_status(status);
}

/* Both directions of a handle are one credential to the application. A direction that the
 * attribute means nothing to may refuse it. */
SECURITY_STATUS api_credential_set(const struct api_credential *c, ULONG attribute,
                                   const struct lsa_attribute *a, void *buffer, ULONG size)
{
    SECURITY_STATUS out = SEC_E_UNSUPPORTED_FUNCTION, in = SEC_E_UNSUPPORTED_FUNCTION;

    if (c->outbound.present)
        out = set_half(c->package, &c->outbound, attribute, a, buffer, size);
    if (c->inbound.present && !api_one_credential(c) &&
        (out == SEC_E_OK || out == SEC_E_UNSUPPORTED_FUNCTION))
        in = set_half(c->package, &c->inbound, attribute, a, buffer, size);
    return in == SEC_E_UNSUPPORTED_FUNCTION ? out : in;
}

static SECURITY_STATUS set(PCredHandle phCredential, ULONG attribute, void *buffer, ULONG size,
                           bool ansi)
{
    const struct lsa_attribute *a = lsa_credential_attribute(attribute);
    SecHandle handle = phCredential ? *phCredential : (SecHandle){0, 0};
    struct api_credential *c = handle_acquire(HANDLE_CREDENTIAL, &handle);
    void *wide = NULL;
    SECURITY_STATUS status = SEC_E_INVALID_PARAMETER;

    if (!c)
        return SEC_E_INVALID_HANDLE;
    if (!buffer || (a && size < a->size))
        goto out;
    if (ansi && a) {
        wide = api_structure_widen(a, buffer, size);
        if (!wide)
            goto out;
    }
    status = api_credential_set(c, attribute, a, wide ? wide : buffer, size);
out:
    if (wide)
        api_structure_free(a, wide);
    handle_release(&handle);
    return status;
}

SECURITY_STATUS WINAPI SetCredentialsAttributesW(PCredHandle phCredential, ULONG ulAttribute,
                                                 void *pBuffer, ULONG cbBuffer)
{
    api_reason_begin();
    return api_reason_end(set(phCredential, ulAttribute, pBuffer, cbBuffer, false));
}

SECURITY_STATUS WINAPI SetCredentialsAttributesA(PCredHandle phCredential, ULONG ulAttribute,
                                                 void *pBuffer, ULONG cbBuffer)
{
    api_reason_begin();
    return api_reason_end(set(phCredential, ulAttribute, pBuffer, cbBuffer, true));
}
