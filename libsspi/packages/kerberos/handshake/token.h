/*
 * The bytes of a Kerberos handshake around libkrb5's messages: the GSS-API framing of RFC 2743 3.1
 * and RFC 4121 4.1, and the "checksum" 0x8003 of RFC 4121 4.1.1 by which an initiator states flags,
 * channel bindings and delegated credentials.
 */
#ifndef CREDMGR_KERBEROS_TOKEN_H
#define CREDMGR_KERBEROS_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wire.h"

/* TOK_ID of the context tokens, RFC 4121 4.1; the last two are user-to-user's, see tgt_token.h */
enum kerb_token_type {
    KERB_TOKEN_AP_REQ = 0x0100,
    KERB_TOKEN_AP_REP = 0x0200,
    KERB_TOKEN_ERROR = 0x0300,
    KERB_TOKEN_TGT_REQ = 0x0400,
    KERB_TOKEN_TGT_REP = 0x0401
};

/* Which object identifier names the mechanism in front of a message. */
enum kerb_framing {
    KERB_FRAMED_KRB5,      /* 1.2.840.113554.1.2.2, RFC 4121 1 */
    KERB_FRAMED_MICROSOFT, /* 1.2.840.48018.1.2.2, an old mistake that peers may echo */
    KERB_FRAMED_USER2USER, /* 1.2.840.113554.1.2.2.3, draft-swift-win2k-krb-user2user */
    KERB_UNFRAMED          /* the message as it is: DCE style ([MS-KILE] 3.4.5.1), old clients */
};

/* What stands in front of a message: its type, and the mechanism. */
struct kerb_token {
    uint16_t type;
    enum kerb_framing framing;
    const uint8_t *body; /* the message of libkrb5, borrowed from the token read */
    size_t body_size;
};

/*
 * False when the token is neither framed as RFC 2743 3.1 says nor a bare AP-REQ, AP-REP or
 * KRB-ERROR; when it is not whole, too long, or of another mechanism.
 */
bool kerb_token_read(const void *data, size_t size, struct kerb_token *out);
void kerb_token_write(struct wire_writer *w, const struct kerb_token *token);
/* What stands before a body of body_size bytes, and its size under RFC 4121's identifier. */
void kerb_token_write_head(struct wire_writer *w, const struct kerb_token *token);
size_t kerb_token_head_size(size_t body_size);

/* A DER length, X.690 8.1.3: definite and the shortest form, else the reader fails. */
size_t kerb_der_read_length(struct wire_reader *r);
void kerb_der_write_length(struct wire_writer *w, size_t length);

/* GSS flags as they stand in the checksum field, RFC 4121 4.1.1.1 and [MS-KILE] 3.2.5.2 */
enum {
    KERB_GSS_DELEG = 0x0001,
    KERB_GSS_MUTUAL = 0x0002,
    KERB_GSS_REPLAY = 0x0004,
    KERB_GSS_SEQUENCE = 0x0008,
    KERB_GSS_CONF = 0x0010,
    KERB_GSS_INTEG = 0x0020,
    KERB_GSS_DCE_STYLE = 0x1000,
    KERB_GSS_IDENTIFY = 0x2000,
    KERB_GSS_EXTENDED_ERROR = 0x4000
};

#define KERB_CHECKSUM_TYPE 0x8003
#define KERB_BINDINGS_SIZE 16

struct kerb_checksum {
    uint8_t bindings[KERB_BINDINGS_SIZE]; /* MD5 of the channel bindings; zeros for none */
    uint32_t flags;                       /* KERB_GSS_* */
    const uint8_t *delegation;            /* a KRB-CRED message, or NULL; borrowed */
    size_t delegation_size;
};

/* False when it is not such a field: short, a binding hash of another length, or a delegation that
 * runs past the end. */
bool kerb_checksum_read(const void *data, size_t size, struct kerb_checksum *out);
/* The writer fails when the delegation does not fit its 16-bit length. */
void kerb_checksum_write(struct wire_writer *w, const struct kerb_checksum *checksum);

/*
 * The MD5 that RFC 4121 4.1.1.2 asks for, of a SEC_CHANNEL_BINDINGS or SEC_CHANNEL_BINDINGS_EX
 * structure of `size` bytes with its data behind it. False when its offsets or lengths point
 * outside, or without MD5.
 */
bool kerb_bindings_hash(const void *bindings, size_t size, uint8_t hash[KERB_BINDINGS_SIZE]);

#endif
