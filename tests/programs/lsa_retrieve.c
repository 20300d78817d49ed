/*
 * lsa-retrieve [--cred] [TARGET]: asks the LSA for a ticket of the caller's own logon session, as
 * any program for Windows would (KerbRetrieveEncodedTicketMessage; without TARGET for the
 * ticket-granting ticket, KerbRetrieveTicketMessage), and prints what is in the answer. With --cred
 * as a KRB-CRED. The exit status is 0 when there is an answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ntsecapi.h>
#include <ntstatus.h>

static void print_text(const char *what, const UNICODE_STRING *s)
{
    printf("%s: ", what);
    for (size_t i = 0; i < s->Length / sizeof(WCHAR); i++)
        putchar(s->Buffer[i] < 0x7f ? (char)s->Buffer[i] : '?');
    putchar('\n');
}

static void print_name(const char *what, const KERB_EXTERNAL_NAME *name)
{
    for (size_t i = 0; name && i < name->NameCount; i++)
        print_text(what, &name->Names[i]);
}

static void print_ticket(const KERB_EXTERNAL_TICKET *t)
{
    print_name("client", t->ClientName);
    print_text("client realm", &t->DomainName);
    print_name("server", t->ServiceName);
    print_text("server realm", &t->TargetDomainName);
    printf("key: %u bytes of type %d\n", (unsigned)t->SessionKey.Length,
           (int)t->SessionKey.KeyType);
    printf("ticket: %u bytes, flags 0x%08x\n", (unsigned)t->EncodedTicketSize,
           (unsigned)t->TicketFlags);
}

int main(int argc, char **argv)
{
    int cred = argc > 1 && strcmp(argv[1], "--cred") == 0;
    const char *target = argc > 1 + cred ? argv[1 + cred] : cred ? "krbtgt" : NULL;
    size_t units = target ? strlen(target) : 0;
    LSA_STRING name = {.Length = 8, .MaximumLength = 8, .Buffer = (PCHAR)(uintptr_t) "Kerberos"};
    KERB_RETRIEVE_TKT_REQUEST *request = calloc(1, sizeof(*request) + units * sizeof(WCHAR));
    KERB_RETRIEVE_TKT_RESPONSE *response;
    NTSTATUS status, protocol_status = STATUS_SUCCESS;
    ULONG package = 0, size = 0;
    PVOID reply = NULL;
    HANDLE lsa = NULL;

    if (!request)
        return 2;
    request->MessageType = target ? KerbRetrieveEncodedTicketMessage : KerbRetrieveTicketMessage;
    request->CacheOptions = cred ? KERB_RETRIEVE_TICKET_AS_KERB_CRED : 0;
    request->TargetName.Buffer = (PWSTR)(void *)(request + 1);
    request->TargetName.Length = (USHORT)(units * sizeof(WCHAR));
    for (size_t i = 0; i < units; i++)
        request->TargetName.Buffer[i] = (WCHAR)target[i];
    status = LsaConnectUntrusted(&lsa);
    if (!status)
        status = LsaLookupAuthenticationPackage(lsa, &name, &package);
    if (!status)
        status = LsaCallAuthenticationPackage(lsa, package, request,
                                              (ULONG)(sizeof(*request) + units * sizeof(WCHAR)),
                                              &reply, &size, &protocol_status);
    printf("status 0x%08x, protocol status 0x%08x\n", (unsigned)status, (unsigned)protocol_status);
    response = reply;
    if (response && size >= sizeof(*response))
        print_ticket(&response->Ticket);
    if (reply)
        LsaFreeReturnBuffer(reply);
    if (lsa)
        LsaDeregisterLogonProcess(lsa);
    free(request);
    return status || protocol_status;
}
