/*
 * ntlm-auth-accept: lets Samba's ntlm_auth be the client of our NTLM acceptor. The two meet over
 * ntlm_auth's helper protocol (lines with base64 tokens on a pipe); the password goes over the
 * pipe, too. Exits 0 when the context is established and both sides hold the same session key.
 */
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <openssl/evp.h>

#include "base/secret.h"
#include "tests/programs/sspi.h"
#include "tests/programs/wire.h"

static const char usage[] =
    "usage: ntlm-auth-accept --user NAME [--domain NAME] [--password-fd N] [--helper-password-fd "
    "N]\n"
    "  --user, --domain         the account that our acceptor verifies, and that ntlm_auth says it "
    "is\n"
    "  --password-fd N          descriptor its password is read from (0)\n"
    "  --helper-password-fd N   another password for ntlm_auth, to see it refused\n"
    "  --ntlm-auth PATH         (ntlm_auth)\n";

struct helper {
    pid_t pid;
    FILE *in, *out; /* our ends: from it, to it */
};

/* The name and domain go in its arguments; the password does not. */
static bool start_helper(struct helper *helper, const char *path, const char *user,
                         const char *domain)
{
    char user_argument[300], domain_argument[300];
    int to[2], from[2];

    snprintf(user_argument, sizeof(user_argument), "--username=%s", user);
    snprintf(domain_argument, sizeof(domain_argument), "--domain=%s", domain);
    if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0)
        return false;
    helper->pid = fork();
    if (helper->pid == 0) {
        dup2(to[0], STDIN_FILENO);
        dup2(from[1], STDOUT_FILENO);
        execlp(path, path, "--helper-protocol=ntlmssp-client-1", user_argument, domain_argument,
               (char *)NULL);
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    helper->in = fdopen(from[0], "r");
    helper->out = fdopen(to[1], "w");
    return helper->pid > 0 && helper->in && helper->out;
}

static bool stop_helper(struct helper *helper)
{
    int status = 0;

    if (helper->out)
        fclose(helper->out);
    if (helper->in)
        fclose(helper->in);
    return helper->pid <= 0 || waitpid(helper->pid, &status, 0) == helper->pid;
}

/* Sends "COMMAND base64" and reads the answer into `line` (without its end). */
static bool ask(struct helper *helper, const char *command, const void *data, size_t size,
                char *line, int room)
{
    unsigned char *text = secret_alloc(size / 3 * 4 + 8);
    bool good = false;

    if (!text)
        return false;
    EVP_EncodeBlock(text, data, (int)size);
    fprintf(helper->out, size > 0 ? "%s %s\n" : "%s\n", command, text);
    fflush(helper->out);
    secret_free(text);
    if (fgets(line, room, helper->in)) {
        line[strcspn(line, "\n")] = '\0';
        good = true;
    } else {
        complain("ntlm_auth ended without an answer to %s", command);
    }
    return good;
}

/* The token of an answer that begins with `expected`; NULL with a line on standard error. */
static unsigned char *token_of(const char *line, const char *expected, size_t *size)
{
    const char *text = line + strlen(expected);
    size_t length, padding;
    unsigned char *token;
    int decoded;

    if (strncmp(line, expected, strlen(expected)) != 0) {
        complain("ntlm_auth answers \"%s\", not \"%s…\"", line, expected);
        return NULL;
    }
    length = strlen(text);
    token = malloc(length + 4);
    decoded = token ? EVP_DecodeBlock(token, (const unsigned char *)text, (int)length) : -1;
    if (decoded < 0) {
        complain("ntlm_auth's token is no base64");
        free(token);
        return NULL;
    }
    padding = length > 1 && text[length - 1] == '=' ? (text[length - 2] == '=' ? 2 : 1) : 0;
    *size = (size_t)decoded - padding;
    return token;
}

/* One leg of our acceptor; the answer replaces the token. */
static SECURITY_STATUS leg(struct sspi_peer *peer, unsigned char *token, size_t size, void **answer,
                           size_t *answer_size)
{
    SecBuffer given = {(ULONG)size, SECBUFFER_TOKEN, token}, made = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &given}, output = {SECBUFFER_VERSION, 1, &made};
    SECURITY_STATUS status;

    status = AcceptSecurityContext(
        &peer->credential, peer->have_context ? &peer->context : NULL, &input,
        ASC_REQ_ALLOCATE_MEMORY | ASC_REQ_INTEGRITY | ASC_REQ_CONFIDENTIALITY, SECURITY_NATIVE_DREP,
        &peer->context, &output, &peer->attributes, NULL);
    if (status >= 0)
        peer->have_context = true;
    else
        sspi_complain("AcceptSecurityContext", peer, status);
    *answer = made.pvBuffer;
    *answer_size = made.cbBuffer;
    return status;
}

