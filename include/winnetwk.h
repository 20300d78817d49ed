/*
 * The WNet side of the multiple provider router: the two notifications a logon program sends, the
 * error texts of providers, and the types that credential managers and network providers share.
 *
 * Source: "winnetwk.h header" and "wnnc.h", Windows SDK documentation (sdk-api/winnetwk). The
 * functions return WN_SUCCESS or a system error code. The connection and enumeration functions
 * are declared so that sources compile; a Linux desktop mounts by other means.
 */
#ifndef CREDMGR_WINNETWK_H
#define CREDMGR_WINNETWK_H

#include <windows.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- notifications ---- */

/*
 * Tells every registered credential manager of a logon (or of a changed password), in the order of
 * credmgr.conf, from any logon program (libmpr.so, `pkg-config mpr`; PAM programs have
 * pam_credmgr.so). No public page gives these two prototypes: the parameters are those of
 * NPLogonNotify and NPPasswordChangeNotify after the name of the component that verified the
 * person, which may be NULL.
 *
 * lpAuthentInfoType is "MSV1_0:Interactive" or "Kerberos:Interactive"; the strings of the structure
 * it names are counted in bytes and need no NUL. The previous pair is the old password, or NULL.
 * lpStationName is "WinSta_0" or "SvcCtl". StationHandle is not used. *lpLogonId names the logon
 * session; if it is 0, a session is made, which ends with the calling process, and *lpLogonId
 * becomes its identifier. *lpLogonScripts receives the scripts that the managers returned, each
 * ending in a NUL and the last in two, or NULL; LocalFree() it.
 *
 * WN_SUCCESS, also when some manager failed; WN_EXTENDED_ERROR (none took the notification),
 * WN_FUNCTION_BUSY (none has yet, but they will be asked again when they have started),
 * WN_NO_NETWORK (no manager is registered), WN_NET_ERROR (mpnotify did not answer),
 * WN_ACCESS_DENIED (the caller is not root), WN_BAD_POINTER (NULL where something must be),
 * WN_BAD_VALUE (unknown type, MessageType, station or dwChangeInfo; no user name; a string that is
 * malformed or too long), WN_BAD_USER (a session is to be made, and there is no such person),
 * WN_OUT_OF_MEMORY. WNetGetLastError then tells which manager failed first, and why; after
 * WN_SUCCESS it tells the same, or NO_ERROR when none failed.
 */
DWORD WINAPI WNetLogonNotify(LPCWSTR lpPrimaryAuthenticator, PLUID lpLogonId,
                             LPCWSTR lpAuthentInfoType, LPVOID lpAuthentInfo,
                             LPCWSTR lpPreviousAuthentInfoType, LPVOID lpPreviousAuthentInfo,
                             LPWSTR lpStationName, LPVOID StationHandle, LPWSTR *lpLogonScripts);
DWORD WINAPI WNetPasswordChangeNotify(LPCWSTR lpPrimaryAuthenticator, LPCWSTR lpAuthentInfoType,
                                      LPVOID lpAuthentInfo, LPCWSTR lpPreviousAuthentInfoType,
                                      LPVOID lpPreviousAuthentInfo, LPWSTR lpStationName,
                                      LPVOID StationHandle, DWORD dwChangeInfo);

/* ---- provider types (WNNC_NET_TYPE); credential managers have the last one ---- */

