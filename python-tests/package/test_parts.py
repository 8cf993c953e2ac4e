"""k-means, transforms, quantizers, files, bytes, binary indexes, tuning: beside faiss."""

import pickle
import threading

import numpy as np
import pytest

from support import clustered
from under_test import ours, theirs

D, N = 16, 3000
XB = clustered(N, D, 7)
XQ = clustered(10, D, 7, part=1)


def test_kmeans():
    mine, reference = (f.Kmeans(D, 12, niter=15, verbose=False) for f in (ours, theirs))
    mine.train(XB)
    reference.train(XB)
    assert mine.centroids.shape == reference.centroids.shape == (12, D)
    assert mine.obj.shape == reference.obj.shape and mine.obj[-1] < 1.1 * reference.obj[-1]
    distances, ids = mine.index.search(XB, 1)
    assert abs(distances.sum() - mine.obj[-1]) < 0.05 * mine.obj[-1]
    np.testing.assert_array_equal(mine.assign(XQ)[1], mine.index.search(XQ, 1)[1].ravel())
    spherical = ours.Kmeans(D, 5, spherical=True, seed=3)
    spherical.train(XB)
    np.testing.assert_allclose(np.linalg.norm(spherical.centroids, axis=1), 1, rtol=1e-5)
    with pytest.raises(AttributeError):
        ours.Kmeans(D, 5, rounds=3)
    with pytest.raises(AssertionError):
        mine.train(XB[:, :3])


def test_clustering():
    clustering = ours.Clustering(D, 8)
    clustering.niter = 5
    index = ours.IndexFlatL2(D)
    clustering.train(XB, index)
    assert index.ntotal == 8
    centroids = ours.vector_to_array(clustering.centroids).reshape(8, D)
    np.testing.assert_array_equal(index.reconstruct_n(), centroids)


def test_pca():
    for args in ((D, 4), (D, 4, -0.5)):
        mine, reference = ours.PCAMatrix(*args), theirs.PCAMatrix(*args)
        for each in (mine, reference):
            assert not each.is_trained
            each.train(XB)
        a, b = mine.apply(XQ), reference.apply(XQ)
        np.testing.assert_allclose(np.abs(a), np.abs(b), atol=2e-2)
        assert mine.d_in == D and mine.d_out == 4


def test_transforms(tmp_path):
    made = [ours.OPQMatrix(D, 4), ours.RandomRotationMatrix(D, D), ours.ITQTransform(D),
            ours.NormalizationTransform(D), ours.HadamardRotation(D),
            ours.LinearTransform(D, 3, A=np.ones((3, D)), b=np.arange(3)),
            ours.RemapDimensionsTransform(D, 3, np.array([2, -1, 0]))]
    for transform in made:
        transform.train(XB)
        path = str(tmp_path / "a.vt")
        ours.write_VectorTransform(transform, path)
        wanted = transform.apply(XQ)
        np.testing.assert_array_equal(ours.read_VectorTransform(path).apply(XQ), wanted)
        np.testing.assert_array_equal(pickle.loads(pickle.dumps(transform)).apply(XQ), wanted)
        np.testing.assert_allclose(
            theirs.read_VectorTransform(path).apply(XQ), wanted, rtol=1e-4, atol=1e-4)
    rotation = made[1]
    np.testing.assert_allclose(rotation.reverse_transform(rotation.apply(XQ)), XQ, atol=1e-4)
    with pytest.raises(RuntimeError, match="trained"):
        ours.PCAMatrix(D, 2).apply(XQ)


