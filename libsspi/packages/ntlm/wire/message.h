/*
 * The three messages of NTLM, [MS-NLMP] section 2.2, as structures whose strings and blobs lie in
 * the message they were read from. A reader and its writer stand in one file: negotiate.c,
 * challenge.c, authenticate.c, client_challenge.c (the NTLMv2 response inside it) and target_info.c
 * (the AV pairs).
 *
 * Readers give false for anything malformed, and never look past the bytes they were given.
 * Writers use the error of their wire_writer.
 */
#ifndef CREDMGR_NTLM_MESSAGE_H
#define CREDMGR_NTLM_MESSAGE_H

#include "base/wire.h"
#include "libsspi/packages/ntlm/keys.h"

/*
 * A message is never larger: its fields have lengths of 16 bits, and a real one has some hundred
 * bytes.
 */
#define NTLM_MESSAGE_MAX 65535
/*
 * The first one of a stranger is kept for as long as the handshake lasts, so it is held shorter: it
 * has two names of 15 characters at most. (2888 is what Windows gives out as its largest token.)
 */
#define NTLM_NEGOTIATE_MAX 2888

/* ---- 2.2.2.5, NEGOTIATE flags ------------------------------------------------------- */

#define NTLM_UNICODE              0x00000001u
#define NTLM_OEM                  0x00000002u
#define NTLM_REQUEST_TARGET       0x00000004u
#define NTLM_SIGN                 0x00000010u
#define NTLM_SEAL                 0x00000020u
#define NTLM_DATAGRAM             0x00000040u
#define NTLM_LM_KEY               0x00000080u
#define NTLM_NTLM                 0x00000200u
#define NTLM_ANONYMOUS            0x00000800u
#define NTLM_DOMAIN_SUPPLIED      0x00001000u
#define NTLM_WORKSTATION_SUPPLIED 0x00002000u
#define NTLM_ALWAYS_SIGN          0x00008000u
#define NTLM_TARGET_TYPE_DOMAIN   0x00010000u
#define NTLM_TARGET_TYPE_SERVER   0x00020000u
#define NTLM_EXTENDED_SECURITY    0x00080000u
#define NTLM_IDENTIFY             0x00100000u
#define NTLM_NON_NT_SESSION_KEY   0x00400000u
#define NTLM_TARGET_INFO          0x00800000u
#define NTLM_VERSION              0x02000000u
#define NTLM_128                  0x20000000u
#define NTLM_KEY_EXCH             0x40000000u
#define NTLM_56                   0x80000000u

/* ---- what all messages share -------------------------------------------------------- */

enum ntlm_message_type { NTLM_NEGOTIATE = 1, NTLM_CHALLENGE = 2, NTLM_AUTHENTICATE = 3 };

/* 2.2.2.10; for people who read traces, nothing is decided by it. */
struct ntlm_version {
    uint8_t major, minor;
    uint16_t build;
    uint8_t revision;
};
/* On no wire: the AUTHENTICATE_MESSAGE had a MIC. Beside the flags of a handshake that is done. */
#define NTLM_HAD_MIC 0x10000000u

#define NTLM_VERSION_SIZE 8
/* What we say: the revision is the one number that means something, the protocol's own. */
#define NTLM_OUR_VERSION ((struct ntlm_version){.major = 10, .revision = 15})

struct wire_reader ntlm_message_reader(const void *message, size_t size,
                                       enum ntlm_message_type type);
void ntlm_message_begin(struct wire_writer *w, enum ntlm_message_type type);

/*
 * Length, maximum length and offset of a string or blob in the payload; `out` borrows the bytes
 * from the message.
 */
void ntlm_field_read(struct wire_reader *r, struct ntlm_bytes *out);
/* *offset is where the bytes will stand in the payload; it moves on by their size. */
void ntlm_field_write(struct wire_writer *w, struct ntlm_bytes bytes, uint32_t *offset);
void ntlm_version_read(struct wire_reader *r, struct ntlm_version *version);
void ntlm_version_write(struct wire_writer *w, const struct ntlm_version *version);

/* ---- 2.2.1.1 ------------------------------------------------------------------------ */

struct ntlm_negotiate {
    uint32_t flags;
    struct ntlm_bytes domain, workstation; /* OEM, empty when not supplied */
    struct ntlm_version version;           /* when flags has NTLM_VERSION */
};
bool ntlm_negotiate_read(const void *message, size_t size, struct ntlm_negotiate *out);
void ntlm_negotiate_write(struct wire_writer *w, const struct ntlm_negotiate *m);

/* ---- 2.2.1.2 ------------------------------------------------------------------------ */

struct ntlm_challenge {
    uint32_t flags;
    struct ntlm_bytes target_name; /* in the character set of flags */
    uint8_t server_challenge[NTLM_CHALLENGE_SIZE];
    struct ntlm_bytes target_info; /* AV pairs; empty when flags has no NTLM_TARGET_INFO */
    struct ntlm_version version;
};
bool ntlm_challenge_read(const void *message, size_t size, struct ntlm_challenge *out);
void ntlm_challenge_write(struct wire_writer *w, const struct ntlm_challenge *m);

