/*
 * NTLM handshakes a second, ours against WinPR's, gss-ntlmssp's and the bare cryptography, in one
 * run.
 *
 *   ntlm                 both sides in process, with explicit credentials
 *   ntlm default USER    our client with the credentials of the caller's logon session, from lsad;
 *                        the acceptor, and all of WinPR, in process with USER's password, which is
 *                        read from standard input
 */
#include <stdio.h>
#include <string.h>

#include "bench/ntlm/bare.h"
#include "bench/ntlm/ends.h"
#include "bench/ntlm/gss.h"

#define ROUND_SECONDS 0.3

static void handshake(void *arg)
{
    sspi_connect(arg);
    sspi_disconnect(arg);
}

/*
 * The acceptor takes the user from any domain: which one a logon session has is not this program's
 * to know.
 */
static bool read_account(struct account *a, const char *user)
{
    char line[128];

    if (!fgets(line, sizeof(line), stdin))
        return false;
    a->domain[0] = 0;
    bench_wide(a->user, sizeof(a->user) / sizeof(WCHAR), user, strlen(user));
    bench_wide(a->password, sizeof(a->password) / sizeof(WCHAR), line, strcspn(line, "\n"));
    return true;
}

static void print(const char *what, const struct contender *ours, const struct contender *peer,
                  const char *target)
{
    printf("NTLM handshakes, %s\t%.0f/s\t%.0f/s\t%.2f\tat least %s\n", what, ours->rate, peer->rate,
           ours->rate / peer->rate, target);
}

static void through_lsad(const struct account *account)
{
    struct sspi ours = {.name = "libsspi", .table = bench_libsspi(), .package = u"NTLM"};
    struct sspi winpr = {.name = "WinPR", .table = bench_winpr(), .package = u"NTLM"};
    struct contender both[] = {{.once = handshake, .arg = &ours},
                               {.once = handshake, .arg = &winpr}};

    sspi_acquire(&ours, account, true);
    sspi_acquire(&winpr, account, false);
    bench_compare(both, 2, ROUND_SECONDS);
    print("default credentials through lsad (peer: WinPR in process)", &both[0], &both[1], "0.6");
}

static void in_process(void)
{
    const struct account account = {u"alice", u"EXAMPLE", u"open sesame"};
    struct sspi ours = {.name = "libsspi", .table = bench_libsspi(), .package = u"NTLM"};
    struct sspi winpr = {.name = "WinPR", .table = bench_winpr(), .package = u"NTLM"};
    struct contender all[] = {
        {.once = handshake, .arg = &ours},
        {.once = handshake, .arg = &winpr},
        {.once = gss_handshake},
        {.once = bare_handshake},
    };

    sspi_acquire(&ours, &account, false);
    sspi_acquire(&winpr, &account, false);
    gss_set_up();
    bare_set_up();
    bench_compare(all, 4, ROUND_SECONDS);
    print("explicit credentials in process (peer: WinPR)", &all[0], &all[1], "2");
    print("explicit credentials in process (peer: gss-ntlmssp)", &all[0], &all[2], "15");
    print("explicit credentials in process (peer: their EVP calls alone)", &all[0], &all[3], "0.6");
}

int main(int argc, char **argv)
{
    struct account account;

    if (argc == 3 && strcmp(argv[1], "default") == 0 && read_account(&account, argv[2])) {
        through_lsad(&account);
        return 0;
    }
    if (argc != 1) {
        fprintf(stderr, "usage: %s [default USER <password]\n", argv[0]);
        return 2;
    }
    in_process();
    return 0;
}
