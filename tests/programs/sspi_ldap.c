/*
 * sspi-ldap: libldap with the SASL functions of libsspi. Binds with the mechanism GSSAPI or
 * GSS-SPNEGO to a directory server, puts the security layer that was agreed on below libldap and
 * searches. Exits 0 only if all of it worked.
 */
#include <errno.h>
#include <getopt.h>
#include <lber.h>
#include <ldap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "tests/programs/sspi.h"
#include "tests/programs/wire.h"

static const char usage[] =
    "usage: sspi-ldap [options] URI TARGET none|integrity|confidentiality BASE FILTER ATTRIBUTE\n"
    "  --mechanism NAME  GSSAPI, which is Kerberos, or GSS-SPNEGO, which is Negotiate (GSSAPI)\n"
    "  --user NAME --domain NAME --password-fd N\n"
    "                    explicit credentials; without them the default ones\n";

/*
 * Bytes that we take: GSSAPI's agreement tells the server SASL_OPTION_RECV_SIZE's default,
 * GSS-SPNEGO has none.
 */
#define MESSAGE_MAX     0xffff
#define MESSAGE_MAX_ANY 0xffffff

/* ---- the security layer (RFC 4422 3.7): four bytes of length, then a message ------------------
 */

struct layer {
    struct sspi_peer *peer;
    ULONG room; /* SASL_OPTION_SEND_SIZE */
    size_t max; /* MESSAGE_MAX… */
    unsigned char head[4], *sealed, *opened;
    size_t have, want; /* of head and sealed */
    size_t at, size;   /* what is left of opened */
};

static int layer_setup(Sockbuf_IO_Desc *io, void *arg)
{
    io->sbiod_pvt = arg;
    return 0;
}

static int layer_remove(Sockbuf_IO_Desc *io)
{
    struct layer *l = io->sbiod_pvt;

    free(l->sealed);
    free(l->opened);
    l->sealed = l->opened = NULL;
    return 0;
}

/* Bytes that were opened and not read are seen by no poll(). */
static int layer_ctrl(Sockbuf_IO_Desc *io, int option, void *arg)
{
    struct layer *l = io->sbiod_pvt;

    if (option == LBER_SB_OPT_DATA_READY && l->at < l->size)
        return 1;
    return LBER_SBIOD_CTRL_NEXT(io, option, arg);
}

/* As much as there is of `want` bytes; the read's own result when that is not all. */
static ber_slen_t fill(Sockbuf_IO_Desc *io, unsigned char *to, size_t *have, size_t want)
{
    while (*have < want) {
        ber_slen_t got = LBER_SBIOD_READ_NEXT(io, to + *have, want - *have);

        if (got <= 0)
            return got;
        *have += (size_t)got;
    }
    return 1;
}

static ber_slen_t next_message(Sockbuf_IO_Desc *io, struct layer *l)
{
    struct sspi_bytes message;
    bool encrypted;
    ber_slen_t got;

    if (!l->sealed) {
        got = fill(io, l->head, &l->have, sizeof(l->head));
        if (got <= 0)
            return got;
        l->want = (size_t)l->head[0] << 24 | (size_t)l->head[1] << 16 | (size_t)l->head[2] << 8 |
                  l->head[3];
        l->have = 0;
        if (l->want > l->max || !(l->sealed = malloc(l->want + 1))) {
            errno = EMSGSIZE;
            return -1;
        }
    }
    got = fill(io, l->sealed, &l->have, l->want);
    if (got <= 0)
        return got;
    if (!sspi_unwrap(l->peer, l->sealed, l->want, &message, &encrypted)) {
        errno = EBADMSG;
        return -1;
    }
    free(l->sealed);
    free(l->opened);
    l->sealed = NULL;
    l->have = 0;
    l->opened = message.data;
    l->size = message.size;
    l->at = 0;
    return 1;
}

static ber_slen_t layer_read(Sockbuf_IO_Desc *io, void *buffer, ber_len_t size)
{
    struct layer *l = io->sbiod_pvt;

    while (l->at == l->size) {
        ber_slen_t got = next_message(io, l);

        if (got <= 0)
            return got;
    }
    if (size > l->size - l->at)
        size = l->size - l->at;
    memcpy(buffer, l->opened + l->at, size);
    l->at += size;
    return (ber_slen_t)size;
}