#define WNNC_NET_MSNET       0x00010000
#define WNNC_NET_LANMAN      WNNC_NET_SMB
#define WNNC_NET_SMB         0x00020000
#define WNNC_NET_NETWARE     0x00030000
#define WNNC_NET_VINES       0x00040000
#define WNNC_NET_10NET       0x00050000
#define WNNC_NET_LOCUS       0x00060000
#define WNNC_NET_SUN_PC_NFS  0x00070000
#define WNNC_NET_LANSTEP     0x00080000
#define WNNC_NET_9TILES      0x00090000
#define WNNC_NET_LANTASTIC   0x000a0000
#define WNNC_NET_AS400       0x000b0000
#define WNNC_NET_FTP_NFS     0x000c0000
#define WNNC_NET_PATHWORKS   0x000d0000
#define WNNC_NET_LIFENET     0x000e0000
#define WNNC_NET_POWERLAN    0x000f0000
#define WNNC_NET_BWNFS       0x00100000
#define WNNC_NET_COGENT      0x00110000
#define WNNC_NET_FARALLON    0x00120000
#define WNNC_NET_APPLETALK   0x00130000
#define WNNC_NET_INTERGRAPH  0x00140000
#define WNNC_NET_SYMFONET    0x00150000
#define WNNC_NET_CLEARCASE   0x00160000
#define WNNC_NET_FRONTIER    0x00170000
#define WNNC_NET_BMC         0x00180000
#define WNNC_NET_DCE         0x00190000
#define WNNC_NET_AVID        0x001a0000
#define WNNC_NET_DOCUSPACE   0x001b0000
#define WNNC_NET_MANGOSOFT   0x001c0000
#define WNNC_NET_SERNET      0x001d0000
#define WNNC_NET_RIVERFRONT1 0x001e0000
#define WNNC_NET_RIVERFRONT2 0x001f0000
#define WNNC_NET_DECORB      0x00200000
#define WNNC_NET_PROTSTOR    0x00210000
#define WNNC_NET_FJ_REDIR    0x00220000
#define WNNC_NET_DISTINCT    0x00230000
#define WNNC_NET_TWINS       0x00240000
#define WNNC_NET_RDR2SAMPLE  0x00250000
#define WNNC_NET_CSC         0x00260000
#define WNNC_NET_3IN1        0x00270000
#define WNNC_NET_EXTENDNET   0x00290000
#define WNNC_NET_STAC        0x002a0000
#define WNNC_NET_FOXBAT      0x002b0000
#define WNNC_NET_YAHOO       0x002c0000
#define WNNC_NET_EXIFS       0x002d0000
#define WNNC_NET_DAV         0x002e0000
#define WNNC_NET_KNOWARE     0x002f0000
#define WNNC_NET_OBJECT_DIRE 0x00300000
#define WNNC_NET_MASFAX      0x00310000
#define WNNC_NET_HOB_NFS     0x00320000
#define WNNC_NET_SHIVA       0x00330000
#define WNNC_NET_IBMAL       0x00340000
#define WNNC_NET_LOCK        0x00350000
#define WNNC_NET_TERMSRV     0x00360000
#define WNNC_NET_SRT         0x00370000
#define WNNC_NET_QUINCY      0x00380000
#define WNNC_NET_OPENAFS     0x00390000
#define WNNC_NET_AVID1       0x003a0000
#define WNNC_NET_DFS         0x003b0000
#define WNNC_NET_KWNP        0x003c0000
#define WNNC_NET_ZENWORKS    0x003d0000
#define WNNC_NET_DRIVEONWEB  0x003e0000
#define WNNC_NET_VMWARE      0x003f0000
#define WNNC_NET_RSFX        0x00400000
#define WNNC_NET_MFILES      0x00410000
#define WNNC_NET_MS_NFS      0x00420000
#define WNNC_NET_GOOGLE      0x00430000
#define WNNC_NET_NDFS        0x00440000
#define WNNC_CRED_MANAGER    0xffff0000

/* ---- network resources ---- */

#define RESOURCE_CONNECTED  0x00000001
#define RESOURCE_GLOBALNET  0x00000002
#define RESOURCE_REMEMBERED 0x00000003
#define RESOURCE_RECENT     0x00000004
#define RESOURCE_CONTEXT    0x00000005

#define RESOURCETYPE_ANY      0x00000000
#define RESOURCETYPE_DISK     0x00000001
#define RESOURCETYPE_PRINT    0x00000002
#define RESOURCETYPE_RESERVED 0x00000008

