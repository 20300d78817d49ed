/*
 * Where a TSRequest ends, of bytes that a peer may choose; and the host in a target's name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"
#include "libsspi/packages/credssp/credssp.h"

static void test_sizes(void **state)
{
    static const struct {
        const char *bytes;
        size_t count, size;
    } all[] = {
        {"", 0, 0},
        {"\x30", 1, 0},
        {"\x31", 1, SIZE_MAX},
        {"\x30\x05", 2, 7},
        {"\x30\x05\xa0\x03\x02\x01\x06", 7, 7},
        {"\x30\x7f", 2, 129},
        {"\x30\x00", 2, SIZE_MAX},
        {"\x30\x80", 2, SIZE_MAX},
        {"\x30\x81", 2, 0},
        {"\x30\x81\x7f", 3, SIZE_MAX},
        {"\x30\x81\x80", 3, 131},
        {"\x30\x82\x00", 3, 0},
        {"\x30\x82\x00\xff", 4, SIZE_MAX},
        {"\x30\x82\x01", 3, 0},
        {"\x30\x82\x01\x00", 4, 260},
        {"\x30\x83\x0f\xff\xfb", 5, CREDSSP_MESSAGE_MAX},
        {"\x30\x83\x0f\xff\xfc", 5, SIZE_MAX},
        {"\x30\x84\x01\x00\x00\x00", 6, SIZE_MAX},
        {"\x30\x84\xff\xff\xff\xff", 6, SIZE_MAX},
        {"\x30\x85\x01\x00\x00\x00\x00", 7, SIZE_MAX},
        {"\x30\xff", 2, SIZE_MAX},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
        assert_int_equal(credssp_message_size((const uint8_t *)all[i].bytes, all[i].count),
                         all[i].size);
}

static void test_host(void **state)
{
    static const struct {
        const WCHAR *target, *host;
    } all[] = {
        {u"TERMSRV/server.example.test", u"server.example.test"},
        {u"WSMAN/server:5985", u"server"},
        {u"MSSQLSvc/server:instance/name", u"server"},
        {u"TERMSRV/server/DOMAIN", u"server"},
        {u"TERMSRV/server.example.test@EXAMPLE.TEST", u"server.example.test"},
        {u"TERMSRV/server:3389@EXAMPLE.TEST", u"server"},
        {u"TERMSRV/[::1]@EXAMPLE.TEST", u"::1"},
        {u"alice@server", u"alice@server"}, /* no service principal name */
        {u"TERMSRV/[::1]:3389", u"::1"},
        {u"TERMSRV/::1", u"::1"},
        {u"TERMSRV/127.0.0.1:3389", u"127.0.0.1"},
        {u"server.example.test", u"server.example.test"},
        {u"server:443", u"server"},
        {u"TERMSRV/", u""},
        {u"/", u""},
        {u"[::1", u"::1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        USHORT size = (USHORT)(utf16_length(all[i].target) * sizeof(WCHAR));
        UNICODE_STRING target = {size, size, (WCHAR *)(uintptr_t)all[i].target};
        WCHAR *host = credssp_host_of(&target);

        assert_non_null(host);
        assert_int_equal(utf16_length(host), utf16_length(all[i].host));
        assert_memory_equal(host, all[i].host, utf16_length(host) * sizeof(WCHAR));
        free(host);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sizes), cmocka_unit_test(test_host)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
