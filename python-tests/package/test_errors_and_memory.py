"""Wrong use raises what faiss raises; nothing leaks."""

import gc
import pickle
import resource
import weakref

import numpy as np
import pytest

from support import clustered
from under_test import BOTH, ours, vicinal

D = 8
XB = clustered(500, D, 2)


@pytest.mark.parametrize("f", BOTH, ids=("ours", "theirs"))
def test_exceptions_are_of_the_same_kinds(f):
    index = f.IndexFlatL2(D)
    index.add(XB)
    for wrong in (XB[:, :3], np.zeros((2, D + 1), np.float32)):
        for call in (index.add, index.train, lambda x: index.search(x, 2),
                     lambda x: index.range_search(x, 1.0)):
            with pytest.raises(AssertionError):
                call(wrong)
    with pytest.raises(ValueError):
        index.search(XB[0], 2)
    with pytest.raises(AssertionError):
        index.search(XB, 0)
    with pytest.raises(RuntimeError):
        index.add_with_ids(XB, np.arange(500))
    with pytest.raises(RuntimeError):
        index.reconstruct(500)
    with pytest.raises(AssertionError):
        f.IndexIDMap(f.IndexFlatL2(D)).add_with_ids(XB, np.arange(3))
    with pytest.raises(RuntimeError):
        f.IndexIDMap(index)
    with pytest.raises(AttributeError):
        index.nprobes = 3
    lists = f.IndexIVFFlat(f.IndexFlatL2(D), D, 4)
    with pytest.raises(RuntimeError):
        lists.add(XB)
    with pytest.raises(RuntimeError):
        lists.search(XB, 1)
    with pytest.raises(RuntimeError):
        f.IndexPQ(D, 3, 8)
    with pytest.raises(RuntimeError):
        f.index_factory(D, "Flut")
    with pytest.raises(RuntimeError):
        f.read_index("/no/such/file")
    with pytest.raises(RuntimeError):
        lists.train(XB[:2])
    with pytest.raises(RuntimeError):
        f.ParameterSpace().set_index_parameter(lists, "nonsense", 3)


def test_errors_have_codes():
    index = ours.IndexFlatL2(D)
    broken = XB.copy()
    broken[3, 2] = np.nan
    with pytest.raises(vicinal.VicinalError, match="row 3") as caught:
        index.add(broken)
    assert caught.value.code == 4 and caught.value.kind == "not finite"
    same = pickle.loads(pickle.dumps(caught.value))
    assert (same.code, str(same)) == (4, str(caught.value))


def test_errors_are_also_of_pythons_kinds():
    with pytest.raises(ValueError):
        ours.index_factory(D, "Flut")
    with pytest.raises(OSError, match="such"):
        ours.read_index("/no/such/file")
    with pytest.raises(vicinal.VicinalError):
        ours.read_index("/no/such/file")


def test_arrays_may_go_once_they_were_added():
    index = ours.IndexFlatL2(D)
    x = XB.copy()
    index.add(x)
    x[:] = 7
    del x
    gc.collect()
    np.testing.assert_array_equal(index.reconstruct_n(), XB)
    read_only = XB.copy()
    read_only.flags.writeable = False
    index.add(read_only)
    assert index.search(read_only[:3], 1)[0].max() == 0


def test_nothing_leaks():
    lib = vicinal._native.lib
    gc.collect()
    before = lib.vicinal_live_handles()

    def cycle():
        index = ours.IndexIDMap2(ours.index_factory(D, "IVF4,Flat"))
        index.train(XB)
        index.add_with_ids(XB, np.arange(500))
        index.search(XB[:5], 3, params=ours.SearchParametersIVF(
            sel=ours.IDSelectorNot(ours.IDSelectorRange(0, 10)), nprobe=4))
        index.range_search(XB[:5], 3.0)
        index.index.quantizer.reconstruct_n()
        with pytest.raises(RuntimeError):
            index.reconstruct(1000)

    for _ in range(20):
        cycle()
    gc.collect()
    assert lib.vicinal_live_handles() == before

    def small():
        index = ours.IndexFlatL2(D)
        index.add(XB)
        index.search(XB[:3], 3)

    for _ in range(2000):
        small()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(10000):
        small()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - most < 4096
    assert lib.vicinal_live_handles() == before


