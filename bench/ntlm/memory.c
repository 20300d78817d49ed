/*
 * What an established NTLM context that has sent and received, and waits, costs in memory: ours
 * against WinPR's. Each library
 * makes many pairs in a child process of its own, and what that grows by is shared out among them;
 * the credentials are there before.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/ntlm/ends.h"

#define PAIRS 4000
#define WARM  50 /* pairs made, used and deleted before, so that what is made once is there */

/* Bytes of this process's own in memory. */
static long resident(const char *who)
{
    FILE *f = fopen("/proc/self/status", "r");
    char line[256];
    long kib = -1;

    while (f && fgets(line, sizeof(line), f))
        sscanf(line, "RssAnon: %ld kB", &kib);
    if (f)
        fclose(f);
    if (kib < 0)
        bench_fail(who, "/proc/self/status", 0);
    return kib * 1024;
}

static void send_one(struct sspi *s)
{
    char signature[16], text[32] = "a message";
    SecBuffer buffers[] = {{16, SECBUFFER_TOKEN, signature}, {sizeof(text), SECBUFFER_DATA, text}};
    SecBufferDesc message = {SECBUFFER_VERSION, 2, buffers};
    ULONG qop;
    SECURITY_STATUS status = s->table->EncryptMessage(&s->initiator, 0, &message, 0);

    if (!status)
        status = s->table->DecryptMessage(&s->acceptor, &message, 0, &qop);
    if (status)
        bench_fail(s->name, "a message", (unsigned)status);
}

/* Bytes a context, half of them initiators and half acceptors. */
static long measure(struct sspi *s)
{
    static struct sspi pairs[PAIRS];
    const struct account account = {u"alice", u"EXAMPLE", u"open sesame"};
    long before;

    sspi_acquire(s, &account, false);
    for (int i = 0; i < WARM; i++) {
        sspi_connect(s);
        send_one(s);
        sspi_disconnect(s);
    }
    memset(pairs, 1, sizeof(pairs)); /* they are in memory now */
    before = resident(s->name);
    for (int i = 0; i < PAIRS; i++) {
        pairs[i] = *s;
        sspi_connect(&pairs[i]);
        send_one(&pairs[i]);
    }
    return (resident(s->name) - before) / (2 * PAIRS);
}

static long in_child(struct sspi *s, PSecurityFunctionTableW (*load)(void))
{
    int ends[2], status;
    long bytes = -1;
    pid_t child;

    if (pipe(ends) < 0 || (child = fork()) < 0)
        bench_fail(s->name, "fork", 0);
    if (child == 0) {
        s->table = load();
        bytes = measure(s);
        _exit(write(ends[1], &bytes, sizeof(bytes)) == sizeof(bytes) ? 0 : 1);
    }
    close(ends[1]);
    if (read(ends[0], &bytes, sizeof(bytes)) != sizeof(bytes) || waitpid(child, &status, 0) < 0 ||
        status)
        bench_fail(s->name, "its process", 0);
    close(ends[0]);
    return bytes;
}

int main(void)
{
    struct sspi ours = {.name = "libsspi", .package = u"NTLM"};
    struct sspi winpr = {.name = "WinPR", .package = u"NTLM"};
    long a = in_child(&ours, bench_libsspi);
    long b = in_child(&winpr, bench_winpr);

    printf(
        "NTLM, memory of an established context (peer: WinPR)\t%ld bytes\t%ld bytes\t%.2f\tbelow "
        "1\n",
        a, b, (double)a / (double)b);
    return 0;
}
