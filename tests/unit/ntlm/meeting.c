/*
 * See meeting.h.
 */
#include "tests/unit/ntlm/meeting.h"

#include <string.h>

#include "base/reason.h"

const struct ntlm_machine meeting_machine = {
    .nb_computer = {(WCHAR *)(uintptr_t)u"SERVER", 6},
    .nb_domain = {(WCHAR *)(uintptr_t)u"SERVER", 6},
    .dns_computer = {(WCHAR *)(uintptr_t)u"server.example.com", 18},
    .dns_domain = {(WCHAR *)(uintptr_t)u"example.com", 11},
    .id = {1, 2, 3}};

bool meeting_in_protocol;

static void set_account(struct ntlm_account *a, const char *password, unsigned level)
{
    struct ntlm_text text = text_of(password);

    *a = (struct ntlm_account){.user = text_of("alice"), .domain = text_of("EXAMPLE")};
    assert_true(ntlm_account_password(a, text.string, text.units, level));
    ntlm_text_free(&text);
}

static void clear_flags(struct wire_writer *w, size_t offset, uint32_t flags)
{
    struct wire_reader r = wire_reader(w->data, w->offset);

    wire_seek(&r, offset);
    wire_patch_u32le(w, offset, wire_u32le(&r) & ~flags);
}

static SECURITY_STATUS client_answers(struct meeting *m, struct ntlm_handshake *h)
{
    static const uint8_t none[NTLM_BINDINGS_SIZE];
    struct ntlm_account account;
    struct ntlm_client_input in = {.challenge = {m->two.data, m->two.offset},
                                   .policy = &m->client,
                                   .machine = &meeting_machine,
                                   .unverified_target = m->unverified_target,
                                   .bindings = m->client_bindings ? m->client_bindings : none};
    struct ntlm_text target = {0};
    SECURITY_STATUS status;

    set_account(&account, m->password ? m->password : "Pass-Word 1", m->client.level);
    if (!m->anonymous)
        in.account = &account;
    while (m->target && m->target[target.units])
        target.units++;
    target.string = (WCHAR *)(uintptr_t)m->target;
    in.target = ntlm_text_bytes(&target);
    meeting_in_protocol = true;
    status = ntlm_client_authenticate(h, &in, &m->three, &m->at_client);
    meeting_in_protocol = false;
    if (!status)
        assert_true(ntlm_authenticate_read(m->three.data, m->three.offset, &m->said));
    ntlm_account_clear(&account);
    return status;
}

static SECURITY_STATUS server_verifies(struct meeting *m, struct ntlm_handshake *h)
{
    struct ntlm_account account;
    struct ntlm_server_input in = {.authenticate = {m->three.data, m->three.offset},
                                   .policy = &m->server,
                                   .machine = &meeting_machine,
                                   .verify = ntlm_verify_account,
                                   .verify_arg = &account,
                                   .bindings = m->server_bindings,
                                   .allow_missing_bindings = m->allow_missing_bindings,
                                   .proxy_bindings = m->proxy_bindings,
                                   .audit_bindings = m->audit_bindings,
                                   .allow_anonymous = m->anonymous};
    SECURITY_STATUS status;

    set_account(&account, "Pass-Word 1", m->server.level);
    if (m->drop_nt)
        wire_patch_u16le(&m->three, 20, 0);
    meeting_in_protocol = true;
    status = ntlm_server_verify(h, &in, &m->at_server);
    meeting_in_protocol = false;
    ntlm_account_clear(&account);
    return status;
}

SECURITY_STATUS meet(struct meeting *m)
{
    struct ntlm_handshake client = {0}, server = {0};
    struct wire_writer one = wire_writer_grow(1024);
    struct ntlm_server_offer offer = {
        .policy = &m->server, .machine = &meeting_machine, .datagram = m->datagram};
    SECURITY_STATUS status;

    m->two = wire_writer_grow(4096);
    m->three = wire_writer_grow(4096);
    memset(&m->at_client, 0, sizeof(m->at_client));
    memset(&m->at_server, 0, sizeof(m->at_server));
    meeting_in_protocol = true;
    status = ntlm_client_negotiate(&client, &m->client,
                                   m->wanted | (m->datagram ? NTLM_DATAGRAM : 0), &one);
    if (!status && one.offset)
        clear_flags(&one, 12, m->asked_without);
    offer.negotiate = (struct ntlm_bytes){one.data, one.offset};
    if (!status)
        status = ntlm_server_challenge(&server, &offer, &m->two);
    meeting_in_protocol = false;
    if (!status)
        clear_flags(&m->two, 20, m->granted_without);
    if (!status)
        status = client_answers(m, &client);
    if (!status)
        status = server_verifies(m, &server);
    if (!status) {
        assert_memory_equal(m->at_client.exported, m->at_server.exported, NTLM_KEY_SIZE);
        assert_int_equal(m->at_client.flags & ~(NTLM_TARGET_INFO | NTLM_OEM),
                         m->at_server.flags & ~(NTLM_TARGET_INFO | NTLM_OEM));
    }
    ntlm_handshake_clear(&client);
    ntlm_handshake_clear(&server);
    wire_writer_free(&one);
    return status;
}

void meeting_end(struct meeting *m)
{
    ntlm_outcome_clear(&m->at_client);
    ntlm_outcome_clear(&m->at_server);
    wire_writer_free(&m->two);
    wire_writer_free(&m->three);
}

SECURITY_STATUS meet_once(struct meeting m)
{
    SECURITY_STATUS status;

    reason_clear();
    status = meet(&m);
    if (status != SEC_E_OK && status != SEC_E_LOGON_DENIED && status != SEC_E_INSUFFICIENT_MEMORY)
        assert_true(*reason_get()->text);
    meeting_end(&m);
    return status;
}

struct ntlm_target_info said_pairs(const struct meeting *m)
{
    struct ntlm_client_challenge temp;
    struct ntlm_target_info info;
    struct ntlm_bytes bytes;
    uint8_t proof[NTLM_PROOF_SIZE];

    assert_true(ntlm_v2_response_read(m->said.nt_response, proof, &bytes, &temp));
    assert_true(ntlm_target_info_read(temp.target_info, &info));
    return info;
}
