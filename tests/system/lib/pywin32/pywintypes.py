"""The exception of pywin32: a code, the function that gave it, and what it means."""


class error(Exception):
    def __init__(self, winerror, funcname, strerror):
        super().__init__(winerror, funcname, strerror)
        self.winerror = winerror
        self.funcname = funcname
        self.strerror = strerror

    def __str__(self):
        return f"{self.funcname}: 0x{self.winerror & 0xFFFFFFFF:08X} {self.strerror}"
