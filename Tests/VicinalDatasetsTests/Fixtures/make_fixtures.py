"""Writes the .npy files beside it with real NumPy. Run: python3 make_fixtures.py

Element (r, c) of every matrix is 4 * r + c - 5 for signed integers, 4 * r + c for unsigned ones and
(4 * r + c) / 4 - 1 for floats, so that tests can compute what they should read.
"""

import pathlib

import numpy as np
from numpy.lib import format as npy

HERE = pathlib.Path(__file__).parent
ROWS, COLUMNS = 3, 4


def matrix(dtype):
    cells = np.arange(ROWS * COLUMNS).reshape(ROWS, COLUMNS)
    kind = np.dtype(dtype).kind
    if kind == "f":
        cells = cells / 4 - 1
    elif kind == "i":
        cells = cells - 5
    return cells.astype(dtype)


def write(name, array, version=(1, 0)):
    with open(HERE / f"{name}.npy", "wb") as file:
        npy.write_array(file, array, version=version)


for dtype in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"):
    write(f"c_{dtype}_little", matrix(dtype))
    write(f"f_{dtype}_little", np.asfortranarray(matrix(dtype)))
    if np.dtype(dtype).itemsize > 1:
        write(f"c_{dtype}_big", matrix(">" + dtype))
        write(f"f_{dtype}_big", np.asfortranarray(matrix(">" + dtype)))
write("version2", matrix("f4"), (2, 0))
write("version3", matrix("f4"), (3, 0))

# What cannot be read as vectors.
write("bad_complex", matrix("f4").astype("c8"))
write("bad_text", np.array([["a", "b"]]))
write("bad_fields", np.zeros((2, 2), dtype=[("x", "f4"), ("y", "f4")]))
write("bad_one_axis", np.arange(4, dtype="f4"))
write("bad_three_axes", np.zeros((2, 2, 2), dtype="f4"))
write("bad_no_axes", np.array(1.0, dtype="f4"))

# What NPYWriter must write byte for byte.
write("writer_f4", np.arange(15, dtype="<f4").reshape(5, 3) / 2)
write("writer_i8", np.array([[-1, 2**62], [3, -(2**63)]], dtype="<i8"))
write("writer_empty", np.zeros((0, 3), dtype="<f4"))
write("writer_long", np.zeros((123456, 0), dtype="<f4"))