/* ---- 2.2.1.3 ------------------------------------------------------------------------ */

#define NTLM_MIC_OFFSET 72
#define NTLM_MIC_SIZE   16

struct ntlm_authenticate {
    uint32_t flags;
    struct ntlm_bytes lm_response, nt_response;
    struct ntlm_bytes domain, user, workstation; /* in the character set of flags */
    struct ntlm_bytes session_key;               /* EncryptedRandomSessionKey */
    struct ntlm_version version;
    bool has_mic; /* read: there is room for one, only the AV pairs tell whether it is one */
    uint8_t mic[NTLM_MIC_SIZE];
};
bool ntlm_authenticate_read(const void *message, size_t size, struct ntlm_authenticate *out);
void ntlm_authenticate_write(struct wire_writer *w, const struct ntlm_authenticate *m);

/* ---- 2.2.2.7 and 2.2.2.8, the NTLMv2 response --------------------------------------- */

struct ntlm_client_challenge {
    uint64_t time; /* 100 ns since 1601 */
    uint8_t challenge[NTLM_CHALLENGE_SIZE];
    struct ntlm_bytes target_info; /* read: to the end, with whatever follows the last pair */
};
/* Reads a whole NtChallengeResponse: the proof, and `temp`, the bytes the proof is made over. */
bool ntlm_v2_response_read(struct ntlm_bytes response, uint8_t proof[NTLM_PROOF_SIZE],
                           struct ntlm_bytes *temp, struct ntlm_client_challenge *out);
/*
 * Writes `temp` alone: what follows the proof. Pairs may be written after the first call instead of
 * being given to it; the second call ends it.
 */
void ntlm_client_challenge_write(struct wire_writer *w, const struct ntlm_client_challenge *m);
void ntlm_client_challenge_end(struct wire_writer *w);

/* ---- 2.2.2.1, AV pairs -------------------------------------------------------------- */

#define NTLM_AV_EOL              0
#define NTLM_AV_NB_COMPUTER      1
#define NTLM_AV_NB_DOMAIN        2
#define NTLM_AV_DNS_COMPUTER     3
#define NTLM_AV_DNS_DOMAIN       4
#define NTLM_AV_DNS_TREE         5
#define NTLM_AV_FLAGS            6
#define NTLM_AV_TIMESTAMP        7
#define NTLM_AV_SINGLE_HOST      8
#define NTLM_AV_TARGET_NAME      9
#define NTLM_AV_CHANNEL_BINDINGS 10

#define NTLM_AV_FLAG_MIC               0x2u
#define NTLM_AV_FLAG_UNVERIFIED_TARGET 0x4u

#define NTLM_AV_FLAG_CONSTRAINED 0x1u

#define NTLM_BINDINGS_SIZE 16

/* 2.2.2.2, Single_Host_Data: its MachineID, and all of it */
#define NTLM_MACHINE_ID_SIZE  32
#define NTLM_SINGLE_HOST_SIZE 48

/* Strings are UTF-16LE whatever the flags say. A pair that is not there has NULL data. */
struct ntlm_target_info {
    struct ntlm_bytes nb_computer, nb_domain, dns_computer, dns_domain, dns_tree;
    struct ntlm_bytes target_name;
    struct ntlm_bytes channel_bindings; /* NTLM_BINDINGS_SIZE bytes */
    const uint8_t *machine_id;          /* NTLM_MACHINE_ID_SIZE bytes, from MsvAvSingleHost */
    bool has_timestamp;
    uint64_t timestamp;
    uint32_t flags;
};
/*
 * Reads pairs up to MsvAvEOL; false without one, and for a pair that comes twice or has a wrong
 * size.
 */
bool ntlm_target_info_read(struct ntlm_bytes info, struct ntlm_target_info *out);
/* Writes the pairs a server sends, in the order Windows does, and MsvAvEOL. */
void ntlm_target_info_write(struct wire_writer *w, const struct ntlm_target_info *info);
/* What is the client's to say. */
struct ntlm_target_answer {
    uint32_t flags;            /* NTLM_AV_FLAG_*; 0: no such pair */
    const uint8_t *machine_id; /* NULL: no MsvAvSingleHost */
    const uint8_t *bindings;   /* NTLM_BINDINGS_SIZE bytes */
    struct ntlm_bytes target;  /* the SPN; may be empty */
};
/*
 * 3.1.5.1.2: the server's pairs (which were read before) as a client sends them back: without the
 * kinds that are the client's to say, then those.
 */
void ntlm_target_info_answer(struct wire_writer *w, struct ntlm_bytes info,
                             const struct ntlm_target_answer *answer);

#endif
