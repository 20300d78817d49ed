/*
 * Messages sealed at one end and opened at the other, ours against WinPR's and against the cipher
 * and the HMAC alone on bare EVP, in one run.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "bench/ntlm/bare.h"
#include "bench/ntlm/ends.h"

#define ROUND_SECONDS  0.1
#define LARGEST        65536
#define SIGNATURE_SIZE 16

static size_t size; /* of the messages of this round */
static uint8_t data[LARGEST];

static void message(void *arg)
{
    static uint8_t wire[LARGEST], signature[SIGNATURE_SIZE];
    struct sspi *s = arg;
    SecBuffer buffers[] = {{SIGNATURE_SIZE, SECBUFFER_TOKEN, signature},
                           {(ULONG)size, SECBUFFER_DATA, wire}};
    SecBufferDesc descriptor = {SECBUFFER_VERSION, 2, buffers};
    SECURITY_STATUS status;
    ULONG qop;

    memcpy(wire, data, size);
    status = s->table->EncryptMessage(&s->initiator, 0, &descriptor, 0);
    if (status)
        bench_fail(s->name, "EncryptMessage", (unsigned)status);
    status = s->table->DecryptMessage(&s->acceptor, &descriptor, 0, &qop);
    if (status)
        bench_fail(s->name, "DecryptMessage", (unsigned)status);
    if (memcmp(wire, data, 16) != 0)
        bench_fail(s->name, "the message that arrived", 0);
}

static void bare(void *arg)
{
    static uint8_t wire[LARGEST];

    (void)arg;
    memcpy(wire, data, size);
    bare_message(wire, size);
    if (memcmp(wire, data, 16) != 0)
        bench_fail("OpenSSL", "the message that arrived", 0);
}

static void print(const char *peer_name, const struct contender *ours, const struct contender *peer,
                  const char *target)
{
    printf(
        "NTLM messages of %zu KiB sealed and opened (peer: %s)\t%.0f MB/s\t%.0f MB/s\t%.2f\t%s\n",
        size / 1024, peer_name, ours->rate * (double)size / 1e6, peer->rate * (double)size / 1e6,
        ours->rate / peer->rate, target);
}

int main(void)
{
    const struct account account = {u"alice", u"EXAMPLE", u"open sesame"};
    static const struct {
        size_t size;
        const char *winpr;
    } targets[] = {{1024, "at least 1.5"}, {LARGEST, "at least 1"}};
    struct sspi ours = {.name = "libsspi", .table = bench_libsspi(), .package = u"NTLM"};
    struct sspi winpr = {.name = "WinPR", .table = bench_winpr(), .package = u"NTLM"};
    struct contender all[] = {
        {.once = message, .arg = &ours}, {.once = message, .arg = &winpr}, {.once = bare}};

    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 31 + 7);
    bare_set_up();
    sspi_acquire(&ours, &account, false);
    sspi_acquire(&winpr, &account, false);
    sspi_connect(&ours);
    sspi_connect(&winpr);
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        size = targets[i].size;
        bench_compare(all, 3, ROUND_SECONDS);
        print("WinPR", &all[0], &all[1], targets[i].winpr);
        print("bare RC4 and HMAC-MD5", &all[0], &all[2], "at least 1");
    }
    sspi_disconnect(&ours);
    sspi_disconnect(&winpr);
    return 0;
}
