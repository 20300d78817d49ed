/*
 * The packages that libsspi.so brings along, in the place of lsad's (libsspi/lsa/host_builtin.c):
 * TLS is none of lsad's business. Alone in its file, as that one is.
 */
#include "libsspi/lsa/host.h"

const struct builtin_package lsa_builtin_packages[] = {
    {"Negotiate", nego_lsa_mode_initialize, nego_user_mode_initialize, BUILTIN_IN_PROCESS},
    {"Kerberos", kerb_lsa_mode_initialize, kerb_user_mode_initialize, 0},
    {"NTLM", ntlm_lsa_mode_initialize, ntlm_user_mode_initialize, 0},
    {"tspkg", ts_lsa_mode_initialize, ts_user_mode_initialize, 0},
    {"Schannel", tls_lsa_mode_initialize, tls_user_mode_initialize,
     BUILTIN_IN_PROCESS | BUILTIN_OWN_AUTH_DATA},
    {"CREDSSP", credssp_lsa_mode_initialize, credssp_user_mode_initialize,
     BUILTIN_IN_PROCESS | BUILTIN_OWN_AUTH_DATA},
    {NULL, NULL, NULL, 0},
};
