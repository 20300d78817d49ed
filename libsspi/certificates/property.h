/*
 * Properties that an application gave a certificate (CertSetCertificateContextProperty): a friendly
 * name, or whatever it likes to find again.
 */
#ifndef CREDMGR_CERTIFICATES_PROPERTY_H
#define CREDMGR_CERTIFICATES_PROPERTY_H

#include <windows.h>

struct property {
    struct property *next;
    DWORD id;
    DWORD size;
    BYTE data[];
};
void property_free_all(struct property *list);

#endif
