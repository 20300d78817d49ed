"""pywin32's module of this name, as far as the tests need it, on libsspi: so that a program written for Windows runs here unchanged."""

import ctypes

import sspicon
from pywintypes import error

ULONG = ctypes.c_uint32
ROOM = 65536  # bytes of a token


class Handle(ctypes.Structure):
    _fields_ = [("lower", ctypes.c_size_t), ("upper", ctypes.c_size_t)]


class Buffer(ctypes.Structure):
    _fields_ = [("size", ULONG), ("type", ULONG), ("data", ctypes.c_void_p)]


class Descriptor(ctypes.Structure):
    _fields_ = [("version", ULONG), ("count", ULONG), ("buffers", ctypes.POINTER(Buffer))]


class Sizes(ctypes.Structure):
    _fields_ = [("token", ULONG), ("signature", ULONG), ("block", ULONG), ("trailer", ULONG)]


class Names(ctypes.Structure):
    _fields_ = [("user", ctypes.c_char_p)]


class SessionKey(ctypes.Structure):
    _fields_ = [("size", ULONG), ("data", ctypes.c_void_p)]


class PackageInfo(ctypes.Structure):
    _fields_ = [("capabilities", ULONG), ("version", ctypes.c_uint16), ("rpc_id", ctypes.c_uint16),
                ("token", ULONG), ("name", ctypes.c_char_p), ("comment", ctypes.c_char_p)]


class NegotiationInfo(ctypes.Structure):
    _fields_ = [("package", ctypes.POINTER(PackageInfo)), ("state", ULONG)]


class Identity(ctypes.Structure):
    _fields_ = [("user", ctypes.c_char_p), ("user_size", ULONG), ("domain", ctypes.c_char_p), ("domain_size", ULONG),
                ("password", ctypes.c_char_p), ("password_size", ULONG), ("flags", ULONG)]

    def __init__(self, user, domain, password):
        user, domain, password = (None if part is None else part.encode() for part in (user, domain, password))
        super().__init__(user, len(user or b""), domain, len(domain or b""), password, len(password or b""),
                         sspicon.SEC_WINNT_AUTH_IDENTITY_ANSI)


library = ctypes.CDLL("libsspi.so.0")
library.CredmgrLastErrorText.restype = ctypes.c_char_p


def call(name, *arguments):
    """Calls the function; a failure becomes an exception."""
    status = getattr(library, name)(*arguments)
    if status < 0:
        raise error(status, name, (library.CredmgrLastErrorText(None) or b"").decode())
    return status


class SecBuffer:
    """One buffer, with the bytes in Buffer."""

    def __init__(self, data):
        self.Buffer = data


def describe(*parts):
    """A descriptor of (type, bytes); and the memory of each."""
    memory = [ctypes.create_string_buffer(data, max(len(data), 1)) for _, data in parts]
    buffers = (Buffer * len(parts))(*[
        Buffer(len(data), kind, ctypes.addressof(where)) for (kind, data), where in zip(parts, memory)])
    return Descriptor(sspicon.SECBUFFER_VERSION, len(parts), buffers), buffers, memory


