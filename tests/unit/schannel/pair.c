/*
 * See pair.h.
 */
#include "tests/unit/schannel/pair.h"

#include <string.h>

void pair_new(struct pair *p, DWORD protocol, const struct entity *own)
{
    PCCERT_CONTEXT certificate = own ? certificate_of(own, true) : NULL;
    SCHANNEL_CRED c = {.dwVersion = SCHANNEL_CRED_VERSION,
                       .cCreds = own ? 1 : 0,
                       .paCred = &certificate,
                       .hRootStore = world.roots,
                       .dwFlags = SCH_CRED_NO_DEFAULT_CREDS,
                       .grbitEnabledProtocols = protocol};
    SECURITY_STATUS status;

    *p = (struct pair){.to_client = {NULL, 0}};
    assert_int_equal(ours_acquire(&p->client, false, &c), SEC_E_OK);
    if (own)
        CertFreeCertificateContext(certificate);
    ours_server(&p->server);
    assert_int_equal(shake_ours(&p->client, &p->server, &status), SEC_E_OK);
    assert_int_equal(status, SEC_E_OK);
}

void pair_end(struct pair *p)
{
    bytes_free(&p->to_client);
    bytes_free(&p->to_server);
    ours_end(&p->client);
    ours_end(&p->server);
}

void talk(struct ours *from, struct ours *to, const char *text)
{
    struct bytes wire = {NULL, 0};
    char got[64];

    ours_send(from, text, &wire);
    assert_int_equal(ours_receive(to, &wire, got, sizeof(got)), SEC_E_OK);
    assert_string_equal(got, text);
    assert_int_equal(wire.size, 0);
    bytes_free(&wire);
}

void go_on(struct pair *p)
{
    char got[64];

    for (int turn = 0; turn < 20 && (p->to_client.size || p->to_server.size); turn++) {
        struct ours *o = p->to_client.size ? &p->client : &p->server;
        struct bytes *in = p->to_client.size ? &p->to_client : &p->to_server;
        struct bytes *out = p->to_client.size ? &p->to_server : &p->to_client;
        SECURITY_STATUS status = ours_receive(o, in, got, sizeof(got));

        if (status == SEC_I_RENEGOTIATE) {
            status = ours_leg(o, in->size ? in : NULL, out);
            while (status == SEC_I_CONTINUE_NEEDED && in->size)
                status = ours_leg(o, in, out);
        } else if (status == SEC_E_CONTEXT_EXPIRED) { /* the handshake is not done */
            status = ours_leg(o, in, out);
        }
        if (status < 0 || status == SEC_I_INCOMPLETE_CREDENTIALS)
            fail_msg("turn %d: 0x%08x", turn, (unsigned)status);
    }
    assert_int_equal(p->to_client.size + p->to_server.size, 0);
}

bool has_certificate(struct ours *o)
{
    PCCERT_CONTEXT seen = NULL;
    SECURITY_STATUS status =
        QueryContextAttributesW(&o->context, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &seen);

    if (status != SEC_E_OK)
        assert_int_equal(status, SEC_E_NO_CREDENTIALS);
    else
        CertFreeCertificateContext(seen);
    return status == SEC_E_OK;
}