#define RESOURCETYPE_UNKNOWN 0xFFFFFFFF

#define RESOURCEUSAGE_CONNECTABLE   0x00000001
#define RESOURCEUSAGE_CONTAINER     0x00000002
#define RESOURCEUSAGE_NOLOCALDEVICE 0x00000004
#define RESOURCEUSAGE_SIBLING       0x00000008
#define RESOURCEUSAGE_ATTACHED      0x00000010
#define RESOURCEUSAGE_ALL                                                                          \
    (RESOURCEUSAGE_CONNECTABLE | RESOURCEUSAGE_CONTAINER | RESOURCEUSAGE_ATTACHED)
#define RESOURCEUSAGE_RESERVED 0x80000000

#define RESOURCEDISPLAYTYPE_GENERIC      0x00000000
#define RESOURCEDISPLAYTYPE_DOMAIN       0x00000001
#define RESOURCEDISPLAYTYPE_SERVER       0x00000002
#define RESOURCEDISPLAYTYPE_SHARE        0x00000003
#define RESOURCEDISPLAYTYPE_FILE         0x00000004
#define RESOURCEDISPLAYTYPE_GROUP        0x00000005
#define RESOURCEDISPLAYTYPE_NETWORK      0x00000006
#define RESOURCEDISPLAYTYPE_ROOT         0x00000007
#define RESOURCEDISPLAYTYPE_SHAREADMIN   0x00000008
#define RESOURCEDISPLAYTYPE_DIRECTORY    0x00000009
#define RESOURCEDISPLAYTYPE_TREE         0x0000000a
#define RESOURCEDISPLAYTYPE_NDSCONTAINER 0x0000000b

typedef struct _NETRESOURCEA {
    DWORD dwScope;
    DWORD dwType;
    DWORD dwDisplayType;
    DWORD dwUsage;
    LPSTR lpLocalName;
    LPSTR lpRemoteName;
    LPSTR lpComment;
    LPSTR lpProvider;
} NETRESOURCEA, *LPNETRESOURCEA;
typedef struct _NETRESOURCEW {
    DWORD dwScope;
    DWORD dwType;
    DWORD dwDisplayType;
    DWORD dwUsage;
    LPWSTR lpLocalName;
    LPWSTR lpRemoteName;
    LPWSTR lpComment;
    LPWSTR lpProvider;
} NETRESOURCEW, *LPNETRESOURCEW;
#define NETRESOURCE   CREDMGR_AW(NETRESOURCE)
#define LPNETRESOURCE CREDMGR_AW(LPNETRESOURCE)

#define NETPROPERTY_PERSISTENT 1

#define CONNECT_UPDATE_PROFILE 0x00000001
#define CONNECT_UPDATE_RECENT  0x00000002
#define CONNECT_TEMPORARY      0x00000004
#define CONNECT_INTERACTIVE    0x00000008
#define CONNECT_PROMPT         0x00000010
#define CONNECT_NEED_DRIVE     0x00000020
#define CONNECT_REFCOUNT       0x00000040
#define CONNECT_REDIRECT       0x00000080
#define CONNECT_LOCALDRIVE     0x00000100
#define CONNECT_CURRENT_MEDIA  0x00000200
#define CONNECT_DEFERRED       0x00000400
#define CONNECT_RESERVED       0xFF000000
#define CONNECT_COMMANDLINE    0x00000800
#define CONNECT_CMD_SAVECRED   0x00001000
#define CONNECT_CRED_RESET     0x00002000

