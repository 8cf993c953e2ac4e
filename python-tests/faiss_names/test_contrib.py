"""The parts of faiss.contrib in common use, beside faiss's."""

import importlib

import numpy as np
import pytest

from support import clustered
from under_test import BOTH, ours, theirs

D = 12
XB, XQ = clustered(900, D, 4), clustered(15, D, 4, part=1)


def both(name):
    return [importlib.import_module(f"{f.__name__}.contrib.{name}") for f in BOTH]


def same(mine, reference, **tolerance):
    for a, b in zip(mine, reference):
        np.testing.assert_allclose(a, b, **tolerance)


@pytest.mark.parametrize("metric", ["L2", "IP"])
def test_synthetic_dataset(metric):
    mine, reference = (module.SyntheticDataset(16, 100, 500, 20, metric) for module in
                       both("datasets"))
    for name in ("get_queries", "get_database", "get_train"):
        np.testing.assert_allclose(
            getattr(mine, name)(), getattr(reference, name)(), atol=1e-6)
    np.testing.assert_array_equal(mine.get_train(7), mine.get_train()[:7])
    np.testing.assert_array_equal(mine.get_groundtruth(9), reference.get_groundtruth(9))
    mine.check_sizes()
    for arguments in ({"bs": 64}, {"bs": 30, "split": (3, 1)}):
        pieces = [list(each.database_iterator(**arguments)) for each in (mine, reference)]
        same(*pieces, atol=1e-6)
        assert len(pieces[0]) == len(pieces[1])


def test_evaluation():
    mine, reference = both("evaluation")
    I1, I2 = theirs.knn(XQ, XB, 10)[1], theirs.knn(XQ + np.float32(0.3), XB, 10)[1]
    assert mine.knn_intersection_measure(I1, I2) == reference.knn_intersection_measure(I1, I2)
    found = []
    for f, module in zip(BOTH, (mine, reference)):
        index = f.IndexFlatL2(D)
        index.add(XB)
        wide, narrow = index.range_search(XQ, 60.0), index.range_search(XQ + np.float32(0.3), 40.0)
        found.append(module.filter_range_results(*wide, 30.0))
        for mode in ("overall", "average"):
            found[-1] += module.range_PR(wide[0], wide[2], narrow[0], narrow[2], mode=mode)
    for a, b in zip(*found):
        np.testing.assert_allclose(np.sort(np.ravel(a)), np.sort(np.ravel(b)), rtol=1e-4)
    counts = [np.array(each) for each in ([3, 0, 5, 0], [4, 0, 0, 2], [2, 0, 0, 0])]
    for mode in ("overall", "average"):
        assert mine.counts_to_PR(*counts, mode) == pytest.approx(
            reference.counts_to_PR(*(each.copy() for each in counts), mode))


def test_comparing_results():
    for module in both("evaluation"):
        D1 = np.float32([[1, 2, 2, 3], [1, 1, 4, 4]])
        I1 = np.array([[5, 6, 7, 8], [1, 2, 3, 4]])
        module.check_ref_knn_with_draws(
            D1, I1, D1, np.array([[5, 7, 6, 8], [2, 1, 9, 3]]))
        with pytest.raises(AssertionError):
            module.check_ref_knn_with_draws(D1, I1, D1, np.array([[6, 5, 7, 8], [1, 2, 3, 4]]))
        lims, distances, ids = np.array([0, 2, 3]), np.float32([1, 2, 3]), np.array([7, 8, 9])
        module.check_ref_range_results(
            lims, distances, ids, lims, distances[[1, 0, 2]], ids[[1, 0, 2]])
        with pytest.raises(AssertionError):
            module.check_ref_range_results(lims, distances, ids, lims, distances, ids + 1)


