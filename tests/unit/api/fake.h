/*
 * A security package whose handshake a person can read, and an lsad that is a few lines of this
 * test: what the tests of libsspi's own code stand on.
 *
 *   client → "C1:TARGET"   server → "S1"   client → "C2"    then both halves are established
 */
#ifndef CREDMGR_TEST_API_FAKE_H
#define CREDMGR_TEST_API_FAKE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <ntsecpkg.h>

/* Targets that make the first leg of the initiator do something else. */
#define FAKE_TARGET_FAIL        u"fail"        /* STATUS_LOGON_FAILURE */
#define FAKE_TARGET_ERROR_TOKEN u"error-token" /* SEC_E_LOGON_DENIED and the token "sorry" */
#define FAKE_TARGET_BIG         u"big"         /* a token of FAKE_BIG bytes */
#define FAKE_TARGET_ONE_LEG     u"one-leg"     /* established at once, without a token */
#define FAKE_TARGET_NO_HANDLE   u"no-handle"   /* SEC_I_CONTINUE_NEEDED, and no context */
#define FAKE_TARGET_ALERT       u"alert"       /* SEC_E_ILLEGAL_MESSAGE and the alert "\2\x2f" */
/* The second leg wants another credential (SEC_I_INCOMPLETE_CREDENTIALS), the third takes any. */
#define FAKE_TARGET_CREDENTIALS u"credentials"
#define FAKE_BIG                5000

struct fake_state {
    atomic_int credentials, contexts, user_contexts; /* alive */
    atomic_int used_after_delete; /* calls on a user-mode context being deleted or gone */
    atomic_int foreign_process;   /* calls that did not tell this process in GetClientInfo */
    bool local_default;           /* the package finds default credentials in this process */
    bool keytab;                  /* … for inbound ones */
    void (*inside_seal)(void);    /* called in the middle of SealMessage */
    void (*inside_leg)(void);     /* … of a later leg of an initiator */
};
extern struct fake_state fake;

/* What the last call of this thread gave the package. */
struct fake_last {
    ULONG use, call_attributes, requirements, input_buffers;
    char user[64]; /* of the identity given to AcquireCredentialsHandle, UTF-8 */
    char target[64];
    ULONG types[8]; /* of the input buffers of an acceptor */
    ULONG sizes[8];
    ULONG_PTR credential; /* of an initiator's leg */
    char params[16];      /* SECBUFFER_PKG_PARAMS of an acceptor */
};
extern _Thread_local struct fake_last fake_last;

/* fake_attributes.c: what it was last given, in UTF-8. */
#define FAKE_ATTRIBUTE      0x7001 /* one that only the package knows */
#define FAKE_ATTRIBUTE_SIZE 24
struct fake_given {
    int calls;
    ULONG attribute, size, use;
    BOOLEAN impersonating;
    char text[64], principal[64], package[64];
    unsigned char bytes[64];
};
extern struct fake_given fake_given;
SpQueryCredentialsAttributesFn fake_query_credential;
SpSetCredentialsAttributesFn fake_set_credential;
SpSetContextAttributesFn fake_set_context;
SpAddCredentialsFn fake_add_credentials;
SpChangeAccountPasswordFn fake_change_password;
SpApplyControlTokenFn fake_apply_control;

enum fake_lsad { LSAD_DOWN, LSAD_NO_SESSION, LSAD_SERVES, LSAD_RESTARTED };
struct fake_lsad_state {
    enum fake_lsad mode;
    atomic_int credentials, contexts; /* alive */
    int acquired, legs;               /* calls */
};
extern struct fake_lsad_state fake_lsad;

NTSTATUS SEC_ENTRY fake_lsa_mode_initialize(ULONG, PULONG, PSECPKG_FUNCTION_TABLE *, PULONG);
NTSTATUS SEC_ENTRY fake_user_mode_initialize(ULONG, PULONG, PSECPKG_USER_FUNCTION_TABLE *, PULONG);
extern SECPKG_FUNCTION_TABLE
    fake_lsa_tables[2]; /* Fake, and Kerberos: the name with a rule of its own */
extern LSA_SECPKG_FUNCTION_TABLE *fake_lsa_functions; /* what SpInitialize was given */
extern ULONG_PTR fake_package_id;

#endif