#define WNetAddConnection     CREDMGR_AW(WNetAddConnection)
#define WNetAddConnection2    CREDMGR_AW(WNetAddConnection2)
#define WNetAddConnection3    CREDMGR_AW(WNetAddConnection3)
#define WNetCancelConnection  CREDMGR_AW(WNetCancelConnection)
#define WNetCancelConnection2 CREDMGR_AW(WNetCancelConnection2)
#define WNetGetConnection     CREDMGR_AW(WNetGetConnection)
#define WNetRestoreConnection CREDMGR_AW(WNetRestoreConnection)
#define WNetUseConnection     CREDMGR_AW(WNetUseConnection)

DWORD WINAPI WNetAddConnectionA(LPCSTR lpRemoteName, LPCSTR lpPassword, LPCSTR lpLocalName);
DWORD WINAPI WNetAddConnectionW(LPCWSTR lpRemoteName, LPCWSTR lpPassword, LPCWSTR lpLocalName);
DWORD WINAPI WNetAddConnection2A(LPNETRESOURCEA lpNetResource, LPCSTR lpPassword, LPCSTR lpUserName,
                                 DWORD dwFlags);
DWORD WINAPI WNetAddConnection2W(LPNETRESOURCEW lpNetResource, LPCWSTR lpPassword,
                                 LPCWSTR lpUserName, DWORD dwFlags);
DWORD WINAPI WNetAddConnection3A(HWND hwndOwner, LPNETRESOURCEA lpNetResource, LPCSTR lpPassword,
                                 LPCSTR lpUserName, DWORD dwFlags);
DWORD WINAPI WNetAddConnection3W(HWND hwndOwner, LPNETRESOURCEW lpNetResource, LPCWSTR lpPassword,
                                 LPCWSTR lpUserName, DWORD dwFlags);
DWORD WINAPI WNetCancelConnectionA(LPCSTR lpName, BOOL fForce);
DWORD WINAPI WNetCancelConnectionW(LPCWSTR lpName, BOOL fForce);
DWORD WINAPI WNetCancelConnection2A(LPCSTR lpName, DWORD dwFlags, BOOL fForce);
DWORD WINAPI WNetCancelConnection2W(LPCWSTR lpName, DWORD dwFlags, BOOL fForce);
DWORD WINAPI WNetGetConnectionA(LPCSTR lpLocalName, LPSTR lpRemoteName, LPDWORD lpnLength);
DWORD WINAPI WNetGetConnectionW(LPCWSTR lpLocalName, LPWSTR lpRemoteName, LPDWORD lpnLength);
DWORD WINAPI WNetRestoreConnectionA(HWND hwndParent, LPCSTR lpDevice);
DWORD WINAPI WNetUseConnectionA(HWND hwndOwner, LPNETRESOURCEA lpNetResource, LPCSTR lpPassword,
                                LPCSTR lpUserID, DWORD dwFlags, LPSTR lpAccessName,
                                LPDWORD lpBufferSize, LPDWORD lpResult);
DWORD WINAPI WNetUseConnectionW(HWND hwndOwner, LPNETRESOURCEW lpNetResource, LPCWSTR lpPassword,
                                LPCWSTR lpUserID, DWORD dwFlags, LPWSTR lpAccessName,
                                LPDWORD lpBufferSize, LPDWORD lpResult);
DWORD WINAPI WNetConnectionDialog(HWND hwnd, DWORD dwType);
DWORD WINAPI WNetDisconnectDialog(HWND hwnd, DWORD dwType);
DWORD WINAPI WNetRestoreSingleConnectionW(HWND hwndParent, LPCWSTR lpDevice, BOOL fUseUI);

typedef struct _CONNECTDLGSTRUCTA {
    DWORD cbStructure;
    HWND hwndOwner;
    LPNETRESOURCEA lpConnRes;
    DWORD dwFlags;
    DWORD dwDevNum;
} CONNECTDLGSTRUCTA, *LPCONNECTDLGSTRUCTA;

