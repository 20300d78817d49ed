/*
 * A status as a person needs it: its documented name, its number, what it means here and what to
 * do.
 */
#include "tests/programs/sspi.h"

#include <credmgr.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/programs/wire.h"

static const struct {
    SECURITY_STATUS status;
    const char *name;
    const char *cause;
} table[] = {
#define STATUS(name, cause)                                                                        \
    {                                                                                              \
        name, #name, cause                                                                         \
    }
    STATUS(SEC_E_OK, "nothing is wrong"),
    STATUS(SEC_I_CONTINUE_NEEDED, "the handshake goes on"),
    STATUS(SEC_E_INSUFFICIENT_MEMORY, "there is no memory; end other programs"),
    STATUS(SEC_E_INVALID_HANDLE, "the context is gone: lsad was restarted in the middle of the "
                                 "handshake, or the program forked; begin a new one"),
    STATUS(SEC_E_UNSUPPORTED_FUNCTION, "the package does not do this; see credmgr packages"),
    STATUS(SEC_E_TARGET_UNKNOWN, "the KDC does not know this service; check the target's spelling, "
                                 "or have its principal made"),
    STATUS(SEC_E_INTERNAL_ERROR, "libsspi could not load its packages; see the system log"),
    STATUS(SEC_E_SECPKG_NOT_FOUND, "there is no such security package; see credmgr packages"),
    STATUS(SEC_E_NOT_OWNER, "these credentials are another user's"),
    STATUS(SEC_E_INVALID_TOKEN, "the peer sent something that is no message of this protocol; "
                                "check the package on both sides"),
    STATUS(SEC_E_QOP_NOT_SUPPORTED,
           "the context was made without confidentiality; ask for it with --confidentiality"),
    STATUS(SEC_E_DELEGATION_POLICY, "no rule of [tspkg] in lsa.conf lets this server be given "
                                    "these credentials"),
    STATUS(SEC_E_POLICY_NLTM_ONLY, "this server may be given these credentials only when it proves "
                                   "who it is"),
    STATUS(SEC_E_LOGON_DENIED, "user name or password are wrong; give them again"),
    STATUS(SEC_E_UNKNOWN_CREDENTIALS, "the credentials given cannot be understood"),
    STATUS(SEC_E_NO_CREDENTIALS, NULL),
    STATUS(SEC_E_MESSAGE_ALTERED,
           "the message was changed on its way, or the two sides hold different keys"),
    STATUS(SEC_E_OUT_OF_SEQUENCE, "a message came twice or out of its order"),
    STATUS(SEC_E_NO_AUTHENTICATING_AUTHORITY,
           "no KDC of the realm answers; check the network and /etc/krb5.conf"),
    STATUS(SEC_E_CONTEXT_EXPIRED, "the ticket has run out; log in again"),
    STATUS(SEC_E_INCOMPLETE_MESSAGE, "a part of the message is missing"),
    STATUS(SEC_E_BUFFER_TOO_SMALL, "the token is larger than its buffer"),
    STATUS(SEC_E_WRONG_PRINCIPAL,
           "the service holds other keys than the ticket is for; check the keytab and the target"),
    STATUS(SEC_E_TIME_SKEW, "the clocks of the two machines differ too much; set them"),
    STATUS(SEC_E_ENCRYPT_FAILURE, "the message could not be encrypted"),
    STATUS(SEC_E_DECRYPT_FAILURE,
           "the message could not be decrypted: the two sides hold different keys"),
    STATUS(SEC_E_WRONG_CREDENTIAL_HANDLE, "the context was begun with other credentials"),
    STATUS(SEC_E_KDC_UNKNOWN_ETYPE, "the KDC has no key of an allowed type for this service"),
    STATUS(SEC_E_BAD_BINDINGS, "the channel bindings of the two sides differ"),
    STATUS(SEC_E_NO_KERB_KEY, "the machine's keytab has no key for this service; see klist -k"),
    STATUS(SEC_E_INVALID_PARAMETER, "the call is wrong"),
    STATUS(SEC_E_PKINIT_CLIENT_FAILURE, "the KDC does not take this certificate; see its log"),
    STATUS(SEC_E_DELEGATION_REQUIRED,
           "the domain lets this service not act for that person at that service; see its account"),
    STATUS(SEC_E_NO_S4U_PROT_SUPPORT, "the KDC gives this service no tickets of other people"),
    STATUS(SEC_E_MUTUAL_AUTH_FAILED, "the server could not prove that it is the one meant"),
    STATUS(SEC_E_DOWNGRADE_DETECTED,
           "somebody between the two sides removed protection from the handshake"),
    STATUS(SEC_E_UNTRUSTED_ROOT, "the peer's certificate comes from nobody that is trusted here"),
    STATUS(SEC_E_CERT_EXPIRED, "the peer's certificate is not valid at this time"),
    STATUS(SEC_E_CERT_UNKNOWN, "the peer's certificate is none that can be used"),
    STATUS(SEC_E_CERT_WRONG_USAGE, "the peer's certificate is for something else"),
    STATUS(SEC_E_ILLEGAL_MESSAGE, "the peer has broken the protocol"),
    STATUS(SEC_E_ALGORITHM_MISMATCH, "the two sides share no cipher or no version"),
    STATUS(SEC_E_APPLICATION_PROTOCOL_MISMATCH, "the two sides share no application protocol"),
    STATUS(SEC_I_NO_RENEGOTIATION, "the peer will have no new handshake"),
#undef STATUS
};

const char *sspi_status_name(SECURITY_STATUS status)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (table[i].status == status)
            return table[i].name;
    return "unknown status";
}

static const char *cause_of(SECURITY_STATUS status)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (table[i].status == status && table[i].cause)
            return table[i].cause;
    return "see the system log";
}

/* The reason comes first in time: what is told of a failure is gone after the next call. */
void sspi_complain(const char *function, const struct sspi_peer *peer, SECURITY_STATUS status)
{
    LONG code = 0;
    const char *why = CredmgrLastErrorText(&code);

    if (*why)
        complain("why: %s (%d)", why, code);
    if (status != SEC_E_NO_CREDENTIALS)
        complain("%s (%s): %s (0x%08X): %s", function, peer->package, sspi_status_name(status),
                 (unsigned)status, cause_of(status));
    else if (peer->acceptor)
        complain(
            "%s (%s): SEC_E_NO_CREDENTIALS (0x%08X): uid %u has nothing to accept with: for "
            "Kerberos a "
            "keytab it can read (KRB5_KTNAME, /etc/krb5.keytab), for NTLM --user and a password",
            function, peer->package, (unsigned)status, (unsigned)geteuid());
    else
        complain("%s (%s): SEC_E_NO_CREDENTIALS (0x%08X): uid %u has no logon session with "
                 "credentials for %s; log in by a service whose PAM stack has pam_credmgr, or give "
                 "--user and a password",
                 function, peer->package, (unsigned)status, (unsigned)geteuid(), peer->package);
}
