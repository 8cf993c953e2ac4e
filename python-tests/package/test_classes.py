"""faiss's classes by their constructors and attributes, each beside faiss."""

import numpy as np
import pytest

from support import clustered
from under_test import BOTH, ours, theirs

D, N = 16, 2000
XB = clustered(N, D, 5)
XQ = clustered(10, D, 5, part=1)
L2, IP = 1, 0
TRUTH = theirs.knn(XQ, XB, 5)[1]

# Name, how it is made, how much of the true five nearest must be found, attributes to compare.
CLASSES = {
    "IndexFlatL2": (lambda f: f.IndexFlatL2(D), 1, ("code_size",)),
    "IndexFlatIP": (lambda f: f.IndexFlatIP(D), 0, ()),
    "IndexPQ": (lambda f: f.IndexPQ(D, 8, 6), 0.5, ("code_size",)),
    "IndexPQFastScan": (lambda f: f.IndexPQFastScan(D, 8, 4), 0.3, ()),
    "IndexScalarQuantizer": (
        lambda f: f.IndexScalarQuantizer(D, f.ScalarQuantizer.QT_8bit), 0.95, ("code_size",)),
    "IndexLSH": (lambda f: f.IndexLSH(D, 64), 0.1, ("nbits", "code_size")),
    "IndexRaBitQ": (lambda f: f.IndexRaBitQ(D), 0.2, ()),
    "IndexHNSWFlat": (lambda f: f.IndexHNSWFlat(D, 16), 0.9, ()),
    "IndexHNSWSQ": (
        lambda f: f.IndexHNSWSQ(D, f.ScalarQuantizer.QT_8bit, 16), 0.9, ()),
    "IndexHNSWPQ": (lambda f: f.IndexHNSWPQ(D, 8, 16), 0.4, ()),
    "IndexIVFFlat": (
        lambda f: f.IndexIVFFlat(f.IndexFlatL2(D), D, 8, f.METRIC_L2), 0.9, ("nlist", "nprobe")),
    "IndexIVFPQ": (lambda f: f.IndexIVFPQ(f.IndexFlatL2(D), D, 8, 8, 8), 0.5, ("nlist",)),
    "IndexIVFPQR": (
        lambda f: f.IndexIVFPQR(f.IndexFlatL2(D), D, 8, 4, 8, 8, 8), 0.5, ("nlist",)),
    "IndexIVFScalarQuantizer": (
        lambda f: f.IndexIVFScalarQuantizer(
            f.IndexFlatL2(D), D, 8, f.ScalarQuantizer.QT_8bit), 0.9, ("nlist",)),
    "IndexIVFPQFastScan": (
        lambda f: f.IndexIVFPQFastScan(f.IndexFlatL2(D), D, 8, 8, 4), 0.3, ("nlist",)),
    "IndexIVFRaBitQ": (
        lambda f: f.IndexIVFRaBitQ(f.IndexFlatL2(D), D, 8), 0.2, ("nlist",)),
    "IndexIVFFlat over a graph": (
        lambda f: f.IndexIVFFlat(f.IndexHNSWFlat(D, 16), D, 8), 0.9, ("nlist",)),
    "IndexIVFFlat over a multi-index": (
        lambda f: f.IndexIVFFlat(f.MultiIndexQuantizer(D, 2, 3), D, 64), 0.6, ("nlist",)),
    "IndexPreTransform": (
        lambda f: f.IndexPreTransform(f.PCAMatrix(D, 8), f.IndexFlatL2(8)), 0.3, ()),
    "IndexRefineFlat": (lambda f: f.IndexRefineFlat(f.IndexPQ(D, 4, 8)), 0.3, ("k_factor",)),
    "IndexIDMap": (lambda f: f.IndexIDMap(f.IndexFlatL2(D)), 1, ()),
}


def build(f, name):
    index = CLASSES[name][0](f)
    if "multi-index" in name:
        # As the tutorial has it: the parts of a multi-index train themselves.
        index.quantizer_trains_alone = True
    index.train(XB)
    if "IDMap" in name:
        index.add_with_ids(XB, np.arange(N))
    else:
        index.add(XB)
    if hasattr(index, "nprobe"):
        index.nprobe = 8
    return index


@pytest.mark.parametrize("name", CLASSES)
def test_class(name, tmp_path):
    _, least, attributes = CLASSES[name]
    mine, reference = build(ours, name), build(theirs, name)
    assert type(mine).__name__ == type(reference).__name__
    for attribute in ("d", "ntotal", "is_trained", "metric_type", *attributes):
        assert getattr(mine, attribute) == getattr(reference, attribute), attribute
    distances, ids = mine.search(XQ, 5)
    assert distances.dtype == np.float32 and ids.dtype == np.int64 and ids.shape == (10, 5)
    found = sum(len(np.intersect1d(a, b)) for a, b in zip(ids, TRUTH)) / TRUTH.size
    assert found >= least, found
    # Files go both ways, and come back as the same class.
    path = str(tmp_path / "a.index")
    ours.write_index(mine, path)
    assert type(ours.read_index(path)).__name__ == type(mine).__name__
    theirs.read_index(path)
    theirs.write_index(reference, path)
    back = ours.read_index(path)
    assert type(back).__name__ == type(reference).__name__
    assert back.ntotal == N and back.d == D


