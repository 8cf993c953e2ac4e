"""Arguments that make no sense are refused with a sentence, before anything is cut off, rounded or
allocated."""

import os
import subprocess
import sys

import numpy as np
import pytest

from support import ROOT
from under_test import BOTH, ours, vicinal

X = np.random.default_rng(1).random((300, 8), dtype=np.float32)


def flat():
    index = ours.IndexFlatL2(8)
    index.add(X)
    return index


def lists():
    index = ours.index_factory(8, "IVF4,Flat")
    index.train(X)
    return index


FRACTIONS = {
    "d": lambda: ours.IndexFlatL2(8.5), "a text": lambda: ours.IndexFlatL2("8"),
    "d of a factory": lambda: ours.index_factory(8.0, "Flat"),
    "metric": lambda: ours.index_factory(8, "Flat", 1.5), "M": lambda: ours.IndexHNSWFlat(8, 4.5),
    "parts": lambda: ours.IndexPQ(8, 2.0, 8), "bits": lambda: ours.IndexLSH(8, 16.5),
    "nlist": lambda: ours.IndexIVFFlat(ours.IndexFlatL2(8), 8, 4.5),
    "binary nlist": lambda: ours.IndexBinaryIVF(ours.IndexBinaryFlat(8), 8, 4.5),
    "hash bits": lambda: ours.IndexBinaryHash(8, 4.5), "PCA": lambda: ours.PCAMatrix(8, 4.5),
    "OPQ": lambda: ours.OPQMatrix(8, 2.5), "rotation": lambda: ours.RandomRotationMatrix(8, 4.5),
    "quantizer": lambda: ours.ProductQuantizer(8, 2.5, 8), "type": lambda: ours.ScalarQuantizer(8, 1.5),
    "k-means d": lambda: ours.Kmeans(8.5, 4), "k-means k": lambda: ours.Kmeans(8, 4.0),
    "rounds": lambda: ours.Kmeans(8, 4, niter=2.5), "seed": lambda: ours.Kmeans(8, 4, seed=0.5),
    "verbose": lambda: ours.Kmeans(8, 4, verbose=1.5),
    "rounds of lists": lambda: setattr(lists().cp, "niter", 2.5),
    "nprobe": lambda: setattr(lists(), "nprobe", 2.5), "k": lambda: flat().search(X, 2.5),
    "knn k": lambda: ours.knn(X, X, 2.5), "knn metric": lambda: ours.knn(X, X, 2, metric="l2"),
    "id": lambda: flat().reconstruct(1.5), "first": lambda: flat().reconstruct_n(0.5, 1),
    "imin": lambda: ours.IDSelectorRange(1.5, 3), "threads": lambda: ours.omp_set_num_threads(1.5),
    "random seed": lambda: ours.randn((2, 2), seed=2.5), "random n": lambda: ours.rand(2.5),
    "vector": lambda: ours.Int64Vector(3.5),
    "opq rounds": lambda: setattr(ours.OPQMatrix(8, 2), "niter", 2.5)}


@pytest.mark.parametrize("name", FRACTIONS)
def test_fractions_are_type_errors(name):
    with pytest.raises(TypeError):
        FRACTIONS[name]()


def test_numbers_of_numpy_are_whole():
    assert ours.IndexFlatL2(np.int64(8)).d == 8
    assert ours.IndexHNSWFlat(np.int32(8), np.uint8(4)).d == 8


NUL = {
    "factory": lambda: ours.index_factory(8, "Fl\0at"),
    "binary factory": lambda: ours.index_binary_factory(8, "BFlat\0"),
    "read": lambda: ours.read_index("a\0b"), "write": lambda: ours.write_index(flat(), "a\0b"),
    "transform": lambda: ours.read_VectorTransform("a\0b"),
    "parameters": lambda: ours.ParameterSpace().set_index_parameters(lists(), "nprobe=1\0"),
    "key": lambda: vicinal.build_index(X, save_on_disk=False, index_key="Fl\0at"),
    "index path": lambda: vicinal.build_index(X, index_path="a\0b"),
    "folder": lambda: vicinal.build_index("a\0b"), "saved": lambda: vicinal.Index(8).save("a\0b")}


@pytest.mark.parametrize("name", NUL)
def test_nul_characters(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="NUL|null byte"):
        NUL[name]()
    assert not list(tmp_path.iterdir())


