"""NumPy arrays in and out. Arrays that already have the right type and layout are not copied."""

import ctypes

import numpy as np


def contiguous(x, dtype=None):
    """A C-contiguous array whose numbers lie at whole addresses, which maps of files need not have;
    a copy only if it must be."""
    array = np.ascontiguousarray(x, dtype)
    return array if array.flags.aligned else array.copy()


def rows(x, dtype, width=None, what="vectors"):
    """A contiguous matrix of a type; faiss converts float64 and others in the same way."""
    array = contiguous(x, dtype)
    if array.ndim != 2:
        raise ValueError(f"{what} must be a matrix with a vector in each row, got shape "
                         f"{array.shape}")
    if width is not None and array.shape[1] != width:
        raise ValueError(f"{what} must have {width} columns, got {array.shape[1]}")
    return array


def ids(values, count=None):
    """A contiguous list of ids."""
    array = contiguous(values, np.int64)
    if array.ndim != 1 or count is not None and len(array) != count:
        raise ValueError(f"ids must be a list of {count if count is not None else 'numbers'}, "
                         f"got shape {array.shape}")
    return array


# An array of nothing: a view of any writable memory that ctypes hands on as its address, three
# times as fast as asking NumPy for the number.
View = ctypes.c_char * 0
view = View.from_buffer


def address(array):
    """Where the numbers of a contiguous array are, for a pointer argument."""
    try:
        return view(array)
    except (TypeError, ValueError):  # not writable
        return array.ctypes.data
