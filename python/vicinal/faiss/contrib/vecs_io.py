"""Files of vectors as the TEXMEX data sets have them: each vector behind its length, a 32-bit number,
little-endian."""

import numpy as np


def _rows(numbers, width, per):
    """Rows of `width` numbers without the length in front, of `per` numbers."""
    return numbers.reshape(-1, width + per)[:, per:]


def ivecs_read(fname):
    """Vectors of 32-bit numbers."""
    numbers = np.fromfile(fname, "<i4")
    return _rows(numbers, numbers[0], 1).copy()


def fvecs_read(fname):
    """Vectors of floats."""
    return ivecs_read(fname).view("<f4")


def ivecs_mmap(fname):
    """Vectors of 32-bit numbers, left in the file."""
    numbers = np.memmap(fname, "<i4", mode="r")
    return _rows(numbers, numbers[0], 1)


def fvecs_mmap(fname):
    """Vectors of floats, left in the file."""
    return ivecs_mmap(fname).view("<f4")


def bvecs_mmap(fname):
    """Vectors of bytes, left in the file."""
    numbers = np.memmap(fname, np.uint8, mode="r")
    return _rows(numbers, int(numbers[:4].view("<i4")[0]), 4)


def ivecs_write(fname, m):
    """Writes vectors of 32-bit numbers."""
    n, d = m.shape
    rows = np.empty((n, d + 1), "<i4")
    rows[:, 0] = d
    rows[:, 1:] = m
    rows.tofile(fname)


def fvecs_write(fname, m):
    """Writes vectors of floats."""
    ivecs_write(fname, np.ascontiguousarray(m, "<f4").view("<i4"))
