/*
 * From SECPKG_ATTR_CREDS_2 to PAM. The password is in this process's memory for as long as that
 * takes, locked and wiped afterwards: a server that gets the passwords of people is trusted with
 * them.
 */
#include "login.h"

#include <grp.h>
#include <pwd.h>
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <credmgr.h>
#include <credssp.h>
#include <ntsecapi.h>

/* ---- the delegated credentials --------------------------------------------------------------- */

/* UTF-16 within the block, at an offset, as UTF-8; false when it does not fit. */
static bool text(const SecPkgContext_ClientCreds *block, UNICODE_STRING s, char *out, size_t room)
{
    size_t at = (size_t)s.Buffer, used = 0;

    if (at > block->AuthBufferLen || s.Length > block->AuthBufferLen - at || s.Length % 2)
        return false;
    for (size_t i = 0; i < s.Length; i += 2) {
        const UCHAR *p = block->AuthBuffer + at + i;
        unsigned c = p[0] | (unsigned)p[1] << 8;

        if (c >= 0xd800 && c < 0xdc00 && i + 2 < s.Length) { /* the first of a pair */
            c = 0x10000 + ((c & 0x3ff) << 10) + (((unsigned)p[2] | (unsigned)p[3] << 8) & 0x3ff);
            i += 2;
        }
        if (!c || used + 5 > room)
            return false;
        if (c < 0x80) {
            out[used++] = (char)c;
        } else if (c < 0x800) {
            out[used++] = (char)(0xc0 | c >> 6);
            out[used++] = (char)(0x80 | (c & 0x3f));
        } else if (c < 0x10000) {
            out[used++] = (char)(0xe0 | c >> 12);
            out[used++] = (char)(0x80 | (c >> 6 & 0x3f));
            out[used++] = (char)(0x80 | (c & 0x3f));
        } else {
            out[used++] = (char)(0xf0 | c >> 18);
            out[used++] = (char)(0x80 | (c >> 12 & 0x3f));
            out[used++] = (char)(0x80 | (c >> 6 & 0x3f));
            out[used++] = (char)(0x80 | (c & 0x3f));
        }
    }
    out[used] = '\0';
    return true;
}

SECURITY_STATUS delegated_get(CtxtHandle *context, struct delegated *d)
{
    SecPkgContext_ClientCreds block = {0, NULL};
    KERB_INTERACTIVE_LOGON logon;
    SECURITY_STATUS status = QueryContextAttributesA(context, SECPKG_ATTR_CREDS_2, &block);

    memset(d, 0, sizeof(*d));
    if (status != SEC_E_OK)
        return status;
    mlock(d, sizeof(*d));
    if (block.AuthBufferLen >= sizeof(d->kind))
        memcpy(&d->kind, block.AuthBuffer, sizeof(d->kind));
    status = SEC_E_UNSUPPORTED_FUNCTION; /* a smart card and its PIN, say */
    if (block.AuthBufferLen >= sizeof(logon)) {
        memcpy(&logon, block.AuthBuffer, sizeof(logon));
        if (logon.MessageType == KerbInteractiveLogon &&
            text(&block, logon.UserName, d->user, sizeof(d->user)) &&
            text(&block, logon.LogonDomainName, d->domain, sizeof(d->domain)) &&
            text(&block, logon.Password, d->password, sizeof(d->password)))
            status = SEC_E_OK;
    }
    explicit_bzero(block.AuthBuffer, block.AuthBufferLen);
    FreeContextBuffer(block.AuthBuffer);
    return status;
}

void delegated_wipe(struct delegated *d)
{
    explicit_bzero(d, sizeof(*d));
    munlock(d, sizeof(*d));
}

/* ---- PAM ------------------------------------------------------------------------------------- */

