/* What a client has delegated, made into a login of this system. */
#ifndef NLA_LOGIN_H
#define NLA_LOGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <security.h>

struct delegated {
    ULONG kind; /* KerbInteractiveLogon and the like, the first number of what came; 0: nothing */
    char user[256], domain[256], password[256]; /* UTF-8; a larger one is refused */
};

/* What the client of an established context has handed over. SEC_E_NO_CREDENTIALS: nothing;
 * SEC_E_UNSUPPORTED_FUNCTION: no user name and password. */
SECURITY_STATUS delegated_get(CtxtHandle *context, struct delegated *d);
void delegated_wipe(struct delegated *d);

/*
 * Opens a session of that user with PAM, as the service `service` (/etc/pam.d/SERVICE), coming from
 * `host`, in a process that has become the user, runs `command` there (NULL: id) and closes it. Its
 * exit status; 126 after a message on standard error: PAM says no.
 */
int login_run(const char *service, const struct delegated *d, const char *host,
              const char *command);
/* PAM's word whether the user may come in; nothing is opened. */
bool login_allowed(const char *service, const struct delegated *d, const char *host);

#endif
