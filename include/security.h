/*
 * The one header an SSPI application includes: names of the packages, sspi.h and secext.h.
 *
 * Source: "security.h header", Windows SDK documentation (sdk-api/security).
 */
#ifndef CREDMGR_SECURITY_H
#define CREDMGR_SECURITY_H

#include <windows.h>

#ifndef NTLMSP_NAME_A
#define NTLMSP_NAME_A "NTLM"
#define NTLMSP_NAME   u"NTLM"
#endif

#ifndef MICROSOFT_KERBEROS_NAME_A
#define MICROSOFT_KERBEROS_NAME_A "Kerberos"
#define MICROSOFT_KERBEROS_NAME_W u"Kerberos"
#define MICROSOFT_KERBEROS_NAME   MICROSOFT_KERBEROS_NAME_W
#endif

#ifndef NEGOSSP_NAME
#define NEGOSSP_NAME_W u"Negotiate"
#define NEGOSSP_NAME_A "Negotiate"
#define NEGOSSP_NAME   CREDMGR_UAW(NEGOSSP_NAME)
#endif

#ifndef CLOUDAP_NAME
#define CLOUDAP_NAME_W u"CloudAP"
#define CLOUDAP_NAME_A "CloudAP"
#define ClOUDAP_NAME_A CLOUDAP_NAME_A /* as the Windows header spells it */
#define CLOUDAP_NAME   CREDMGR_UAW(CLOUDAP_NAME)
#endif

#include <sspi.h>
#include <secext.h>

#endif
