"""What indexes, transforms and quantizers hold, as arrays: beside faiss, which read the same file."""

import numpy as np
import pytest

from support import clustered
from under_test import BOTH, ours, theirs

D, N = 16, 1200
XB = clustered(N, D, 9)


def filled(key, f=ours, metric=1):
    index = f.index_factory(D, key, metric)
    index.train(XB)
    if "IDMap" in key:
        index.add_with_ids(XB, np.arange(N) * 7 + 3)
    else:
        index.add(XB)
    return index


def read_by_faiss(index):
    return theirs.deserialize_index(ours.serialize_index(index))


def assert_same(name, mine, theirs_):
    mine, theirs_ = np.asarray(mine), theirs.vector_to_array(theirs_)
    assert mine.dtype == theirs_.dtype and mine.shape == theirs_.shape, name
    np.testing.assert_array_equal(mine, theirs_, name)


@pytest.mark.parametrize("key", ["Flat", "PQ4x8", "PQ4x6", "SQ8", "SQ4", "SQfp16", "LSH"])
def test_codes(key):
    mine = filled(key)
    reference = read_by_faiss(mine)  # faiss frees what is inside with it
    assert_same(key, mine.codes, reference.codes)
    with pytest.raises(ValueError):
        mine.codes[0] = 1


def test_flat_codes_are_the_vectors():
    index = filled("Flat")
    vectors = ours.vector_to_array(index.codes).view(np.float32).reshape(N, D)
    np.testing.assert_array_equal(vectors, XB)


def test_id_maps():
    for key in ("IDMap,Flat", "IDMap2,PQ4x4"):
        mine = filled(key)
        reference = read_by_faiss(mine)
        assert_same(key, mine.id_map, reference.id_map)
    bits = np.arange(80, dtype=np.uint8).reshape(20, 4)
    binary = ours.IndexBinaryIDMap(ours.IndexBinaryFlat(32))
    binary.add_with_ids(bits, np.arange(20)[::-1])
    np.testing.assert_array_equal(binary.id_map, np.arange(20)[::-1])


@pytest.mark.parametrize("key", ["HNSW8", "HNSW8,SQ8", "IDMap,HNSW8", "BHNSW8"])
def test_graphs(key):
    if key == "BHNSW8":
        mine = ours.index_binary_factory(32, key)
        mine.add(np.random.default_rng(3).integers(0, 256, (400, 4), dtype=np.uint8))
        read = theirs.deserialize_index_binary(ours.serialize_index_binary(mine))
        reference, graph = read.hnsw, mine.hnsw
    else:
        mine = filled(key)
        read = read_by_faiss(mine)
        reference = (theirs.downcast_index(read.index) if "IDMap" in key else read).hnsw
        graph = (mine.index if "IDMap" in key else mine).hnsw
    for name in ("levels", "offsets", "cum_nneighbor_per_level", "assign_probas"):
        assert_same(name, getattr(graph, name), getattr(reference, name))
    size = reference.neighbors.size()
    neighbors = theirs.rev_swig_ptr(reference.neighbors.data(), size)
    np.testing.assert_array_equal(graph.neighbors, neighbors)
    assert graph.neighbors.dtype == np.int32
    assert (graph.entry_point, graph.max_level) == (reference.entry_point, reference.max_level)
    for level in range(3):
        assert graph.nb_neighbors(level) == reference.nb_neighbors(level)
        assert graph.cum_nb_neighbors(level) == reference.cum_nb_neighbors(level)
    with pytest.raises(AttributeError):
        graph.levels = 3


def test_empty_graph():
    for f in BOTH:
        graph = f.IndexHNSWFlat(D, 8).hnsw
        assert (graph.entry_point, graph.max_level) == (-1, -1)
    assert ours.IndexHNSWFlat(D, 8).hnsw.levels.shape == (0,)


@pytest.mark.parametrize("key", ["IVF5,Flat", "IVF5,PQ4x8", "IVF5,SQ8", "IVF5,PQ4+8"])
def test_codes_in_lists(key):
    mine = filled(key)
    read = read_by_faiss(mine)
    reference = theirs.extract_index_ivf(read).invlists
    lists = ours.extract_index_ivf(mine).invlists
    assert lists.compute_ntotal() == reference.compute_ntotal() == N
    for number in range(5):
        size = reference.list_size(number)
        assert lists.list_size(number) == size
        codes = theirs.rev_swig_ptr(reference.get_codes(number), size * reference.code_size)
        np.testing.assert_array_equal(lists.get_codes(number).ravel(), codes)
        assert lists.get_codes(number).shape == (size, reference.code_size)
    with pytest.raises(RuntimeError, match="below 5"):
        lists.get_codes(5)


def test_arrays_of_transforms(tmp_path):
    path = str(tmp_path / "a.vt")
    pca, opq = ours.PCAMatrix(D, 6), ours.OPQMatrix(D, 4)
    for transform, kind in ((pca, "PCAMatrix"), (opq, "LinearTransform")):
        assert transform.A.size == 0 and transform.b.size == 0
        transform.train(XB)
        ours.write_VectorTransform(transform, path)
        reference = theirs.read_VectorTransform(path)
        names = ("A", "b", "mean", "eigenvalues", "PCAMat") if transform is pca else ("A", "b")
        for name in names:
            assert_same(name, getattr(transform, name), getattr(reference, name))
        again = ours.read_VectorTransform(path)
        assert type(again).__name__ == kind == type(reference).__name__
        np.testing.assert_array_equal(again.A, transform.A)
        assert again.have_bias == reference.have_bias
    A, b = pca.A.reshape(6, D), pca.b
    np.testing.assert_allclose(pca.apply(XB[:5]), XB[:5] @ A.T + b, atol=1e-4)
    given = ours.LinearTransform(3, 2, A=np.arange(6), b=[5, 7])
    assert given.A.tolist() == [0, 1, 2, 3, 4, 5] and given.b.tolist() == [5, 7]
    with pytest.raises(AttributeError):
        ours.NormalizationTransform(4).A
    with pytest.raises(RuntimeError, match="copy|LinearTransform"):
        ours.copy_array_to_vector(np.zeros(6, np.float32), given.A)


