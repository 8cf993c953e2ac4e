"""Vectors as FastIVF takes them."""

import os

import numpy as np

from .._native.arrays import contiguous

__all__ = ["normalize"]

# Longer or shorter vectors than 1 by this are scaled; rounding to half precision does less.
_UNIT = 1e-3
_BLOCK = 65536


def normalize(v):
    """Vectors scaled to length 1, of any shape (..., d); zeros stay zeros.

    FastIVF divides by the length plus 1e-5, so that its vectors are a little shorter than 1.
    """
    v = np.asarray(v)
    if v.dtype.kind != "f":
        v = v.astype(np.float32)
    lengths = np.linalg.norm(v, axis=-1, keepdims=True)
    return v / np.where(lengths > 0, lengths, 1)


def opened(vectors):
    """A matrix of float32, or the file of a path as a map of it, and that path or None."""
    path = None
    if isinstance(vectors, (str, os.PathLike)):
        path = os.fspath(vectors)
        vectors = np.load(path, mmap_mode="r")
    array = np.asarray(vectors) if not isinstance(vectors, np.memmap) else vectors
    if array.ndim != 2:
        raise ValueError(
            f"vectors must be a matrix with one in each row, or the path of an .npy file of one, got "
            f"shape {array.shape}")
    return array, path


def blocks(array):
    """The rows of a matrix as float32, some at a time."""
    for first in range(0, len(array), _BLOCK):
        yield contiguous(array[first:first + _BLOCK], np.float32)


def lengths_of(rows):
    """The length of each row."""
    return np.sqrt(np.einsum("ij,ij->i", rows, rows))


def is_unit(lengths):
    """Whether rows of these lengths count as normalised, zeros included."""
    return bool(np.all((np.abs(lengths - 1) < _UNIT) | (lengths == 0)))


def unit(rows):
    """Rows of length 1; the same array if they are."""
    lengths = lengths_of(rows)
    if is_unit(lengths):
        return rows
    return rows / np.where(lengths > 0, lengths, np.float32(1))[:, None]
