"""Which ids a search may find or a removal takes."""

import ctypes

import numpy as np

from .._native import check, lib
from .._native.arguments import whole
from .._native.arrays import address, contiguous
from .._native.objects import make


class IDSelector:
    """A set of ids."""

    def is_member(self, id):
        """Whether an id belongs to it."""
        answer = ctypes.c_int32()
        check(lib.vicinal_filter_contains(
            self._filter.number, whole(id, "id"), ctypes.addressof(answer)))
        return bool(answer.value)


class IDSelectorRange(IDSelector):
    """Ids from imin to below imax."""

    def __init__(self, imin, imax, assume_sorted=False):
        self._filter = make(lib.vicinal_filter_range, whole(imin, "imin"), whole(imax, "imax"))


class IDSelectorBatch(IDSelector):
    """Exactly these ids."""

    def __init__(self, indices):
        ids = contiguous(indices, np.int64)
        assert ids.ndim == 1
        self._filter = make(lib.vicinal_filter_ids, len(ids), address(ids))


class IDSelectorArray(IDSelectorBatch):
    """Exactly these ids."""


class IDSelectorBitmap(IDSelector):
    """Ids whose bit i % 8 of byte i // 8 is set: an array of bytes."""

    def __init__(self, bitmap):
        bitmap = np.asarray(bitmap)
        if bitmap.dtype != np.uint8:
            raise TypeError(f"a bitmap is of dtype uint8, not {bitmap.dtype}")
        bitmap = contiguous(bitmap)
        self._filter = make(lib.vicinal_filter_bitmap, bitmap.size, address(bitmap))


class IDSelectorAll(IDSelector):
    """All ids."""

    def __init__(self):
        self._filter = make(lib.vicinal_filter_and, 0, None)


class IDSelectorNot(IDSelector):
    """Ids that do not belong to another set."""

    def __init__(self, sel):
        self._filter = make(lib.vicinal_filter_not, sel._filter.number)


def _pair(function, first, second):
    numbers = (ctypes.c_uint64 * 2)(first._filter.number, second._filter.number)
    return make(function, 2, ctypes.addressof(numbers))


class IDSelectorAnd(IDSelector):
    """Ids that belong to both."""

    def __init__(self, lhs, rhs):
        self._filter = _pair(lib.vicinal_filter_and, lhs, rhs)


class IDSelectorOr(IDSelector):
    """Ids that belong to one or both."""

    def __init__(self, lhs, rhs):
        self._filter = _pair(lib.vicinal_filter_or, lhs, rhs)


class IDSelectorXOr(IDSelector):
    """Ids that belong to exactly one."""

    def __init__(self, lhs, rhs):
        self._filter = make(lib.vicinal_filter_xor, lhs._filter.number, rhs._filter.number)
