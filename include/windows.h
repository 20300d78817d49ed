/*
 * The small part of Windows the other headers stand on, so that sources written for the Windows
 * SSPI compile here and every structure keeps its Windows x64 layout on an LP64 system.
 *
 * Sources: [MS-DTYP] 2.2 and 2.3 (types), "Windows Data Types", [MS-ERREF] 2.1 and 2.2 (codes).
 *
 * Widths: LONG, ULONG, DWORD, BOOL, NTSTATUS and HRESULT are 32 bits, WCHAR is a UTF-16 code unit
 * (char16_t), BOOLEAN is 8 bits, pointers, HANDLE and *_PTR are 64 bits.
 *
 * Macros that other libraries use as identifiers (IN, OUT, OPTIONAL, CONST, FAR, near, min, ...)
 * are not defined, so this file can stand beside krb5.h, openssl/ and security/pam_modules.h. A
 * source that is annotated the Windows way asks for them with -DCREDMGR_WINDOWS_ANNOTATIONS; one
 * that is compiled with -fshort-wchar is taken for such a source.
 */
#ifndef CREDMGR_WINDOWS_H
#define CREDMGR_WINDOWS_H

#include <stddef.h>
#include <stdint.h>
#ifndef __cplusplus
#include <uchar.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- calling conventions: one convention on Linux x64, so all of them are empty ---- */

#ifndef WINAPI
#define WINAPI
#endif
#ifndef NTAPI
#define NTAPI
#endif
#ifndef CALLBACK
#define CALLBACK
#endif
#ifndef APIENTRY
#define APIENTRY WINAPI
#endif

/* ---- A and W names: `#define Name CREDMGR_AW(Name)` picks NameW under UNICODE, else NameA ---- */

#ifdef UNICODE
#define CREDMGR_AW(name)  name##W
#define CREDMGR_UAW(name) name##_W
#if __SIZEOF_WCHAR_T__ == 2
#define TEXT(quote) L##quote
#else
#define TEXT(quote) u##quote
#endif
#else
#define CREDMGR_AW(name)  name##A
#define CREDMGR_UAW(name) name##_A
#define TEXT(quote)       quote
#endif

/* ---- base types, [MS-DTYP] 2.2 ---- */

#ifndef VOID
typedef void VOID;
#endif
typedef void *PVOID, *LPVOID;
typedef const void *LPCVOID, *PCVOID;

typedef char CHAR, *PCHAR, *LPSTR, *PSTR;
typedef const char *LPCSTR, *PCSTR;
typedef signed char INT8;
typedef uint8_t BYTE, UCHAR, UINT8, BOOLEAN;
typedef BYTE *PBYTE, *LPBYTE;
typedef UCHAR *PUCHAR;
typedef BOOLEAN *PBOOLEAN;

/* With -fshort-wchar, L"…" is a string of WCHAR: in C they are one type, in C++ they are made one.
 */
#if defined(__cplusplus) && __SIZEOF_WCHAR_T__ == 2
typedef wchar_t WCHAR;
#else
typedef char16_t WCHAR;
#endif
typedef WCHAR *PWCHAR, *PWCH, *LPWSTR, *PWSTR;
typedef const WCHAR *LPCWSTR, *PCWSTR, *PCWCH;
#ifdef UNICODE
typedef WCHAR TCHAR;
typedef LPWSTR LPTSTR, PTSTR;
typedef LPCWSTR LPCTSTR, PCTSTR;
#else
typedef CHAR TCHAR;
typedef LPSTR LPTSTR, PTSTR;
typedef LPCSTR LPCTSTR, PCTSTR;
#endif

typedef int16_t SHORT, INT16;
typedef SHORT *PSHORT;
typedef uint16_t USHORT, WORD, UINT16;
typedef USHORT *PUSHORT;
typedef WORD *PWORD, *LPWORD;

typedef int32_t INT, LONG, INT32, LONG32, BOOL;
typedef INT *PINT, *LPINT;
typedef LONG *PLONG, *LPLONG;
typedef BOOL *PBOOL, *LPBOOL;
typedef uint32_t UINT, ULONG, DWORD, UINT32, ULONG32, DWORD32;
typedef UINT *PUINT;
typedef ULONG *PULONG;
typedef DWORD *PDWORD, *LPDWORD;

typedef long long LONGLONG, LONG64, INT64;
typedef unsigned long long ULONGLONG, ULONG64, DWORD64, UINT64, DWORDLONG;
typedef LONGLONG *PLONGLONG;
typedef ULONGLONG *PULONGLONG;
typedef ULONG64 *PULONG64;

typedef intptr_t INT_PTR, LONG_PTR, SSIZE_T;
typedef uintptr_t UINT_PTR, ULONG_PTR, DWORD_PTR, SIZE_T;
typedef ULONG_PTR *PULONG_PTR;
typedef SIZE_T *PSIZE_T;

typedef PVOID HANDLE, *PHANDLE, *LPHANDLE;
typedef HANDLE HWND, HINSTANCE, HMODULE, HLOCAL;

typedef LONG NTSTATUS, *PNTSTATUS;
typedef LONG HRESULT;
typedef DWORD ACCESS_MASK, *PACCESS_MASK;
typedef DWORD SECURITY_INFORMATION, *PSECURITY_INFORMATION;

#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif

#define ANYSIZE_ARRAY        1
#define MAX_PATH             260
#define INFINITE             0xFFFFFFFF
#define INVALID_HANDLE_VALUE ((HANDLE)(LONG_PTR)-1)

#define FIELD_OFFSET(type, field)   ((LONG)offsetof(type, field))
#define RTL_FIELD_SIZE(type, field) (sizeof(((type *)0)->field))
#define RTL_SIZEOF_THROUGH_FIELD(type, field)                                                      \
    (FIELD_OFFSET(type, field) + RTL_FIELD_SIZE(type, field))

/* ---- structures, [MS-DTYP] 2.3 ---- */

