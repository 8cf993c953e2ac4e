"""Objects of the library as objects of the class with faiss's name."""

import weakref

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


class _inside(property):
    """A part of an index as a view of it, made when it is asked for; as long as somebody has it, the
    same. The part keeps the index around it; the other way it must not, or only the garbage collector
    would free the two."""

    def __init__(self, name, prefix, doc):
        self._name, self._prefix, self._slot = name, prefix, "_weak_" + name
        super().__init__(self._find, doc=doc)

    def _find(self, owner):
        kept = vars(owner).get(self._slot)
        part = None if kept is None else kept()
        if part is None:
            part = view(owner, self._name, self._prefix)
            vars(owner)[self._slot] = weakref.ref(part)
        return part

    def take(self, owner, part):
        """Makes the index that the caller gave the part; it is a view from now on."""
        part._enter(owner, self._name, self._prefix)
        vars(owner)[self._slot] = weakref.ref(part)


def from_bytes(data):
    """An index from the bytes of its file."""
    data = contiguous(data, np.uint8)
    return face(make(lib.vicinal_index_deserialize, address(data), data.size, 0))
