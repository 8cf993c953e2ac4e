"""Vectors as FastIVF takes them."""

import os
import zlib

import numpy as np

from .._native.arguments import whole
from .._native.arrays import contiguous

__all__ = ["normalize"]

# Vectors that stay in a file may be longer or shorter than 1 by this; rounding to half precision does
# less.
_UNIT = 1e-3
_BLOCK = 65536
_SCALED = 4096


def normalize(v):
    """Vectors scaled to length 1, of any shape (..., d); zeros stay zeros.

    FastIVF divides by the length plus 1e-5, so that its vectors are a little shorter than 1.
    """
    v = np.asarray(v)
    kind = v.dtype if v.dtype.kind == "f" else np.dtype(np.float32)
    if v.ndim == 0:
        raise ValueError("a vector has at least one axis, got a single number")
    return _scaled(v.reshape(-1, v.shape[-1] if v.size else 1), kind).reshape(v.shape)


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


def is_unit(rows):
    """Whether rows count as normalised, zeros included."""
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    return bool(np.all((np.abs(lengths - 1) < _UNIT) | (lengths == 0)))


def unit(rows):
    """The rows of a matrix of any type with length 1, as float32."""
    return _scaled(rows, np.dtype(np.float32))


def _scaled(rows, kind):
    """Rows of length 1: of float64, and divided by their largest number first, so that neither squares
    nor float32 are too small or too large for them."""
    scaled = np.empty(rows.shape, kind)
    for first in range(0, len(rows), _SCALED):
        part = contiguous(rows[first:first + _SCALED], np.float64)
        largest = np.abs(part).max(axis=1, initial=0, keepdims=True)
        # What is not finite becomes "not a number", which whoever takes the rows says.
        with np.errstate(invalid="ignore"):
            part = part / np.where(largest > 0, largest, 1)
            lengths = np.linalg.norm(part, axis=1, keepdims=True)
            scaled[first:first + _SCALED] = part / np.where(lengths > 0, lengths, 1)
    return scaled


def seed_of(value):
    """A seed: what everything random follows from."""
    value = whole(value, "seed")
    if not 0 <= value < 1 << 63:
        raise ValueError(f"seed must be 0 … 2^63 - 1, got {value}")
    return value


def fingerprint(path):
    """A number for some rows of an .npy file, by which another file is told from it."""
    rows = np.load(path, mmap_mode="r")
    chosen = np.linspace(0, max(0, len(rows) - 1), min(256, len(rows))).astype(np.int64)
    return [len(rows), zlib.crc32(np.ascontiguousarray(rows[chosen]).tobytes())]