def inside_binary(f):
    return f.IndexBinaryIVF(f.IndexBinaryFlat(64), 64, 4)


@pytest.mark.parametrize("make", [
    lambda f: f.IndexIDMap(f.IndexFlatL2(D)), lambda f: f.IndexIVFFlat(f.IndexFlatL2(D), D, 4),
    lambda f: f.IndexPreTransform(f.PCAMatrix(D, 4), f.IndexFlatL2(4)),
    lambda f: f.IndexRefineFlat(f.index_factory(D, "PQ4x4")),
    lambda f: f.IndexBinaryIDMap(f.IndexBinaryFlat(64)), inside_binary,
    lambda f: shards_of(f), lambda f: shards_of(f).at(0)])
def test_composed_indexes_are_freed_without_the_collector(make):
    gc.collect()
    gc.disable()
    try:
        before = vicinal._native.lib.vicinal_live_handles()
        index = make(ours)
        for part in ("index", "quantizer", "base_index"):
            assert getattr(index, part, None) is getattr(index, part, None)
        gone = weakref.ref(index)
        del index
        assert gone() is None
        assert vicinal._native.lib.vicinal_live_handles() == before
    finally:
        gc.enable()


def shards_of(f):
    index, first, second = f.IndexShards(D), f.IndexFlatL2(D), f.IndexFlatL2(D)
    index.add_shard(first)
    index.add_shard(second)
    assert index.at(1) is second
    del second
    assert index.at(1).d == D and index.at(1).ntotal == 0
    return index


def odd(array):
    """The same numbers at addresses that are no multiples of their size."""
    room = np.zeros(array.nbytes + 1, np.uint8)
    view = room[1:].view(np.uint8)
    view[:] = np.frombuffer(array.tobytes(), np.uint8)
    return np.ndarray(array.shape, array.dtype, room, offset=1)


@pytest.mark.parametrize("f", BOTH, ids=("ours", "theirs"))
def test_arrays_at_odd_addresses(f):
    x = odd(XB)
    assert not x.flags.aligned
    index = f.IndexIVFFlat(f.IndexFlatL2(D), D, 4)
    index.train(x)
    index.add_with_ids(x, odd(np.arange(500) + 7))
    index.nprobe = 4
    distances, ids = index.search(x[:20], 1)
    assert distances.max() < 1e-4 and (ids[:, 0] == np.arange(20) + 7).all()
    assert (f.knn(x[:5], x, 1)[1][:, 0] == np.arange(5)).all()


@pytest.mark.parametrize(("metric", "x", "y"), [
    ("METRIC_Jaccard", np.zeros((3, 8)), np.zeros((5, 8))),
    ("METRIC_BrayCurtis", np.zeros((2, 8)), np.eye(3, 8)[:, ::-1] * np.array([[0], [1], [1]])),
])
def test_pairs_without_a_distance(metric, x, y):
    x, y = np.float32(x), np.float32(np.ascontiguousarray(y))
    found, expected = (
        f.pairwise_distances(x, y, metric=getattr(f, metric)) for f in (ours, BOTH[1]))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_distances_too_large_for_floats_are_infinite():
    # faiss has NaN here, from the difference of two infinities.
    found = ours.pairwise_distances(XB[:4] * np.float32(1e30), XB[:6] * np.float32(1e30))
    assert (np.isinf(found) | (np.arange(4)[:, None] == np.arange(6))).all()
    assert (found[np.arange(4), np.arange(4)] == 0).all()
