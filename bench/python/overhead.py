#!/usr/bin/env python3
"""What a single search costs in Python beyond the C call, here and in faiss.

Usage: bench/python/overhead.py, with VICINAL_LIBRARY or the package installed. Prints microseconds:
the search as a Python program calls it, the bare C function through the same binding, and the
difference, which is what the binding costs.
"""

import ctypes
import sys
import timeit

import faiss as theirs
import numpy as np

from vicinal import faiss as ours
from vicinal._native import lib
from vicinal.faiss.indexes.base import _PLAIN


def microseconds(function, calls=5000, rounds=15):
    """The fastest of some rounds, per call."""
    return min(timeit.repeat(function, number=calls, repeat=rounds)) / calls * 1e6


def main():
    ours.omp_set_num_threads(1)
    theirs.omp_set_num_threads(1)
    d, k = 32, 5
    vectors = np.random.default_rng(1).random((10, d), dtype=np.float32)
    query = vectors[:1].copy()
    distances, ids = np.empty((1, k), np.float32), np.empty((1, k), np.int64)
    mine, reference = ours.IndexFlatL2(d), theirs.IndexFlatL2(d)
    for index in (mine, reference):
        index.add(vectors)

    handle, bare = mine._here().number, lib.vicinal_index_search
    places = [ctypes.c_void_p(array.ctypes.data) for array in (query, distances, ids)]
    x, D, I = places
    pointers = [theirs.swig_ptr(array) for array in (query, distances, ids)]
    found = {
        "vicinal": (microseconds(lambda: mine.search(query, k)),
                    microseconds(lambda: bare(handle, 1, x, k, _PLAIN, D, I))),
        "faiss": (microseconds(lambda: reference.search(query, k)),
                  microseconds(lambda: reference.search_c(
                      1, pointers[0], k, pointers[1], pointers[2])))}
    print(f"{'':10}{'search':>10}{'C call':>10}{'binding':>10}")
    for name, (whole, call) in found.items():
        print(f"{name:10}{whole:10.2f}{call:10.2f}{whole - call:10.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