/* A signed 64-bit number; as a time, 100 ns units since 1601-01-01 UTC. */
typedef union _LARGE_INTEGER {
    __extension__ struct {
        DWORD LowPart;
        LONG HighPart;
    };
    struct {
        DWORD LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef union _ULARGE_INTEGER {
    __extension__ struct {
        DWORD LowPart;
        DWORD HighPart;
    };
    struct {
        DWORD LowPart;
        DWORD HighPart;
    } u;
    ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

/* 100 ns units since 1601-01-01 UTC, in two halves. */
typedef struct _FILETIME {
    DWORD dwLowDateTime;
    DWORD dwHighDateTime;
} FILETIME, *PFILETIME, *LPFILETIME;

/* Locally unique identifier; unique until the next boot. */
typedef struct _LUID {
    DWORD LowPart;
    LONG HighPart;
} LUID, *PLUID;

typedef struct _GUID {
    ULONG Data1;
    USHORT Data2;
    USHORT Data3;
    UCHAR Data4[8];
} GUID, *LPGUID;
typedef const GUID *LPCGUID;

/* Counted string; both lengths are bytes, and Buffer need not end in a NUL. */
typedef struct _UNICODE_STRING {
    USHORT Length;
    USHORT MaximumLength;
    PWSTR Buffer;
} UNICODE_STRING, *PUNICODE_STRING;
typedef const UNICODE_STRING *PCUNICODE_STRING;

typedef struct _STRING {
    USHORT Length;
    USHORT MaximumLength;
    PCHAR Buffer;
} STRING, *PSTRING, ANSI_STRING, *PANSI_STRING;

typedef struct _LIST_ENTRY {
    struct _LIST_ENTRY *Flink;
    struct _LIST_ENTRY *Blink;
} LIST_ENTRY, *PLIST_ENTRY;

typedef struct _SECURITY_ATTRIBUTES {
    DWORD nLength;
    LPVOID lpSecurityDescriptor;
    BOOL bInheritHandle;
} SECURITY_ATTRIBUTES, *PSECURITY_ATTRIBUTES, *LPSECURITY_ATTRIBUTES;

typedef DWORD(WINAPI *PTHREAD_START_ROUTINE)(LPVOID lpThreadParameter);
typedef PTHREAD_START_ROUTINE LPTHREAD_START_ROUTINE;

/* ---- security identifiers and descriptors, [MS-DTYP] 2.4 ---- */

typedef PVOID PSID;
typedef PVOID PSECURITY_DESCRIPTOR;
typedef PVOID PACCESS_TOKEN;
typedef PVOID PCLAIMS_BLOB;

typedef struct _SID_IDENTIFIER_AUTHORITY {
    BYTE Value[6];
} SID_IDENTIFIER_AUTHORITY, *PSID_IDENTIFIER_AUTHORITY;

/* SubAuthority has SubAuthorityCount elements (at most 15). */
typedef struct _SID {
    BYTE Revision;
    BYTE SubAuthorityCount;
    SID_IDENTIFIER_AUTHORITY IdentifierAuthority;
    DWORD SubAuthority[ANYSIZE_ARRAY];
} SID, *PISID;

#define SID_REVISION            1
#define SID_MAX_SUB_AUTHORITIES 15
#define SECURITY_MAX_SID_SIZE   68

typedef struct _ACL {
    BYTE AclRevision;
    BYTE Sbz1;
    WORD AclSize;
    WORD AceCount;
    WORD Sbz2;
} ACL, *PACL;

typedef struct _SID_AND_ATTRIBUTES {
    PSID Sid;
    DWORD Attributes;
} SID_AND_ATTRIBUTES, *PSID_AND_ATTRIBUTES;

typedef struct _LUID_AND_ATTRIBUTES {
    LUID Luid;
    DWORD Attributes;
} LUID_AND_ATTRIBUTES, *PLUID_AND_ATTRIBUTES;

typedef enum _SID_NAME_USE {
    SidTypeUser = 1,
    SidTypeGroup,
    SidTypeDomain,
    SidTypeAlias,
    SidTypeWellKnownGroup,
    SidTypeDeletedAccount,
    SidTypeInvalid,
    SidTypeUnknown,
    SidTypeComputer,
    SidTypeLabel,
    SidTypeLogonSession
} SID_NAME_USE,
    *PSID_NAME_USE;

#define SE_GROUP_MANDATORY          0x00000001
#define SE_GROUP_ENABLED_BY_DEFAULT 0x00000002
#define SE_GROUP_ENABLED            0x00000004
#define SE_GROUP_OWNER              0x00000008
#define SE_GROUP_USE_FOR_DENY_ONLY  0x00000010
#define SE_GROUP_INTEGRITY          0x00000020
#define SE_GROUP_INTEGRITY_ENABLED  0x00000040
#define SE_GROUP_RESOURCE           0x20000000
#define SE_GROUP_LOGON_ID           0xC0000000

#define SE_PRIVILEGE_ENABLED_BY_DEFAULT 0x00000001
#define SE_PRIVILEGE_ENABLED            0x00000002
#define SE_PRIVILEGE_REMOVED            0x00000004
#define SE_PRIVILEGE_USED_FOR_ACCESS    0x80000000

#define DELETE                   0x00010000
#define READ_CONTROL             0x00020000
#define WRITE_DAC                0x00040000
#define WRITE_OWNER              0x00080000
#define SYNCHRONIZE              0x00100000
#define STANDARD_RIGHTS_REQUIRED 0x000F0000
#define STANDARD_RIGHTS_READ     READ_CONTROL
#define STANDARD_RIGHTS_WRITE    READ_CONTROL
#define STANDARD_RIGHTS_EXECUTE  READ_CONTROL
#define STANDARD_RIGHTS_ALL      0x001F0000

#define PROCESS_TERMINATE         0x0001
#define PROCESS_DUP_HANDLE        0x0040
#define PROCESS_QUERY_INFORMATION 0x0400

/* ---- tokens: what a security package hands the LSA ---- */

typedef enum _SECURITY_IMPERSONATION_LEVEL {
    SecurityAnonymous,
    SecurityIdentification,
    SecurityImpersonation,
    SecurityDelegation
} SECURITY_IMPERSONATION_LEVEL,
    *PSECURITY_IMPERSONATION_LEVEL;

typedef enum _TOKEN_TYPE { TokenPrimary = 1, TokenImpersonation } TOKEN_TYPE, *PTOKEN_TYPE;

typedef struct _TOKEN_USER {
    SID_AND_ATTRIBUTES User;
} TOKEN_USER, *PTOKEN_USER;

typedef struct _TOKEN_GROUPS {
    DWORD GroupCount;
    SID_AND_ATTRIBUTES Groups[ANYSIZE_ARRAY];
} TOKEN_GROUPS, *PTOKEN_GROUPS;

typedef struct _TOKEN_PRIVILEGES {
    DWORD PrivilegeCount;
    LUID_AND_ATTRIBUTES Privileges[ANYSIZE_ARRAY];
} TOKEN_PRIVILEGES, *PTOKEN_PRIVILEGES;

typedef struct _TOKEN_OWNER {
    PSID Owner;
} TOKEN_OWNER, *PTOKEN_OWNER;

typedef struct _TOKEN_PRIMARY_GROUP {
    PSID PrimaryGroup;
} TOKEN_PRIMARY_GROUP, *PTOKEN_PRIMARY_GROUP;

typedef struct _TOKEN_DEFAULT_DACL {
    PACL DefaultDacl;
} TOKEN_DEFAULT_DACL, *PTOKEN_DEFAULT_DACL;

typedef struct _TOKEN_USER_CLAIMS {
    PCLAIMS_BLOB UserClaims;
} TOKEN_USER_CLAIMS, *PTOKEN_USER_CLAIMS;

typedef struct _TOKEN_DEVICE_CLAIMS {
    PCLAIMS_BLOB DeviceClaims;
} TOKEN_DEVICE_CLAIMS, *PTOKEN_DEVICE_CLAIMS;

#define TOKEN_SOURCE_LENGTH 8

typedef struct _TOKEN_SOURCE {
    CHAR SourceName[TOKEN_SOURCE_LENGTH];
    LUID SourceIdentifier;
} TOKEN_SOURCE, *PTOKEN_SOURCE;

typedef struct _QUOTA_LIMITS {
    SIZE_T PagedPoolLimit;
    SIZE_T NonPagedPoolLimit;
    SIZE_T MinimumWorkingSetSize;
    SIZE_T MaximumWorkingSetSize;
    SIZE_T PagefileLimit;
    LARGE_INTEGER TimeLimit;
} QUOTA_LIMITS, *PQUOTA_LIMITS;

/* ---- HRESULT and NTSTATUS tests, [MS-ERREF] 2.1, 2.3 ---- */

#define SUCCEEDED(hr)          (((HRESULT)(hr)) >= 0)
#define FAILED(hr)             (((HRESULT)(hr)) < 0)
#define NT_SUCCESS(status)     (((NTSTATUS)(status)) >= 0)
#define NT_INFORMATION(status) ((((ULONG)(status)) >> 30) == 1)
#define NT_WARNING(status)     ((((ULONG)(status)) >> 30) == 2)
#define NT_ERROR(status)       ((((ULONG)(status)) >> 30) == 3)

/* ---- system error codes, [MS-ERREF] 2.2: what the MPR and the W functions return ---- */

#define NO_ERROR                                0
#define ERROR_SUCCESS                           0
#define ERROR_INVALID_FUNCTION                  1
#define ERROR_FILE_NOT_FOUND                    2
#define ERROR_PATH_NOT_FOUND                    3
#define ERROR_TOO_MANY_OPEN_FILES               4
#define ERROR_ACCESS_DENIED                     5
#define ERROR_INVALID_HANDLE                    6
#define ERROR_NOT_ENOUGH_MEMORY                 8
#define ERROR_INVALID_BLOCK                     9
#define ERROR_BAD_ENVIRONMENT                   10
#define ERROR_BAD_FORMAT                        11
#define ERROR_INVALID_ACCESS                    12
#define ERROR_INVALID_DATA                      13
#define ERROR_OUTOFMEMORY                       14
#define ERROR_INVALID_DRIVE                     15
#define ERROR_BAD_UNIT                          20
#define ERROR_NOT_READY                         21
#define ERROR_BAD_COMMAND                       22
#define ERROR_BAD_LENGTH                        24
#define ERROR_GEN_FAILURE                       31
#define ERROR_SHARING_VIOLATION                 32
#define ERROR_LOCK_VIOLATION                    33
#define ERROR_HANDLE_EOF                        38
#define ERROR_NOT_SUPPORTED                     50
#define ERROR_REM_NOT_LIST                      51
#define ERROR_DUP_NAME                          52
#define ERROR_BAD_NETPATH                       53
#define ERROR_NETWORK_BUSY                      54
#define ERROR_TOO_MANY_CMDS                     56
#define ERROR_BAD_NET_RESP                      58
#define ERROR_UNEXP_NET_ERR                     59
#define ERROR_BAD_REM_ADAP                      60
#define ERROR_NETNAME_DELETED                   64
#define ERROR_NETWORK_ACCESS_DENIED             65
#define ERROR_BAD_DEV_TYPE                      66
#define ERROR_BAD_NET_NAME                      67
#define ERROR_TOO_MANY_NAMES                    68
#define ERROR_TOO_MANY_SESS                     69
#define ERROR_FILE_EXISTS                       80
#define ERROR_ALREADY_ASSIGNED                  85
#define ERROR_INVALID_PASSWORD                  86
#define ERROR_INVALID_PARAMETER                 87
#define ERROR_TOO_MANY_SEMAPHORES               100
#define ERROR_TOO_MANY_SEM_REQUESTS             103
#define ERROR_INVALID_AT_INTERRUPT_TIME         104
#define ERROR_BROKEN_PIPE                       109
#define ERROR_OPEN_FAILED                       110
#define ERROR_BUFFER_OVERFLOW                   111
#define ERROR_INVALID_TARGET_HANDLE             114
#define ERROR_INVALID_CATEGORY                  117
#define ERROR_INVALID_VERIFY_SWITCH             118
#define ERROR_BAD_DRIVER_LEVEL                  119
#define ERROR_CALL_NOT_IMPLEMENTED              120
#define ERROR_SEM_TIMEOUT                       121
#define ERROR_INSUFFICIENT_BUFFER               122
#define ERROR_INVALID_NAME                      123
#define ERROR_INVALID_LEVEL                     124
#define ERROR_MOD_NOT_FOUND                     126
#define ERROR_PROC_NOT_FOUND                    127
#define ERROR_WAIT_NO_CHILDREN                  128
#define ERROR_INVALID_EVENT_COUNT               151
#define ERROR_TOO_MANY_MUXWAITERS               152
#define ERROR_INVALID_LIST_FORMAT               153
#define ERROR_TOO_MANY_TCBS                     155
#define ERROR_NOT_LOCKED                        158
#define ERROR_BAD_THREADID_ADDR                 159
#define ERROR_BAD_ARGUMENTS                     160
#define ERROR_BAD_PATHNAME                      161
#define ERROR_BUSY                              170
#define ERROR_INVALID_SEGMENT_NUMBER            180
#define ERROR_INVALID_ORDINAL                   182
#define ERROR_ALREADY_EXISTS                    183
#define ERROR_INVALID_FLAG_NUMBER               186
#define ERROR_INVALID_STARTING_CODESEG          188
#define ERROR_INVALID_STACKSEG                  189
#define ERROR_INVALID_MODULETYPE                190
#define ERROR_INVALID_EXE_SIGNATURE             191
#define ERROR_BAD_EXE_FORMAT                    193
#define ERROR_INVALID_MINALLOCSIZE              195
#define ERROR_INVALID_SEGDPL                    198
#define ERROR_INVALID_SIGNAL_NUMBER             209
#define ERROR_TOO_MANY_MODULES                  214
#define ERROR_BAD_FILE_TYPE                     222
#define ERROR_BAD_PIPE                          230
#define ERROR_MORE_DATA                         234
#define ERROR_INVALID_EA_NAME                   254
#define ERROR_NO_MORE_ITEMS                     259
#define ERROR_INVALID_EA_HANDLE                 278
#define ERROR_TOO_MANY_POSTS                    298
#define ERROR_INVALID_OPLOCK_PROTOCOL           301
#define ERROR_INVALID_TOKEN                     315
#define ERROR_INVALID_ADDRESS                   487
#define ERROR_ARITHMETIC_OVERFLOW               534
#define ERROR_WAIT_1                            731
#define ERROR_WAIT_2                            732
#define ERROR_WAIT_3                            733
#define ERROR_WAIT_63                           734
#define ERROR_OPERATION_ABORTED                 995
#define ERROR_IO_INCOMPLETE                     996
#define ERROR_IO_PENDING                        997
#define ERROR_NOACCESS                          998
#define ERROR_INVALID_MESSAGE                   1002
#define ERROR_INVALID_FLAGS                     1004
#define ERROR_NO_TOKEN                          1008
#define ERROR_BADDB                             1009
#define ERROR_CANTOPEN                          1011
#define ERROR_INVALID_SERVICE_CONTROL           1052
#define ERROR_SERVICE_REQUEST_TIMEOUT           1053
#define ERROR_SERVICE_NO_THREAD                 1054
#define ERROR_SERVICE_DATABASE_LOCKED           1055
#define ERROR_SERVICE_ALREADY_RUNNING           1056
#define ERROR_INVALID_SERVICE_ACCOUNT           1057
#define ERROR_SERVICE_DISABLED                  1058
#define ERROR_SERVICE_DOES_NOT_EXIST            1060
#define ERROR_SERVICE_CANNOT_ACCEPT_CTRL        1061
#define ERROR_SERVICE_NOT_ACTIVE                1062
#define ERROR_SERVICE_SPECIFIC_ERROR            1066
#define ERROR_SERVICE_DEPENDENCY_FAIL           1068
#define ERROR_SERVICE_LOGON_FAILED              1069
#define ERROR_SERVICE_START_HANG                1070
#define ERROR_INVALID_SERVICE_LOCK              1071
#define ERROR_SERVICE_MARKED_FOR_DELETE         1072
#define ERROR_SERVICE_EXISTS                    1073
#define ERROR_ALREADY_RUNNING_LKG               1074
#define ERROR_SERVICE_DEPENDENCY_DELETED        1075
#define ERROR_SERVICE_NEVER_STARTED             1077
#define ERROR_SERVICE_NOT_IN_EXE                1083
#define ERROR_INVALID_BLOCK_LENGTH              1106
#define ERROR_DEVICE_NOT_PARTITIONED            1107
#define ERROR_DLL_INIT_FAILED                   1114
#define ERROR_SHUTDOWN_IN_PROGRESS              1115
#define ERROR_IO_DEVICE                         1117
#define ERROR_NOT_ENOUGH_SERVER_MEMORY          1130
#define ERROR_TOO_MANY_LINKS                    1142
#define ERROR_INVALID_DLL                       1154
#define ERROR_DLL_NOT_FOUND                     1157
#define ERROR_DEVICE_REINITIALIZATION_NEEDED    1164
#define ERROR_DEVICE_REQUIRES_CLEANING          1165
#define ERROR_DEVICE_DOOR_OPEN                  1166
#define ERROR_DEVICE_NOT_CONNECTED              1167
#define ERROR_NOT_FOUND                         1168
#define ERROR_NO_MATCH                          1169
#define ERROR_BAD_DEVICE                        1200
#define ERROR_CONNECTION_UNAVAIL                1201
#define ERROR_DEVICE_ALREADY_REMEMBERED         1202
#define ERROR_NO_NET_OR_BAD_PATH                1203
#define ERROR_BAD_PROVIDER                      1204
#define ERROR_CANNOT_OPEN_PROFILE               1205
#define ERROR_BAD_PROFILE                       1206
#define ERROR_NOT_CONTAINER                     1207
#define ERROR_EXTENDED_ERROR                    1208
#define ERROR_INVALID_GROUPNAME                 1209
#define ERROR_INVALID_COMPUTERNAME              1210
#define ERROR_INVALID_EVENTNAME                 1211
#define ERROR_INVALID_DOMAINNAME                1212
#define ERROR_INVALID_SERVICENAME               1213
#define ERROR_INVALID_NETNAME                   1214
#define ERROR_INVALID_SHARENAME                 1215
#define ERROR_INVALID_PASSWORDNAME              1216
#define ERROR_INVALID_MESSAGENAME               1217
#define ERROR_INVALID_MESSAGEDEST               1218
#define ERROR_REMOTE_SESSION_LIMIT_EXCEEDED     1220
#define ERROR_NO_NETWORK                        1222
#define ERROR_CANCELLED                         1223
#define ERROR_CONNECTION_REFUSED                1225
#define ERROR_GRACEFUL_DISCONNECT               1226
#define ERROR_CONNECTION_INVALID                1229
#define ERROR_CONNECTION_ACTIVE                 1230
#define ERROR_NETWORK_UNREACHABLE               1231
#define ERROR_HOST_UNREACHABLE                  1232
#define ERROR_PROTOCOL_UNREACHABLE              1233
#define ERROR_PORT_UNREACHABLE                  1234
#define ERROR_REQUEST_ABORTED                   1235
#define ERROR_CONNECTION_ABORTED                1236
#define ERROR_RETRY                             1237
#define ERROR_CONNECTION_COUNT_LIMIT            1238
#define ERROR_ALREADY_REGISTERED                1242
#define ERROR_SERVICE_NOT_FOUND                 1243
#define ERROR_NOT_AUTHENTICATED                 1244
#define ERROR_NOT_LOGGED_ON                     1245
#define ERROR_CONTINUE                          1246
#define ERROR_ALREADY_INITIALIZED               1247
#define ERROR_NO_MORE_DEVICES                   1248
#define ERROR_BAD_USER_PROFILE                  1253
#define ERROR_HOST_DOWN                         1256
#define ERROR_NON_ACCOUNT_SID                   1257
#define ERROR_NON_DOMAIN_SID                    1258
#define ERROR_DOWNGRADE_DETECTED                1265
#define ERROR_MACHINE_LOCKED                    1271
#define ERROR_INVALID_IMPORT_OF_NON_DLL         1276
#define ERROR_ALREADY_FIBER                     1280
#define ERROR_ALREADY_THREAD                    1281
#define ERROR_NOT_ALL_ASSIGNED                  1300
#define ERROR_SOME_NOT_MAPPED                   1301
#define ERROR_NO_QUOTAS_FOR_ACCOUNT             1302
#define ERROR_LOCAL_USER_SESSION_KEY            1303
#define ERROR_NULL_LM_PASSWORD                  1304
#define ERROR_UNKNOWN_REVISION                  1305
#define ERROR_REVISION_MISMATCH                 1306
#define ERROR_INVALID_OWNER                     1307
#define ERROR_INVALID_PRIMARY_GROUP             1308
#define ERROR_NO_IMPERSONATION_TOKEN            1309
#define ERROR_CANT_DISABLE_MANDATORY            1310
#define ERROR_NO_LOGON_SERVERS                  1311
#define ERROR_NO_SUCH_LOGON_SESSION             1312
#define ERROR_NO_SUCH_PRIVILEGE                 1313
#define ERROR_PRIVILEGE_NOT_HELD                1314
#define ERROR_INVALID_ACCOUNT_NAME              1315
#define ERROR_USER_EXISTS                       1316
#define ERROR_NO_SUCH_USER                      1317
#define ERROR_GROUP_EXISTS                      1318
#define ERROR_NO_SUCH_GROUP                     1319
#define ERROR_MEMBER_IN_GROUP                   1320
#define ERROR_MEMBER_NOT_IN_GROUP               1321
#define ERROR_LAST_ADMIN                        1322
#define ERROR_WRONG_PASSWORD                    1323
#define ERROR_ILL_FORMED_PASSWORD               1324
#define ERROR_PASSWORD_RESTRICTION              1325
#define ERROR_LOGON_FAILURE                     1326
#define ERROR_ACCOUNT_RESTRICTION               1327
#define ERROR_INVALID_LOGON_HOURS               1328
#define ERROR_INVALID_WORKSTATION               1329
#define ERROR_PASSWORD_EXPIRED                  1330
#define ERROR_ACCOUNT_DISABLED                  1331
#define ERROR_NONE_MAPPED                       1332
#define ERROR_TOO_MANY_LUIDS_REQUESTED          1333
#define ERROR_LUIDS_EXHAUSTED                   1334
#define ERROR_INVALID_SUB_AUTHORITY             1335
#define ERROR_INVALID_ACL                       1336
#define ERROR_INVALID_SID                       1337
#define ERROR_INVALID_SECURITY_DESCR            1338
#define ERROR_BAD_INHERITANCE_ACL               1340
#define ERROR_SERVER_DISABLED                   1341
#define ERROR_SERVER_NOT_DISABLED               1342
#define ERROR_INVALID_ID_AUTHORITY              1343
#define ERROR_ALLOTTED_SPACE_EXCEEDED           1344
#define ERROR_INVALID_GROUP_ATTRIBUTES          1345
#define ERROR_BAD_IMPERSONATION_LEVEL           1346
#define ERROR_CANT_OPEN_ANONYMOUS               1347
#define ERROR_BAD_VALIDATION_CLASS              1348
#define ERROR_BAD_TOKEN_TYPE                    1349
#define ERROR_NO_SECURITY_ON_OBJECT             1350
#define ERROR_CANT_ACCESS_DOMAIN_INFO           1351
#define ERROR_INVALID_SERVER_STATE              1352
#define ERROR_INVALID_DOMAIN_STATE              1353
#define ERROR_INVALID_DOMAIN_ROLE               1354
#define ERROR_NO_SUCH_DOMAIN                    1355
#define ERROR_DOMAIN_EXISTS                     1356
#define ERROR_DOMAIN_LIMIT_EXCEEDED             1357
#define ERROR_INTERNAL_DB_CORRUPTION            1358
#define ERROR_INTERNAL_ERROR                    1359
#define ERROR_GENERIC_NOT_MAPPED                1360
#define ERROR_BAD_DESCRIPTOR_FORMAT             1361
#define ERROR_NOT_LOGON_PROCESS                 1362
#define ERROR_LOGON_SESSION_EXISTS              1363
#define ERROR_NO_SUCH_PACKAGE                   1364
#define ERROR_BAD_LOGON_SESSION_STATE           1365
#define ERROR_LOGON_SESSION_COLLISION           1366
#define ERROR_INVALID_LOGON_TYPE                1367
#define ERROR_CANNOT_IMPERSONATE                1368
#define ERROR_RXACT_INVALID_STATE               1369
#define ERROR_RXACT_COMMIT_FAILURE              1370
#define ERROR_SPECIAL_ACCOUNT                   1371
#define ERROR_SPECIAL_GROUP                     1372
#define ERROR_SPECIAL_USER                      1373
#define ERROR_MEMBERS_PRIMARY_GROUP             1374
#define ERROR_TOKEN_ALREADY_IN_USE              1375
#define ERROR_NO_SUCH_ALIAS                     1376
#define ERROR_MEMBER_NOT_IN_ALIAS               1377
#define ERROR_MEMBER_IN_ALIAS                   1378
#define ERROR_ALIAS_EXISTS                      1379
#define ERROR_LOGON_NOT_GRANTED                 1380
#define ERROR_TOO_MANY_SECRETS                  1381
#define ERROR_SECRET_TOO_LONG                   1382
#define ERROR_INTERNAL_DB_ERROR                 1383
#define ERROR_TOO_MANY_CONTEXT_IDS              1384
#define ERROR_LOGON_TYPE_NOT_GRANTED            1385
#define ERROR_NT_CROSS_ENCRYPTION_REQUIRED      1386
#define ERROR_NO_SUCH_MEMBER                    1387
#define ERROR_INVALID_MEMBER                    1388
#define ERROR_TOO_MANY_SIDS                     1389
#define ERROR_LM_CROSS_ENCRYPTION_REQUIRED      1390
#define ERROR_NO_INHERITANCE                    1391
#define ERROR_FILE_CORRUPT                      1392
#define ERROR_DISK_CORRUPT                      1393
#define ERROR_NO_USER_SESSION_KEY               1394
#define ERROR_LICENSE_QUOTA_EXCEEDED            1395
#define ERROR_WRONG_TARGET_NAME                 1396
#define ERROR_MUTUAL_AUTH_FAILED                1397
#define ERROR_TIME_SKEW                         1398
#define ERROR_CURRENT_DOMAIN_NOT_ALLOWED        1399
#define ERROR_INVALID_WINDOW_HANDLE             1400
#define ERROR_INVALID_MENU_HANDLE               1401
#define ERROR_INVALID_CURSOR_HANDLE             1402
#define ERROR_INVALID_ACCEL_HANDLE              1403
#define ERROR_INVALID_HOOK_HANDLE               1404
#define ERROR_INVALID_DWP_HANDLE                1405
#define ERROR_INVALID_INDEX                     1413
#define ERROR_INVALID_ICON_HANDLE               1414
#define ERROR_INVALID_COMBOBOX_MESSAGE          1422
#define ERROR_INVALID_EDIT_HEIGHT               1424
#define ERROR_INVALID_HOOK_FILTER               1426
#define ERROR_INVALID_FILTER_PROC               1427
#define ERROR_INVALID_LB_MESSAGE                1432
#define ERROR_INVALID_MSGBOX_STYLE              1438
#define ERROR_INVALID_SPI_VALUE                 1439
#define ERROR_INVALID_GW_COMMAND                1443
#define ERROR_INVALID_THREAD_ID                 1444
#define ERROR_NON_MDICHILD_WINDOW               1445
#define ERROR_INVALID_SCROLLBAR_RANGE           1448
#define ERROR_INVALID_SHOWWIN_COMMAND           1449
#define ERROR_INVALID_KEYBOARD_HANDLE           1457
#define ERROR_TIMEOUT                           1460
#define ERROR_INVALID_MONITOR_HANDLE            1461
#define ERROR_UNKNOWN_PRODUCT                   1605
#define ERROR_UNKNOWN_FEATURE                   1606
#define ERROR_UNKNOWN_COMPONENT                 1607
#define ERROR_UNKNOWN_PROPERTY                  1608
#define ERROR_INVALID_HANDLE_STATE              1609
#define ERROR_BAD_CONFIGURATION                 1610
#define ERROR_BAD_QUERY_SYNTAX                  1615
#define ERROR_INVALID_FIELD                     1616
#define ERROR_DEVICE_REMOVED                    1617
#define ERROR_INVALID_TABLE                     1628
#define ERROR_UNSUPPORTED_TYPE                  1630
#define ERROR_INVALID_COMMAND_LINE              1639
#define ERROR_INVALID_USER_BUFFER               1784
#define ERROR_NO_TRUST_LSA_SECRET               1786
#define ERROR_NO_TRUST_SAM_ACCOUNT              1787
#define ERROR_TRUSTED_DOMAIN_FAILURE            1788
#define ERROR_TRUSTED_RELATIONSHIP_FAILURE      1789
#define ERROR_TRUST_FAILURE                     1790
#define ERROR_NETLOGON_NOT_STARTED              1792
#define ERROR_ACCOUNT_EXPIRED                   1793
#define ERROR_REDIRECTOR_HAS_OPEN_HANDLES       1794
#define ERROR_PRINTER_DRIVER_ALREADY_INSTALLED  1795
#define ERROR_UNKNOWN_PORT                      1796
#define ERROR_UNKNOWN_PRINTER_DRIVER            1797
#define ERROR_UNKNOWN_PRINTPROCESSOR            1798
#define ERROR_INVALID_SEPARATOR_FILE            1799
#define ERROR_INVALID_PRIORITY                  1800
#define ERROR_INVALID_PRINTER_NAME              1801
#define ERROR_PRINTER_ALREADY_EXISTS            1802
#define ERROR_INVALID_PRINTER_COMMAND           1803
#define ERROR_INVALID_DATATYPE                  1804
#define ERROR_INVALID_ENVIRONMENT               1805
#define ERROR_NOLOGON_INTERDOMAIN_TRUST_ACCOUNT 1807
#define ERROR_NOLOGON_WORKSTATION_TRUST_ACCOUNT 1808
#define ERROR_NOLOGON_SERVER_TRUST_ACCOUNT      1809
#define ERROR_DOMAIN_TRUST_INCONSISTENT         1810
#define ERROR_SERVER_HAS_OPEN_HANDLES           1811
#define ERROR_RESOURCE_DATA_NOT_FOUND           1812
#define ERROR_NOT_ENOUGH_QUOTA                  1816
#define ERROR_INVALID_TIME                      1901
#define ERROR_INVALID_FORM_NAME                 1902
#define ERROR_INVALID_FORM_SIZE                 1903
#define ERROR_ALREADY_WAITING                   1904
#define ERROR_INVALID_PRINTER_STATE             1906
#define ERROR_PASSWORD_MUST_CHANGE              1907
#define ERROR_ACCOUNT_LOCKED_OUT                1909
#define ERROR_AUTHENTICATION_FIREWALL_FAILED    1935
#define ERROR_REMOTE_PRINT_CONNECTIONS_BLOCKED  1936
#define ERROR_INVALID_PIXEL_FORMAT              2000
#define ERROR_BAD_DRIVER                        2001
#define ERROR_INVALID_WINDOW_STYLE              2002
#define ERROR_INVALID_CMM                       2010
#define ERROR_INVALID_PROFILE                   2011
#define ERROR_INVALID_COLORSPACE                2017
#define ERROR_INVALID_TRANSFORM                 2020
#define ERROR_INVALID_COLORINDEX                2022
#define ERROR_CONNECTED_OTHER_PASSWORD          2108
#define ERROR_CONNECTED_OTHER_PASSWORD_DEFAULT  2109
#define ERROR_BAD_USERNAME                      2202
#define ERROR_NOT_CONNECTED                     2250
#define ERROR_OPEN_FILES                        2401
#define ERROR_DEVICE_IN_USE                     2404

/* ---- HRESULT, [MS-ERREF] 2.1 ---- */

#define S_OK                               ((HRESULT)0)
#define S_FALSE                            ((HRESULT)1)
#define E_UNEXPECTED                       ((HRESULT)0x8000FFFF)
#define E_NOTIMPL                          ((HRESULT)0x80004001)
#define E_OUTOFMEMORY                      ((HRESULT)0x8007000E)
#define E_INVALIDARG                       ((HRESULT)0x80070057)
#define E_POINTER                          ((HRESULT)0x80004003)
#define E_HANDLE                           ((HRESULT)0x80070006)
#define E_ABORT                            ((HRESULT)0x80004004)
#define E_FAIL                             ((HRESULT)0x80004005)
#define E_ACCESSDENIED                     ((HRESULT)0x80070005)
#define CRYPT_E_MSG_ERROR                  ((HRESULT)0x80091001)
#define CRYPT_E_UNKNOWN_ALGO               ((HRESULT)0x80091002)
#define CRYPT_E_OID_FORMAT                 ((HRESULT)0x80091003)
#define CRYPT_E_INVALID_MSG_TYPE           ((HRESULT)0x80091004)
#define CRYPT_E_UNEXPECTED_ENCODING        ((HRESULT)0x80091005)
#define CRYPT_E_AUTH_ATTR_MISSING          ((HRESULT)0x80091006)
#define CRYPT_E_HASH_VALUE                 ((HRESULT)0x80091007)
#define CRYPT_E_INVALID_INDEX              ((HRESULT)0x80091008)
#define CRYPT_E_ALREADY_DECRYPTED          ((HRESULT)0x80091009)
#define CRYPT_E_NOT_DECRYPTED              ((HRESULT)0x8009100A)
#define CRYPT_E_RECIPIENT_NOT_FOUND        ((HRESULT)0x8009100B)
#define CRYPT_E_CONTROL_TYPE               ((HRESULT)0x8009100C)
#define CRYPT_E_ISSUER_SERIALNUMBER        ((HRESULT)0x8009100D)
#define CRYPT_E_SIGNER_NOT_FOUND           ((HRESULT)0x8009100E)
#define CRYPT_E_ATTRIBUTES_MISSING         ((HRESULT)0x8009100F)
#define CRYPT_E_STREAM_MSG_NOT_READY       ((HRESULT)0x80091010)
#define CRYPT_E_STREAM_INSUFFICIENT_DATA   ((HRESULT)0x80091011)
#define CRYPT_E_BAD_LEN                    ((HRESULT)0x80092001)
#define CRYPT_E_BAD_ENCODE                 ((HRESULT)0x80092002)
#define CRYPT_E_FILE_ERROR                 ((HRESULT)0x80092003)
#define CRYPT_E_NOT_FOUND                  ((HRESULT)0x80092004)
#define CRYPT_E_EXISTS                     ((HRESULT)0x80092005)
#define CRYPT_E_NO_PROVIDER                ((HRESULT)0x80092006)
#define CRYPT_E_SELF_SIGNED                ((HRESULT)0x80092007)
#define CRYPT_E_DELETED_PREV               ((HRESULT)0x80092008)
#define CRYPT_E_NO_MATCH                   ((HRESULT)0x80092009)
#define CRYPT_E_UNEXPECTED_MSG_TYPE        ((HRESULT)0x8009200A)
#define CRYPT_E_NO_KEY_PROPERTY            ((HRESULT)0x8009200B)
#define CRYPT_E_NO_DECRYPT_CERT            ((HRESULT)0x8009200C)
#define CRYPT_E_BAD_MSG                    ((HRESULT)0x8009200D)
#define CRYPT_E_NO_SIGNER                  ((HRESULT)0x8009200E)
#define CRYPT_E_PENDING_CLOSE              ((HRESULT)0x8009200F)
#define CRYPT_E_REVOKED                    ((HRESULT)0x80092010)
#define CRYPT_E_NO_REVOCATION_DLL          ((HRESULT)0x80092011)
#define CRYPT_E_NO_REVOCATION_CHECK        ((HRESULT)0x80092012)
#define CRYPT_E_REVOCATION_OFFLINE         ((HRESULT)0x80092013)
#define CRYPT_E_NOT_IN_REVOCATION_DATABASE ((HRESULT)0x80092014)
#define CRYPT_E_INVALID_NUMERIC_STRING     ((HRESULT)0x80092020)
#define CRYPT_E_INVALID_PRINTABLE_STRING   ((HRESULT)0x80092021)
#define CRYPT_E_INVALID_IA5_STRING         ((HRESULT)0x80092022)
#define CRYPT_E_INVALID_X500_STRING        ((HRESULT)0x80092023)
#define CRYPT_E_NOT_CHAR_STRING            ((HRESULT)0x80092024)
#define CRYPT_E_FILERESIZED                ((HRESULT)0x80092025)
#define CRYPT_E_SECURITY_SETTINGS          ((HRESULT)0x80092026)
#define CRYPT_E_NO_VERIFY_USAGE_DLL        ((HRESULT)0x80092027)
#define CRYPT_E_NO_VERIFY_USAGE_CHECK      ((HRESULT)0x80092028)
#define CRYPT_E_VERIFY_USAGE_OFFLINE       ((HRESULT)0x80092029)
#define CRYPT_E_NOT_IN_CTL                 ((HRESULT)0x8009202A)
#define CRYPT_E_NO_TRUSTED_SIGNER          ((HRESULT)0x8009202B)
#define CRYPT_E_MISSING_PUBKEY_PARA        ((HRESULT)0x8009202C)
#define CRYPT_E_OSS_ERROR                  ((HRESULT)0x80093000)
#define CRYPT_E_ASN1_ERROR                 ((HRESULT)0x80093100)
#define CRYPT_E_ASN1_INTERNAL              ((HRESULT)0x80093101)
#define CRYPT_E_ASN1_EOD                   ((HRESULT)0x80093102)
#define CRYPT_E_ASN1_CORRUPT               ((HRESULT)0x80093103)
#define CRYPT_E_ASN1_LARGE                 ((HRESULT)0x80093104)
#define CRYPT_E_ASN1_CONSTRAINT            ((HRESULT)0x80093105)
#define CRYPT_E_ASN1_MEMORY                ((HRESULT)0x80093106)
#define CRYPT_E_ASN1_OVERFLOW              ((HRESULT)0x80093107)
#define CRYPT_E_ASN1_BADPDU                ((HRESULT)0x80093108)
#define CRYPT_E_ASN1_BADARGS               ((HRESULT)0x80093109)
#define CRYPT_E_ASN1_BADREAL               ((HRESULT)0x8009310A)
#define CRYPT_E_ASN1_BADTAG                ((HRESULT)0x8009310B)
#define CRYPT_E_ASN1_CHOICE                ((HRESULT)0x8009310C)
#define CRYPT_E_ASN1_RULE                  ((HRESULT)0x8009310D)
#define CRYPT_E_ASN1_UTF8                  ((HRESULT)0x8009310E)
#define CRYPT_E_ASN1_PDU_TYPE              ((HRESULT)0x80093133)
#define CRYPT_E_ASN1_NYI                   ((HRESULT)0x80093134)
#define CRYPT_E_ASN1_EXTENDED              ((HRESULT)0x80093201)
#define CRYPT_E_ASN1_NOEOD                 ((HRESULT)0x80093202)
#define TRUST_E_SYSTEM_ERROR               ((HRESULT)0x80096001)
#define TRUST_E_NO_SIGNER_CERT             ((HRESULT)0x80096002)
#define TRUST_E_COUNTER_SIGNER             ((HRESULT)0x80096003)
#define TRUST_E_CERT_SIGNATURE             ((HRESULT)0x80096004)
#define TRUST_E_TIME_STAMP                 ((HRESULT)0x80096005)
#define TRUST_E_BAD_DIGEST                 ((HRESULT)0x80096010)
#define TRUST_E_BASIC_CONSTRAINTS          ((HRESULT)0x80096019)
#define TRUST_E_FINANCIAL_CRITERIA         ((HRESULT)0x8009601E)
#define TRUST_E_PROVIDER_UNKNOWN           ((HRESULT)0x800B0001)
#define TRUST_E_ACTION_UNKNOWN             ((HRESULT)0x800B0002)
#define TRUST_E_SUBJECT_FORM_UNKNOWN       ((HRESULT)0x800B0003)
#define TRUST_E_SUBJECT_NOT_TRUSTED        ((HRESULT)0x800B0004)
#define TRUST_E_NOSIGNATURE                ((HRESULT)0x800B0100)
#define CERT_E_EXPIRED                     ((HRESULT)0x800B0101)
#define CERT_E_VALIDITYPERIODNESTING       ((HRESULT)0x800B0102)
#define CERT_E_ROLE                        ((HRESULT)0x800B0103)
#define CERT_E_PATHLENCONST                ((HRESULT)0x800B0104)
#define CERT_E_CRITICAL                    ((HRESULT)0x800B0105)
#define CERT_E_PURPOSE                     ((HRESULT)0x800B0106)
#define CERT_E_ISSUERCHAINING              ((HRESULT)0x800B0107)
#define CERT_E_MALFORMED                   ((HRESULT)0x800B0108)
#define CERT_E_UNTRUSTEDROOT               ((HRESULT)0x800B0109)
#define CERT_E_CHAINING                    ((HRESULT)0x800B010A)
#define TRUST_E_FAIL                       ((HRESULT)0x800B010B)
#define CERT_E_REVOKED                     ((HRESULT)0x800B010C)
#define CERT_E_UNTRUSTEDTESTROOT           ((HRESULT)0x800B010D)
#define CERT_E_REVOCATION_FAILURE          ((HRESULT)0x800B010E)
#define CERT_E_CN_NO_MATCH                 ((HRESULT)0x800B010F)
#define CERT_E_WRONG_USAGE                 ((HRESULT)0x800B0110)
#define TRUST_E_EXPLICIT_DISTRUST          ((HRESULT)0x800B0111)
#define CERT_E_UNTRUSTEDCA                 ((HRESULT)0x800B0112)
#define CERT_E_INVALID_POLICY              ((HRESULT)0x800B0113)
#define CERT_E_INVALID_NAME                ((HRESULT)0x800B0114)

/* ---- SSPI status codes, "SSPI Status Codes" and [MS-ERREF] 2.1 ---- */

#define SEC_E_OK                            ((HRESULT)0x00000000)
#define SEC_E_INSUFFICIENT_MEMORY           ((HRESULT)0x80090300)
#define SEC_E_INVALID_HANDLE                ((HRESULT)0x80090301)
#define SEC_E_UNSUPPORTED_FUNCTION          ((HRESULT)0x80090302)
#define SEC_E_TARGET_UNKNOWN                ((HRESULT)0x80090303)
#define SEC_E_INTERNAL_ERROR                ((HRESULT)0x80090304)
#define SEC_E_SECPKG_NOT_FOUND              ((HRESULT)0x80090305)
#define SEC_E_NOT_OWNER                     ((HRESULT)0x80090306)
#define SEC_E_CANNOT_INSTALL                ((HRESULT)0x80090307)
#define SEC_E_INVALID_TOKEN                 ((HRESULT)0x80090308)
#define SEC_E_CANNOT_PACK                   ((HRESULT)0x80090309)
#define SEC_E_QOP_NOT_SUPPORTED             ((HRESULT)0x8009030A)
#define SEC_E_NO_IMPERSONATION              ((HRESULT)0x8009030B)
#define SEC_E_LOGON_DENIED                  ((HRESULT)0x8009030C)
#define SEC_E_UNKNOWN_CREDENTIALS           ((HRESULT)0x8009030D)
#define SEC_E_NO_CREDENTIALS                ((HRESULT)0x8009030E)
#define SEC_E_MESSAGE_ALTERED               ((HRESULT)0x8009030F)
#define SEC_E_OUT_OF_SEQUENCE               ((HRESULT)0x80090310)
#define SEC_E_NO_AUTHENTICATING_AUTHORITY   ((HRESULT)0x80090311)
#define SEC_I_CONTINUE_NEEDED               ((HRESULT)0x00090312)
#define SEC_I_COMPLETE_NEEDED               ((HRESULT)0x00090313)
#define SEC_I_COMPLETE_AND_CONTINUE         ((HRESULT)0x00090314)
#define SEC_I_LOCAL_LOGON                   ((HRESULT)0x00090315)
#define SEC_I_GENERIC_EXTENSION_RECEIVED    ((HRESULT)0x00090316)
#define SEC_E_BAD_PKGID                     ((HRESULT)0x80090316)
#define SEC_E_CONTEXT_EXPIRED               ((HRESULT)0x80090317)
#define SEC_I_CONTEXT_EXPIRED               ((HRESULT)0x00090317)
#define SEC_E_INCOMPLETE_MESSAGE            ((HRESULT)0x80090318)
#define SEC_E_INCOMPLETE_CREDENTIALS        ((HRESULT)0x80090320)
#define SEC_E_BUFFER_TOO_SMALL              ((HRESULT)0x80090321)
#define SEC_I_INCOMPLETE_CREDENTIALS        ((HRESULT)0x00090320)
#define SEC_I_RENEGOTIATE                   ((HRESULT)0x00090321)
#define SEC_E_WRONG_PRINCIPAL               ((HRESULT)0x80090322)
#define SEC_I_NO_LSA_CONTEXT                ((HRESULT)0x00090323)
#define SEC_E_TIME_SKEW                     ((HRESULT)0x80090324)
#define SEC_E_UNTRUSTED_ROOT                ((HRESULT)0x80090325)
#define SEC_E_ILLEGAL_MESSAGE               ((HRESULT)0x80090326)
#define SEC_E_CERT_UNKNOWN                  ((HRESULT)0x80090327)
#define SEC_E_CERT_EXPIRED                  ((HRESULT)0x80090328)
#define SEC_E_ENCRYPT_FAILURE               ((HRESULT)0x80090329)
#define SEC_E_DECRYPT_FAILURE               ((HRESULT)0x80090330)
#define SEC_E_ALGORITHM_MISMATCH            ((HRESULT)0x80090331)
#define SEC_E_SECURITY_QOS_FAILED           ((HRESULT)0x80090332)
#define SEC_E_UNFINISHED_CONTEXT_DELETED    ((HRESULT)0x80090333)
#define SEC_E_NO_TGT_REPLY                  ((HRESULT)0x80090334)
#define SEC_E_NO_IP_ADDRESSES               ((HRESULT)0x80090335)
#define SEC_E_WRONG_CREDENTIAL_HANDLE       ((HRESULT)0x80090336)
#define SEC_E_CRYPTO_SYSTEM_INVALID         ((HRESULT)0x80090337)
#define SEC_E_MAX_REFERRALS_EXCEEDED        ((HRESULT)0x80090338)
#define SEC_E_MUST_BE_KDC                   ((HRESULT)0x80090339)
#define SEC_E_STRONG_CRYPTO_NOT_SUPPORTED   ((HRESULT)0x8009033A)
#define SEC_E_TOO_MANY_PRINCIPALS           ((HRESULT)0x8009033B)
#define SEC_E_NO_PA_DATA                    ((HRESULT)0x8009033C)
#define SEC_E_PKINIT_NAME_MISMATCH          ((HRESULT)0x8009033D)
#define SEC_E_SMARTCARD_LOGON_REQUIRED      ((HRESULT)0x8009033E)
#define SEC_E_SHUTDOWN_IN_PROGRESS          ((HRESULT)0x8009033F)
#define SEC_E_KDC_INVALID_REQUEST           ((HRESULT)0x80090340)
#define SEC_E_KDC_UNABLE_TO_REFER           ((HRESULT)0x80090341)
#define SEC_E_KDC_UNKNOWN_ETYPE             ((HRESULT)0x80090342)
#define SEC_E_UNSUPPORTED_PREAUTH           ((HRESULT)0x80090343)
#define SEC_E_DELEGATION_REQUIRED           ((HRESULT)0x80090345)
#define SEC_E_BAD_BINDINGS                  ((HRESULT)0x80090346)
#define SEC_E_MULTIPLE_ACCOUNTS             ((HRESULT)0x80090347)
#define SEC_E_NO_KERB_KEY                   ((HRESULT)0x80090348)
#define SEC_E_CERT_WRONG_USAGE              ((HRESULT)0x80090349)
#define SEC_E_DOWNGRADE_DETECTED            ((HRESULT)0x80090350)
#define SEC_E_SMARTCARD_CERT_REVOKED        ((HRESULT)0x80090351)
#define SEC_E_ISSUING_CA_UNTRUSTED          ((HRESULT)0x80090352)
#define SEC_E_REVOCATION_OFFLINE_C          ((HRESULT)0x80090353)
#define SEC_E_PKINIT_CLIENT_FAILURE         ((HRESULT)0x80090354)
#define SEC_E_SMARTCARD_CERT_EXPIRED        ((HRESULT)0x80090355)
#define SEC_E_NO_S4U_PROT_SUPPORT           ((HRESULT)0x80090356)
#define SEC_E_CROSSREALM_DELEGATION_FAILURE ((HRESULT)0x80090357)
#define SEC_E_REVOCATION_OFFLINE_KDC        ((HRESULT)0x80090358)
#define SEC_E_ISSUING_CA_UNTRUSTED_KDC      ((HRESULT)0x80090359)
#define SEC_E_KDC_CERT_EXPIRED              ((HRESULT)0x8009035A)
#define SEC_E_KDC_CERT_REVOKED              ((HRESULT)0x8009035B)
#define SEC_I_SIGNATURE_NEEDED              ((HRESULT)0x0009035C)
#define SEC_E_INVALID_PARAMETER             ((HRESULT)0x8009035D)
#define SEC_E_DELEGATION_POLICY             ((HRESULT)0x8009035E)
#define SEC_E_POLICY_NLTM_ONLY              ((HRESULT)0x8009035F)
#define SEC_I_NO_RENEGOTIATION              ((HRESULT)0x00090360)
#define SEC_E_NO_CONTEXT                    ((HRESULT)0x80090361)
#define SEC_E_PKU2U_CERT_FAILURE            ((HRESULT)0x80090362)
#define SEC_E_MUTUAL_AUTH_FAILED            ((HRESULT)0x80090363)
#define SEC_I_MESSAGE_FRAGMENT              ((HRESULT)0x00090364)
#define SEC_E_ONLY_HTTPS_ALLOWED            ((HRESULT)0x80090365)
#define SEC_I_CONTINUE_NEEDED_MESSAGE_OK    ((HRESULT)0x00090366)
#define SEC_E_APPLICATION_PROTOCOL_MISMATCH ((HRESULT)0x80090367)
#define SEC_I_ASYNC_CALL_PENDING            ((HRESULT)0x00090368)
#define SEC_E_INVALID_UPN_NAME              ((HRESULT)0x80090369)
#define SEC_E_EXT_BUFFER_TOO_SMALL          ((HRESULT)0x8009036A)
#define SEC_E_INSUFFICIENT_BUFFERS          ((HRESULT)0x8009036B)
#define SEC_E_NO_SPM                        SEC_E_INTERNAL_ERROR
#define SEC_E_NOT_SUPPORTED                 SEC_E_UNSUPPORTED_FUNCTION

#ifdef __cplusplus
}
#endif

#if defined(CREDMGR_WINDOWS_ANNOTATIONS) || __SIZEOF_WCHAR_T__ == 2
#ifndef IN
#define IN
#endif
#ifndef OUT
#define OUT
#endif
#ifndef OPTIONAL
#define OPTIONAL
#endif
#ifndef CONST
#define CONST const
#endif
#ifndef FAR
#define FAR
#endif
#ifndef NEAR
#define NEAR
#endif
#ifndef _In_
#define _In_
#define _In_opt_
#define _Inout_
#define _Inout_opt_
#define _Out_
#define _Out_opt_
#define _Outptr_
#define _Outptr_opt_
#define _Success_(expression)
#define _Reserved_
#define _In_z_
#define _In_opt_z_
#define _Ret_maybenull_
#define _Must_inspect_result_
#define _Check_return_
#define _In_reads_(count)
#define _In_reads_opt_(count)
#define _In_reads_bytes_(size)
#define _In_reads_bytes_opt_(size)
#define _Out_writes_(count)
#define _Out_writes_opt_(count)
#define _Out_writes_z_(count)
#define _Out_writes_bytes_(size)
#define _Inout_updates_(count)
#define _Inout_updates_bytes_(size)
#endif
#endif

#include <handleapi.h>
#include <securitybaseapi.h>
#include <winbase.h>

#endif
