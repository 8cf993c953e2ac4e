#!/usr/bin/env python3
"""A single search through Python, here and in faiss, for small and middling indexes.

Usage: bench/python/overhead.py [word ...], with VICINAL_LIBRARY or the package installed; words choose
rows by their names. Prints microseconds of one call of `search` with one query, one thread, k = 10 unless
said otherwise: ours, faiss's, their ratio. The fastest of many short rounds, the two taking turns: a busy
machine disturbs both, and leaves some rounds alone. Then what the binding costs beyond the bare C function.
"""

import ctypes
import sys
import timeit

import faiss as theirs
import numpy as np

from vicinal import faiss as ours
from vicinal._native import lib
from vicinal.faiss.indexes.base import _PLAIN

# Factory string, vectors, dimension, k, settings.
CASES = [
    ("Flat", 10, 16, 5, ""), ("Flat", 10, 32, 5, ""), ("Flat", 10, 128, 5, ""),
    *(("Flat", n, d, 10, "") for n in (100, 1000, 10000) for d in (16, 128)),
    *((f"IVF{lists},Flat", 1000, 32, 10, f"nprobe={probes}")
      for lists in (16, 64) for probes in (1, 8)),
    ("IVF256,Flat", 10000, 64, 10, "nprobe=1"), ("IVF256,Flat", 10000, 64, 10, "nprobe=16"),
    ("IVF256,PQ8np", 10000, 64, 10, "nprobe=1"), ("IVF256,PQ8np", 10000, 64, 10, "nprobe=16"),
    ("IVF256,SQ8", 10000, 64, 10, "nprobe=4"),
    ("PQ8np", 1000, 64, 10, ""), ("PQ8np", 10000, 64, 10, ""),
    ("SQ8", 1000, 64, 10, ""), ("HNSW16", 100, 32, 10, ""), ("HNSW32", 1000, 64, 10, ""),
    ("HNSW32", 10000, 64, 10, ""), ("IDMap,Flat", 100, 32, 10, ""),
    ("PCA16,Flat", 1000, 64, 10, ""),
]


def microseconds(*functions, rounds=300):
    """The fastest round of each function, per call; the functions take turns."""
    best = [float("inf")] * len(functions)
    once = max(timeit.timeit(function, number=3) / 3 for function in functions)
    calls = max(5, min(500, int(0.001 / once)))
    for _ in range(rounds):
        for place, function in enumerate(functions):
            best[place] = min(best[place], timeit.timeit(function, number=calls) / calls * 1e6)
    return best


def filled(faiss, word, vectors, settings):
    """A trained and filled index."""
    index = faiss.index_factory(vectors.shape[1], word)
    index.train(vectors)
    if word.startswith("IDMap"):
        index.add_with_ids(vectors, np.arange(len(vectors)))
    else:
        index.add(vectors)
    if settings:
        faiss.ParameterSpace().set_index_parameters(index, settings)
    return index


def compare(word, n, d, k, settings):
    """Prints a row; returns the ratio."""
    vectors = np.random.default_rng(1).random((n, d), dtype=np.float32)
    query = np.random.default_rng(2).random((1, d), dtype=np.float32)
    mine = filled(ours, word, vectors, settings)
    reference = filled(theirs, word, vectors, settings)
    a, b = microseconds(lambda: mine.search(query, k), lambda: reference.search(query, k))
    name = f"{word} {settings}".strip()
    print(f"{name:26}{n:>7}{d:>5}{k:>4}{a:>10.2f}{b:>10.2f}{a / b:>8.2f}", flush=True)
    return a / b


def binding():
    """What Python costs beyond the C function, on the smallest index."""
    d, k = 32, 5
    vectors = np.random.default_rng(1).random((10, d), dtype=np.float32)
    query = vectors[:1].copy()
    distances, ids = np.empty((1, k), np.float32), np.empty((1, k), np.int64)
    mine, reference = filled(ours, "Flat", vectors, ""), filled(theirs, "Flat", vectors, "")
    handle, bare = mine._here().number, lib.vicinal_index_search
    x, D, I = (ctypes.c_void_p(array.ctypes.data) for array in (query, distances, ids))
    pointers = [theirs.swig_ptr(array) for array in (query, distances, ids)]
    found = microseconds(
        lambda: mine.search(query, k), lambda: bare(handle, 1, x, k, _PLAIN, D, I),
        lambda: reference.search(query, k),
        lambda: reference.search_c(1, pointers[0], k, pointers[1], pointers[2]))
    print(f"\n{'':10}{'search':>10}{'C call':>10}{'binding':>10}")
    for name, whole, call in (("vicinal", *found[:2]), ("faiss", *found[2:])):
        print(f"{name:10}{whole:10.2f}{call:10.2f}{whole - call:10.2f}")


def main(words):
    ours.omp_set_num_threads(1)
    theirs.omp_set_num_threads(1)
    print(f"{'index':26}{'n':>7}{'d':>5}{'k':>4}{'vicinal':>10}{'faiss':>10}{'ratio':>8}")
    ratios = [compare(*case) for case in CASES if not words or any(w in case[0] for w in words)]
    print(f"{sum(ratio <= 1 for ratio in ratios)} of {len(ratios)} at most faiss's time")
    binding()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