class _Auth:
    def __init__(self, package, use, principal, auth_info=None):
        """auth_info: (user, domain, password), or None for default credentials."""
        self.credential = Handle()
        self.context = None
        self.authenticated = False
        self.sequence = 0
        self.attributes = ULONG()
        identity = Identity(*auth_info) if auth_info else None
        call("AcquireCredentialsHandleA", principal, package.encode(), use, None,
             ctypes.byref(identity) if identity else None, None, None, ctypes.byref(self.credential), None)

    def __del__(self):
        if self.context:
            library.DeleteSecurityContext(ctypes.byref(self.context))
        if self.credential.lower or self.credential.upper:
            library.FreeCredentialsHandle(ctypes.byref(self.credential))

    def authorize(self, token):
        """One leg: the status, and [SecBuffer]."""
        given, kept, memory = describe((sspicon.SECBUFFER_TOKEN, token)) if token else (None, None, None)
        answer, buffers, room = describe((sspicon.SECBUFFER_TOKEN, bytes(ROOM)))
        made = Handle() if self.context is None else self.context
        status = self.leg(ctypes.byref(self.context) if self.context else None,
                          ctypes.byref(given) if given else None, ctypes.byref(made), ctypes.byref(answer))
        self.context = made
        self.authenticated = status == sspicon.SEC_E_OK
        return status, [SecBuffer(room[0].raw[:buffers[0].size])]

    def next_sequence(self):
        self.sequence += 1
        return self.sequence - 1

    def sign(self, data):
        sizes = Sizes()
        call("QueryContextAttributesA", ctypes.byref(self.context), sspicon.SECPKG_ATTR_SIZES, ctypes.byref(sizes))
        message, buffers, memory = describe((sspicon.SECBUFFER_DATA, data),
                                            (sspicon.SECBUFFER_TOKEN, bytes(sizes.signature)))
        call("MakeSignature", ctypes.byref(self.context), 0, ctypes.byref(message), self.next_sequence())
        return memory[1].raw[:buffers[1].size]

    def verify(self, data, signature):
        message, buffers, memory = describe((sspicon.SECBUFFER_DATA, data), (sspicon.SECBUFFER_TOKEN, signature))
        call("VerifySignature", ctypes.byref(self.context), ctypes.byref(message), self.next_sequence(), None)

    def encrypt(self, data):
        """The sealed message, and its trailer."""
        sizes = Sizes()
        call("QueryContextAttributesA", ctypes.byref(self.context), sspicon.SECPKG_ATTR_SIZES, ctypes.byref(sizes))
        return self.protect("EncryptMessage", (sspicon.SECBUFFER_DATA, data),
                            (sspicon.SECBUFFER_TOKEN, bytes(sizes.trailer)))

    def decrypt(self, data, trailer):
        return self.unprotect("DecryptMessage", (sspicon.SECBUFFER_DATA, data), (sspicon.SECBUFFER_TOKEN, trailer))[0]

    # Not pywin32's, from here on.

    def protect(self, function, *parts):
        """EncryptMessage or MakeSignature over buffers (type, bytes); what they are then."""
        message, buffers, memory = describe(*parts)
        call(function, ctypes.byref(self.context), 0, ctypes.byref(message), self.next_sequence())
        return [room.raw[:buffer.size] for room, buffer in zip(memory, buffers)]

    def unprotect(self, function, *parts):
        message, buffers, memory = describe(*parts)
        call(function, ctypes.byref(self.context), ctypes.byref(message), self.next_sequence(), None)
        return [room.raw[:buffer.size] for room, buffer in zip(memory, buffers)]

    def session_key(self):
        key = SessionKey()
        call("QueryContextAttributesA", ctypes.byref(self.context), sspicon.SECPKG_ATTR_SESSION_KEY, ctypes.byref(key))
        data = ctypes.string_at(key.data, key.size)
        library.FreeContextBuffer(ctypes.c_void_p(key.data))
        return data

    def package(self):
        """The name of the package that was negotiated."""
        info = NegotiationInfo()
        call("QueryContextAttributesA", ctypes.byref(self.context), sspicon.SECPKG_ATTR_NEGOTIATION_INFO,
             ctypes.byref(info))
        name = info.package.contents.name.decode()
        library.FreeContextBuffer(info.package)
        return name

    def user_name(self):
        """Who is at the other end."""
        names = Names()
        call("QueryContextAttributesA", ctypes.byref(self.context), sspicon.SECPKG_ATTR_NAMES, ctypes.byref(names))
        return names.user.decode()


class ClientAuth(_Auth):
    def __init__(self, pkg_name, client_name=None, auth_info=None, targetspn=None, scflags=None,
                 datarep=sspicon.SECURITY_NETWORK_DREP):
        super().__init__(pkg_name, sspicon.SECPKG_CRED_OUTBOUND, client_name, auth_info)
        self.target = targetspn and targetspn.encode()
        self.flags = scflags or 0
        self.datarep = datarep

    def leg(self, context, given, made, answer):
        return call("InitializeSecurityContextA", ctypes.byref(self.credential), context, self.target, self.flags, 0,
                    self.datarep, given, 0, made, answer, ctypes.byref(self.attributes), None)


class ServerAuth(_Auth):
    """auth_info is not pywin32's: the account that an acceptor of NTLM verifies."""

    def __init__(self, pkg_name, spn=None, scflags=sspicon.ASC_REQ_INTEGRITY, datarep=sspicon.SECURITY_NETWORK_DREP,
                 auth_info=None):
        super().__init__(pkg_name, sspicon.SECPKG_CRED_INBOUND, spn and spn.encode(), auth_info)
        self.flags = scflags
        self.datarep = datarep

    def leg(self, context, given, made, answer):
        return call("AcceptSecurityContext", ctypes.byref(self.credential), context, given, self.flags, self.datarep,
                    made, answer, ctypes.byref(self.attributes), None)
