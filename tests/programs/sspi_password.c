/*
 * sspi-password: changes a password through libsspi's ChangeAccountPassword. The old one and the
 * new one are two lines of standard input; what the domain demands is told when it refuses.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <security.h>
#include <ntsecapi.h>
#include <ntstatus.h>

#include "tests/programs/sspi.h"
#include "tests/programs/wire.h"

static bool read_line(char *line, size_t size)
{
    if (!fgets(line, (int)size, stdin))
        return false;
    line[strcspn(line, "\n")] = 0;
    return true;
}

int main(int argc, char **argv)
{
    char old[256], new[256];
    SecBuffer buffer = {0, SECBUFFER_CHANGE_PASS_RESPONSE, NULL};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &buffer};
    struct sspi_peer peer = {.package = argc > 1 ? argv[1] : ""};
    SECURITY_STATUS status;

    if (argc != 4) {
        complain("usage: sspi-password PACKAGE DOMAIN ACCOUNT <OLD-AND-NEW");
        return 2;
    }
    if (!read_line(old, sizeof(old)) || !read_line(new, sizeof(new))) {
        complain("two passwords are wanted, a line each");
        return 2;
    }
    status = ChangeAccountPasswordA(argv[1], argv[2], argv[3], old, new, FALSE, 0, &output);
    if (status == SEC_E_OK)
        printf("the password is changed\n");
    else if (status == STATUS_PASSWORD_RESTRICTION)
        printf("STATUS_PASSWORD_RESTRICTION\n");
    if (status != SEC_E_OK)
        sspi_complain("ChangeAccountPassword", &peer, status);
    if (buffer.pvBuffer) {
        DOMAIN_PASSWORD_INFORMATION demands;

        memcpy(&demands, buffer.pvBuffer, sizeof(demands));
        printf("demanded: %u characters, none of the last %u\n", demands.MinPasswordLength,
               demands.PasswordHistoryLength);
        FreeContextBuffer(buffer.pvBuffer);
    }
    return status == SEC_E_OK ? 0 : 1;
}
