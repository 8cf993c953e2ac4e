"""Inverted files over quantizers of the caller's own, codes that factory strings cannot name, binary
id maps, and queries that are no numbers: each beside faiss."""

import numpy as np
import pytest

from support import clustered
from under_test import BOTH, ours, theirs

D, N, LISTS = 12, 1500, 10
XB = clustered(N, D, 8)
XQ = clustered(15, D, 8, part=1)
CENTROIDS = XB[:LISTS] + np.float32(0.01)
BITS = np.random.default_rng(4).integers(0, 256, (500, 4), dtype=np.uint8)


def assert_same(mine, reference, tolerance=1e-4):
    np.testing.assert_array_equal(mine[1], reference[1])
    np.testing.assert_allclose(mine[0], reference[0], rtol=tolerance, atol=tolerance)


def preset(f, make, metric=1):
    """An inverted file over centroids that are there before."""
    quantizer = f.IndexFlat(D, metric)
    quantizer.add(CENTROIDS)
    index = make(f, quantizer)
    index.train(XB)
    index.add(XB)
    index.nprobe = 3
    assert quantizer.ntotal == LISTS and index.quantizer.ntotal == LISTS
    np.testing.assert_array_equal(index.quantizer.reconstruct(3), CENTROIDS[3])
    return index


@pytest.mark.parametrize("metric", [0, 1])
def test_preset_centroids(metric):
    def make(f, quantizer):
        return f.IndexIVFFlat(quantizer, D, LISTS, metric)

    mine, reference = (preset(f, make, metric) for f in BOTH)
    assert_same(mine.search(XQ, 5), reference.search(XQ, 5))
    assert_same(mine.search(XQ[:1], 5), reference.search(XQ[:1], 5))


def test_preset_centroids_need_no_training():
    for f in BOTH:
        quantizer = f.IndexFlatL2(D)
        quantizer.add(CENTROIDS)
        assert f.IndexIVFFlat(quantizer, D, LISTS).is_trained
        codes = f.IndexIVFPQ(f.IndexFlatL2(D), D, LISTS, 3, 4)
        assert not codes.is_trained
    with pytest.raises(RuntimeError):
        wrong = ours.IndexFlatL2(D)
        wrong.add(CENTROIDS[:4])
        ours.IndexIVFFlat(wrong, D, LISTS)


@pytest.mark.parametrize("residual", [True, False])
def test_scalar_codes_with_and_without_residuals(residual):
    def make(f, quantizer):
        return f.IndexIVFScalarQuantizer(
            quantizer, D, LISTS, f.ScalarQuantizer.QT_8bit, f.METRIC_L2, residual)

    mine, reference = (preset(f, make) for f in BOTH)
    assert mine.by_residual == reference.by_residual == residual
    assert_same(mine.search(XQ, 5), reference.search(XQ, 5))


@pytest.mark.parametrize("kind", ["QT_8bit_uniform", "QT_4bit_uniform", "QT_6bit", "QT_8bit_direct"])
def test_scalar_types(kind):
    rows = np.floor(XB * 3 + 120).clip(0, 255) if "direct" in kind else XB
    found = []
    for f in BOTH:
        index = f.IndexScalarQuantizer(D, getattr(f.ScalarQuantizer, kind))
        index.train(rows)
        index.add(rows)
        found.append((*index.search(rows[:9], 4), index.code_size))
    assert found[0][2] == found[1][2]
    assert_same(*(each[:2] for each in found), tolerance=2e-3)
    lists = [preset(f, lambda f, q: f.IndexIVFScalarQuantizer(
        q, D, LISTS, getattr(f.ScalarQuantizer, kind))) for f in BOTH if "direct" not in kind]
    if lists:
        assert_same(*(index.search(XQ, 5) for index in lists), tolerance=2e-3)
        back = theirs.deserialize_index(ours.serialize_index(lists[0]))
        back.nprobe = 3
        np.testing.assert_array_equal(back.search(XQ, 5)[1], lists[0].search(XQ, 5)[1])


def test_types_of_scalar_quantizers_have_faiss_numbers():
    names = [name for name in dir(theirs.ScalarQuantizer) if name.startswith("QT_")]
    for name in names:
        if name != "QT_count" and not name.endswith("_tq"):
            assert getattr(ours.ScalarQuantizer, name) == getattr(theirs.ScalarQuantizer, name)
    with pytest.raises(RuntimeError):
        ours.ScalarQuantizer(D, 16)


