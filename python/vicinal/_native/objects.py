"""Objects of the library, and the results that it returns as objects."""

import ctypes
import json

from .errors import check
from .library import lib

_release = lib.vicinal_release


class Handle:
    """An object of the library, released with the last reference to it."""

    __slots__ = ("number",)

    def __init__(self, number):
        self.number = number

    def __del__(self):
        try:
            _release(self.number)
        except TypeError:  # at the end of the interpreter, when functions are gone
            pass


def make(function, *arguments):
    """Calls a function whose last argument takes a handle."""
    out = ctypes.c_uint64()
    check(function(*arguments, ctypes.addressof(out)))
    return Handle(out.value)


def bytes_of(function, *arguments):
    """The bytes that a function returns as a handle."""
    handle = make(function, *arguments)
    data, size = ctypes.c_void_p(), ctypes.c_int64()
    check(lib.vicinal_bytes_view(
        handle.number, ctypes.addressof(data), ctypes.addressof(size)))
    return ctypes.string_at(data.value, size.value)


def json_of(function, *arguments):
    """The JSON that a function returns as a handle."""
    return json.loads(bytes_of(function, *arguments))
