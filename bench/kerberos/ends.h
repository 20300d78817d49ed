/*
 * The two ends of a Kerberos context in one process, through SSPI and through MIT's GSSAPI, with
 * the caller's default credentials, for the benchmarks of this folder; and how they measure.
 */
#ifndef CREDMGR_BENCH_KERBEROS_ENDS_H
#define CREDMGR_BENCH_KERBEROS_ENDS_H

#include <gssapi/gssapi.h>
#include <security.h>

/* Says what went wrong, with the status, and ends the program with 1. */
_Noreturn void bench_fail(const char *what, unsigned status);
/* Seconds on a clock that only runs forward. */
double bench_now(void);
/* How often a second `once` can be called, measured over at least so many seconds. */
double bench_rate(void (*once)(void), double seconds);
/* The median; sorts `figures`. */
double bench_middle(double *figures, size_t count);

struct sspi_ends {
    CredHandle client, server;
    CtxtHandle initiator, acceptor;
    ULONG trailer; /* cbSecurityTrailer */
};
void sspi_acquire(struct sspi_ends *e);
/* Mutual authentication, replay and sequence detection, confidentiality, integrity. */
void sspi_connect(struct sspi_ends *e, const char *spn);
void sspi_disconnect(struct sspi_ends *e);
void sspi_release(struct sspi_ends *e);

struct gss_ends {
    gss_cred_id_t client, server;
    gss_name_t target;
    gss_ctx_id_t initiator, acceptor;
};
/* `spn` as a principal of the default realm. */
void gss_acquire(struct gss_ends *e, const char *spn);
void gss_connect(struct gss_ends *e);
void gss_disconnect(struct gss_ends *e);
void gss_release(struct gss_ends *e);

#endif
