/*
 * gss-ntlmssp, a GSSAPI mechanism, as a third implementation of NTLM.
 */
#ifndef CREDMGR_BENCH_NTLM_GSS_H
#define CREDMGR_BENCH_NTLM_GSS_H

/* Credentials of both ends for one account of its own; ends the program when it cannot. */
void gss_set_up(void);
void gss_handshake(void *arg);

#endif
