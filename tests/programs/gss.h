/*
 * What gss-acceptor and gss-initiator share: plain GSSAPI, nothing of ours in it, for mechanisms
 * that MIT's samples cannot be asked for (NTLM through gss-ntlmssp).
 */
#ifndef CREDMGR_TEST_PROGRAMS_GSS_H
#define CREDMGR_TEST_PROGRAMS_GSS_H

#include <stdbool.h>
#include <stdint.h>
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>

/* gss-ntlmssp's GSS_C_DATAGRAM_FLAG. */
#define GSS_NTLMSSP_DATAGRAM 0x10000

/* "ntlm", "kerberos", "spnego", or dotted numbers (freed with the process); GSS_C_NO_OID with a
 * line on standard error. */
gss_OID gss_mechanism(const char *name);
void gss_complain(const char *function, OM_uint32 major, OM_uint32 minor, gss_OID mechanism);
/* Channel bindings with this text as the application's data; none for NULL. Valid until the next
 * call. */
gss_channel_bindings_t gss_channel(const char *text);
/* The mechanisms, "ntlm,kerberos", that a credential for SPNEGO offers or accepts; false with a
 * line on standard error. */
bool gss_inner(gss_cred_id_t credential, const char *list);
/* "integrity,sequence" as GSS_C_*; false with a line on standard error. */
bool gss_flags(const char *list, OM_uint32 *flags);
/* gss-ntlmssp's: the NEGOTIATE flags ([MS-NLMP] 2.2.2.5) that an initiator begins with, and the
 * number of the next message of a datagram context. */
bool gss_ntlm_set_flags(gss_cred_id_t *credential, uint32_t flags);
bool gss_ntlm_set_sequence(gss_ctx_id_t *context, uint32_t number);
/* Prints what the context protects, and who the client is. */
void gss_describe(gss_ctx_id_t context);

#endif
