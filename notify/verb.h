/*
 * What the files of the verbs (verbs.c, verb_*.c, script.c) share: judging a request, finding the
 * person and their domain, making authentication information, putting trouble into words. verbs.h
 * is for those who only want one performed.
 */
#ifndef CREDMGR_NOTIFY_VERB_H
#define CREDMGR_NOTIFY_VERB_H

#include <limits.h>
#include <ntsecpkg.h>
#include <ntstatus.h>
#include <pwd.h>
#include <stdbool.h>
#include <sys/types.h>
#include "notify/config.h"
#include "notify/request.h"
#include "notify/router.h"
#include "notify/statistics.h"

/* The router's share of MPR_PATIENCE_MS; the LSA's calls before it are bounded by the client. */
#define MPR_ROUTER_MS (MPR_PATIENCE_MS - 1000)

/* Root's quota of kernel keys is too small for what was asked. */
#define MPR_QUOTA_TEXT                                                                             \
    "the key quota of root is used up (raise kernel.keys.root_maxbytes and root_maxkeys)"

/* ---- the request --------------------------------------------------------------------------- */

bool mpr_given(const char *s); /* there, and not empty */
/* The request lacks `what`: status and trouble say so. Always false. */
bool mpr_incomplete(struct mpr_reply *reply, struct mpr_trouble *trouble, const char *what);

/* How a PAM service stands to credential managers, by credmgr.conf, else by its terminal. */
enum mpr_service {
    MPR_INTERACTIVE,    /* somebody sits there: station WinSta_0 */
    MPR_NONINTERACTIVE, /* a service logs people on: SvcCtl */
    MPR_SILENT,         /* jobs that run by themselves: nobody is notified */
};
enum mpr_service mpr_service_of(const struct mpr_config *config, const char *service,
                                const char *tty);

/* ---- the person ---------------------------------------------------------------------------- */

/*
 * The account of `user` in *pw, whose strings are in *buffer (free()). NULL: the system does not
 * know the name (some PAM modules accept such), or no memory.
 */
const struct passwd *mpr_passwd(const char *user, struct passwd *pw, char **buffer);
/*
 * The person's uid. False when the system does not know the name: such a person has no logon
 * session; status and trouble say so.
 */
bool mpr_find_user(const char *user, uid_t *uid, struct mpr_reply *reply,
                   struct mpr_trouble *trouble);

/* The domain of accounts that belong to no realm: the machine's own name, without its DNS domain,
 * in capital letters. */
void mpr_machine_name(char out[HOST_NAME_MAX + 1]);

/*
 * The kind of an account, as Windows has it: an account of a domain logs on with Kerberos
 * (KERB_INTERACTIVE_LOGON), one of the machine's own with MSV1_0 (MSV1_0_INTERACTIVE_LOGON), and
 * LogonDomainName says which.
 *
 * On Linux the name rarely says, and neither does /etc/passwd: a realm's account may be a line in
 * it. So: a name MACHINE\user, where MACHINE is this machine's own name, is the machine's; every
 * other one is the realm's when a realm is configured (lsad says so), else the machine's.
 */
struct mpr_kind {
    bool kerberos;
    const char *user; /* UserName: without MACHINE\; points into the name it was made of */
    char *domain;     /* LogonDomainName, free() */
};
/* `domain` and `kerberos` as lsad has them; `domain` NULL: there is no lsad. False: no memory. */
bool mpr_kind_of(const char *user, bool kerberos, const char *domain, struct mpr_kind *out);

/* The same for somebody who does not log on now: `domain` of a logon session they have, or NULL. */
bool mpr_kind_now(const char *user, const char *domain, struct mpr_kind *out);

/* The logon sessions of `user` (uid `uid`) at lsad: calls `visit` until it returns false. */
struct lsa_session_info;
NTSTATUS mpr_each_session(uid_t uid, const char *user,
                          bool (*visit)(const struct lsa_session_info *, void *), void *arg);

/* ---- the call ------------------------------------------------------------------------------ */

/*
 * Puts authentication information (and of the previous password when there is one) with types and
 * station into *call. `password` "": none. False: STATUS_INVALID_PARAMETER. Release with
 * mpr_call_clear().
 */
bool mpr_make_info(struct mpr_call *call, const struct mpr_kind *kind, enum mpr_service service,
                   const char *password, const char *old_password, struct mpr_reply *reply,
                   struct mpr_trouble *trouble);
void mpr_call_clear(struct mpr_call *call);

/* What the logon program is told when the managers have been called. `session`: there is a logon
 * session, so that the notification was not in vain. */
void mpr_conclude(const struct mpr_request *request, const struct mpr_result *result, bool session,
                  struct mpr_reply *reply, struct mpr_trouble *trouble);

/* What lsad's answer means, in words: MPR_ERROR_TEXT_MAX bytes. */
void mpr_lsa_trouble(const struct mpr_config *config, NTSTATUS status, char *out);

LUID mpr_luid(uint64_t luid);
uint64_t mpr_luid_number(LUID luid);

/* What mpr_logon_ccache() (managers/lsa.h) answers from now on; NULL or empty: there is none. */
void mpr_use_ccache(const char *ccache);
/* late_scripts of a logon's call, whose context is the name of the user. */
void mpr_late_scripts(const struct mpr_call *call, char *const *scripts);

/* ---- export.c ------------------------------------------------------------------------------ */

/*
 * For a logon session with Kerberos, and `template` of export_ccache (NULL or empty: nothing is to
 * be done): KRB5CCNAME goes into reply->environment, and what fills the cache into reply->scripts.
 */
void mpr_export_tickets(const char *template, const char *user, uid_t uid, LUID luid,
                        struct mpr_reply *reply, struct mpr_trouble *trouble);
/* That line of the scripts: it runs where logon scripts of managers do not (logon_scripts = no). */
bool mpr_is_exporter(const char *line);

/* ---- the verbs ----------------------------------------------------------------------------- */

void mpr_verb_logon(const struct mpr_config *config, const struct mpr_request *request,
                    struct mpr_reply *reply, struct mpr_trouble *trouble);
void mpr_verb_password(const struct mpr_config *config, const struct mpr_request *request,
                       struct mpr_reply *reply, struct mpr_trouble *trouble);
void mpr_verb_unlock(const struct mpr_config *config, const struct mpr_request *request,
                     struct mpr_reply *reply, struct mpr_trouble *trouble);
void mpr_verb_script(const struct mpr_config *config, const struct mpr_request *request,
                     struct mpr_reply *reply, struct mpr_trouble *trouble);
/* verb_notify.c: what WNetLogonNotify and WNetPasswordChangeNotify ask for. */
void mpr_verb_notify(const struct mpr_config *config, const struct mpr_request *request,
                     struct mpr_reply *reply, struct mpr_trouble *trouble);
void mpr_verb_change(const struct mpr_config *config, const struct mpr_request *request,
                     struct mpr_reply *reply, struct mpr_trouble *trouble);

#endif
