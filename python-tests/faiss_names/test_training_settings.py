"""Settings with faiss's names: those that can be set have their effect, and setting the others is an
error that says why."""

import numpy as np
import pytest

from support import clustered
from under_test import BOTH, ours

D = 16
XB, XQ = clustered(2000, D, 3), clustered(40, D, 3, part=1)
BITS = np.random.default_rng(2).integers(0, 256, (500, 8), dtype=np.uint8)


def filled(faiss, key, ids=None):
    index = faiss.index_factory(D, key)
    index.train(XB)
    index.add(XB) if ids is None else index.add_with_ids(XB[:len(ids)], ids)
    return index


@pytest.mark.parametrize("key", ["IVF16,Flat", "IVF16,SQ8", "IVF16,PQ4np", "IVF16,PQ4x4fs"])
@pytest.mark.parametrize("given", [True, False])
def test_search_preassigned(key, given):
    index = filled(ours, key)
    index.nprobe = 3
    wanted = index.search(XQ, 5)
    distances, lists = index.quantizer.search(XQ, 3)
    found = index.search_preassigned(XQ, 5, lists, distances if given else None)
    np.testing.assert_allclose(found[0], wanted[0], rtol=1e-4)
    assert (found[1] == wanted[1]).mean() > 0.99
    # Other lists give others, no list nothing, and one that is named twice is visited once.
    assert (index.search_preassigned(XQ, 5, 15 - lists, None)[1] != wanted[1]).any()
    assert (index.search_preassigned(XQ, 5, np.full((len(XQ), 2), -1), None)[1] == -1).all()
    twice = np.repeat(lists[:, :1], 2, axis=1)
    np.testing.assert_array_equal(
        index.search_preassigned(XQ, 5, twice, None)[1],
        index.search_preassigned(XQ, 5, lists[:, :1], None)[1])


def test_search_preassigned_keeps_to_its_parameters():
    index = filled(ours, "IVF16,Flat")
    lists = index.quantizer.search(XQ, 16)[1]
    among = ours.SearchParametersIVF(sel=ours.IDSelectorRange(100, 200))
    found = index.search_preassigned(XQ, 3, lists, None, params=among)[1]
    assert found.min() >= 100 and found.max() < 200
    for given in (None, np.zeros(lists.shape, np.float32)):
        with pytest.raises(ValueError, match="below 16"):
            index.search_preassigned(XQ, 3, lists + 16, given)
    with pytest.raises(AssertionError):
        index.search_preassigned(XQ, 3, lists[:5], None)
    with pytest.raises(ValueError, match="expected a number"):
        index.search_preassigned(XQ, 3, lists, np.full(lists.shape, np.nan))
    with pytest.raises(RuntimeError, match="inverted lists"):
        ours.IndexIVF.search_preassigned(filled(ours, "Flat"), XQ, 3, lists, np.zeros(lists.shape))


@pytest.mark.parametrize("name, values", [
    ("niter", (1, 50)), ("niter_pq_0", (1, 40)), ("niter_pq", (1, 8)), ("max_train_points", (300, 2000))])
def test_settings_of_opq_change_what_it_learns(name, values):
    learnt = []
    for value in values:
        matrix = ours.OPQMatrix(D, 4)
        setattr(matrix, name, value)
        assert getattr(matrix, name) == value
        matrix.train(XB)
        learnt.append(matrix.A)
    assert (learnt[0] != learnt[1]).any()
    with pytest.raises(RuntimeError, match="before"):
        setattr(matrix, name, values[0])


@pytest.mark.parametrize("faiss", BOTH)
def test_defaults_of_transforms(faiss):
    opq, pca = faiss.OPQMatrix(D, 4), faiss.PCAMatrix(D, 4)
    # The only ones that differ: docs/python.md.
    rounds = (4, 40) if faiss.__name__ == "faiss" else (2, 10)
    assert (opq.niter_pq, opq.niter_pq_0) == rounds
    assert (opq.niter, opq.max_train_points, opq.M) == (50, 65536, 4)
    assert (pca.eigen_power, pca.epsilon, pca.random_rotation, pca.balanced_bins,
            pca.max_points_per_d) == (0, 0, False, 0, 1000)


