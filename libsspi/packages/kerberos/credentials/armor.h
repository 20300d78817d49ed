/*
 * FAST for logons.
 */
#ifndef CREDMGR_KERBEROS_ARMOR_H
#define CREDMGR_KERBEROS_ARMOR_H

#include "libsspi/packages/kerberos/kerberos.h"

/*
 * Adds the machine's armor to the options of an AS exchange, as `fast` in lsa.conf says: no, try,
 * or demand. libkrb5's error when it is demanded and cannot be had.
 */
krb5_error_code kerb_armor(krb5_context krb, krb5_get_init_creds_opt *options);
void kerb_armor_shutdown(krb5_context krb);

#endif
