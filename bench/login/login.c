/*
 * Times a login as a logon program makes it: one PAM transaction in a process of its own, as sshd
 * forks one for each connection, so that loading the modules counts too. The services are taken in
 * turn, so that whatever else the machine does hits all of them alike.
 *
 *   login USER COUNT SERVICE…   < password
 *
 * prints a line for each login: the service, a tab, and the microseconds from pam_start to the end
 * of pam_open_session.
 */
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char password[512];

static int answer(int count, const struct pam_message **messages, struct pam_response **responses,
                  void *arg)
{
    (void)arg;
    *responses = calloc((size_t)count, sizeof **responses);
    if (!*responses)
        return PAM_BUF_ERR;
    for (int i = 0; i < count; i++)
        if (messages[i]->msg_style == PAM_PROMPT_ECHO_OFF)
            (*responses)[i].resp = strdup(password);
    return PAM_SUCCESS;
}

static double microseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* In the child: one whole login and logout; the time of the login goes to `report`. */
static int log_in(const char *service, const char *user, int report)
{
    const struct pam_conv conversation = {answer, NULL};
    pam_handle_t *pam = NULL;
    const char *step = "pam_start";
    double begin = microseconds(), took;
    int status = pam_start(service, user, &conversation, &pam);

    if (status == PAM_SUCCESS) {
        pam_set_item(pam, PAM_TTY, "bench");
        step = "pam_authenticate";
        status = pam_authenticate(pam, 0);
    }
    if (status == PAM_SUCCESS) {
        step = "pam_acct_mgmt";
        status = pam_acct_mgmt(pam, 0);
    }
    if (status == PAM_SUCCESS) {
        step = "pam_setcred";
        status = pam_setcred(pam, PAM_ESTABLISH_CRED);
    }
    if (status == PAM_SUCCESS) {
        step = "pam_open_session";
        status = pam_open_session(pam, 0);
    }
    took = microseconds() - begin;
    if (status == PAM_SUCCESS) {
        pam_close_session(pam, 0);
        pam_setcred(pam, PAM_DELETE_CRED);
    } else {
        fprintf(stderr, "login: %s: %s: %s\n", service, step, pam_strerror(pam, status));
    }
    if (pam)
        pam_end(pam, status);
    return status == PAM_SUCCESS && write(report, &took, sizeof took) == sizeof took ? 0 : 1;
}

static int measure(const char *service, const char *user)
{
    int ends[2], status;
    double took = 0;
    pid_t child;

    if (pipe(ends) != 0)
        return 1;
    child = fork();
    if (child == 0) {
        close(ends[0]);
        setsid();
        _exit(log_in(service, user, ends[1]));
    }
    close(ends[1]);
    if (child < 0 || read(ends[0], &took, sizeof took) != sizeof took)
        took = -1;
    close(ends[0]);
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0 || took < 0)
        return 1;
    printf("%s\t%.0f\n", service, took);
    return 0;
}

int main(int argc, char **argv)
{
    int count = argc > 3 ? atoi(argv[2]) : 0;

    if (count <= 0) {
        fprintf(stderr, "usage: login USER COUNT SERVICE...  (the password on standard input)\n");
        return 2;
    }
    if (!fgets(password, sizeof password, stdin)) {
        fprintf(stderr, "login: no password on standard input\n");
        return 2;
    }
    password[strcspn(password, "\n")] = '\0';
    for (int i = 0; i < count; i++)
        for (int service = 3; service < argc; service++)
            if (measure(argv[service], argv[1]) != 0)
                return 1;
    return 0;
}
