/*
 * sspi-tls-client: a TLS client through libsspi's Schannel, against servers that are not ours.
 */
#include <stdio.h>
#include <string.h>

#include "tests/programs/options.h"
#include "tests/programs/sspi_tls.h"
#include "tests/programs/wire.h"

static const char usage[] =
    "usage: sspi-tls-client [options] HOST PORT [ACTION...]\n"
    "  --protocol 1.2|1.3      this one only\n"
    "  --target NAME           the name in the server's certificate (HOST)\n"
    "  --manual                take whatever certificate the server has\n"
    "  --certificate PATH --key PATH --password TEXT   a certificate of the client\n"
    "  --late-certificate PATH --late-key PATH         the same, when the server asks for one\n"
    "  --alpn A,B              application protocols\n"
    "  --package NAME          another name of Schannel\n"
    "  --schannel-cred         with SCHANNEL_CRED\n"
    "  --piece N               read N bytes at a time\n"
    "  --times N               connect so often, with one credential\n";

int main(int argc, char **argv)
{
    struct tls_options o = {.protocol = NULL};
    struct tls_end e;
    int rest, times = 1;
    const struct program_option table[] = {
        TLS_OPTIONS(o), {"times", .number = &times}, {.name = NULL}};
    bool good = true;

    setvbuf(stdout, NULL, _IOLBF, 0);
    program = "sspi-tls-client";
    if (!options_parse(argc, argv, table, &rest) || argc - rest < 2) {
        fputs(usage, stderr);
        fputs(tls_actions_usage, stderr);
        return 2;
    }
    if (!o.target)
        o.target = argv[rest];
    if (!tls_acquire(&e, false, &o))
        good = false;
    for (int i = 0; good && i < times; i++) {
        e.fd = wire_connect(argv[rest], argv[rest + 1]);
        good = e.fd >= 0 && tls_shake(&e);
        if (good)
            tls_describe(&e);
        good = good && tls_act(&e, argc - rest - 2, argv + rest + 2);
        tls_disconnect(&e);
    }
    tls_release(&e);
    return good ? 0 : 1;
}
