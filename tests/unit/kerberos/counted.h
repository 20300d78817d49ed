/*
 * How often our own objects called for memory. The programs that use it are linked with --wrap, so
 * that only references in our objects come here; libraries go on by themselves.
 */
#ifndef CREDMGR_TEST_KERBEROS_COUNTED_H
#define CREDMGR_TEST_KERBEROS_COUNTED_H

/* Allocations and releases since the program began. */
unsigned long counted_calls(void);

#endif