static ber_slen_t layer_write(Sockbuf_IO_Desc *io, void *buffer, ber_len_t size)
{
    struct layer *l = io->sbiod_pvt;
    struct sspi_bytes token;
    unsigned char *frame;
    size_t done = 0, total;

    if (size > l->room)
        size = l->room;
    /* Active Directory seals what NTLM protects, also where it only signs. */
    if (!sspi_wrap(l->peer, l->peer->is_ntlm || l->peer->attributes & ISC_RET_CONFIDENTIALITY,
                   buffer, size, &token)) {
        errno = EIO;
        return -1;
    }
    total = token.size + 4;
    frame = malloc(total);
    if (frame) {
        frame[0] = (unsigned char)(token.size >> 24);
        frame[1] = (unsigned char)(token.size >> 16);
        frame[2] = (unsigned char)(token.size >> 8);
        frame[3] = (unsigned char)token.size;
        memcpy(frame + 4, token.data, token.size);
    }
    while (frame && done < total) {
        ber_slen_t put = LBER_SBIOD_WRITE_NEXT(io, frame + done, total - done);

        if (put <= 0)
            break;
        done += (size_t)put;
    }
    free(frame);
    free(token.data);
    return done == total ? (ber_slen_t)size : -1;
}

static int layer_close(Sockbuf_IO_Desc *io)
{
    (void)io;
    return 0;
}

static Sockbuf_IO layer_io = {layer_setup, layer_remove, layer_ctrl,
                              layer_read,  layer_write,  layer_close};

/* ---- the bind -------------------------------------------------------------------------------- */

static bool complain_ldap(LDAP *ld, const char *what, int error)
{
    char *text = NULL;

    ldap_get_option(ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &text);
    fprintf(stderr, "sspi-ldap: %s: %s (%s)\n", what, ldap_err2string(error), text ? text : "");
    ldap_memfree(text);
    return false;
}

/* One leg of ours: the server's word, and what is to be sent (FreeContextBuffer). */
static SECURITY_STATUS leg(struct sspi_peer *peer, const char *target, ULONG flags,
                           const struct berval *challenge, SecBuffer *out)
{
    SecBuffer in = {challenge ? (ULONG)challenge->bv_len : 0, SECBUFFER_TOKEN,
                    challenge ? challenge->bv_val : NULL};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &in}, output = {SECBUFFER_VERSION, 1, out};
    SECURITY_STATUS status = SaslInitializeSecurityContextA(
        &peer->credential, peer->have_context ? &peer->context : NULL,
        (SEC_CHAR *)(uintptr_t)target, flags | ISC_REQ_ALLOCATE_MEMORY, 0, SECURITY_NETWORK_DREP,
        peer->have_context ? &input : NULL, 0, &peer->context, &output, &peer->attributes, NULL);

    if (status < 0)
        sspi_complain("SaslInitializeSecurityContext", peer, status);
    else
        peer->have_context = true;
    return status;
}

static bool bind_sasl(LDAP *ld, struct sspi_peer *peer, const char *mechanism, const char *target,
                      ULONG flags)
{
    static char nothing[] = ""; /* an empty response, which is not the same as none */
    struct berval *challenge = NULL, token;
    SECURITY_STATUS status;
    int error = LDAP_SASL_BIND_IN_PROGRESS, legs = 0;

    do {
        SecBuffer out = {0, SECBUFFER_TOKEN, NULL};

        status = leg(peer, target, flags, challenge, &out);
        ber_bvfree(challenge);
        challenge = NULL;
        if (status < 0)
            return false;
        /* The server's last word can come with its success: nothing is sent after it. */
        if (error != LDAP_SUCCESS) {
            token = (struct berval){out.cbBuffer, out.pvBuffer ? out.pvBuffer : nothing};
            error = ldap_sasl_bind_s(ld, NULL, mechanism, &token, NULL, NULL, &challenge);
        } else if (out.cbBuffer) {
            status = SEC_I_CONTINUE_NEEDED;
        }
        FreeContextBuffer(out.pvBuffer);
    } while ((error == LDAP_SASL_BIND_IN_PROGRESS || (error == LDAP_SUCCESS && challenge)) &&
             status == SEC_I_CONTINUE_NEEDED && ++legs < 8);
    ber_bvfree(challenge);
    if (error != LDAP_SUCCESS)
        return complain_ldap(ld, "bind", error);
    if (status != SEC_E_OK) {
        fprintf(stderr, "sspi-ldap: the server was content before the client was\n");
        return false;
    }
    return true;
}

/* ---- what it is for -------------------------------------------------------------------------- */

