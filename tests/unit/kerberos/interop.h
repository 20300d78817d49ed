/*
 * A context between us and MIT's GSSAPI under one encryption type, for the two files of that test.
 */
#ifndef CREDMGR_TEST_KERBEROS_INTEROP_H
#define CREDMGR_TEST_KERBEROS_INTEROP_H

#include "tests/unit/kerberos/harness.h"

#include <gssapi/gssapi.h>

#define GSS_USUAL                                                                                  \
    (GSS_C_MUTUAL_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG | GSS_C_CONF_FLAG |               \
     GSS_C_INTEG_FLAG)

extern struct side ours;
extern gss_ctx_id_t theirs;
extern WCHAR interop_target[]; /* a service with a key of that type */
extern char interop_service[]; /* and as GSSAPI calls it */
extern int interop_enctype;

/* Fails with GSSAPI's own words. */
void assert_gss(OM_uint32 major, OM_uint32 minor);
/* A call whose minor status is in a variable `minor`. */
#define GSS_OK(call)                                                                               \
    do {                                                                                           \
        OM_uint32 major_status = (call);                                                           \
        assert_gss(major_status, minor);                                                           \
    } while (0)
/* Teardown: neither side has a context any more. */
int interop_end(void **state);

/* Messages in all forms, in the process of each type. */
int interop_messages(const char *type);

#endif
