/*
 * The one header an SSPI application includes; it brings sspi.h and secext.h.
 */
#ifndef CREDMGR_SECURITY_H
#define CREDMGR_SECURITY_H


#define NTLMSP_NAME_A "NTLM"
#define NTLMSP_NAME u"NTLM"

#define MICROSOFT_KERBEROS_NAME_A "Kerberos"
#define MICROSOFT_KERBEROS_NAME_W u"Kerberos"
#define MICROSOFT_KERBEROS_NAME MICROSOFT_KERBEROS_NAME_W

#define NEGOSSP_NAME_W u"Negotiate"
#define NEGOSSP_NAME_A "Negotiate"

#define NEGOSSP_NAME CREDMGR_UAW(NEGOSSP_NAME)

#define CLOUDAP_NAME_W u"CloudAP"
#define ClOUDAP_NAME_A "CloudAP"

#define CLOUDAP_NAME CREDMGR_UAW(CLOUDAP_NAME)

#include <sspi.h>
#include <secext.h>

#endif