def test_product_quantizer(tmp_path):
    path = str(tmp_path / "a.pq")
    mine, reference = ours.ProductQuantizer(D, 4, 6), theirs.ProductQuantizer(D, 4, 6)
    for each in (mine, reference):
        each.train(XB)
    for name in ("d", "M", "nbits", "ksub", "dsub", "code_size"):
        assert getattr(mine, name) == getattr(reference, name), name
    errors = [((each.decode(each.compute_codes(XB)) - XB) ** 2).sum() for each in (mine, reference)]
    assert errors[0] < 1.1 * errors[1]
    ours.write_ProductQuantizer(mine, path)
    same = theirs.read_ProductQuantizer(path)
    np.testing.assert_array_equal(same.compute_codes(XQ), mine.compute_codes(XQ))
    theirs.write_ProductQuantizer(reference, path)
    back = ours.read_ProductQuantizer(path)
    np.testing.assert_array_equal(back.compute_codes(XQ), reference.compute_codes(XQ))
    np.testing.assert_array_equal(
        pickle.loads(pickle.dumps(mine)).compute_codes(XQ), mine.compute_codes(XQ))
    with pytest.raises(TypeError):
        mine.decode(np.zeros((1, 3), np.int32))
    with pytest.raises(RuntimeError, match="not supported"):
        ours.ScalarQuantizer(D, 16)
    (tmp_path / "bad").write_bytes(b"x" * 40)
    with pytest.raises(RuntimeError):
        ours.read_ProductQuantizer(str(tmp_path / "bad"))


def test_scalar_quantizer():
    for name in ("QT_8bit", "QT_4bit", "QT_6bit", "QT_fp16", "QT_bf16",
                 "QT_3bit_tqmse"):
        number = getattr(ours.ScalarQuantizer, name)
        assert number == getattr(theirs.ScalarQuantizer, name)
        mine, reference = ours.ScalarQuantizer(D, number), theirs.ScalarQuantizer(D, number)
        for each in (mine, reference):
            each.train(XB)
        np.testing.assert_array_equal(mine.compute_codes(XQ), reference.compute_codes(XQ))


def test_copying_a_subset():
    for kind, a1, a2 in ((0, 100, 900), (1, 7, 3), (3, 4, 1)):
        found = []
        for f in (ours, theirs):
            # The same lists in both.
            whole = f.deserialize_index(ours.serialize_index(ours_with_lists()))
            part = f.clone_index(whole)
            part.reset()
            whole.copy_subset_to(part, kind, a1, a2)
            part.nprobe = 8
            found.append((part.ntotal, part.search(XQ, 5)[1]))
        assert found[0][0] == found[1][0], kind
        np.testing.assert_array_equal(found[0][1], found[1][1])


def ours_with_lists():
    index = ours.index_factory(D, "IVF8,Flat")
    index.train(XB)
    index.add(XB)
    return index


def test_offsets_in_lists():
    index = ours_with_lists()
    for number in (0, 3):
        ids = index.invlists.get_ids(number)
        np.testing.assert_array_equal(index.reconstruct_from_offset(number, 2), XB[ids[2]])


def test_bytes_and_pickle():
    index = ours.index_factory(D, "IVF8,SQ8")
    index.train(XB)
    index.add(XB)
    data = ours.serialize_index(index)
    assert data.dtype == np.uint8
    wanted = index.search(XQ, 4)
    for same in (ours.deserialize_index(data), pickle.loads(pickle.dumps(index)),
                 ours.clone_index(index), theirs.deserialize_index(data)):
        found = same.search(XQ, 4)
        np.testing.assert_array_equal(found[1], wanted[1])
    assert ours.deserialize_index(theirs.serialize_index(theirs.IndexFlatIP(D))).metric_type == 0
    with pytest.raises(RuntimeError):
        ours.deserialize_index(data[:50])


def test_files_and_mapping(tmp_path):
    path = str(tmp_path / "é.index")
    index = ours.index_factory(D, "IVF8,Flat")
    index.train(XB)
    index.add(XB)
    index.nprobe = 3
    ours.write_index(index, path)
    for flags in (0, ours.IO_FLAG_MMAP, ours.IO_FLAG_MMAP | ours.IO_FLAG_READ_ONLY):
        opened = ours.read_index(path, flags)
        assert opened.nprobe == 3
        np.testing.assert_array_equal(opened.search(XQ, 4)[1], index.search(XQ, 4)[1])
    with pytest.raises(RuntimeError):
        ours.read_index(str(tmp_path / "none"))
    with pytest.raises(RuntimeError, match="floats"):
        ours.read_index_binary(path)


