"""Our side of a context with a peer written in Python: tokens and messages as bytes, whichever package and role it is."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "pywin32"))

import sspi  # noqa: E402
import sspicon  # noqa: E402
from pywintypes import error as Failure  # noqa: E402, F401

STREAM, PADDING, NO_ENCRYPT = 10, 9, 0x80000001

# What is asked of a context, as an initiator and as an acceptor.
WANTS = {"delegate": (0x1, 0x1), "mutual": (0x2, 0x2), "replay": (0x4, 0x4), "sequence": (0x8, 0x8),
         "confidentiality": (0x10, 0x10), "integrity": (0x10000, 0x20000), "identify": (0x20000, 0x80000),
         "null": (0x40000, 0x100000), "dce": (0x200, 0x200)}


class _Side:
    """Mixed into pywin32's classes."""

    established = False

    def step(self, token=b""):
        """One leg: the peer's token (empty: there is none), and what is for the peer (may be empty)."""
        status, answer = self.authorize(token)
        self.established = status == sspicon.SEC_E_OK
        return answer[0].Buffer

    def wrap(self, data, encrypt=True):
        """As GSS_Wrap: one piece."""
        sizes = sspi.Sizes()
        sspi.call("QueryContextAttributesA", sspi.ctypes.byref(self.context), sspicon.SECPKG_ATTR_SIZES,
                  sspi.ctypes.byref(sizes))
        message, buffers, memory = sspi.describe((sspicon.SECBUFFER_TOKEN, bytes(sizes.trailer)),
                                                 (sspicon.SECBUFFER_DATA, data), (PADDING, bytes(sizes.block)))
        sspi.call("EncryptMessage", sspi.ctypes.byref(self.context), 0 if encrypt else NO_ENCRYPT,
                  sspi.ctypes.byref(message), 0)
        return b"".join(room.raw[:buffer.size] for room, buffer in zip(memory, buffers))

    def unwrap(self, token):
        """As GSS_Unwrap: the message, and whether it was sealed."""
        quality = sspi.ULONG()
        if self.package() == "NTLM":
            message, buffers, memory = sspi.describe((sspicon.SECBUFFER_TOKEN, token[:16]),
                                                     (sspicon.SECBUFFER_DATA, token[16:]))
        else:
            message, buffers, memory = sspi.describe((STREAM, token), (sspicon.SECBUFFER_DATA, b""))
        sspi.call("DecryptMessage", sspi.ctypes.byref(self.context), sspi.ctypes.byref(message), 0,
                  sspi.ctypes.byref(quality))
        return sspi.ctypes.string_at(buffers[1].data, buffers[1].size), quality.value != NO_ENCRYPT


class Client(_Side, sspi.ClientAuth):
    pass


class Server(_Side, sspi.ServerAuth):
    pass


def client(package, target, wants=("integrity", "confidentiality"), identity=None):
    """identity: (user, domain, password), or None for default credentials."""
    return Client(package, None, identity, target, sum(WANTS[name][0] for name in wants), sspicon.SECURITY_NATIVE_DREP)


def server(package, wants=("integrity", "confidentiality"), identity=None):
    """identity: the account that NTLM verifies, as above."""
    return Server(package, None, sum(WANTS[name][1] for name in wants), sspicon.SECURITY_NATIVE_DREP, identity)
