/*
 * Properties of a certificate: what is computed of it, and what an application gave it
 * (CertSetCertificateContextProperty).
 */
#ifndef CREDMGR_CERTIFICATES_PROPERTY_H
#define CREDMGR_CERTIFICATES_PROPERTY_H

#include "libsspi/certificates/internal.h"

struct property {
    struct property *next;
    DWORD id;
    DWORD size;
    BYTE data[];
};
void property_free_all(struct property *list);

#define PROPERTY_COMPUTED_MAX 4096 /* bytes */

/*
 * ERROR_SUCCESS with a value of the caller's (free()), CRYPT_E_NOT_FOUND, or
 * ERROR_NOT_ENOUGH_MEMORY.
 */
DWORD property_get(struct body *body, DWORD id, BYTE **value, DWORD *size);
/* Copies what `from` was given and `to` was not. */
bool property_inherit(struct body *to, struct body *from);

#endif
