/*
 * What pam_credmgr.so (or another logon program) and mpnotify say to each other. The program starts
 * `mpnotify [--config=FILE] [--socket=PATH] [--debug] VERB` with three pipes: it writes one request
 * to mpnotify's standard input and closes it, and reads one reply from its standard output until
 * the end. Secrets travel here only, never in arguments or the environment. Reader and writer of
 * both messages are in request.c, fuzzed.
 *
 * Both messages are: "CMN1", then fields of tag (u8), length (u32be), bytes. An unknown tag, a
 * repeated one or a field over MPR_FIELD_MAX bytes (a list: MPR_LIST_MAX) is an error. Strings are
 * UTF-8 without a zero.
 */
#ifndef CREDMGR_NOTIFY_REQUEST_H
#define CREDMGR_NOTIFY_REQUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define MPR_FIELD_MAX     4096
#define MPR_LIST_MAX      16384
#define MPR_MESSAGE_MAX   65536
#define MPR_STAGED_DIGITS 32

/*
 * The name under which the module keeps the staged record's name in the PAM environment (a hint
 * only: any user can set it).
 */
#define MPR_STAGED_VARIABLE "CREDMGR_STAGED"

enum mpr_verb {
    MPR_STAGE,    /* "stage":    user, service, password                          → staged */
    MPR_LOGON,    /* "logon":    user, service, tty, rhost, leader, password and/or staged,
                     old_password, ccache → luid, environment, scripts */
    MPR_PASSWORD, /* "password": user, service, tty, old_password, password */
    MPR_LOGOFF,   /* "logoff":   luid */
    MPR_DISCARD,  /* "discard":  staged: a record that will not be used */
    MPR_UNLOCK,   /* "unlock":   user, service, tty, password, ccache, luid (of the logon program's
                     own session, if any): somebody who is logged on has proved again who they
                     are. → luid of the session that was refreshed. As root
                     the credential managers are notified too; a screen locker without privilege
                     reaches the LSA alone, with the session keyring it has. */
    MPR_SCRIPT,   /* "script":   user, luid, scripts, environment: runs logon scripts as the person,
                     in the session keyring that mpnotify was started with; answers at once */
    MPR_NOTIFY,   /* "notify":   WNetLogonNotify: authenticator, luid, type, user, domain, password,
                     previous_type, previous_user, previous_domain, old_password, station, leader,
                     service; without luid a session is made, which `leader` leads
                     → luid of the session made, scripts, manager, error, error_text */
    MPR_CHANGE,   /* "change":   WNetPasswordChangeNotify: the same with change, and without a
                     session → manager, error, error_text */
};

struct mpr_request {
    char *user;         /* PAM_USER */
    char *service;      /* PAM_SERVICE */
    char *tty;          /* PAM_TTY or NULL */
    char *rhost;        /* PAM_RHOST or NULL */
    char *staged;       /* 32 hexadecimal digits, or NULL */
    char *password;     /* secret memory, or NULL */
    char *old_password; /* secret memory, or NULL */
    pid_t leader;       /* the session leader: its death ends the session */
    uint64_t luid;      /* HighPart << 32 | LowPart */
    bool require;       /* the admin wrote `require`: report every trouble in `status` */
    char *ccache;   /* KRB5CCNAME of the PAM environment, or NULL. A hint: any user can set it */
    char **scripts; /* command lines, NULL-terminated, or NULL */
    char **environment; /* "NAME=value" for the scripts, NULL-terminated, or NULL */

    /* What WNetLogonNotify and WNetPasswordChangeNotify were given. */
    char *authenticator;   /* lpPrimaryAuthenticator, or NULL */
    char *type;            /* "MSV1_0:Interactive" or "Kerberos:Interactive" */
    char *domain;          /* LogonDomainName */
    char *previous_type;   /* NULL: no previous information */
    char *previous_user;   /* its UserName */
    char *previous_domain; /* its LogonDomainName */
    char *station;         /* "WinSta_0" or "SvcCtl" */
    uint32_t change;       /* dwChangeInfo */
};

struct mpr_reply {
    /*
     * 0 done (perhaps not by every credential manager, see message); else an NTSTATUS:
     * STATUS_NO_SUCH_LOGON_SESSION no password to be had (nothing was notified), STATUS_… trouble:
     * nobody took the notification. With `require` any trouble.
     */
    uint32_t status;
    uint64_t luid;      /* logon: 0 when no session was made */
    char *staged;       /* stage */
    char **environment; /* logon: "NAME=value" for the PAM environment, NULL-terminated, or NULL */
    char **scripts;     /* logon scripts that managers returned, NULL-terminated, or NULL */
    /* notify, change: the first credential manager that failed, or NULL */
    char *manager;
    uint32_t error; /* what it returned, or its own code (WNetSetLastError); 0: it did not return */
    char *error_text; /* why, in words */
    char *message; /* what went wrong, one line for the log (mpnotify has not logged it), or NULL */
};

/*
 * All of mpnotify's work is bounded: unlock answers within a second (and may go on by itself),
 * stage, discard and script within 6, logoff within 12 (an LSA that hangs), logon and password,
 * with all credential managers, by MPR_PATIENCE_MS. A program that waits gives it a second more.
 */
#define MPR_PATIENCE_MS 27000

/* The verb's word on the command line and back; false when unknown. */
const char *mpr_verb_name(enum mpr_verb verb);
bool mpr_verb_parse(const char *word, enum mpr_verb *verb);

/* True for 32 hexadecimal digits in lower case. What comes from the PAM environment is to be tried
 * before it is put in a request. */
bool mpr_staged_valid(const char *staged);

/* Writers give secret memory (secret_free) of *size bytes, NULL with errno (EILSEQ: a string that
 * is no UTF-8, EMSGSIZE, EINVAL). Readers: false on anything malformed, and *out is then cleared.
 */
uint8_t *mpr_request_write(const struct mpr_request *request, size_t *size);
bool mpr_request_read(const uint8_t *data, size_t size, struct mpr_request *out);
void mpr_request_clear(struct mpr_request *request); /* frees and wipes all strings */
uint8_t *mpr_reply_write(const struct mpr_reply *reply, size_t *size);
bool mpr_reply_read(const uint8_t *data, size_t size, struct mpr_reply *out);
void mpr_reply_clear(struct mpr_reply *reply);

#endif