typedef struct _CONNECTDLGSTRUCTW {
    DWORD cbStructure;
    HWND hwndOwner;
    LPNETRESOURCEW lpConnRes;
    DWORD dwFlags;
    DWORD dwDevNum;
} CONNECTDLGSTRUCTW, *LPCONNECTDLGSTRUCTW;
#define CONNECTDLGSTRUCT   CREDMGR_AW(CONNECTDLGSTRUCT)
#define LPCONNECTDLGSTRUCT CREDMGR_AW(LPCONNECTDLGSTRUCT)

#define CONNDLG_RO_PATH    0x00000001
#define CONNDLG_CONN_POINT 0x00000002
#define CONNDLG_USE_MRU    0x00000004
#define CONNDLG_HIDE_BOX   0x00000008

#define CONNDLG_PERSIST     0x00000010
#define CONNDLG_NOT_PERSIST 0x00000020

#define WNetConnectionDialog1 CREDMGR_AW(WNetConnectionDialog1)

DWORD WINAPI WNetConnectionDialog1A(LPCONNECTDLGSTRUCTA lpConnDlgStruct);
DWORD WINAPI WNetConnectionDialog1W(LPCONNECTDLGSTRUCTW lpConnDlgStruct);

typedef struct _DISCDLGSTRUCTA {
    DWORD cbStructure;
    HWND hwndOwner;
    LPSTR lpLocalName;
    LPSTR lpRemoteName;
    DWORD dwFlags;
} DISCDLGSTRUCTA, *LPDISCDLGSTRUCTA;

typedef struct _DISCDLGSTRUCTW {
    DWORD cbStructure;
    HWND hwndOwner;
    LPWSTR lpLocalName;
    LPWSTR lpRemoteName;
    DWORD dwFlags;
} DISCDLGSTRUCTW, *LPDISCDLGSTRUCTW;
#define DISCDLGSTRUCT   CREDMGR_AW(DISCDLGSTRUCT)
#define LPDISCDLGSTRUCT CREDMGR_AW(LPDISCDLGSTRUCT)

#define DISC_UPDATE_PROFILE 0x00000001
#define DISC_NO_FORCE       0x00000040

#define WNetDisconnectDialog1      CREDMGR_AW(WNetDisconnectDialog1)
#define WNetOpenEnum               CREDMGR_AW(WNetOpenEnum)
#define WNetEnumResource           CREDMGR_AW(WNetEnumResource)
#define WNetGetResourceParent      CREDMGR_AW(WNetGetResourceParent)
#define WNetGetResourceInformation CREDMGR_AW(WNetGetResourceInformation)

DWORD WINAPI WNetDisconnectDialog1A(LPDISCDLGSTRUCTA lpConnDlgStruct);
DWORD WINAPI WNetDisconnectDialog1W(LPDISCDLGSTRUCTW lpConnDlgStruct);
DWORD WINAPI WNetOpenEnumA(DWORD dwScope, DWORD dwType, DWORD dwUsage, LPNETRESOURCEA lpNetResource,
                           LPHANDLE lphEnum);
DWORD WINAPI WNetOpenEnumW(DWORD dwScope, DWORD dwType, DWORD dwUsage, LPNETRESOURCEW lpNetResource,
                           LPHANDLE lphEnum);
DWORD WINAPI WNetEnumResourceA(HANDLE hEnum, LPDWORD lpcCount, LPVOID lpBuffer,
                               LPDWORD lpBufferSize);
DWORD WINAPI WNetEnumResourceW(HANDLE hEnum, LPDWORD lpcCount, LPVOID lpBuffer,
                               LPDWORD lpBufferSize);
DWORD WINAPI WNetCloseEnum(HANDLE hEnum);
DWORD WINAPI WNetGetResourceParentA(LPNETRESOURCEA lpNetResource, LPVOID lpBuffer,
                                    LPDWORD lpcbBuffer);
DWORD WINAPI WNetGetResourceParentW(LPNETRESOURCEW lpNetResource, LPVOID lpBuffer,
                                    LPDWORD lpcbBuffer);