@pytest.mark.parametrize("metric", [0, 1])
def test_exhaustive_search(metric):
    found = []
    for f, module in zip(BOTH, both("exhaustive_search")):
        pieces = [XB[first:first + 200] for first in range(0, 900, 200)]
        results = [*module.knn_ground_truth(XQ, iter(pieces), 8, metric)]
        if metric == 1:
            lims, distances, ids = module.range_ground_truth(XQ, iter(pieces), 50.0, ngpu=0)
            order = np.lexsort((ids, np.repeat(np.arange(15), np.diff(np.int64(lims)))))
            results += [lims, distances[order], ids[order]]
            index = f.IndexFlatL2(D)
            index.add(XB)
            batches = module.exponential_query_iterator(XQ, start_bs=4)
            radius, lims, distances, ids = module.range_search_max_results(
                index, batches, 60.0, max_results=400, min_results=250, clip_to_min=True)
            results += [radius, lims, np.sort(distances)]
            nres = np.diff(np.int64(lims))
            results += [module.threshold_radius_nres(nres, distances, ids, 20.0)[0],
                        module.threshold_radius(lims, distances, ids, 20.0, keep_max=True)[0]]
        found.append(results)
    same(*found, rtol=1e-3, atol=1e-2)


def test_inspecting():
    mine, reference = both("inspect_tools")
    index = ours.index_factory(D, "PCA6,IVF4,PQ3x4")
    index.train(XB)
    index.add(XB)
    read = theirs.deserialize_index(ours.serialize_index(index))
    lists = ours.extract_index_ivf(index)
    read_lists = theirs.extract_index_ivf(read)
    np.testing.assert_array_equal(
        mine.get_invlist_sizes(lists.invlists), reference.get_invlist_sizes(read_lists.invlists))
    for number in range(4):
        same(mine.get_invlist(lists.invlists, number),
             reference.get_invlist(read_lists.invlists, number), atol=0)
    np.testing.assert_array_equal(
        mine.get_pq_centroids(lists.pq),
        reference.get_pq_centroids(theirs.downcast_index(read_lists).pq))
    transform = index.chain.at(0)
    read_transform = theirs.downcast_VectorTransform(read.chain.at(0))
    same(mine.get_LinearTransform_matrix(transform),
         reference.get_LinearTransform_matrix(read_transform), atol=0)
    A, b = mine.get_LinearTransform_matrix(transform)
    np.testing.assert_allclose(
        mine.make_LinearTransform_matrix(A, b).apply(XQ), transform.apply(XQ), atol=1e-5)
    flat = ours.IndexFlatL2(D)
    flat.add(XB)
    np.testing.assert_array_equal(mine.get_flat_data(flat), XB)
    assert mine.get_flat_codes(flat).shape == (900, 4 * D)


def test_printing(capsys):
    mine, _ = both("inspect_tools")
    mine.print_object_fields(ours.IndexHNSWFlat(D, 8))
    assert "ntotal = 0" in capsys.readouterr().out


def test_files_of_vectors(tmp_path):
    mine, reference = both("vecs_io")
    path = str(tmp_path / "a")
    for writer, reader in ((mine, reference), (reference, mine)):
        writer.fvecs_write(path, XB)
        np.testing.assert_array_equal(reader.fvecs_read(path), XB)
        np.testing.assert_array_equal(reader.fvecs_mmap(path), XB)
        ids = np.arange(12, dtype=np.int32).reshape(3, 4)
        writer.ivecs_write(path, ids)
        np.testing.assert_array_equal(reader.ivecs_read(path), ids)
        np.testing.assert_array_equal(reader.ivecs_mmap(path), ids)
    (tmp_path / "b").write_bytes(bytes([2, 0, 0, 0, 7, 8, 2, 0, 0, 0, 9, 10]))
    for module in (mine, reference):
        np.testing.assert_array_equal(module.bvecs_mmap(str(tmp_path / "b")), [[7, 8], [9, 10]])


def test_range_ground_truth_of_nothing():
    mine, reference = both("exhaustive_search")
    for pieces, radius in (([XB], 5.0), ([XB], -1.0), ([], 1.0)):
        found = [module.range_ground_truth(XQ, iter(pieces), radius, ngpu=0)
                 for module in (mine, reference)]
        for a, b in zip(*found):
            assert a.dtype == b.dtype and a.shape == b.shape


def test_data_sets_that_are_not_there(tmp_path):
    datasets, _ = both("datasets")
    datasets.set_dataset_basedir(str(tmp_path))
    sift = datasets.dataset_from_name("sift1M")
    assert isinstance(sift, datasets.DatasetSIFT1M) and (sift.d, sift.nb) == (128, 1_000_000)
    with pytest.raises(FileNotFoundError, match="corpus-texmex.*set_dataset_basedir"):
        sift.get_queries()
    with pytest.raises(RuntimeError, match="sift1M, gist1M"):
        datasets.dataset_from_name("deep1M")
    with pytest.raises(RuntimeError, match="download"):
        datasets.dataset_from_name("sift1M", download=True)


