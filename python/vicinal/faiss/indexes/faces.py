"""Objects of the library as objects of the class with faiss's name."""

import numpy as np

from ..._native import json_of, lib
from ..._native.arrays import address, contiguous
from ..._native.objects import make

_CLASSES = {}


def register(kind):
    """Makes a class of this package known by its name."""
    if kind.__module__.startswith("vicinal.faiss."):
        _CLASSES[kind.__name__] = kind


def face(handle):
    """An object of the class of faiss's name; of a wider class where there is none of that name."""
    name = json_of(lib.vicinal_index_describe, handle.number)["className"]
    wider = next(w for w in ("IndexBinary", "IndexIVF", "Index", "") if name.startswith(w))
    return _CLASSES.get(name, _CLASSES[wider or "Index"])._of(handle)


def view(outer, name, prefix):
    """A face for a part of an index."""
    around = outer._here()
    part = face(make(lib.vicinal_index_part, around.number, name.encode()))
    part._enter(outer, name, prefix)
    return part


def from_bytes(data):
    """An index from the bytes of its file."""
    data = contiguous(data, np.uint8)
    return face(make(lib.vicinal_index_deserialize, address(data), data.size, 0))
