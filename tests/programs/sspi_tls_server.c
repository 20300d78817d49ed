/*
 * sspi-tls-server: a TLS server through libsspi's Schannel, for clients that are not ours.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/programs/options.h"
#include "tests/programs/sspi_tls.h"
#include "tests/programs/wire.h"

static const char usage[] =
    "usage: sspi-tls-server [options] [ACTION...]\n"
    "  --certificate PATH --key PATH --password TEXT   what it shows\n"
    "  --listen HOST           (127.0.0.1)\n"
    "  --port PORT             (4433; 0: any, printed in the first line)\n"
    "  --protocol 1.2|1.3      this one only\n"
    "  --mutual                clients need a certificate\n"
    "  --manual                whatever certificate they have\n"
    "  --alpn A,B              application protocols\n"
    "  --schannel-cred         with SCHANNEL_CRED\n"
    "  --piece N               read N bytes at a time\n"
    "  --count N               connections to take before the end (0: no end)\n";

int main(int argc, char **argv)
{
    struct tls_options o = {.protocol = NULL};
    struct tls_end e;
    int rest, count = 0, listener;
    const char *host = "127.0.0.1", *port = "4433";
    const struct program_option table[] = {TLS_OPTIONS(o),
                                           {"listen", .text = &host},
                                           {"port", .text = &port},
                                           {"count", .number = &count},
                                           {.name = NULL}};
    bool good = true;

    setvbuf(stdout, NULL, _IOLBF, 0);
    program = "sspi-tls-server";
    if (!options_parse(argc, argv, table, &rest)) {
        fputs(usage, stderr);
        fputs(tls_actions_usage, stderr);
        return 2;
    }
    if (!tls_acquire(&e, true, &o))
        return 1;
    listener = wire_listen(host, port);
    for (int i = 0; listener >= 0 && (count == 0 || i < count); i++) {
        e.fd = wire_accept(listener);
        if (e.fd < 0)
            break;
        good = tls_shake(&e);
        if (good)
            tls_describe(&e);
        good = good && tls_act(&e, argc - rest, argv + rest);
        printf("%s\n", good ? "done" : "failed");
        fflush(stdout);
        tls_disconnect(&e);
    }
    tls_release(&e);
    if (listener >= 0)
        close(listener);
    return listener >= 0 && good ? 0 : 1;
}