def test_product_codes_without_residuals():
    found = []
    for f in BOTH:
        index = f.IndexIVFPQ(f.IndexFlatL2(D), D, LISTS, 4, 8)
        assert index.by_residual
        index.by_residual = False
        assert not index.by_residual
        index.train(XB)
        index.add(XB)
        index.nprobe = LISTS
        found.append(index)
    mine, reference = found
    theirs_again = theirs.deserialize_index(ours.serialize_index(mine))
    assert not theirs_again.by_residual
    assert_same(mine.search(XQ, 5), theirs_again.search(XQ, 5))
    ours_again = ours.deserialize_index(theirs.serialize_index(reference))
    assert not ours_again.by_residual
    assert_same(ours_again.search(XQ, 5), reference.search(XQ, 5))
    with pytest.raises(RuntimeError):
        mine.by_residual = True
    polysemous = ours.IndexIVFPQ(ours.IndexFlatL2(D), D, LISTS, 4, 8)
    polysemous.by_residual = False
    polysemous.do_polysemous_training = True
    assert not polysemous.by_residual


def test_other_quantizers():
    graph = ours.IndexHNSWFlat(D, 8)
    graph.hnsw.efConstruction = 60
    index = ours.IndexIVFFlat(graph, D, LISTS)
    index.train(XB)
    assert graph.ntotal == LISTS and graph.hnsw.efConstruction == 60
    codes = ours.IndexScalarQuantizer(D, ours.ScalarQuantizer.QT_8bit)
    index = ours.IndexIVFFlat(codes, D, LISTS)
    index.train(XB)
    index.add(XB)
    index.nprobe = LISTS
    assert_same(index.search(XQ, 3), theirs.knn(XQ, XB, 3))


@pytest.mark.parametrize("name", ["IndexBinaryIDMap", "IndexBinaryIDMap2"])
def test_binary_id_maps(name):
    ids = np.arange(500) * 5 + 7
    found = []
    for f in BOTH:
        index = getattr(f, name)(f.IndexBinaryFlat(32))
        index.add_with_ids(BITS, ids)
        found.append(index.search(BITS[:20], 3))
        assert index.ntotal == 500
    np.testing.assert_array_equal(found[0][0], found[1][0])
    np.testing.assert_array_equal(found[0][1][:, 0], found[1][1][:, 0])
    mine = getattr(ours, name)(ours.IndexBinaryFlat(32))
    mine.add_with_ids(BITS, ids)
    assert mine.index.ntotal == 500 and type(mine.index).__name__ == "IndexBinaryFlat"
    again = ours.deserialize_index_binary(ours.serialize_index_binary(mine))
    assert type(again).__name__ == name
    if name.endswith("2"):
        np.testing.assert_array_equal(mine.reconstruct(int(ids[9])), BITS[9])
    with pytest.raises(RuntimeError):
        full = ours.IndexBinaryFlat(32)
        full.add(BITS)
        getattr(ours, name)(full)


def test_binary_lists_over_preset_centroids():
    found = []
    for f in BOTH:
        quantizer = f.IndexBinaryFlat(32)
        quantizer.add(BITS[:8])
        index = f.IndexBinaryIVF(quantizer, 32, 8)
        index.nprobe = 8
        index.add(BITS)
        found.append(index.search(BITS[:20], 3)[0])
        assert index.quantizer.ntotal == 8
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize("key", ["Flat", "IVF4,Flat", "PQ4x4", "HNSW8", "SQ8", "PCA6,Flat"])
@pytest.mark.parametrize("metric", [0, 1])
def test_queries_that_are_no_numbers_find_nothing(key, metric):
    queries = XQ.copy()
    queries[2, 3] = queries[7, 0] = np.nan
    some = [0, 1, 3, 14]
    for f in BOTH:
        index = f.index_factory(D, key, metric)
        index.train(XB)
        index.add(XB)
        plain = index.search(XQ, 4)
        D_, I = index.search(queries, 4)
        assert (I[[2, 7]] == -1).all()
        worst = np.finfo(np.float32).max * (1 if metric else -1)
        assert (D_[[2, 7]] == np.float32(worst)).all()
        np.testing.assert_array_equal(I[some], plain[1][some])
        assert (index.search(queries[2:3], 2)[1] == -1).all()
        assert (index.assign(queries, 1)[2] == -1).all()
    lims, _, ids = index.range_search(queries, float(plain[0][0, 1]) * (1.5 if metric else 0.5))
    assert lims[2] == lims[3] and lims[7] == lims[8] and lims[-1] == len(ids) > 0
    assert lims.dtype == np.uint64


def test_queries_that_are_no_numbers_reconstruct_nothing():
    queries = XQ.copy()
    queries[1] = np.nan
    for f in BOTH:
        index = f.IndexFlatL2(D)
        index.add(XB)
        D_, I, R = index.search_and_reconstruct(queries, 2)
        assert (I[1] == -1).all() and np.isnan(R[1]).all()
        np.testing.assert_array_equal(R[0, 0], XB[I[0, 0]])
    with pytest.raises(RuntimeError, match="finite|nan"):
        index = ours.IndexFlatL2(D)
        index.add(queries)