static bool search(LDAP *ld, const char *base, const char *filter, const char *attribute)
{
    char *attributes[] = {(char *)(uintptr_t)attribute, NULL};
    LDAPMessage *result = NULL, *entry;
    int error = ldap_search_ext_s(ld, base, LDAP_SCOPE_SUBTREE, filter, attributes, 0, NULL, NULL,
                                  NULL, 0, &result);

    if (error != LDAP_SUCCESS)
        return complain_ldap(ld, "search", error);
    printf("entries: %d\n", ldap_count_entries(ld, result));
    for (entry = ldap_first_entry(ld, result); entry; entry = ldap_next_entry(ld, entry)) {
        struct berval **values = ldap_get_values_len(ld, entry, attribute);

        for (int i = 0; values && values[i]; i++)
            printf("%s: %.*s\n", attribute, (int)values[i]->bv_len, values[i]->bv_val);
        ldap_value_free_len(values);
    }
    ldap_msgfree(result);
    return true;
}

/* The layer that was agreed on, below libldap. */
static bool put_layer(LDAP *ld, struct sspi_peer *peer, struct layer *layer)
{
    Sockbuf *sockbuf = NULL;

    printf("layer: %s\n", peer->attributes & ISC_RET_CONFIDENTIALITY ? "confidentiality"
                          : peer->attributes & ISC_RET_INTEGRITY     ? "integrity"
                                                                     : "none");
    if (!(peer->attributes & ISC_RET_INTEGRITY))
        return true;
    if (SaslGetContextOption(&peer->context, SASL_OPTION_SEND_SIZE, &layer->room,
                             sizeof(layer->room), NULL) != SEC_E_OK ||
        ldap_get_option(ld, LDAP_OPT_SOCKBUF, &sockbuf) != LDAP_SUCCESS ||
        ber_sockbuf_add_io(sockbuf, &layer_io, LBER_SBIOD_LEVEL_APPLICATION, layer) != 0)
        return false;
    printf("the server takes: %u\n", layer->room);
    return true;
}

struct options {
    const char *mechanism;
    struct sspi_identity identity;
    char **words; /* URI … ATTRIBUTE */
};

static bool parse(int argc, char **argv, struct options *o)
{
    enum { MECHANISM = 1, USER, DOMAIN, PASSWORD };
    static const struct option names[] = {{"mechanism", 1, NULL, MECHANISM},
                                          {"user", 1, NULL, USER},
                                          {"domain", 1, NULL, DOMAIN},
                                          {"password-fd", 1, NULL, PASSWORD},
                                          {NULL, 0, NULL, 0}};
    int c;

    *o = (struct options){.mechanism = "GSSAPI"};
    while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
        switch (c) {
        case MECHANISM:
            o->mechanism = optarg;
            break;
        case USER:
            o->identity.user = optarg;
            break;
        case DOMAIN:
            o->identity.domain = optarg;
            break;
        case PASSWORD:
            o->identity.password = read_secret(atoi(optarg));
            if (!o->identity.password)
                return false;
            break;
        default:
            return false;
        }
    }
    o->words = argv + optind;
    return argc - optind == 6;
}

int main(int argc, char **argv)
{
    struct sspi_peer peer = {.package = "Kerberos"};
    struct layer layer = {.peer = &peer, .max = MESSAGE_MAX};
    int version = LDAP_VERSION3, status = 1;
    struct options o;
    LDAP *ld = NULL;
    ULONG flags;

    program = "sspi-ldap";
    if (!parse(argc, argv, &o)) {
        fputs(usage, stderr);
        secret_free(o.identity.password);
        return 2;
    }
    if (strcmp(o.mechanism, "GSS-SPNEGO") == 0) {
        peer.package = NEGOSSP_NAME_A;
        layer.max = MESSAGE_MAX_ANY;
    }
    flags = strcmp(o.words[2], "confidentiality") == 0 ? ISC_REQ_CONFIDENTIALITY
            : strcmp(o.words[2], "integrity") == 0     ? ISC_REQ_INTEGRITY
                                                       : 0;
    if (ldap_initialize(&ld, o.words[0]) != LDAP_SUCCESS ||
        ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version) != LDAP_SUCCESS ||
        ldap_set_option(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) != LDAP_SUCCESS)
        goto out;
    if (!sspi_acquire(&peer, SECPKG_CRED_OUTBOUND, NULL, &o.identity) ||
        !bind_sasl(ld, &peer, o.mechanism, o.words[1], flags) || !sspi_established(&peer) ||
        !put_layer(ld, &peer, &layer))
        goto out;
    if (search(ld, o.words[3], o.words[4], o.words[5]))
        status = 0;
out:
    if (ld)
        ldap_unbind_ext_s(ld, NULL, NULL);
    sspi_close(&peer);
    secret_free(o.identity.password);
    return status;
}
