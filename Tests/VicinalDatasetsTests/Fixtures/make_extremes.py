#!/usr/bin/env python3
"""Writes the `extremes_*` files of this folder with NumPy: every element type with its largest,
smallest and special values.

Beside each .npy file lies NAME.f32: what it holds according to NumPy, as plain little-endian floats
in C order. The output is the same on every run. Written with numpy 2.4.6:

    python3 Tests/VicinalDatasetsTests/Fixtures/make_extremes.py
"""

import pathlib

import numpy as np

HERE = pathlib.Path(__file__).parent
SHAPE = (7, 5)


def numbers(dtype):
    """Values over the whole range of a type, its extremes among them."""
    random = np.random.default_rng(20261121)
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        limits = np.finfo(dtype)
        special = [0, -0.0, limits.max, limits.min, limits.tiny, limits.smallest_subnormal,
                   np.inf, -np.inf, np.nan, 1 / 3]
        values = random.standard_normal(SHAPE).astype(dtype)
    else:
        limits = np.iinfo(dtype)
        special = [0, 1, limits.max, limits.min, limits.max - 1]
        values = random.integers(limits.min, limits.max, SHAPE, dtype, endpoint=True)
    values.reshape(-1)[:len(special)] = special
    return values


def main():
    for kind in "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8".split():
        values = numbers(kind)
        np.save(HERE / f"extremes_c_{kind}.npy", values)
        np.save(HERE / f"extremes_fortran_{kind}.npy", np.asfortranarray(values.astype(f">{kind}")))
        with np.errstate(over="ignore"):
            values.astype("<f4").tofile(HERE / f"extremes_{kind}.f32")


if __name__ == "__main__":
    main()