def test_settings_of_pca():
    spreads = []
    for faiss in BOTH:
        matrix = faiss.PCAMatrix(D, 6, -0.25)
        matrix.epsilon = 2.0
        matrix.train(XB)
        spreads.append(matrix.apply(XB).std(axis=0))
    np.testing.assert_allclose(*spreads, rtol=1e-3)
    binned, plain = ours.PCAMatrix(D, 8), ours.PCAMatrix(D, 8)
    binned.balanced_bins = 4
    for matrix in (binned, plain):
        matrix.train(XB)
    assert not np.allclose(np.abs(binned.A), np.abs(plain.A), atol=1e-3)
    taken = ours.PCAMatrix(D, 8)
    index = ours.IndexPreTransform(taken, ours.IndexFlatL2(8))
    for transform in (taken, index.chain.at(0)):
        with pytest.raises(RuntimeError, match="before the transform is given"):
            transform.eigen_power = -0.5


def test_clustering_of_a_product_quantizer():
    learnt = []
    for rounds in (1, 25):
        quantizer = ours.ProductQuantizer(D, 2, 4)
        assert (quantizer.cp.niter, quantizer.cp.max_points_per_centroid) == (25, 256)
        quantizer.cp.niter = rounds
        quantizer.train(XB)
        learnt.append(((quantizer.decode(quantizer.compute_codes(XB)) - XB) ** 2).sum())
    assert learnt[1] < learnt[0]
    quantizer.cp.seed = -1
    assert quantizer.cp.seed == -1
    with pytest.raises(RuntimeError, match="copy"):
        filled(ours, "PQ4").pq.cp.niter = 3


@pytest.mark.parametrize("faiss", BOTH)
def test_parts_of_indexes(faiss):
    assert [faiss.ScalarQuantizer(D, kind).qtype for kind in (0, 1, 4, 6)] == [0, 1, 4, 6]
    cells = faiss.MultiIndexQuantizer(D, 2, 4)
    assert (cells.pq.M, cells.pq.nbits, cells.pq.d) == (2, 4, D)
    for index, kind in ((faiss.IndexHNSWFlat(D, 8), faiss.IndexFlat),
                        (faiss.IndexHNSWSQ(D, 0, 8), faiss.IndexScalarQuantizer)):
        index.train(XB)
        index.add(XB)
        storage = faiss.downcast_index(index.storage)
        assert isinstance(storage, kind) and storage.ntotal == len(XB)
        np.testing.assert_allclose(storage.reconstruct(7), XB[7], atol=0.05)
    scans = faiss.index_factory(D, "IVF4,PQ4x4fs"), faiss.IndexPQFastScan(D, 4, 4, 1, 64)
    assert [scan.bbs for scan in scans] == [32, 64] and scans[0].implem == 0


@pytest.mark.parametrize("faiss", BOTH)
def test_shards_that_leave(faiss):
    shards = [faiss.IndexFlatL2(D) for _ in range(3)]
    index = faiss.IndexShards(D)
    for number, shard in enumerate(shards):
        shard.add(XB[number * 10:number * 10 + 10])
        index.add_shard(shard)
    index.remove_shard(shards[1])
    assert (index.ntotal, index.count(), shards[1].ntotal) == (20, 2, 10)
    assert index.search(XB[25:26], 1)[1].tolist() == [[15]]
    shards[1].add(XB[:5])
    assert shards[1].ntotal == 15 and index.ntotal == 20
    with pytest.raises(RuntimeError):
        index.remove_shard(shards[1])
    assert index.at(1).ntotal == shards[2].ntotal == 10


@pytest.mark.parametrize("faiss", BOTH)
def test_direct_maps(faiss):
    own = filled(faiss, "IVF4,Flat", np.arange(50) * 7)
    own.set_direct_map_type(2)
    np.testing.assert_array_equal(own.reconstruct(7 * 3), XB[3])
    with pytest.raises(RuntimeError):
        own.set_direct_map_type(1)
    own.set_direct_map_type(0)
    plain = filled(faiss, "IVF4,Flat")
    plain.make_direct_map()
    np.testing.assert_array_equal(plain.reconstruct(5), XB[5])
    lists = faiss.IndexBinaryIVF(faiss.IndexBinaryFlat(64), 64, 4)
    lists.train(BITS)
    lists.add(BITS)
    lists.set_direct_map_type(2)
    assert (lists.nlist, lists.nprobe, lists.quantizer.ntotal) == (4, 1, 4)
    np.testing.assert_array_equal(lists.reconstruct(9), BITS[9])


