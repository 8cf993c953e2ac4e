"""Files and bytes of indexes."""

import numpy as np

from .._native import json_of, lib
from .._native.arguments import encoded
from .._native.arrays import address
from .._native.interrupts import run
from .._native.objects import bytes_of, make
from .binary import IndexBinary
from .constants import (
    IO_FLAG_MMAP, IO_FLAG_MMAP_IFC, IO_FLAG_SKIP_IVF_DATA, IO_FLAG_SKIP_STORAGE)
from .indexes import inverted
from .indexes.faces import face, from_bytes
from .streams import IOReader, IOWriter

# What the flags ask for beside these is so here anyway: tables that are made on demand, files that
# are found where the index is.
_NOT_POSSIBLE = IO_FLAG_SKIP_STORAGE | IO_FLAG_SKIP_IVF_DATA


def _read_flags(io_flags):
    """Mapped and without int8 companions, or 0."""
    is_mapped = io_flags & IO_FLAG_MMAP == IO_FLAG_MMAP or io_flags & IO_FLAG_MMAP_IFC
    _check_flags(io_flags & ~IO_FLAG_MMAP if is_mapped else io_flags)
    return 1 | 2 if is_mapped else 0


def _check_flags(io_flags):
    if io_flags & _NOT_POSSIBLE:
        raise RuntimeError(
            "IO_FLAG_SKIP_STORAGE and IO_FLAG_SKIP_IVF_DATA are not supported: an index is always "
            "whole; IO_FLAG_MMAP leaves its vectors in the file")


def _open(source, io_flags):
    flags = _read_flags(io_flags)
    if isinstance(source, IOReader):
        if flags:
            raise RuntimeError("only a file can be mapped; give read_index its path")
        return from_bytes(source._all())
    return face(make(lib.vicinal_index_load, _path(source), flags, None))


def read_index(path, io_flags=0):
    """Opens an index file, of faiss or of this module, or an IOReader; with IO_FLAG_MMAP mapped."""
    index = _open(path, io_flags)
    if isinstance(index, IndexBinary):
        raise RuntimeError(f"{path} holds binary vectors; use read_index_binary")
    return index


def read_index_binary(path, io_flags=0):
    """Opens a file, or an IOReader, of an index over binary vectors."""
    index = _open(path, io_flags)
    if not isinstance(index, IndexBinary):
        raise RuntimeError(f"{path} holds floats; use read_index")
    return index


def write_index(index, path, io_flags=0):
    """Writes an index as faiss does, to a file or to an IOWriter."""
    _check_flags(io_flags)
    if isinstance(path, IOWriter):
        path._put(index._serialized())
        return
    handle = index._here()
    run(lib.vicinal_index_save, handle.number, _path(path), None)


write_index_binary = write_index


def _path(path):
    return encoded(path, "the path")


def serialize_index(index, io_flags=0):
    """The bytes of the file of an index, as an array."""
    _check_flags(io_flags)
    return np.frombuffer(index._serialized(), np.uint8).copy()


serialize_index_binary = serialize_index


def deserialize_index(data, io_flags=0):
    """An index from the bytes of its file."""
    if _read_flags(io_flags):
        raise RuntimeError("only a file can be mapped; give read_index its path")
    return from_bytes(data)


deserialize_index_binary = deserialize_index


def clone_index(index):
    """A copy with a life of its own."""
    handle = index._here()
    copy = type(index)._of(make(lib.vicinal_index_clone, handle.number))
    for name, value in vars(index).items():
        if name not in ("_handle", "_d", "_parent", "_parts") and not name.startswith("_weak"):
            object.__setattr__(copy, name, value)
    return copy


clone_binary_index = clone_index


def describe(data):
    """What the bytes of a file hold, without making an index of them."""
    data = np.frombuffer(data, np.uint8)
    return json_of(lib.vicinal_bytes_describe, address(data), data.size)


def downcast_index(index):
    """Nothing to do: indexes have their class already."""
    return index


downcast_VectorTransform = downcast_IndexBinary = downcast_Quantizer = downcast_index


def extract_index_ivf(index):
    """The inverted file inside other indexes, as a view."""
    while not isinstance(index, inverted.IndexIVF):
        if not hasattr(index, "index"):
            raise RuntimeError("there is no inverted file inside")
        index = index.index
    return index


def try_extract_index_ivf(index):
    """The same, or None."""
    try:
        return extract_index_ivf(index)
    except RuntimeError:
        return None


__all__ = ["bytes_of", "clone_index", "deserialize_index", "face", "read_index",
           "serialize_index", "write_index"]
