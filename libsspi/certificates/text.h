/*
 * Names of certificates as text, UTF-8.
 */
#ifndef CREDMGR_CERTIFICATES_TEXT_H
#define CREDMGR_CERTIFICATES_TEXT_H

#include "libsspi/certificates/internal.h"

/* A name in the form of CertNameToStr(); new memory, NULL without. */
char *text_of_name(const X509_NAME *name, DWORD type);

#endif