/* ntlm_auth tells its session key on request ("GK"); ours is a query away. */
static bool same_key(struct sspi_peer *peer, struct helper *helper)
{
    SecPkgContext_SessionKey key = {0};
    unsigned char *theirs = NULL;
    char line[4096];
    size_t size = 0;
    bool same = false;

    if (QueryContextAttributesA(&peer->context, SECPKG_ATTR_SESSION_KEY, &key) != SEC_E_OK) {
        complain("the acceptor tells no session key");
        return false;
    }
    if (ask(helper, "GK", NULL, 0, line, sizeof(line)))
        theirs = token_of(line, "GK ", &size);
    same = theirs && size == key.SessionKeyLength && secret_equal(theirs, key.SessionKey, size);
    if (theirs && !same)
        complain("the two sides hold different session keys");
    free(theirs);
    FreeContextBuffer(key.SessionKey);
    secret_wipe(line, sizeof(line));
    return same;
}

static bool converse(struct sspi_peer *peer, struct helper *helper, const char *password)
{
    unsigned char *token = NULL;
    void *challenge = NULL;
    size_t size = 0, challenge_size = 0;
    SECURITY_STATUS status;
    char line[65536];
    bool good = false;

    if (!ask(helper, "PW", password, strlen(password), line, sizeof(line)) ||
        strcmp(line, "OK") != 0) {
        complain("ntlm_auth does not take the password: %s", line);
        return false;
    }
    if (!ask(helper, "YR", NULL, 0, line, sizeof(line)))
        return false;
    token = token_of(line, "YR ", &size);
    if (!token || leg(peer, token, size, &challenge, &challenge_size) != SEC_I_CONTINUE_NEEDED)
        goto out;
    if (!ask(helper, "TT", challenge, challenge_size, line, sizeof(line)))
        goto out;
    free(token);
    FreeContextBuffer(challenge);
    challenge = NULL;
    token = token_of(line, "AF ", &size); /* its last token */
    if (!token)
        goto out;
    status = leg(peer, token, size, &challenge, &challenge_size);
    if (status != SEC_E_OK)
        goto out;
    if (!same_key(peer, helper))
        goto out;
    printf("context: NTLM with Samba's ntlm_auth, both sides hold the same session key\n");
    sspi_describe(peer);
    good = true;
out:
    FreeContextBuffer(challenge);
    free(token);
    return good;
}

int main(int argc, char **argv)
{
    enum { USER = 1, DOMAIN, PASSWORD, HELPER_PASSWORD, NTLM_AUTH };
    static const struct option names[] = {{"user", 1, NULL, USER},
                                          {"domain", 1, NULL, DOMAIN},
                                          {"password-fd", 1, NULL, PASSWORD},
                                          {"helper-password-fd", 1, NULL, HELPER_PASSWORD},
                                          {"ntlm-auth", 1, NULL, NTLM_AUTH},
                                          {NULL, 0, NULL, 0}};
    struct sspi_identity account = {.domain = (char *)(uintptr_t) ""};
    struct sspi_peer peer = {.package = "NTLM"};
    struct helper helper = {0};
    const char *path = "ntlm_auth";
    char *helper_password = NULL;
    int c, fd = STDIN_FILENO, helper_fd = -1, result = 1;

    program = "ntlm-auth-accept";
    signal(SIGPIPE, SIG_IGN); /* ntlm_auth may end before we have written */
    while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
        switch (c) {
        case USER:
            account.user = optarg;
            break;
        case DOMAIN:
            account.domain = optarg;
            break;
        case PASSWORD:
            fd = atoi(optarg);
            break;
        case HELPER_PASSWORD:
            helper_fd = atoi(optarg);
            break;
        case NTLM_AUTH:
            path = optarg;
            break;
        default:
            account.user = NULL;
            optind = argc;
            break;
        }
    }
    if (!account.user || optind != argc) {
        fputs(usage, stderr);
        return 2;
    }
    account.password = read_secret(fd);
    if (helper_fd >= 0)
        helper_password = read_secret(helper_fd);
    if (!account.password || (helper_fd >= 0 && !helper_password))
        goto out;
    if (!sspi_acquire(&peer, SECPKG_CRED_INBOUND, NULL, &account))
        goto out;
    if (!start_helper(&helper, path, account.user, account.domain)) {
        complain("cannot start %s", path);
        goto out;
    }
    if (converse(&peer, &helper, helper_password ? helper_password : account.password))
        result = 0;
out:
    stop_helper(&helper);
    sspi_close(&peer);
    secret_free(account.password);
    secret_free(helper_password);
    return result;
}