def test_chain_of_an_index():
    index = filled("PCA8,Flat")
    assert index.chain.size() == 1
    transform = ours.downcast_VectorTransform(index.chain.at(0))
    assert type(transform).__name__ == "PCAMatrix" and transform.mean.shape == (D,)


@pytest.mark.parametrize("kind", ["QT_8bit", "QT_4bit_uniform", "QT_6bit", "QT_fp16"])
def test_what_scalar_quantizers_learnt(kind):
    found = []
    for f in BOTH:
        quantizer = f.ScalarQuantizer(D, getattr(f.ScalarQuantizer, kind))
        assert f.vector_to_array(quantizer.trained).size == 0
        quantizer.train(XB)
        found.append(f.vector_to_array(quantizer.trained))
    np.testing.assert_allclose(*found, rtol=1e-6)


def test_clustering_parameters_are_used():
    def lists(**settings):
        index = ours.IndexIVFFlat(ours.IndexFlatL2(D), D, 20)
        for name, value in settings.items():
            setattr(index.cp, name, value)
        index.train(XB)
        return index.quantizer.reconstruct_n()

    usual = lists()
    np.testing.assert_array_equal(usual, lists(niter=10, seed=1234))
    for change in ({"niter": 1}, {"seed": 7}, {"max_points_per_centroid": 5}, {"spherical": True}):
        assert not np.array_equal(usual, lists(**change)), change
    np.testing.assert_allclose(
        np.linalg.norm(lists(spherical=True), axis=1), 1, rtol=1e-5)


def test_clustering_parameters_are_those_of_faiss():
    for metric in (0, 1):
        mine, reference = (f.index_factory(D, "IVF8,SQ8", metric).cp for f in BOTH)
        for name in dir(reference):
            if name[0] != "_" and name not in ("this", "thisown"):
                assert getattr(mine, name) == getattr(reference, name), name
    plain = ours.ClusteringParameters()
    for name in dir(theirs.ClusteringParameters()):
        if name[0] != "_" and name not in ("this", "thisown"):
            assert getattr(plain, name) == getattr(theirs.ClusteringParameters(), name), name


@pytest.mark.parametrize("key", ["IVF8,Flat", "PCA8,IVF8,Flat", "IDMap,PCA8,IVF8,SQ8", "IVF8,PQ4+8",
                                 "IVF8,Flat,RFlat"])
def test_clustering_parameters_inside_other_indexes(key):
    index = ours.index_factory(D, key)
    inner = ours.extract_index_ivf(index)
    inner.cp.niter = 3
    inner.cp.max_points_per_centroid = 77
    assert (inner.cp.niter, inner.cp.max_points_per_centroid) == (3, 77)
    assert ours.extract_index_ivf(index).cp.niter == 3


def test_clustering_parameters_that_cannot_be():
    cp = ours.index_factory(D, "IVF8,Flat").cp
    cp.verbose = True
    for wrong, value in (("int_centroids", True), ("init_method", 1), ("early_stop_threshold", 0.5)):
        for parameters in (cp, ours.ClusteringParameters()):
            with pytest.raises(RuntimeError, match="not supported"):
                setattr(parameters, wrong, value)
    for wrong in ("iterations", "n_iter"):
        for parameters in (cp, ours.ClusteringParameters(), ours.Kmeans(D, 3), ours.PCAMatrix(4, 2)):
            with pytest.raises(AttributeError, match=wrong):
                setattr(parameters, wrong, 3)
    with pytest.raises(RuntimeError):
        cp.niter = 0
    binary = ours.index_binary_factory(32, "BIVF4")
    assert binary.cp.niter == 10
    binary.cp.niter = 2
    assert binary.cp.niter == 2


def test_multi_index_quantizer_on_its_own():
    found = []
    for f in BOTH:
        quantizer = f.MultiIndexQuantizer(D, 2, 4)
        assert not quantizer.is_trained
        quantizer.train(XB)
        assert quantizer.is_trained and quantizer.ntotal == 256
        distances, ids = quantizer.search(XB[:50], 5)
        assert (np.diff(distances, axis=1) >= 0).all() and ids.max() < 256
        rows = np.vstack([quantizer.reconstruct(int(i)) for i in ids[:, 0]])
        np.testing.assert_allclose(((rows - XB[:50]) ** 2).sum(1), distances[:, 0], rtol=1e-3)
        found.append(distances.sum())
        with pytest.raises(RuntimeError):
            quantizer.add(XB)
        index = f.IndexIVFFlat(quantizer, D, 256)
        index.quantizer_trains_alone = True
        index.train(XB)
        index.add(XB)
        index.nprobe = 256
        assert (index.search(XB[:20], 1)[1][:, 0] == np.arange(20)).all()
        np.testing.assert_allclose(index.quantizer.search(XB[:5], 2)[0], distances[:5, :2], rtol=1e-5)
    assert found[0] < 1.1 * found[1]
