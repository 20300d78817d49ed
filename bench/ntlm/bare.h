/*
 * What the cryptography of an NTLM handshake costs by itself.
 */
#ifndef CREDMGR_BENCH_NTLM_BARE_H
#define CREDMGR_BENCH_NTLM_BARE_H

#include <stddef.h>

/* Fetches the algorithms and makes the contexts; ends the program when it cannot. */
void bare_set_up(void);
/* The EVP calls of both ends of one handshake. */
void bare_handshake(void *arg);

/* One message sealed and opened again, in place. */
void bare_message(void *bytes, size_t size);

#endif
