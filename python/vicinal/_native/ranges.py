"""Results of range searches as NumPy arrays."""

import ctypes

import numpy as np

from .errors import check
from .library import lib
from .interrupts import run
from .objects import Handle


def range_arrays(function, *arguments):
    """limits, distances and ids, as copies."""
    out = ctypes.c_uint64()
    run(function, *arguments, ctypes.addressof(out))
    handle = Handle(out.value)
    count = ctypes.c_int64()
    places = [ctypes.c_void_p() for _ in range(3)]
    check(lib.vicinal_range_view(
        handle.number, ctypes.addressof(count), *map(ctypes.addressof, places)))

    def array(place, length, dtype):
        return np.frombuffer(
            ctypes.string_at(place.value, length * np.dtype(dtype).itemsize), dtype).copy()

    limits = array(places[0], count.value + 1, np.int64)
    total = int(limits[-1])
    return limits, array(places[1], total, np.float32), array(places[2], total, np.int64)