DWORD WINAPI WNetGetResourceInformationA(LPNETRESOURCEA lpNetResource, LPVOID lpBuffer,
                                         LPDWORD lpcbBuffer, LPSTR *lplpSystem);
DWORD WINAPI WNetGetResourceInformationW(LPNETRESOURCEW lpNetResource, LPVOID lpBuffer,
                                         LPDWORD lpcbBuffer, LPWSTR *lplpSystem);

#define UNIVERSAL_NAME_INFO_LEVEL 0x00000001
#define REMOTE_NAME_INFO_LEVEL    0x00000002

typedef struct _UNIVERSAL_NAME_INFOA {
    LPSTR lpUniversalName;
} UNIVERSAL_NAME_INFOA, *LPUNIVERSAL_NAME_INFOA;

typedef struct _UNIVERSAL_NAME_INFOW {
    LPWSTR lpUniversalName;
} UNIVERSAL_NAME_INFOW, *LPUNIVERSAL_NAME_INFOW;
#define UNIVERSAL_NAME_INFO   CREDMGR_AW(UNIVERSAL_NAME_INFO)
#define LPUNIVERSAL_NAME_INFO CREDMGR_AW(LPUNIVERSAL_NAME_INFO)

typedef struct _REMOTE_NAME_INFOA {
    LPSTR lpUniversalName;
    LPSTR lpConnectionName;
    LPSTR lpRemainingPath;
} REMOTE_NAME_INFOA, *LPREMOTE_NAME_INFOA;

typedef struct _REMOTE_NAME_INFOW {
    LPWSTR lpUniversalName;
    LPWSTR lpConnectionName;
    LPWSTR lpRemainingPath;
} REMOTE_NAME_INFOW, *LPREMOTE_NAME_INFOW;
#define REMOTE_NAME_INFO   CREDMGR_AW(REMOTE_NAME_INFO)
#define LPREMOTE_NAME_INFO CREDMGR_AW(LPREMOTE_NAME_INFO)

#define WNetGetUniversalName CREDMGR_AW(WNetGetUniversalName)
#define WNetGetUser          CREDMGR_AW(WNetGetUser)
#define WNetGetProviderName  CREDMGR_AW(WNetGetProviderName)

DWORD WINAPI WNetGetUniversalNameA(LPCSTR lpLocalPath, DWORD dwInfoLevel, LPVOID lpBuffer,
                                   LPDWORD lpBufferSize);
DWORD WINAPI WNetGetUniversalNameW(LPCWSTR lpLocalPath, DWORD dwInfoLevel, LPVOID lpBuffer,
                                   LPDWORD lpBufferSize);
DWORD WINAPI WNetGetUserA(LPCSTR lpName, LPSTR lpUserName, LPDWORD lpnLength);
DWORD WINAPI WNetGetUserW(LPCWSTR lpName, LPWSTR lpUserName, LPDWORD lpnLength);

#define WNFMT_MULTILINE   0x01
#define WNFMT_ABBREVIATED 0x02
#define WNFMT_INENUM      0x10
#define WNFMT_CONNECTION  0x20

DWORD WINAPI WNetGetProviderNameA(DWORD dwNetType, LPSTR lpProviderName, LPDWORD lpBufferSize);
DWORD WINAPI WNetGetProviderNameW(DWORD dwNetType, LPWSTR lpProviderName, LPDWORD lpBufferSize);

typedef struct _NETINFOSTRUCT {
    DWORD cbStructure;
    DWORD dwProviderVersion;
    DWORD dwStatus;
    DWORD dwCharacteristics;
    ULONG_PTR dwHandle;
    WORD wNetType;
    DWORD dwPrinters;
    DWORD dwDrives;
} NETINFOSTRUCT, *LPNETINFOSTRUCT;

#define NETINFO_DLL16      0x00000001
#define NETINFO_DISKRED    0x00000004
#define NETINFO_PRINTERRED 0x00000008

