/*
 * Mechanisms, names and errors for the GSSAPI test programs.
 */
#include "tests/programs/gss.h"

#include <stdio.h>
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
    snprintf(dotted, sizeof(dotted), "{ %s }", name);
    for (char *c = dotted; *c; c++)
        if (*c == '.')
            *c = ' ';
    text.value = dotted;
    text.length = strlen(dotted);
    major = gss_str_to_oid(&minor, &text, &oid);
    if (GSS_ERROR(major))
        complain("\"%s\" is no mechanism (ntlm, kerberos, or the numbers of an object identifier)",
                 name);
    return GSS_ERROR(major) ? GSS_C_NO_OID : oid;
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
    OM_uint32 minor, flags = 0;

    /* The acceptor's name is not asked for: gss-ntlmssp 1.2 crashes on it when the acceptor took no
     * particular one. */
    if (GSS_ERROR(
            gss_inquire_context(&minor, context, &source, NULL, NULL, NULL, &flags, NULL, NULL)))
        return;
    printf("context:%s%s%s\n", flags & GSS_C_MUTUAL_FLAG ? " mutual authentication," : "",
           flags & GSS_C_INTEG_FLAG ? " integrity," : "",
           flags & GSS_C_CONF_FLAG ? " confidentiality" : "");
    describe_name("client", source);
    fflush(stdout);
    gss_release_name(&minor, &source);
}