def test_binary():
    bits = np.random.default_rng(1).integers(0, 256, (500, 8), dtype=np.uint8)
    truth = theirs.IndexBinaryFlat(64)
    truth.add(bits)
    wanted = truth.search(bits[:10], 3)[0]
    made = [ours.IndexBinaryFlat(64), ours.IndexBinaryIVF(ours.IndexBinaryFlat(64), 64, 4),
            ours.IndexBinaryHNSW(64, 16), ours.index_binary_factory(64, "BIVF4")]
    for index in made:
        index.train(bits)
        index.add(bits)
        if index is made[1] or index is made[3]:
            index.nprobe = 4
        if index is made[2]:
            index.hnsw.efSearch = 100
        distances, ids = index.search(bits[:10], 3)
        assert distances.dtype == np.int32
        np.testing.assert_array_equal(distances, wanted)
        data = ours.serialize_index_binary(index)
        same = ours.deserialize_index_binary(data)
        assert type(same) is type(index) and same.ntotal == 500
        assert theirs.deserialize_index_binary(data).ntotal == 500
    with pytest.raises(TypeError):
        made[0].add(bits.astype(np.float32))
    with pytest.raises(AssertionError):
        made[0].search(bits[:, :4], 1)


def test_tuning():
    index = ours.index_factory(D, "IVF16,Flat")
    index.train(XB)
    index.add(XB)
    truth = ours.knn(XQ, XB, 5)
    for kind in (ours.OneRecallAtRCriterion(10, 1), ours.IntersectionCriterion(10, 5)):
        kind.set_groundtruth(*truth)
        space = ours.ParameterSpace()
        space.initialize(index)
        assert "nprobe" in [each.name for each in space.parameter_ranges]
        points = space.explore(index, XQ, kind)
        assert points.optimal_pts[-1].perf == 1.0
        assert points.t_for_perf(1.0) == points.optimal_pts[-1].t
    space.set_index_parameters(index, "nprobe=7")
    assert index.nprobe == 7
    assert kind.evaluate(*truth) == 1


def test_many_threads_search_one_index():
    index = ours.IndexFlatL2(D)
    index.add(XB)
    wanted = index.search(XQ, 4)[1]
    wrong = []

    def work():
        for _ in range(100):
            if not np.array_equal(index.search(XQ, 4)[1], wanted):
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_every_name_is_one_of_faiss():
    modules = {
        "autotune", "binary", "clustering", "constants", "factory", "functions", "indexes", "io",
        "base", "flat", "inverted", "composite", "parameters", "quantizers", "selectors",
        "transforms"}
    names = {name for name in dir(ours) if not name.startswith("_")} - modules
    # Other names of the same in older versions, and what faiss keeps to itself.
    own = {"SearchParametersIVFPQ", "IndexRefineSearchParameters", "SearchParametersIDMap",
           "deserialize_VectorTransform", "vector_float_to_array", "kmeans_clustering"}
    assert {name for name in names if not hasattr(theirs, name)} <= own
    assert len(names) > 120


def test_settings_of_the_module():
    before = ours.omp_get_max_threads()
    ours.omp_set_num_threads(1)
    assert ours.omp_get_max_threads() == 1
    ours.omp_set_num_threads(before)
    assert ours.get_num_gpus() == 0 and "VICINAL" in ours.get_compile_options()
    for name in dir(ours):
        if name.startswith(("METRIC_", "IO_FLAG_")):
            assert getattr(ours, name) == getattr(theirs, name), name
