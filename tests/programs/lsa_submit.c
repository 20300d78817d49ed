/*
 * lsa-submit [LUID]: gives the KRB-CRED on standard input to the LSA, as any program for Windows
 * would: KERB_SUBMIT_TKT_REQUEST through LsaCallAuthenticationPackage. LUID in hexadecimal; without
 * it the caller's own logon session. Prints the protocol status; the exit status is 0 when that is
 * STATUS_SUCCESS.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ntsecapi.h>
#include <ntstatus.h>

#define ROOM (2u << 20)

int main(int argc, char **argv)
{
    unsigned long long luid = argc > 1 ? strtoull(argv[1], NULL, 16) : 0;
    LSA_STRING name = {.Length = 8, .MaximumLength = 8, .Buffer = (PCHAR)(uintptr_t) "Kerberos"};
    KERB_SUBMIT_TKT_REQUEST *request = calloc(1, sizeof(*request) + ROOM);
    NTSTATUS status, protocol_status = STATUS_SUCCESS;
    ULONG package = 0, reply_size = 0;
    PVOID reply = NULL;
    HANDLE lsa = NULL;

    if (!request)
        return 2;
    request->MessageType = KerbSubmitTicketMessage;
    request->LogonId = (LUID){.LowPart = (DWORD)luid, .HighPart = (LONG)(luid >> 32)};
    request->KerbCredSize = (ULONG)fread(request + 1, 1, ROOM, stdin);
    request->KerbCredOffset = sizeof(*request);
    status = LsaConnectUntrusted(&lsa);
    if (!status)
        status = LsaLookupAuthenticationPackage(lsa, &name, &package);
    if (!status)
        status = LsaCallAuthenticationPackage(lsa, package, request,
                                              (ULONG)sizeof(*request) + request->KerbCredSize,
                                              &reply, &reply_size, &protocol_status);
    printf("status 0x%08x, protocol status 0x%08x\n", (unsigned)status, (unsigned)protocol_status);
    if (reply)
        LsaFreeReturnBuffer(reply);
    if (lsa)
        LsaDeregisterLogonProcess(lsa);
    free(request);
    return status || protocol_status;
}
