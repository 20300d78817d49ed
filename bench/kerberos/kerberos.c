/*
 * Kerberos handshakes a second (AP-REQ and AP-REP, mutual authentication), ours against MIT's own
 * GSSAPI, in one run: rounds alternate, so that both meet the same machine, and the middle one
 * counts.
 *
 *   kerberos SPN        the caller's default credential cache and keytab, for both
 *   kerberos SPN lsa    the same, but our client with the credentials of the caller's logon
 *                       session, from lsad, and GSSAPI's through gssproxy, as the environment says
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "bench/kerberos/ends.h"

#define ROUNDS        9
#define ROUND_SECONDS 0.4

static struct sspi_ends ours;
static struct gss_ends theirs;
static const char *target;

static void sspi_handshake(void)
{
    sspi_connect(&ours, target);
    sspi_disconnect(&ours);
}

static void gss_handshake(void)
{
    gss_connect(&theirs);
    gss_disconnect(&theirs);
}

int main(int argc, char **argv)
{
    double a[ROUNDS], b[ROUNDS], we, they;
    bool lsa = argc == 3 && !strcmp(argv[2], "lsa");

    if (argc < 2 || argc > 3 || (argc == 3 && !lsa)) {
        fprintf(stderr, "usage: kerberos SPN [lsa]\n");
        return 2;
    }
    target = argv[1];
    sspi_acquire(&ours);
    gss_acquire(&theirs, target);
    sspi_handshake();
    gss_handshake();
    for (int i = 0; i < ROUNDS; i++) {
        a[i] = bench_rate(sspi_handshake, ROUND_SECONDS);
        b[i] = bench_rate(gss_handshake, ROUND_SECONDS);
    }
    we = bench_middle(a, ROUNDS);
    they = bench_middle(b, ROUNDS);
    printf("Kerberos handshakes, %s\t%.0f/s\t%.0f/s\t%.2f\t%s\n",
           lsa ? "credentials in lsad (peer: GSSAPI, credentials in gssproxy)"
               : "ticket cache and keytab in process (peer: MIT GSSAPI)",
           we, they, we / they, lsa ? "at least 2" : "at least 0.95");
    sspi_release(&ours);
    gss_release(&theirs);
    return 0;
}
