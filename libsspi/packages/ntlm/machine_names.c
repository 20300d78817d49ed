/*
 * "SPN target name validation", [MS-NLMP] 3.2.5.1.2: a client that meant another machine was led
 * here by somebody between the two.
 */
#include "libsspi/packages/ntlm/machine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/reason.h"
#include "base/utf16.h"

#define BETWEEN " \t,"

size_t ntlm_spn_host(const char **spn)
{
    const char *slash = strchr(*spn, '/'), *end;
    size_t size;

    if (slash)
        *spn = slash + 1;
    if (**spn == '[') {
        end = strchr(++*spn, ']');
        return end ? (size_t)(end - *spn) : strlen(*spn);
    }
    end = *spn + strcspn(*spn, "/@");
    slash = memchr(*spn, ':', (size_t)(end - *spn));
    if (slash && !memchr(slash + 1, ':', (size_t)(end - slash - 1))) /* two are an address */
        end = slash;
    size = (size_t)(end - *spn);
    return size && (*spn)[size - 1] == '.' ? size - 1 : size;
}

static bool is(const char *name, size_t size, const char *other, size_t other_size)
{
    return size == other_size && strncasecmp(name, other, size) == 0;
}

/* The name, or its first label alone, which may be longer than what NetBIOS makes of it. */
static bool is_text(const char *host, size_t size, const struct ntlm_text *text, bool *no_memory)
{
    size_t length = 0;
    char *utf8 = text->units ? utf16_to_utf8(text->string, text->units, &length) : NULL;
    bool same = utf8 && (is(host, size, utf8, length) || is(host, size, utf8, strcspn(utf8, ".")));

    *no_memory = *no_memory || (text->units && !utf8);
    free(utf8);
    return same;
}

static bool is_listed(const char *host, size_t size, const char *list)
{
    while (list && *(list += strspn(list, BETWEEN))) {
        size_t length = strcspn(list, BETWEEN);

        if (is(host, size, list, length))
            return true;
        list += length;
    }
    return false;
}

static bool has_address(int family, const void *address, size_t size)
{
    struct ifaddrs *all = NULL, *i;
    bool found = false;

    if (getifaddrs(&all) != 0)
        return false;
    for (i = all; i && !found; i = i->ifa_next) {
        const void *theirs;

        if (!i->ifa_addr || i->ifa_addr->sa_family != family)
            continue;
        theirs = family == AF_INET
                     ? (const void *)&((const struct sockaddr_in *)(void *)i->ifa_addr)->sin_addr
                     : &((const struct sockaddr_in6 *)(void *)i->ifa_addr)->sin6_addr;
        found = memcmp(theirs, address, size) == 0;
    }
    freeifaddrs(all);
    return found;
}

static bool is_own_address(const char *host, size_t size)
{
    char text[INET6_ADDRSTRLEN];
    struct in_addr v4;
    struct in6_addr v6;

    if (size >= sizeof(text))
        return false;
    memcpy(text, host, size);
    text[size] = 0;
    if (inet_pton(AF_INET, text, &v4) == 1)
        return has_address(AF_INET, &v4, sizeof(v4));
    return inet_pton(AF_INET6, text, &v6) == 1 && has_address(AF_INET6, &v6, sizeof(v6));
}

SECURITY_STATUS ntlm_machine_is_meant(const struct ntlm_machine *machine,
                                      const struct ntlm_text *target, const char *more)
{
    char *spn = utf16_to_utf8(target->string ? target->string : u"", target->units, NULL);
    const char *host = spn;
    SECURITY_STATUS status = SEC_E_WRONG_PRINCIPAL;
    bool no_memory = false;
    size_t size;

    if (!spn && errno == ENOMEM)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (!spn) {
        reason_set(0, "the service that the client means has no readable name");
        return status;
    }
    size = ntlm_spn_host(&host);
    if (is(host, size, "localhost", 9) || is_text(host, size, &machine->nb_computer, &no_memory) ||
        is_text(host, size, &machine->dns_computer, &no_memory) || is_listed(host, size, more) ||
        is_own_address(host, size))
        status = SEC_E_OK;
    else if (no_memory)
        status = SEC_E_INSUFFICIENT_MEMORY;
    else
        reason_set(0, "the client means %s, which is not this machine ([ntlm] target_names)", spn);
    free(spn);
    return status;
}
