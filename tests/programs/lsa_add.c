/*
 * lsa-add USER DOMAIN [remove|replace]: a second logon in the caller's own logon session, with the
 * password on standard input, as any program for Windows would ask for it:
 * KERB_ADD_CREDENTIALS_REQUEST through LsaCallAuthenticationPackage. Prints the protocol status;
 * the exit status is 0 when that is STATUS_SUCCESS.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ntsecapi.h>
#include <ntstatus.h>

#include "base/secret.h"
#include "tests/programs/wire.h"

static WCHAR *put(UNICODE_STRING *s, WCHAR *at, const char *text)
{
    s->Buffer = at;
    for (; *text; text++)
        *at++ = (WCHAR)(unsigned char)*text;
    s->Length = s->MaximumLength = (USHORT)((at - s->Buffer) * (ptrdiff_t)sizeof(WCHAR));
    return at;
}

int main(int argc, char **argv)
{
    LSA_STRING name = {.Length = 8, .MaximumLength = 8, .Buffer = (PCHAR)(uintptr_t) "Kerberos"};
    KERB_ADD_CREDENTIALS_REQUEST *request;
    NTSTATUS status, protocol_status = STATUS_SUCCESS;
    ULONG package = 0, size = 0;
    PVOID reply = NULL;
    HANDLE lsa = NULL;
    char *password;
    WCHAR *at;

    program = "lsa-add";
    if (argc < 3)
        return 2;
    password = read_secret(STDIN_FILENO);
    if (!password)
        return 2;
    request =
        secret_alloc(sizeof(*request) + 2 * (strlen(argv[1]) + strlen(argv[2]) + strlen(password)));
    if (!request)
        return 2;
    request->MessageType = KerbAddExtraCredentialsMessage;
    request->Flags = argc < 4                         ? KERB_REQUEST_ADD_CREDENTIAL
                     : strcmp(argv[3], "remove") == 0 ? KERB_REQUEST_REMOVE_CREDENTIAL
                                                      : KERB_REQUEST_REPLACE_CREDENTIAL;
    at = put(&request->UserName, (WCHAR *)(void *)(request + 1), argv[1]);
    at = put(&request->DomainName, at, argv[2]);
    at = put(&request->Password, at, password);
    status = LsaConnectUntrusted(&lsa);
    if (!status)
        status = LsaLookupAuthenticationPackage(lsa, &name, &package);
    if (!status)
        status = LsaCallAuthenticationPackage(lsa, package, request,
                                              (ULONG)((char *)at - (char *)request), &reply, &size,
                                              &protocol_status);
    printf("status 0x%08x, protocol status 0x%08x\n", (unsigned)status, (unsigned)protocol_status);
    if (reply)
        LsaFreeReturnBuffer(reply);
    if (lsa)
        LsaDeregisterLogonProcess(lsa);
    secret_free(request);
    secret_free(password);
    return status || protocol_status;
}
