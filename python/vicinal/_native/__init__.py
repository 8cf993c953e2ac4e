"""The C library and how it is called. Nothing here is meant for users of the package."""

from .errors import VicinalError, check
from .library import lib
from .objects import Handle, bytes_of, json_of

__all__ = ["Handle", "VicinalError", "bytes_of", "check", "json_of", "lib"]
