"""Finds libvicinal, loads it and checks that it is the one this package was written for."""

import ctypes
import os
import pathlib
import sys

from .signatures import ABI_VERSION, declare


def _path():
    if given := os.environ.get("VICINAL_LIBRARY"):
        return pathlib.Path(given)
    name = "libvicinal.dylib" if sys.platform == "darwin" else "libvicinal.so"
    return pathlib.Path(__file__).resolve().parent.parent / "_library" / name


def _load():
    path = _path()
    if not path.is_file():
        raise ImportError(
            f"{path} is missing: install the package with pip, or set VICINAL_LIBRARY to the "
            "file that scripts/build-library made")
    # CDLL lets go of the interpreter's lock during every call.
    library = ctypes.CDLL(str(path))
    try:
        library.vicinal_abi_version.restype = ctypes.c_uint32
        found = library.vicinal_abi_version()
    except AttributeError:
        raise ImportError(f"{path} is not libvicinal: it has no vicinal_abi_version") from None
    if found != ABI_VERSION:
        raise ImportError(
            f"{path} has version {found} of the C interface, this package needs {ABI_VERSION}; "
            "install the package again, or make the file with scripts/build-library")
    try:
        declare(library)
    except AttributeError as error:
        raise ImportError(
            f"{path} is older than this package ({error}); install the package again, or make the "
            "file with scripts/build-library") from None
    return library


lib = _load()
