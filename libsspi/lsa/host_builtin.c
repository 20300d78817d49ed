/*
 * The packages that lsad knows to load. Alone in its file, so that a test can put its own table in
 * the place of this one.
 */
#include "libsspi/lsa/host.h"

const struct builtin_package lsa_builtin_packages[] = {
    {"Negotiate", nego_lsa_mode_initialize, nego_user_mode_initialize, BUILTIN_IN_PROCESS},
    {"Kerberos", kerb_lsa_mode_initialize, kerb_user_mode_initialize, 0},
    {"NTLM", ntlm_lsa_mode_initialize, ntlm_user_mode_initialize, 0},
    {"tspkg", ts_lsa_mode_initialize, ts_user_mode_initialize, 0},
    {NULL, NULL, NULL, 0},
};