#define WNetGetNetworkInformation CREDMGR_AW(WNetGetNetworkInformation)

DWORD WINAPI WNetGetNetworkInformationA(LPCSTR lpProvider, LPNETINFOSTRUCT lpNetInfoStruct);
DWORD WINAPI WNetGetNetworkInformationW(LPCWSTR lpProvider, LPNETINFOSTRUCT lpNetInfoStruct);

typedef UINT(WINAPI *PFNGETPROFILEPATHA)(LPCSTR pszUsername, LPSTR pszBuffer, UINT cbBuffer);
typedef UINT(WINAPI *PFNGETPROFILEPATHW)(LPCWSTR pszUsername, LPWSTR pszBuffer, UINT cbBuffer);
#define PFNGETPROFILEPATH CREDMGR_AW(PFNGETPROFILEPATH)

typedef UINT(WINAPI *PFNRECONCILEPROFILEA)(LPCSTR pszCentralFile, LPCSTR pszLocalFile,
                                           DWORD dwFlags);
typedef UINT(WINAPI *PFNRECONCILEPROFILEW)(LPCWSTR pszCentralFile, LPCWSTR pszLocalFile,
                                           DWORD dwFlags);
#define PFNRECONCILEPROFILE CREDMGR_AW(PFNRECONCILEPROFILE)

#define RP_LOGON   0x01
#define RP_INIFILE 0x02

typedef BOOL(WINAPI *PFNPROCESSPOLICIESA)(HWND hwnd, LPCSTR pszPath, LPCSTR pszUsername,
                                          LPCSTR pszComputerName, DWORD dwFlags);
typedef BOOL(WINAPI *PFNPROCESSPOLICIESW)(HWND hwnd, LPCWSTR pszPath, LPCWSTR pszUsername,
                                          LPCWSTR pszComputerName, DWORD dwFlags);
#define PFNPROCESSPOLICIES CREDMGR_AW(PFNPROCESSPOLICIES)

#define PP_DISPLAYERRORS 0x01

/*
 * What WNetSetLastError was told last in this thread, or NO_ERROR and empty strings: the provider's
 * own code, what went wrong, and the provider's name. Sizes are characters (of UTF-8: bytes); what
 * does not fit is cut off, and always ends in a NUL. NO_ERROR, or WN_BAD_POINTER: a buffer is NULL
 * or has no room at all.
 */
#define WNetGetLastError CREDMGR_AW(WNetGetLastError)

DWORD WINAPI WNetGetLastErrorA(LPDWORD lpError, LPSTR lpErrorBuf, DWORD nErrorBufSize,
                               LPSTR lpNameBuf, DWORD nNameBufSize);
DWORD WINAPI WNetGetLastErrorW(LPDWORD lpError, LPWSTR lpErrorBuf, DWORD nErrorBufSize,
                               LPWSTR lpNameBuf, DWORD nNameBufSize);

/* ---- status codes of providers ---- */

