/*
 * credmgr tickets: the Kerberos tickets of the logon sessions that the caller may see; their names
 * and times, never a key.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <ntsecapi.h>
#include <ntstatus.h>
#include "libsspi/lsa/client.h"
#include "tools/credmgr/commands.h"
#include "tools/credmgr/tickets.h"

static const struct report_column columns[] = {
    {"luid", "LUID", REPORT_TEXT},
    {"user", "USER", REPORT_TEXT},
    {"client", "CLIENT", REPORT_TEXT},
    {"server", "SERVER", REPORT_TEXT},
    {"start_time", "STARTS", REPORT_TIME},
    {"end_time", "EXPIRES", REPORT_TIME},
    {"renew_until", "RENEWABLE UNTIL", REPORT_TIME},
    {"encryption", "ENCRYPTION", REPORT_TEXT},
    {"flags", "FLAGS", REPORT_LIST},
};

/* Flags that are in no header of Windows: RFC 4120 section 2.7, RFC 8062 section 3. */
#define TRANSITED_POLICY_CHECKED 0x00080000
#define ANONYMOUS                0x00008000

/* RFC 4120 section 5.3 and 2, in the order of the bits; RFC 6806 section 11. */
static const struct flag_name flag_names[] = {
    {KERB_TICKET_FLAGS_forwardable, "forwardable"},
    {KERB_TICKET_FLAGS_forwarded, "forwarded"},
    {KERB_TICKET_FLAGS_proxiable, "proxiable"},
    {KERB_TICKET_FLAGS_proxy, "proxy"},
    {KERB_TICKET_FLAGS_may_postdate, "may-postdate"},
    {KERB_TICKET_FLAGS_postdated, "postdated"},
    {KERB_TICKET_FLAGS_invalid, "invalid"},
    {KERB_TICKET_FLAGS_renewable, "renewable"},
    {KERB_TICKET_FLAGS_initial, "initial"},
    {KERB_TICKET_FLAGS_pre_authent, "pre-authent"},
    {KERB_TICKET_FLAGS_hw_authent, "hw-authent"},
    {TRANSITED_POLICY_CHECKED, "transited-policy-checked"},
    {KERB_TICKET_FLAGS_ok_as_delegate, "ok-as-delegate"},
    {KERB_TICKET_FLAGS_enc_pa_rep, "enc-pa-rep"},
    {ANONYMOUS, "anonymous"},
};

/* The numbers of the IANA registry "Kerberos Encryption Type Numbers" that are met with. */
static const struct {
    LONG number;
    const char *name;
} encryptions[] = {
    {1, "des-cbc-crc"},
    {3, "des-cbc-md5"},
    {16, "des3-cbc-sha1"},
    {17, "aes128-cts-hmac-sha1-96"},
    {18, "aes256-cts-hmac-sha1-96"},
    {19, "aes128-cts-hmac-sha256-128"},
    {20, "aes256-cts-hmac-sha384-192"},
    {23, "rc4-hmac"},
    {24, "rc4-hmac-exp"},
    {25, "camellia128-cts-cmac"},
    {26, "camellia256-cts-cmac"},
};

/* A FILETIME, 100 ns units since 1601 in UTC, as seconds since 1970. 0 is no time. */
static int64_t seconds_of(const LARGE_INTEGER *time)
{
    return time->QuadPart ? time->QuadPart / 10000000 - 11644473600 : REPORT_NOTHING;
}

/* "name@REALM" in new memory. */
static char *principal(const UNICODE_STRING *name, const UNICODE_STRING *realm)
{
    char *n = text_of_utf16(name->Buffer, name->Length / sizeof(WCHAR));
    char *r = text_of_utf16(realm->Buffer, realm->Length / sizeof(WCHAR));
    char *both = NULL;

    if (n && r && asprintf(&both, "%s%s%s", n, *r ? "@" : "", r) < 0)
        both = NULL;
    free(n);
    free(r);
    return both;
}

static void add_encryption(struct report *r, LONG number)
{
    char text[32];

    for (size_t i = 0; i < sizeof encryptions / sizeof encryptions[0]; i++)
        if (encryptions[i].number == number) {
            report_text(r, encryptions[i].name);
            return;
        }
    snprintf(text, sizeof text, "%d", number);
    report_text(r, text);
}

