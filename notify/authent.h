/*
 * The authentication information that credential managers are given: MSV1_0_INTERACTIVE_LOGON or
 * KERB_INTERACTIVE_LOGON ([MS-NLMP]'s and Kerberos' interactive logons, ntsecapi.h), made of what
 * PAM knows.
 */
#ifndef CREDMGR_NOTIFY_AUTHENT_H
#define CREDMGR_NOTIFY_AUTHENT_H

#include <stdbool.h>
#include <uchar.h>

#define MPR_TYPE_MSV1_0   u"MSV1_0:Interactive"
#define MPR_TYPE_KERBEROS u"Kerberos:Interactive"
/* The same in a request. */
#define MPR_TYPE_MSV1_0_TEXT   "MSV1_0:Interactive"
#define MPR_TYPE_KERBEROS_TEXT "Kerberos:Interactive"

/*
 * The structure in one piece of secret memory (secret_free): UTF-16 strings, lengths in bytes
 * without the zero that stands behind each. NULL with errno: EILSEQ (a string is no UTF-8),
 * EMSGSIZE (too long for UNICODE_STRING), ENOMEM.
 */
void *mpr_authent_new(bool kerberos, const char *user, const char *domain, const char *password);

#endif
