/*
 * Kerberos handshakes a second (AP-REQ and AP-REP, mutual authentication), ours against MIT's own
 * GSSAPI, in one run: rounds alternate, so that both meet the same machine, and the middle one
 * counts.
 *
 *   kerberos SPN          the caller's default credential cache and keytab, for both
 *   kerberos SPN client   our client has the credentials of the caller's logon session, from lsad,
 *                         GSSAPI's those of gssproxy, as the environment says
 *   kerberos SPN both     and so have those who accept
 */
#include <stdio.h>
#include <string.h>

#include "bench/kerberos/ends.h"

#define ROUNDS        31
#define ROUND_SECONDS 0.1

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

static const struct {
    const char *argument, *what, *target;
} modes[] = {
    {NULL, "ticket cache and keytab in process (peer: MIT GSSAPI)", "at least 0.95"},
    {"client", "the client's credentials in lsad (peer: in gssproxy)", "at least 2"},
    {"both", "both ends' credentials in lsad (peer: in gssproxy)", "at least 2"},
};
#define MODES (sizeof(modes) / sizeof(modes[0]))

int main(int argc, char **argv)
{
    double a[ROUNDS], b[ROUNDS], we, they;
    size_t mode = 0;

    while (argc == 3 && ++mode < MODES && strcmp(argv[2], modes[mode].argument))
        ;
    if (argc < 2 || argc > 3 || mode == MODES) {
        fprintf(stderr, "usage: kerberos SPN [client|both]\n");
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
    printf("Kerberos handshakes, %s\t%.0f/s\t%.0f/s\t%.2f\t%s\n", modes[mode].what, we, they,
           we / they, modes[mode].target);
    sspi_release(&ours);
    gss_release(&theirs);
    return 0;
}
