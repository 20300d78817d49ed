/*
 * How this machine names itself in NTLM messages.
 */
#include "libsspi/packages/ntlm/machine.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "base/utf16.h"

/* A NetBIOS name has 15 characters at most. */
#define NETBIOS_MAX 15

static bool from_utf8(struct ntlm_text *text, const char *string, size_t size)
{
    text->string = utf16_from_utf8(string, size, &text->units);
    return text->string != NULL;
}

static bool from_counted(struct ntlm_text *text, const UNICODE_STRING *string)
{
    return ntlm_text_set(text, string->Buffer, string->Buffer ? string->Length / sizeof(WCHAR) : 0);
}

static void make_netbios(struct ntlm_text *text)
{
    if (text->units > NETBIOS_MAX) {
        text->units = NETBIOS_MAX;
        text->string[NETBIOS_MAX] = 0;
    }
    utf16_upcase(text->string, text->units);
}

/*
 * MachineID: a number that all processes of this machine have in common until it is started again.
 * The kernel has made one, which is no business of strangers: they get what it hashes to.
 */
static bool make_id(uint8_t id[NTLM_MACHINE_ID_SIZE])
{
    static const char purposes[2][24] = {"NTLM MachineID, head", "NTLM MachineID, tail"};
    uint8_t boot[64];
    ssize_t size = -1;
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    bool ok = true;

    if (fd >= 0) {
        size = read(fd, boot, sizeof(boot));
        close(fd);
    }
    if (size <= 0)
        return secret_random(id, NTLM_MACHINE_ID_SIZE);
    for (size_t i = 0; i < 2; i++) {
        const struct ntlm_bytes parts[] = {{(const uint8_t *)purposes[i], sizeof(purposes[i])},
                                           {boot, (size_t)size}};

        ok = ok && ntlm_md5(parts, 2, id + i * NTLM_KEY_SIZE);
    }
    return ok;
}

/*
 * The computer is named by its host name. The domain is the one the LSA tells of at SpInitialize:
 * the realm's first label, or, on a standalone machine, the machine itself.
 */
bool ntlm_machine_describe(const SECPKG_PARAMETERS *parameters, struct ntlm_machine *machine)
{
    char host[256];
    const char *dot;

    if (gethostname(host, sizeof(host) - 1) != 0)
        strcpy(host, "localhost");
    host[sizeof(host) - 1] = 0;
    dot = strchrnul(host, '.');
    if (!make_id(machine->id))
        goto fail;
    if (!from_utf8(&machine->nb_computer, host, (size_t)(dot - host)) ||
        !from_utf8(&machine->dns_computer, host, strlen(host)))
        goto fail;
    make_netbios(&machine->nb_computer);
    machine->in_domain = parameters && !(parameters->MachineState & SECPKG_STATE_STANDALONE) &&
                         parameters->DomainName.Length;
    if (machine->in_domain) {
        if (!from_counted(&machine->nb_domain, &parameters->DomainName) ||
            !from_counted(&machine->dns_domain, &parameters->DnsDomainName))
            goto fail;
        make_netbios(&machine->nb_domain);
    } else if (!ntlm_text_set(&machine->nb_domain, machine->nb_computer.string,
                              machine->nb_computer.units) ||
               !from_utf8(&machine->dns_domain, *dot ? dot + 1 : "", strlen(*dot ? dot + 1 : ""))) {
        goto fail;
    }
    return true;
fail:
    ntlm_machine_clear(machine);
    return false;
}

void ntlm_machine_clear(struct ntlm_machine *machine)
{
    ntlm_text_free(&machine->nb_computer);
    ntlm_text_free(&machine->nb_domain);
    ntlm_text_free(&machine->dns_computer);
    ntlm_text_free(&machine->dns_domain);
}
