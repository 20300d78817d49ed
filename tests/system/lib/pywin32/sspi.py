"""pywin32's module of this name, as far as SSH needs it, on libsspi: so that a program written for Windows runs here unchanged."""

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


library = ctypes.CDLL("libsspi.so.0")
library.CredmgrLastErrorText.restype = ctypes.c_char_p


def call(name, *arguments):
    """Calls the function; a failure becomes an exception."""
    status = getattr(library, name)(*arguments)
    if status < 0:
        raise error(status, name, (library.CredmgrLastErrorText() or b"").decode())
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
    def __init__(self, package, use, principal):
        self.credential = Handle()
        self.context = None
        self.authenticated = False
        self.sequence = 0
        call("AcquireCredentialsHandleA", principal, package.encode(), use, None, None, None, None,
             ctypes.byref(self.credential), None)

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

    def user_name(self):
        """Not pywin32's: who is at the other end."""
        names = Names()
        call("QueryContextAttributesA", ctypes.byref(self.context), sspicon.SECPKG_ATTR_NAMES, ctypes.byref(names))
        return names.user.decode()


class ClientAuth(_Auth):
    def __init__(self, pkg_name, client_name=None, auth_info=None, targetspn=None, scflags=None,
                 datarep=sspicon.SECURITY_NETWORK_DREP):
        assert auth_info is None
        super().__init__(pkg_name, sspicon.SECPKG_CRED_OUTBOUND, client_name)
        self.target = targetspn.encode()
        self.flags = scflags
        self.datarep = datarep

    def leg(self, context, given, made, answer):
        attributes = ULONG()
        return call("InitializeSecurityContextA", ctypes.byref(self.credential), context, self.target, self.flags, 0,
                    self.datarep, given, 0, made, answer, ctypes.byref(attributes), None)


class ServerAuth(_Auth):
    def __init__(self, pkg_name, spn=None, scflags=sspicon.ASC_REQ_INTEGRITY, datarep=sspicon.SECURITY_NETWORK_DREP):
        super().__init__(pkg_name, sspicon.SECPKG_CRED_INBOUND, spn and spn.encode())
        self.flags = scflags
        self.datarep = datarep

    def leg(self, context, given, made, answer):
        attributes = ULONG()
        return call("AcceptSecurityContext", ctypes.byref(self.credential), context, given, self.flags, self.datarep,
                    made, answer, ctypes.byref(attributes), None)