/* Whatever is asked for without echo is the password; there is nobody to be asked anything else. */
static int answer(int count, const struct pam_message **asked, struct pam_response **out, void *arg)
{
    struct pam_response *all = calloc((size_t)count, sizeof(*all));

    if (!all)
        return PAM_BUF_ERR;
    for (int i = 0; i < count; i++) {
        if (asked[i]->msg_style == PAM_PROMPT_ECHO_OFF)
            all[i].resp = strdup(arg);
        else if (asked[i]->msg_style == PAM_ERROR_MSG)
            fprintf(stderr, "%s\n", asked[i]->msg);
    }
    *out = all;
    return PAM_SUCCESS;
}

static int say(pam_handle_t *pam, const char *what, int error)
{
    if (error != PAM_SUCCESS)
        fprintf(stderr, "%s: %s\n", what, pam_strerror(pam, error));
    return error;
}

static pam_handle_t *begin(const char *service, const struct delegated *d, const char *host,
                           struct pam_conv *talk)
{
    pam_handle_t *pam = NULL;
    int error;

    *talk = (struct pam_conv){answer, (void *)d->password};
    error = pam_start(service, d->user, talk, &pam);
    if (error == PAM_SUCCESS)
        error = pam_set_item(pam, PAM_RHOST, host);
    if (error == PAM_SUCCESS)
        error = say(pam, "pam_authenticate", pam_authenticate(pam, PAM_DISALLOW_NULL_AUTHTOK));
    if (error == PAM_SUCCESS)
        error = say(pam, "pam_acct_mgmt", pam_acct_mgmt(pam, 0));
    if (error == PAM_SUCCESS)
        return pam;
    if (pam)
        pam_end(pam, error);
    return NULL;
}

bool login_allowed(const char *service, const struct delegated *d, const char *host)
{
    struct pam_conv talk;
    pam_handle_t *pam = begin(service, d, host, &talk);

    if (pam)
        pam_end(pam, PAM_SUCCESS);
    return pam != NULL;
}

/* The process that is the user's: PAM says who that is, and may have made another name of it. */
static void become(pam_handle_t *pam, const char *command)
{
    char **environment = pam_getenvlist(pam);
    const void *name = NULL;
    const struct passwd *who =
        pam_get_item(pam, PAM_USER, &name) == PAM_SUCCESS && name ? getpwnam(name) : NULL;

    if (!who || initgroups(who->pw_name, who->pw_gid) != 0 ||
        setresgid(who->pw_gid, who->pw_gid, who->pw_gid) != 0 ||
        setresuid(who->pw_uid, who->pw_uid, who->pw_uid) != 0)
        _exit(126);
    if (chdir(who->pw_dir) != 0 && chdir("/") != 0)
        _exit(126);
    execle("/bin/sh", "sh", "-c", command ? command : "id", (char *)NULL, environment);
    _exit(127);
}

/* In a process of its own: a session keyring and limits of PAM's are that one's. */
static int session(const char *service, const struct delegated *d, const char *host,
                   const char *command)
{
    struct pam_conv talk;
    pam_handle_t *pam = begin(service, d, host, &talk);
    int status = -1, error;
    pid_t child;

    if (!pam)
        return 126;
    error = say(pam, "pam_setcred", pam_setcred(pam, PAM_ESTABLISH_CRED));
    if (error == PAM_SUCCESS)
        error = say(pam, "pam_open_session", pam_open_session(pam, 0));
    if (error == PAM_SUCCESS) {
        fflush(NULL);
        child = fork();
        if (child == 0)
            become(pam, command);
        if (child > 0)
            (void)waitpid(child, &status, 0);
        pam_close_session(pam, 0);
    }
    pam_setcred(pam, PAM_DELETE_CRED);
    pam_end(pam, error);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 126;
}

int login_run(const char *service, const struct delegated *d, const char *host, const char *command)
{
    int status = -1;
    pid_t child;

    fflush(NULL);
    child = fork();
    if (child == 0)
        _exit(session(service, d, host, command));
    if (child > 0)
        (void)waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
