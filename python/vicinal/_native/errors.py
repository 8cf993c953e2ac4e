"""Errors of the library as exceptions."""

from .library import lib

CODES = {
    1: "invalid argument", 2: "dimension mismatch", 3: "not trained", 4: "not finite",
    5: "unsupported", 6: "not found", 7: "corrupt file", 8: "file system", 9: "memory bound",
    10: "cancelled", 11: "insufficient data", 12: "invalid specification", 13: "duplicate id"}
NOT_FINITE = 4


class VicinalError(RuntimeError):
    """What went wrong, in a sentence; `code` is the number of the C interface.

    It is a RuntimeError because that is what faiss raises.
    """

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code

    def __reduce__(self):
        return type(self), (self.code, str(self))

    @property
    def kind(self):
        """What kind of error it is, for example "not trained"."""
        return CODES.get(self.code, "unknown")


class VicinalValueError(VicinalError, ValueError):
    """An argument, a specification or data that cannot be worked with."""


class VicinalFileError(VicinalError, OSError):
    """The operating system refused to open, read or write."""


class VicinalMemoryError(VicinalError, MemoryError):
    """What was asked for does not fit into memory, of this machine or that may be used."""


_KINDS = dict.fromkeys((1, 2, 4, 11, 12), VicinalValueError)
_KINDS[8] = VicinalFileError
_KINDS[9] = VicinalMemoryError


def check(status):
    """Raises what the last call reported."""
    if status:
        message = lib.vicinal_last_error().decode("utf-8", "replace")
        raise _KINDS.get(status, VicinalError)(status, message)
