/*
 * The privilege attribute certificate of [MS-PAC]: what a domain controller says of a client, above
 * all its groups. Only read here; whether its signature is right is for libkrb5 to tell.
 */
#ifndef CREDMGR_KERBEROS_PAC_H
#define CREDMGR_KERBEROS_PAC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wire.h"

#define KERB_SID_PARTS     15
#define KERB_SID_TEXT_SIZE 192 /* bytes of the longest SID as text, with its terminating zero */

struct kerb_sid {
    bool present;
    uint8_t count; /* of parts */
    uint64_t authority;
    uint32_t parts[KERB_SID_PARTS];
};

/* Counted UTF-16LE of any alignment, borrowed. */
struct kerb_pac_text {
    const uint8_t *bytes;
    size_t size;
};

/* An array of the message, and what its pointers lead to: to be walked once more. */
struct kerb_pac_array {
    uint32_t count;
    struct wire_reader items, targets;
};

struct kerb_pac {
    bool has_logon; /* KERB_VALIDATION_INFO is there; all but the next five are of it */
    struct kerb_pac_text client_name;               /* PAC_CLIENT_INFO */
    struct kerb_pac_text upn, dns_domain, sam_name; /* UPN_DNS_INFO */
    struct kerb_sid requestor;                      /* PAC_REQUESTOR, or else of UPN_DNS_INFO */
    /* FILETIMEs in UTC */
    uint64_t logon_time, logoff_time, kickoff_time;
    uint64_t password_last_set, password_can_change, password_must_change;
    struct kerb_pac_text account, full_name, logon_server, domain;
    uint32_t user_id, primary_group_id, user_flags, account_control;
    struct kerb_sid domain_sid, resource_sid;
    struct kerb_pac_array groups, extra_sids, resource_groups;
};

/* False when it is malformed; `out` borrows from `data`. */
bool kerb_pac_read(const void *data, size_t size, struct kerb_pac *out);

/* Calls visit with every group until it returns false: those of the domain, extra SIDs, resource
 * groups. */
void kerb_pac_each_group(const struct kerb_pac *pac,
                         bool (*visit)(const struct kerb_sid *sid, uint32_t attributes, void *arg),
                         void *arg);

/* An account of the domain; not present when the domain's SID is not, or is too long. */
struct kerb_sid kerb_sid_with(const struct kerb_sid *domain, uint32_t rid);
/* "S-1-…", [MS-DTYP] 2.4.2.1. "" for a SID that is not present. */
void kerb_sid_text(const struct kerb_sid *sid, char text[KERB_SID_TEXT_SIZE]);

#endif
