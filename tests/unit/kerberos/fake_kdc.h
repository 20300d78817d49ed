/*
 * A KDC that answers everything with the error that it is told to give, beside the realm of
 * realm.h.
 */
#ifndef CREDMGR_TEST_KERBEROS_FAKE_KDC_H
#define CREDMGR_TEST_KERBEROS_FAKE_KDC_H

#include <pthread.h>

extern struct fake_kdc {
    int socket, port;
    _Atomic int error; /* its number in RFC 4120 7.5.9 */
    _Atomic unsigned requests;
    pthread_t thread;
} fake;

/* It is the KDC of the process's krb5.conf from now on; until fake_stop(), then the real one is. */
void fake_start(void);
void fake_stop(void);

#endif