@pytest.mark.parametrize("name, arguments", [("Hash", (64, 12)), ("MultiHash", (64, 2, 12))])
def test_hashes_that_differ(name, arguments):
    queries = BITS[:60] ^ np.random.default_rng(1).choice([0, 1, 4], (60, 8)).astype(np.uint8)
    found = []
    for faiss in BOTH:
        index = getattr(faiss, f"IndexBinary{name}")(*arguments)
        index.add(BITS)
        found.append([])
        for flips in (0, 3):
            index.nflip = flips
            assert index.nflip == flips
            found[-1].append(index.search(queries, 1))
    assert (found[0][0][1] == -1).sum() > (found[0][1][1] == -1).sum()
    for mine, reference in zip(*found):
        missing = reference[1] < 0
        np.testing.assert_array_equal(mine[1] < 0, missing)
        np.testing.assert_array_equal(mine[0][~missing], reference[0][~missing])


@pytest.mark.parametrize("key", ["RaBitQ", "IVF4,RaBitQ"])
def test_bits_of_queries(key, tmp_path):
    index = filled(ours, key)
    assert index.qb == 0
    exact = index.search(XQ, 3)[0]
    index.qb = 2
    rounded = index.search(XQ, 3)[0]
    assert index.qb == 2 and (exact != rounded).any()
    ours.write_index(index, str(tmp_path / "index"))
    again = ours.read_index(str(tmp_path / "index"))
    assert again.qb == 2
    np.testing.assert_array_equal(again.search(XQ, 3)[0], rounded)
    index.qb = 0
    np.testing.assert_array_equal(index.search(XQ, 3)[0], exact)
    with pytest.raises(RuntimeError):
        index.qb = 9


@pytest.mark.parametrize("key, path, value, default", [
    ("IVF4,PQ4x4fs", "implem", 3, 0), ("IVF4,PQ4x4fs", "skip", 1, 0), ("IVF4,PQ4x4fs", "qbs", 2, 0),
    ("IVF4,Flat", "parallel_mode", 3, 0), ("IVF4,PQ4", "use_precomputed_table", 2, 0),
    ("IVF4,PQ4", "scan_table_threshold", 5, 0), ("HNSW8", "hnsw.search_bounded_queue", False, True),
    ("HNSW8", "hnsw.check_relative_distance", False, True), ("RaBitQ", "centered", True, False)])
def test_what_cannot_be_set_says_why(key, path, value, default):
    *before, name = path.split(".")
    owner = ours.index_factory(D, key)
    for part in before:
        owner = getattr(owner, part)
    assert getattr(owner, name) == default
    setattr(owner, name, default)
    with pytest.raises(RuntimeError, match=f"{name} is always {default}: "):
        setattr(owner, name, value)


def test_precompute_table():
    index = filled(ours, "IVF4,PQ4")
    before = index.search(XQ, 3)[1]
    index.precompute_table()
    np.testing.assert_array_equal(index.search(XQ, 3)[1], before)


def test_operating_points():
    seen = []
    for faiss in BOTH:
        points, others = faiss.OperatingPoints(), faiss.OperatingPoints()
        added = [points.add(0.5, 1.0, "a", 1), points.add(0.6, 2.0, "b", 2), points.add(0.4, 3.0, "c")]
        others.add(0.7, 0.5, "z")
        merged = points.merge_with(others, "pre_")
        best = [points.optimal_pts.at(i).key for i in range(points.optimal_pts.size())]
        # faiss's list of the best begins with doing nothing.
        seen.append((added, merged, points.all_pts.size(), [key for key in best if key],
                     points.t_for_perf(0.65), points.t_for_perf(0.9)))
    assert seen[0] == seen[1]


def test_statistics_of_rounds():
    clustering = ours.Clustering(D, 4)
    clustering.niter = 5
    clustering.train(XB, ours.IndexFlatL2(D))
    rounds = clustering.iteration_stats
    objectives = [rounds.at(i).obj for i in range(rounds.size())]
    assert len(objectives) == 5 and objectives[-1] < objectives[0] and rounds.at(0).nsplit == 0
