/*
 * Contexts while they are made, and the pieces of both ends of a handshake.
 */
#ifndef CREDMGR_KERBEROS_HANDSHAKE_H
#define CREDMGR_KERBEROS_HANDSHAKE_H

#include "libsspi/packages/kerberos/kerberos.h"

/* ---- context.c: half-made and finished contexts -------------------------------------------- */

/* What the next token must be. */
enum kerb_leg {
    KERB_LEG_TGT_REQUEST, /* acceptor, the first: KERB-TGT-REQUEST or AP-REQ */
    KERB_LEG_REQUEST,     /* acceptor: AP-REQ, after a KERB-TGT-REQUEST or an error told */
    KERB_LEG_NONE,        /* acceptor: nothing; an AP-REQ has been refused */
    KERB_LEG_LAST_REPLY,  /* acceptor, DCE style: the initiator's AP-REP */
    KERB_LEG_TGT,         /* initiator: KERB-TGT-REPLY */
    KERB_LEG_REPLY        /* initiator: AP-REP */
};

struct kerb_context {
    bool initiator, done;
    enum kerb_leg leg;
    enum kerb_framing framing; /* of our tokens */
    bool told_error;           /* an error was told and the handshake begun anew: once only */
    uint32_t attributes;       /* ISC_RET_* or ASC_RET_* */
    krb5_auth_context auth;
    struct kerb_key key; /* the initiator's subkey */
    int64_t start, expiry;
    char *client, *server;              /* unparsed */
    struct kerb_about about;            /* describe.h */
    struct kerb_credential *credential; /* initiator: to forget a ticket with; referenced */
    krb5_principal service;
    LUID logon;   /* acceptor: the session with what the client delegated; 0: none */
    ULONG wanted; /* initiator: ISC_REQ_* */
    uint8_t bindings[KERB_BINDINGS_SIZE]; /* initiator: for an AP-REQ that is made again */
    bool user_to_user;
    krb5_keyblock *user_key;      /* acceptor: of the TGT that was given away */
    struct kerb_key acceptor_key; /* acceptor, between the legs of DCE style */
};

void kerb_context_free(struct kerb_context *c);
NTSTATUS NTAPI kerb_delete_context(LSA_SEC_HANDLE handle);
NTSTATUS NTAPI kerb_query_lsa_context(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer);
/* The principal as text that free() takes; NULL without memory. */
char *kerb_unparse(krb5_context krb, krb5_const_principal principal);
/* Copies a key; SEC_E_ALGORITHM_MISMATCH when it is of a type that cannot protect messages here. */
SECURITY_STATUS kerb_copy_key(const krb5_keyblock *from, struct kerb_key *to);
/*
 * Packs a finished context for the user-mode half. Numbers are those of the next message each way;
 * `acceptor_key` may be of type 0 for none.
 */
NTSTATUS kerb_pack(struct kerb_context *c, const struct kerb_key *acceptor_key, uint32_t send,
                   uint32_t receive, PBOOLEAN mapped, PSecBuffer context_data);
/* Frames a message of libkrb5 and gives it to the caller. */
NTSTATUS kerb_put_token(PSecBufferDesc out, ULONG requirements, uint16_t type,
                        enum kerb_framing framing, const krb5_data *message);
/* The token of a leg. SEC_E_INVALID_TOKEN when there is none, or it is not one of ours. */
SECURITY_STATUS kerb_get_token(PSecBufferDesc input, struct kerb_token *token, krb5_data *message);

/* ---- request.c: the AP-REQ of an initiator --------------------------------------------------- */

/* Context flags that are granted, and those that go into the authenticator's checksum. */
void kerb_request_flags(struct kerb_context *c);
/*
 * An AP-REQ for c->service with this ticket, into `request`; c gets its keys, names and times.
 * `skew`: by the clock of the acceptor, who told it; NULL: by ours.
 */
SECURITY_STATUS kerb_make_request(krb5_context krb, struct kerb_context *c, krb5_creds *ticket,
                                  const krb5_error *skew, krb5_data *request);

/* ---- bindings.c: extended protection --------------------------------------------------------- */

/* Of the channel that an application names; zeros when it names none. SEC_E_BAD_BINDINGS: it is
 * no SEC_CHANNEL_BINDINGS. */
SECURITY_STATUS kerb_bindings_given(PSecBufferDesc input, uint8_t hash[KERB_BINDINGS_SIZE]);
/* The channel that an acceptor was given must be the one `seen` by the initiator. */
SECURITY_STATUS kerb_bindings_check(krb5_context krb, PSecBufferDesc input, ULONG requirements,
                                    const krb5_authenticator *authenticator,
                                    const uint8_t seen[KERB_BINDINGS_SIZE]);
/*
 * Authorization data for an authenticator (krb5_free_authdata), or NULL ([MS-KILE] 3.2.5.8): that
 * we know about channel bindings, when krb5.conf wants it told; ISC_REQ_UNVERIFIED_TARGET_NAME.
 */
krb5_error_code kerb_ap_options(krb5_context krb, ULONG wanted, krb5_authdata ***out);

/* ---- error_token.c: KRB-ERROR between the two ends ------------------------------------------- */

/* Tells the initiator why. With a clock skew the peer learns that it may try again ([MS-KILE]
 * 3.4.5). Nothing is sent when it cannot be made. */
void kerb_put_error(krb5_context krb, PSecBufferDesc output, ULONG requirements,
                    enum kerb_framing framing, krb5_error_code code);
/* The initiator wants them, by its authenticator: which c->auth must have read. */
bool kerb_wants_errors(krb5_context krb, struct kerb_context *c);
/* libkrb5's code for what the acceptor said; *error (krb5_free_error) has its clock. */
krb5_error_code kerb_read_error(krb5_context krb, const krb5_data *message, krb5_error **error);

/* ---- user2user.c: tickets under the session key of the acceptor's own TGT -------------------- */

/* Initiator: asks for the acceptor's TGT. */
NTSTATUS kerb_ask_for_tgt(krb5_context krb, struct kerb_context *c, PSecBufferDesc output,
                          ULONG requirements);
/* Initiator: a ticket for c->service under the TGT in this KERB-TGT-REPLY. */
SECURITY_STATUS kerb_user_ticket(krb5_context krb, struct kerb_context *c,
                                 const struct kerb_token *token, krb5_creds **ticket);
/* Acceptor: answers a KERB-TGT-REQUEST, and prepares c to read an AP-REQ under that TGT. */
NTSTATUS kerb_give_tgt(krb5_context krb, struct kerb_context *c, struct kerb_credential *credential,
                       const struct kerb_token *token, PSecBufferDesc output, ULONG requirements);

/* initiator.c, acceptor.c */
NTSTATUS NTAPI kerb_init_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                                 PUNICODE_STRING target, ULONG requirements,
                                 ULONG data_representation, PSecBufferDesc input,
                                 PLSA_SEC_HANDLE made, PSecBufferDesc output, PULONG attributes,
                                 PTimeStamp expiry, PBOOLEAN mapped, PSecBuffer context_data);
NTSTATUS NTAPI kerb_accept_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                                   PSecBufferDesc input, ULONG requirements,
                                   ULONG data_representation, PLSA_SEC_HANDLE made,
                                   PSecBufferDesc output, PULONG attributes, PTimeStamp expiry,
                                   PBOOLEAN mapped, PSecBuffer context_data);

#endif
