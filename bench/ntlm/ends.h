/*
 * The two ends of an NTLM context in one process, of any library that has SSPI's function table,
 * and how the benchmarks of this folder measure. libsspi and WinPR export the same names, so each
 * is loaded on its own.
 */
#ifndef CREDMGR_BENCH_NTLM_ENDS_H
#define CREDMGR_BENCH_NTLM_ENDS_H

#include <stdbool.h>
#include <stddef.h>

#include <security.h>

/* Says what went wrong, with the status, and ends the program with 1. */
_Noreturn void bench_fail(const char *who, const char *what, unsigned status);

struct account {
    WCHAR user[64], domain[64], password[128];
};
/* ASCII into UTF-16. */
void bench_wide(WCHAR *out, size_t room, const char *text, size_t size);

/* One implementation with a client's and a server's credential, and a context of each. */
struct sspi {
    const char *name;
    PSecurityFunctionTableW table;
    const WCHAR *package;
    const WCHAR *packages; /* of a supplied identity, for Negotiate; NULL: any */
    const WCHAR *target;   /* NULL: a web server's that there is not */
    CredHandle client, server;
    CtxtHandle initiator, acceptor;
};
/* libsspi of the build this program belongs to (…/bench/ntlm/NAME and …/lib), or the installed one.
 */
PSecurityFunctionTableW bench_libsspi(void);
PSecurityFunctionTableW bench_winpr(void);
/*
 * `of_session`: the client's are the default credentials of the caller. Without an account the
 * server's are, too.
 */
void sspi_acquire(struct sspi *s, const struct account *a, bool of_session);
/* All legs, with confidentiality, integrity, replay and sequence detection. */
void sspi_connect(struct sspi *s);
void sspi_disconnect(struct sspi *s);

/* Things that are compared. Each is called often in a round of its own; rounds alternate, so that
 * all meet the same machine, and the middle one counts. */
#define BENCH_ROUNDS 9
struct contender {
    void (*once)(void *arg);
    void *arg;
    double rates[BENCH_ROUNDS]; /* calls a second */
    double rate;                /* the answer */
};
void bench_compare(struct contender *all, size_t count, double seconds);

#endif
