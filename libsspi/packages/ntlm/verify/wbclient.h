/*
 * libwbclient, as far as a pass-through authentication uses it. No package of Samba is needed to
 * build this library or to run it.
 */
#ifndef CREDMGR_NTLM_WBCLIENT_H
#define CREDMGR_NTLM_WBCLIENT_H

#include <windows.h>

#include "libsspi/packages/ntlm/handshake/handshake.h"
#include "libsspi/packages/ntlm/keys.h"
#include "libsspi/packages/ntlm/verify/authorization.h"

bool ntlm_wbc_load(void);

struct ntlm_wbc_question {
    const char *user, *domain, *workstation; /* UTF-8; an empty domain is the machine's */
    const uint8_t *challenge;                /* NTLM_CHALLENGE_SIZE bytes */
    struct ntlm_bytes nt_response, lm_response;
};

struct ntlm_wbc_answer {
    NTSTATUS status; /* STATUS_SUCCESS, or what the domain controller or winbind said */
    char why[128];   /* of a failure */
    bool nobody;     /* winbind does not run */
    uint8_t session_key[NTLM_KEY_SIZE], lm_key[8];
    char *user, *domain;
    struct ntlm_facts facts;
    struct ntlm_sid *sids; /* the account's own first */
    size_t sid_count;
};
/* May take as long as winbind likes. The answer is filled in any case. */
void ntlm_wbc_ask(const struct ntlm_wbc_question *question, struct ntlm_wbc_answer *answer);
void ntlm_wbc_answer_clear(struct ntlm_wbc_answer *answer);

#endif
