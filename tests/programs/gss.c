/*
 * Mechanisms, names and errors for the GSSAPI test programs.
 */
#include "tests/programs/gss.h"

#include <gssapi/gssapi_ext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/programs/wire.h"

gss_OID gss_mechanism(const char *name)
{
    OM_uint32 major, minor;
    gss_buffer_desc text;
    char dotted[128];
    gss_OID oid = GSS_C_NO_OID;

    if (strcmp(name, "ntlm") == 0)
        name = "1.3.6.1.4.1.311.2.2.10";
    else if (strcmp(name, "kerberos") == 0)
        name = "1.2.840.113554.1.2.2";
    else if (strcmp(name, "spnego") == 0)
        name = "1.3.6.1.5.5.2";
    snprintf(dotted, sizeof(dotted), "{ %s }", name);
    for (char *c = dotted; *c; c++)
        if (*c == '.')
            *c = ' ';
    text.value = dotted;
    text.length = strlen(dotted);
    major = gss_str_to_oid(&minor, &text, &oid);
    if (GSS_ERROR(major))
        complain("\"%s\" is no mechanism (ntlm, kerberos, spnego, or the numbers of an object "
                 "identifier)",
                 name);
    return GSS_ERROR(major) ? GSS_C_NO_OID : oid;
}

bool gss_inner(gss_cred_id_t credential, const char *list)
{
    gss_OID_desc members[8];
    gss_OID_set_desc mechanisms = {0, members};
    char *copy = strdup(list), *rest = copy, *name;
    OM_uint32 major = GSS_S_FAILURE, minor = 0;

    while (copy && (name = strsep(&rest, ",")) && mechanisms.count < 8) {
        gss_OID oid = gss_mechanism(name);

        if (oid == GSS_C_NO_OID)
            goto out;
        members[mechanisms.count++] = *oid;
    }
    major = gss_set_neg_mechs(&minor, credential, &mechanisms);
    if (GSS_ERROR(major))
        gss_complain("gss_set_neg_mechs", major, minor, GSS_C_NO_OID);
out:
    free(copy);
    return !GSS_ERROR(major);
}

bool gss_flags(const char *list, OM_uint32 *flags)
{
    static const struct {
        const char *name;
        OM_uint32 flag;
    } names[] = {{"mutual", GSS_C_MUTUAL_FLAG},        {"replay", GSS_C_REPLAY_FLAG},
                 {"sequence", GSS_C_SEQUENCE_FLAG},    {"integrity", GSS_C_INTEG_FLAG},
                 {"confidentiality", GSS_C_CONF_FLAG}, {"anonymous", GSS_C_ANON_FLAG},
                 {"identify", GSS_C_IDENTIFY_FLAG},    {"dce", GSS_C_DCE_STYLE},
                 {"datagram", GSS_NTLMSSP_DATAGRAM},   {"none", 0}};
    const size_t count = sizeof(names) / sizeof(names[0]);
    char *copy = strdup(list), *rest = copy, *name;
    bool known = copy != NULL;

    *flags = 0;
    while (known && (name = strsep(&rest, ","))) {
        size_t i = 0;

        while (i < count && strcmp(names[i].name, name) != 0)
            i++;
        known = i < count;
        if (known)
            *flags |= names[i].flag;
        else
            complain("\"%s\" is no flag", name);
    }
    free(copy);
    return known;
}

bool gss_ntlm_set_flags(gss_cred_id_t *credential, uint32_t flags)
{
    /* GSS_NTLMSSP_NEG_FLAGS_OID, 1.3.6.1.4.1.7165.655.1.5 */
    static gss_OID_desc option = {11, (void *)"\x2b\x06\x01\x04\x01\xb7\x7d\x85\x0f\x01\x05"};
    gss_buffer_desc value = {sizeof(flags), &flags};
    OM_uint32 minor, major = gss_set_cred_option(&minor, credential, &option, &value);

    if (GSS_ERROR(major))
        gss_complain("gss_set_cred_option", major, minor, GSS_C_NO_OID);
    return !GSS_ERROR(major);
}

bool gss_ntlm_set_sequence(gss_ctx_id_t *context, uint32_t number)
{
    /* GSS_NTLMSSP_SET_SEQ_NUM_OID, 1.3.6.1.4.1.7165.655.1.1 */
    static gss_OID_desc option = {11, (void *)"\x2b\x06\x01\x04\x01\xb7\x7d\x85\x0f\x01\x01"};
    gss_buffer_desc value = {sizeof(number), &number};
    OM_uint32 minor, major = gss_set_sec_context_option(&minor, context, &option, &value);

    if (GSS_ERROR(major))
        gss_complain("gss_set_sec_context_option", major, minor, GSS_C_NO_OID);
    return !GSS_ERROR(major);
}

static void complain_about(const char *function, OM_uint32 code, int type, gss_OID mechanism)
{
    OM_uint32 more = 0, minor;
    gss_buffer_desc text;

    do {
        if (GSS_ERROR(gss_display_status(&minor, code, type, mechanism, &more, &text)))
            return;
        complain("%s: %.*s", function, (int)text.length, (char *)text.value);
        gss_release_buffer(&minor, &text);
    } while (more != 0);
}

void gss_complain(const char *function, OM_uint32 major, OM_uint32 minor, gss_OID mechanism)
{
    complain_about(function, major, GSS_C_GSS_CODE, GSS_C_NO_OID);
    if (minor != 0)
        complain_about(function, minor, GSS_C_MECH_CODE, mechanism);
}

gss_channel_bindings_t gss_channel(const char *text)
{
    static struct gss_channel_bindings_struct channel;

    if (!text)
        return GSS_C_NO_CHANNEL_BINDINGS;
    channel = (struct gss_channel_bindings_struct){
        .application_data = {strlen(text), (void *)(uintptr_t)text}};
    return &channel;
}

static void describe_name(const char *role, gss_name_t name)
{
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor;

    if (name != GSS_C_NO_NAME && !GSS_ERROR(gss_display_name(&minor, name, &text, NULL)))
        printf("  %s: %.*s\n", role, (int)text.length, (char *)text.value);
    gss_release_buffer(&minor, &text);
}

void gss_describe(gss_ctx_id_t context)
{
    gss_name_t source = GSS_C_NO_NAME;
    gss_OID mechanism = GSS_C_NO_OID;
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor, flags = 0;

    /* The acceptor's name is not asked for: gss-ntlmssp 1.2 crashes on it when the acceptor took no
     * particular one. */
    if (GSS_ERROR(gss_inquire_context(&minor, context, &source, NULL, NULL, &mechanism, &flags,
                                      NULL, NULL)))
        return;
    printf("context:%s%s%s\n", flags & GSS_C_MUTUAL_FLAG ? " mutual authentication," : "",
           flags & GSS_C_INTEG_FLAG ? " integrity," : "",
           flags & GSS_C_CONF_FLAG ? " confidentiality" : "");
    if (mechanism && !GSS_ERROR(gss_oid_to_str(&minor, mechanism, &text)))
        printf("  mechanism: %.*s\n", (int)text.length, (char *)text.value);
    gss_release_buffer(&minor, &text);
    describe_name("client", source);
    fflush(stdout);
    gss_release_name(&minor, &source);
}
