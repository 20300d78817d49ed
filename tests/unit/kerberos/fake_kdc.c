/*
 * KRB-ERRORs over UDP, from a thread.
 */
#include "tests/unit/kerberos/fake_kdc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <krb5.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libsspi/packages/kerberos/kerberos.h"
#include "tests/unit/kerberos/realm.h"

struct fake_kdc fake;

static void *answer_all(void *arg)
{
    krb5_context krb;
    krb5_error error = {0};
    char request[8192];
    struct sockaddr_in from;
    socklen_t size = sizeof(from);

    assert_int_equal(krb5_init_context(&krb), 0);
    assert_int_equal(krb5_parse_name(krb, "krbtgt/" REALM "@" REALM, &error.server), 0);
    while (recvfrom(fake.socket, request, sizeof(request), 0, (struct sockaddr *)&from, &size) >
           1) { /* one byte: it is over */
        krb5_data message = {0};

        fake.requests++;
        error.error = (krb5_ui_4)fake.error;
        krb5_us_timeofday(krb, &error.stime, &error.susec);
        if (!krb5_mk_error(krb, &error, &message))
            (void)sendto(fake.socket, message.data, message.length, 0, (struct sockaddr *)&from,
                         size);
        krb5_free_data_contents(krb, &message);
        size = sizeof(from);
    }
    krb5_free_principal(krb, error.server);
    krb5_free_context(krb);
    return arg;
}

void fake_start(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(a);
    char path[300];
    FILE *f;

    fake.socket = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(bind(fake.socket, (struct sockaddr *)&a, sizeof(a)), 0);
    assert_int_equal(getsockname(fake.socket, (struct sockaddr *)&a, &size), 0);
    fake.port = ntohs(a.sin_port);
    snprintf(path, sizeof(path), "%s/fake.conf", realm_directory);
    f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f,
            "[libdefaults]\n default_realm = " REALM "\n dns_lookup_kdc = false\n"
            " dns_canonicalize_hostname = false\n udp_preference_limit = 32000\n"
            "[realms]\n " REALM " = {\n  kdc = 127.0.0.1:%d\n }\n"
            "[domain_realm]\n .credmgr.test = " REALM "\n",
            fake.port);
    assert_int_equal(fclose(f), 0);
    setenv("KRB5_CONFIG", path, 1);
    kerb_context_shutdown();
    assert_int_equal(pthread_create(&fake.thread, NULL, answer_all, NULL), 0);
}

void fake_stop(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                            .sin_port = htons((uint16_t)fake.port)};
    char path[300];

    assert_int_equal(sendto(fake.socket, "x", 1, 0, (struct sockaddr *)&a, sizeof(a)), 1);
    pthread_join(fake.thread, NULL);
    close(fake.socket);
    snprintf(path, sizeof(path), "%s/krb5.conf", realm_directory);
    setenv("KRB5_CONFIG", path, 1);
    kerb_context_shutdown();
}