static bool add_ticket(struct report *r, const char *luid, const char *user,
                       const KERB_TICKET_CACHE_INFO_EX *t)
{
    char *client = principal(&t->ClientName, &t->ClientRealm);
    char *server = principal(&t->ServerName, &t->ServerRealm);
    char *flags = flag_words(t->TicketFlags, flag_names, sizeof flag_names / sizeof flag_names[0]);
    bool ok = client && server && flags;

    if (ok) {
        report_text(r, luid);
        report_text(r, user);
        report_text(r, client);
        report_text(r, server);
        report_number(r, seconds_of(&t->StartTime));
        report_number(r, seconds_of(&t->EndTime));
        report_number(r, t->TicketFlags & KERB_TICKET_FLAGS_renewable ? seconds_of(&t->RenewTime)
                                                                      : REPORT_NOTHING);
        add_encryption(r, t->EncryptionType);
        report_text(r, flags);
    }
    free(client);
    free(server);
    free(flags);
    return ok;
}

NTSTATUS tickets_query(const struct lsa_session_info *session,
                       KERB_QUERY_TKT_CACHE_EX_RESPONSE **response)
{
    KERB_QUERY_TKT_CACHE_REQUEST request = {.MessageType = KerbQueryTicketCacheExMessage};
    NTSTATUS status, protocol_status = STATUS_SUCCESS;
    ULONG size = 0;
    void *reply = NULL;

    *response = NULL;
    /* One's own session is the one that is meant when none is named. */
    if (!session->current)
        request.LogonId = session->luid;
    status = lsa_client_call_package(u"Kerberos", &request, sizeof request, &reply, &size,
                                     &protocol_status);
    if (NT_SUCCESS(status))
        status = protocol_status;
    *response = reply;
    if (NT_SUCCESS(status) &&
        (!reply || size < offsetof(KERB_QUERY_TKT_CACHE_EX_RESPONSE, Tickets) ||
         (*response)->CountOfTickets >
             (size - offsetof(KERB_QUERY_TKT_CACHE_EX_RESPONSE, Tickets)) /
                 sizeof(*response)->Tickets[0]))
        status = STATUS_INTERNAL_ERROR;
    if (!NT_SUCCESS(status)) {
        free(reply);
        *response = NULL;
    }
    return status;
}

/*
 * Adds the tickets of one session. A status other than success: there are none to be had, and why.
 */
static NTSTATUS add_tickets(struct report *r, const struct lsa_session_info *session)
{
    KERB_QUERY_TKT_CACHE_EX_RESPONSE *response;
    NTSTATUS status = tickets_query(session, &response);
    char luid[LUID_TEXT_SIZE];

    if (!NT_SUCCESS(status))
        return status;
    luid_text(&session->luid, luid);
    for (ULONG i = 0; i < response->CountOfTickets; i++)
        if (!add_ticket(r, luid, session->user, &response->Tickets[i]))
            status = STATUS_NO_MEMORY;
    free(response);
    return status;
}

int command_tickets(const struct command_options *options, struct report **report)
{
    struct lsa_session_info *sessions;
    size_t count, denied = 0;
    NTSTATUS status = lsa_client_sessions(&sessions, &count);
    int result = EXIT_SUCCESS;
    struct report *r;

    if (!NT_SUCCESS(status))
        return command_fail_status(options, "cannot list the tickets", status);
    *report = r = report_new("tickets", columns, sizeof columns / sizeof columns[0]);
    if (!r) {
        result = command_fail("out of memory");
        goto out;
    }
    for (size_t i = 0; i < count; i++) {
        if (!SecIsZeroLuid(&options->luid) && !SecEqualLuid(&options->luid, &sessions[i].luid))
            continue;
        status = add_tickets(r, &sessions[i]);
        if (status == STATUS_ACCESS_DENIED && !sessions[i].current)
            denied++; /* the tickets of one session are not for another, of the same user either */
        else if (!NT_SUCCESS(status) && status != STATUS_NO_SUCH_LOGON_SESSION &&
                 status != SEC_E_NO_CREDENTIALS) /* these two: a session without Kerberos */
            result = command_fail_status(options, "cannot list the tickets", status);
    }
    if (count == 0 && geteuid() != 0)
        result = command_fail_status(options, "no tickets", STATUS_NO_SUCH_LOGON_SESSION);
    else if (count > 0 && denied == count)
        result = command_fail("no tickets: this process is in none of your logon sessions (they "
                              "show theirs from inside, and all to root)");
out:
    lsa_client_free_sessions(sessions, count);
    return result;
}