TOO_LARGE = {
    "lists": "index_factory(8, 'IVF1073741824,Flat')", "binary lists": "index_binary_factory(8, 'BIVF2147483647')",
    "rand": "rand(10 ** 12)", "randint": "randint((10 ** 6, 10 ** 6))",
    "smooth": "rand_smooth_vectors(10 ** 9, 10 ** 3)", "vector": "Float32Vector().resize(10 ** 12)",
    "results": "search(10 ** 9)", "range": "RangeSearchResult(10 ** 13)",
    "k-means": "Kmeans(8, 10 ** 10).train(X)"}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_what_no_memory_can_hold(name):
    """In a process that may have 16 GB of addresses: what is not refused ends it."""
    call = TOO_LARGE[name].replace("search(", "IndexFlatL2(8).search(X, ")
    program = f"""
import resource, sys
import numpy as np
from vicinal import faiss
resource.setrlimit(resource.RLIMIT_AS, (16 << 30, 16 << 30))
from vicinal.faiss import *
X = np.ones((20, 8), np.float32)
try:
    {call}
except (MemoryError, ValueError) as error:
    print("refused", len(str(error)) > 10)
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT / "python"), "OPENBLAS_NUM_THREADS": "1"})
    assert run.stdout.strip() == "refused True", run.stdout + run.stderr[-2000:]


@pytest.mark.parametrize("k", [0, 1, 3, 7])
def test_kmin_and_kmax_of_few_columns(k):
    values = np.random.default_rng(3).random((4, 3), dtype=np.float32)
    for name in ("kmin", "kmax"):
        mine, reference = (getattr(faiss, name)(values, k) for faiss in BOTH)
        for a, b in zip(mine, reference):
            np.testing.assert_array_equal(a, b)
            assert a.dtype == b.dtype


def test_vector_to_array_of_something_else():
    for wrong in (None, 3, [1, 2], "abc"):
        with pytest.raises(TypeError, match="numpy.array"):
            ours.vector_to_array(wrong)


def test_knn_of_none():
    assert [part.shape for part in ours.knn(X[:2], X, 0)] == [(2, 0), (2, 0)]
    with pytest.raises(ValueError):
        ours.knn(X[:2], X, -1)


def test_errors_of_long_calls_come_from_their_thread():
    with pytest.raises(Exception, match="wrong type"):
        vicinal._native.interrupts.run(vicinal._native.lib.vicinal_index_train, "x", 0, None, None)


def test_hints():
    with pytest.raises(AttributeError, match="describe"):
        ours.MatrixStats


BUILDS = {
    "nested lists": (lambda: vicinal.build_index(X.tolist()), TypeError, "numpy.array"),
    "arrays in a list": (lambda: vicinal.build_index([X, X]), TypeError, "numpy.concatenate"),
    "no folder": (lambda: vicinal.build_index("nofolder"), OSError, "nofolder does not exist; expected"),
    "a seed below 0": (lambda: vicinal.build_index(X, seed=-1), ValueError, "seed must be 0 or larger"),
    "half a seed": (lambda: vicinal.build_index(X, seed=0.5), TypeError, "seed"),
    "half a neighbour": (lambda: vicinal.build_index(
        X, min_nearest_neighbors_to_retrieve=2.5), TypeError, "whole number"),
    "ids of an array": (lambda: vicinal.build_index(X, ids_path="ids"), ValueError, "parquet"),
    "columns of an array": (lambda: vicinal.build_index(X, id_columns=["id"]), ValueError, "parquet"),
    "columns of .npy": (lambda: vicinal.build_index(".", id_columns=["id"]), ValueError, "parquet")}


@pytest.mark.parametrize("name", BUILDS)
def test_builds_that_cannot_be(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call, kind, message = BUILDS[name]
    with pytest.raises(kind, match=message):
        call()
    assert not list(tmp_path.iterdir())


def test_tune_index_takes_the_key_of_the_index_only():
    index = ours.index_factory(8, "HNSW8")
    index.add(X)
    vicinal.tune_index(index, index_key="HNSW16", save_on_disk=False)
    with pytest.raises(ValueError, match="nprobe.*efSearch"):
        vicinal.tune_index(index, index_key="IVF16,Flat", save_on_disk=False)
    with pytest.raises(ValueError, match="WHAT"):
        vicinal.tune_index(index, index_key="WHAT", save_on_disk=False)