def test_data_sets_that_are_there(tmp_path):
    (datasets, _), (vecs, _) = both("datasets"), both("vecs_io")
    folder = tmp_path / "sift1M"
    folder.mkdir()
    for part in ("query", "learn", "base"):
        vecs.fvecs_write(folder / f"sift_{part}.fvecs", XB[:50])
    vecs.ivecs_write(folder / "sift_groundtruth.ivecs", np.arange(500, dtype=np.int32).reshape(50, 10))
    datasets.set_dataset_basedir(str(tmp_path))
    sift = datasets.DatasetSIFT1M()
    for found in (sift.get_queries(), sift.get_database(), sift.get_train()):
        np.testing.assert_array_equal(found, XB[:50])
    assert len(sift.get_train(7)) == 7 and sift.get_groundtruth(3).shape == (50, 3)


def test_operating_points_with_ranges():
    seen = []
    for module in both("evaluation"):
        points = module.OperatingPointsWithRanges()
        points.add_range("nprobe", [1, 2, 4, 8])
        points.add_range("ht", [10, 20, 30])
        points.restrict_range("ht", 30)
        keys = [points.cno_to_key(number) for number in range(points.num_experiments())]
        kept = []
        for number, key in enumerate(keys):
            tried = points.should_run_experiment(key)
            kept.append((tried, points.add_operating_point(key, 0.1 * (number * 5 % 8), 1.0 + number % 3)))
        first = points.sample_experiments(0)[:2]
        sampled = sorted(points.sample_experiments(0)), len(points.sample_experiments(5))
        seen.append((
            [key.tolist() for key in keys], kept, first, sampled, points.get_parameters(keys[5]),
            points.do_nothing_key().tolist(),
            sorted((key.tolist(), t) for key, _, t in points.operating_points)))
    assert seen[0] == seen[1]
    with pytest.raises(RuntimeError, match="what"):
        points.restrict_range("what", 3)


def test_searches_of_lists():
    found = []
    for faiss, module in zip(BOTH, both("ivf_tools")):
        index = faiss.index_factory(D, "PCA6,IVF8,Flat")
        index.train(XB)
        index.add(XB)
        lists = np.arange(2 * len(XQ)).reshape(-1, 2) % 8
        faiss.extract_index_ivf(index).nprobe = 2
        found.append(module.search_preassigned(index, XQ, 3, lists)[1].shape)
    assert found[0] == found[1]
    ours_tools, _ = both("ivf_tools")
    index = ours.index_factory(D, "IVF8,Flat")
    index.train(XB)
    index.add(XB)
    index.nprobe = 8
    np.testing.assert_array_equal(
        ours_tools.search_preassigned(index, XQ, 3, np.tile(np.arange(8), (len(XQ), 1)))[1],
        index.search(XQ, 3)[1])
    with pytest.raises(AttributeError, match="add_with_ids"):
        ours_tools.add_preassigned


@pytest.mark.parametrize("key", [
    "Flat", "IVF16,Flat", "IVF16,PQ4x4", "IVF16_HNSW8,SQ8", "IMI2x4,PQ4", "PQ4", "PQ4x4fs", "HNSW16",
    "HNSW16,SQ8", "SQ4", "SQ6", "SQfp16", "PCA8,Flat", "PCAR8,IVF4,PQ4", "PQ4,Refine(SQ8)"])
def test_factory_tools(key):
    said = []
    for faiss, module in zip(BOTH, both("factory_tools")):
        index = faiss.index_factory(16, key)
        said.append((module.get_code_size(16, key), module.reverse_index_factory(index)))
    assert said[0] == said[1]


def test_factory_strings_that_are_not_known():
    tools, _ = both("factory_tools")
    assert tools.reverse_index_factory(ours.index_factory(16, "IVF4,Flat,RFlat")) == "IVF4,Flat,RFlat"
    with pytest.raises(NotImplementedError, match="LSH"):
        tools.reverse_index_factory(ours.index_factory(16, "LSH"))