#define WN_SUCCESS                          NO_ERROR
#define WN_NO_ERROR                         NO_ERROR
#define WN_NOT_SUPPORTED                    ERROR_NOT_SUPPORTED
#define WN_CANCEL                           ERROR_CANCELLED
#define WN_RETRY                            ERROR_RETRY
#define WN_NET_ERROR                        ERROR_UNEXP_NET_ERR
#define WN_MORE_DATA                        ERROR_MORE_DATA
#define WN_BAD_POINTER                      ERROR_INVALID_ADDRESS
#define WN_BAD_VALUE                        ERROR_INVALID_PARAMETER
#define WN_BAD_USER                         ERROR_BAD_USERNAME
#define WN_BAD_PASSWORD                     ERROR_INVALID_PASSWORD
#define WN_ACCESS_DENIED                    ERROR_ACCESS_DENIED
#define WN_FUNCTION_BUSY                    ERROR_BUSY
#define WN_WINDOWS_ERROR                    ERROR_UNEXP_NET_ERR
#define WN_OUT_OF_MEMORY                    ERROR_NOT_ENOUGH_MEMORY
#define WN_NO_NETWORK                       ERROR_NO_NETWORK
#define WN_EXTENDED_ERROR                   ERROR_EXTENDED_ERROR
#define WN_BAD_LEVEL                        ERROR_INVALID_LEVEL
#define WN_BAD_HANDLE                       ERROR_INVALID_HANDLE
#define WN_NOT_INITIALIZING                 ERROR_ALREADY_INITIALIZED
#define WN_NO_MORE_DEVICES                  ERROR_NO_MORE_DEVICES
#define WN_NOT_CONNECTED                    ERROR_NOT_CONNECTED
#define WN_OPEN_FILES                       ERROR_OPEN_FILES
#define WN_DEVICE_IN_USE                    ERROR_DEVICE_IN_USE
#define WN_BAD_NETNAME                      ERROR_BAD_NET_NAME
#define WN_BAD_LOCALNAME                    ERROR_BAD_DEVICE
#define WN_ALREADY_CONNECTED                ERROR_ALREADY_ASSIGNED
#define WN_DEVICE_ERROR                     ERROR_GEN_FAILURE
#define WN_CONNECTION_CLOSED                ERROR_CONNECTION_UNAVAIL
#define WN_NO_NET_OR_BAD_PATH               ERROR_NO_NET_OR_BAD_PATH
#define WN_BAD_PROVIDER                     ERROR_BAD_PROVIDER
#define WN_CANNOT_OPEN_PROFILE              ERROR_CANNOT_OPEN_PROFILE
#define WN_BAD_PROFILE                      ERROR_BAD_PROFILE
#define WN_BAD_DEV_TYPE                     ERROR_BAD_DEV_TYPE
#define WN_DEVICE_ALREADY_REMEMBERED        ERROR_DEVICE_ALREADY_REMEMBERED
#define WN_CONNECTED_OTHER_PASSWORD         ERROR_CONNECTED_OTHER_PASSWORD
#define WN_CONNECTED_OTHER_PASSWORD_DEFAULT ERROR_CONNECTED_OTHER_PASSWORD_DEFAULT
#define WN_NO_MORE_ENTRIES                  ERROR_NO_MORE_ITEMS
#define WN_NOT_CONTAINER                    ERROR_NOT_CONTAINER
#define WN_NOT_AUTHENTICATED                ERROR_NOT_AUTHENTICATED
#define WN_NOT_LOGGED_ON                    ERROR_NOT_LOGGED_ON
#define WN_NOT_VALIDATED                    ERROR_NO_LOGON_SERVERS

typedef struct _NETCONNECTINFOSTRUCT {
    DWORD cbStructure;
    DWORD dwFlags;
    DWORD dwSpeed;
    DWORD dwDelay;
    DWORD dwOptDataSize;
} NETCONNECTINFOSTRUCT, *LPNETCONNECTINFOSTRUCT;

#define WNCON_FORNETCARD                 0x00000001
#define WNCON_NOTROUTED                  0x00000002
#define WNCON_SLOWLINK                   0x00000004
#define WNCON_DYNAMIC                    0x00000008
#define MultinetGetConnectionPerformance CREDMGR_AW(MultinetGetConnectionPerformance)

DWORD WINAPI MultinetGetConnectionPerformanceA(LPNETRESOURCEA lpNetResource,
                                               LPNETCONNECTINFOSTRUCT lpNetConnectInfoStruct);
DWORD WINAPI MultinetGetConnectionPerformanceW(LPNETRESOURCEW lpNetResource,
                                               LPNETCONNECTINFOSTRUCT lpNetConnectInfoStruct);

#ifdef __cplusplus
}
#endif

#endif
