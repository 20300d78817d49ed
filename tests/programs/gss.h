/*
 * What gss-acceptor and gss-initiator share: plain GSSAPI, nothing of ours in it, for mechanisms
 * that MIT's samples cannot be asked for (NTLM through gss-ntlmssp).
 */
#ifndef CREDMGR_TEST_PROGRAMS_GSS_H
#define CREDMGR_TEST_PROGRAMS_GSS_H

#include <stdbool.h>
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>

/* "ntlm", "kerberos", or dotted numbers (freed with the process); GSS_C_NO_OID with a line on
 * standard error. */
gss_OID gss_mechanism(const char *name);
void gss_complain(const char *function, OM_uint32 major, OM_uint32 minor, gss_OID mechanism);
/* Channel bindings with this text as the application's data; none for NULL. Valid until the next
 * call. */
gss_channel_bindings_t gss_channel(const char *text);
/* Prints what the context protects, and who the client is. */
void gss_describe(gss_ctx_id_t context);

#endif