def test_quantizer_is_a_view():
    quantizer = ours.IndexFlatL2(D)
    index = ours.IndexIVFFlat(quantizer, D, 8)
    assert quantizer.ntotal == 0 and not index.is_trained
    index.train(XB)
    assert quantizer.ntotal == 8 and index.quantizer is quantizer
    assert quantizer.reconstruct_n().shape == (8, D)
    index.add(XB)
    _, own = quantizer.search(XB[:50], 1)
    lists = {int(i): n for n in range(8) for i in index.invlists.get_ids(n)}
    assert [lists[i] for i in range(50)] == own.ravel().tolist()
    assert sum(index.invlists.list_size(n) for n in range(8)) == N
    assert index.invlists.imbalance_factor() >= 1
    with pytest.raises(RuntimeError, match="outer index"):
        quantizer.add(XB)


def test_settings_reach_what_is_inside():
    inner = ours.IndexIVFFlat(ours.IndexHNSWFlat(D, 16), D, 8)
    index = ours.IndexIDMap(inner)
    inner.nprobe = 5
    inner.quantizer.hnsw.efSearch = 77
    assert inner.nprobe == 5 and inner.quantizer.hnsw.efSearch == 77
    index.train(XB)
    assert inner.is_trained and index.index is inner


def test_hnsw_settings():
    for f in (ours, theirs):
        index = f.IndexHNSWFlat(D, 16)
        index.hnsw.efConstruction = 80
        index.hnsw.efSearch = 99
        assert (index.hnsw.efConstruction, index.hnsw.efSearch) == (80, 99)
    with pytest.raises(AttributeError):
        ours.IndexHNSWFlat(D, 16).hnsw.efsearch = 3


def test_polysemous_search():
    index = ours.IndexPQ(D, 4, 8)
    index.do_polysemous_training = True
    index.train(XB)
    index.add(XB)
    plain = index.search(XQ, 5)
    index.search_type = ours.IndexPQ.ST_polysemous
    index.polysemous_ht = 4
    assert index.polysemous_ht == 4
    few = index.search(XQ, 5)
    assert (few[1] == -1).sum() >= (plain[1] == -1).sum() and not np.array_equal(few[1], plain[1])
    index.search_type = ours.IndexPQ.ST_PQ
    np.testing.assert_array_equal(index.search(XQ, 5)[1], plain[1])
    with pytest.raises(RuntimeError):
        index.do_polysemous_training = False
    lists = ours.IndexIVFPQ(ours.IndexFlatL2(D), D, 4, 4, 8)
    lists.do_polysemous_training = True
    lists.train(XB)
    lists.add(XB)
    lists.polysemous_ht = 6
    assert lists.polysemous_ht == 6 and lists.search(XQ, 5)[1].shape == (10, 5)


def test_search_parameters():
    index = ours.IndexIVFFlat(ours.IndexFlatL2(D), D, 8)
    index.train(XB)
    index.add(XB)
    every = ours.SearchParametersIVF(nprobe=8)
    np.testing.assert_array_equal(index.search(XQ, 5, params=every)[1], TRUTH)
    assert index.nprobe == 1
    low = ours.SearchParametersIVF(sel=ours.IDSelectorRange(0, 100), nprobe=8)
    assert index.search(XQ, 5, params=low)[1].max() < 100
    graph = ours.IndexHNSWFlat(D, 16)
    graph.add(XB)
    params = ours.SearchParametersHNSW(efSearch=200)
    assert (graph.search(XQ, 5, params=params)[1] == TRUTH).mean() > 0.95
    with pytest.raises(RuntimeError):
        graph.search(XQ, 5, params=every)
    with pytest.raises(TypeError):
        ours.SearchParametersHNSW(efsearch=3)


def test_direct_map_and_reconstruct():
    for f in (ours, theirs):
        index = f.index_factory(D, "IVF8,Flat")
        index.train(XB)
        index.add(XB)
        index.make_direct_map()
        rows = np.vstack([index.reconstruct(i) for i in range(100)])
        np.testing.assert_array_equal(rows, XB[:100])
        assert index.remove_ids(f.IDSelectorRange(N // 2, N)) == N // 2 if f is ours else True


@pytest.mark.parametrize("key", ["IVF4,Flat", "IVF4,PQ4x8", "IVF4,SQ8", "IVF300,Flat", "IVF1,Flat"])
def test_lists_say_the_size_of_their_codes(key):
    mine, theirs = (f.index_factory(16, key) for f in BOTH)
    assert mine.code_size == theirs.code_size and mine.sa_code_size() == theirs.sa_code_size()


def test_parameters_that_are_not_given_are_those_of_faiss():
    x = clustered(600, 16, 3)
    found = []
    for f in BOTH:
        assert f.SearchParametersIVF().nprobe == 1 and f.SearchParametersHNSW().efSearch == 16
        index = f.IndexIVFFlat(f.IndexFlatL2(16), 16, 8)
        index.train(x)
        index.add(x)
        index.nprobe = 8
        everything = f.SearchParametersIVF(sel=f.IDSelectorRange(0, 600))
        found.append(index.search(x[:50], 200, params=everything)[1])
        assert (found[-1] < 0).any(), "only one list is visited"
