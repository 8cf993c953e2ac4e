"""FastIVF's indexes: right answers, one meaning of scores, and none of the original's defects."""

import pickle

import numpy as np
import pytest

from support import clustered
from under_test import ours, theirs, vicinal
from vicinal.fast_ivf import CompressedFastIVF, FastIVF, FastIVFPQ, core

D, N, NLIST = 32, 4000, 32
X = core.normalize(clustered(N, D, 41))
Q = core.normalize(clustered(60, D, 41, part=1))
EXACT = np.argsort(-(Q @ X.T), axis=1)


def recall(ids, k=10):
    return np.mean([len(set(a[:k]) & set(b[:k])) / k for a, b in zip(ids, EXACT)])


def made(kind, **settings):
    if kind is FastIVFPQ:
        settings = {"pq_num_centroids": 64, "pq_num_subvectors": 8, **settings}
    if kind is CompressedFastIVF:
        settings = {"compression_ndim": 8, **settings}
    index = kind(D, nlist=NLIST, **settings)
    index.train(X)
    return index


@pytest.fixture(scope="module")
def indexes():
    return {kind: made(kind) for kind in (FastIVF, FastIVFPQ, CompressedFastIVF)}


KINDS = pytest.mark.parametrize("kind", [FastIVF, FastIVFPQ, CompressedFastIVF])


def test_normalize():
    rows = np.array([[3, 4], [0, 0]])
    np.testing.assert_allclose(core.normalize(rows), [[0.6, 0.8], [0, 0]])
    assert core.normalize(X).dtype == np.float32
    np.testing.assert_allclose(core.normalize(rows[0]), [0.6, 0.8])


def test_lists_are_exact_when_all_are_visited(indexes):
    index = indexes[FastIVF]
    index.nprobe, index.ratio_threshold = NLIST, 0
    scores, ids = index.search(Q, k=20)
    np.testing.assert_array_equal(ids, EXACT[:, :20])
    np.testing.assert_allclose(scores, np.take_along_axis(Q @ X.T, ids, 1), rtol=1e-5)
    index.nprobe = 5000  # more than there are
    np.testing.assert_array_equal(index.search(Q, k=20)[1], ids)
    index.nprobe, index.ratio_threshold = 10, 0.5


@KINDS
def test_ratio_threshold(kind, indexes):
    index = indexes[kind]
    found = {}
    for ratio in (0, 0.8, 1):
        index.nprobe, index.ratio_threshold = NLIST, ratio
        found[ratio] = index.search(Q, k=10)
    index.nprobe, index.ratio_threshold = 1, 0
    best = index.search(Q, k=10)
    np.testing.assert_array_equal(found[1][1], best[1])
    assert recall(found[0][1]) >= recall(found[0.8][1]) >= recall(found[1][1])
    if kind is FastIVF:
        assert recall(found[0][1]) > recall(found[1][1])
    # Queries that point away from every cell keep their best one.
    index.nprobe, index.ratio_threshold = NLIST, 0.9
    away = index.search(-X[:50] - 3 * X.mean(0), k=5)
    assert (away[1][:, 0] >= 0).all()
    index.nprobe, index.ratio_threshold = 10, 0.5


@KINDS
def test_alone_and_together(kind, indexes):
    index = indexes[kind]
    scores, ids = index.search(Q, k=15)
    for number in range(0, 60, 7):
        alone = index.search(Q[number:number + 1], k=15)
        np.testing.assert_array_equal(alone[1][0], ids[number])
        np.testing.assert_allclose(alone[0][0], scores[number], rtol=1e-4, atol=1e-5)


def test_scores_mean_the_same_in_all_modes():
    for kind in (FastIVFPQ, CompressedFastIVF):
        index = made(kind, nprobe=NLIST, ratio_threshold=0)
        exact = Q @ X.T
        plain, ids = index.search(Q, k=50)
        assert (np.diff(plain) <= 0).all() and np.abs(
            plain - np.take_along_axis(exact, ids, 1)).mean() < 0.3
        # All exact: ranked anew, as exact search over the results would.
        scores, better = index.search(Q, k=50, rescore=True)
        np.testing.assert_allclose(
            scores, np.take_along_axis(exact, better, 1), rtol=1e-4, atol=1e-5)
        assert [set(a) for a in better] == [set(a) for a in ids]
        assert recall(better) > recall(ids)
        # Some exact: the order of the codes, scores near the truth.
        index.rescore_num_samples = 12
        calibrated, same = index.search(Q, k=50, rescore=True)
        np.testing.assert_array_equal(same, ids)
        assert (np.diff(calibrated) <= 0).all()
        truth = np.take_along_axis(exact, ids, 1)
        assert np.abs(calibrated - truth).mean() < np.abs(plain - truth).mean()
        index.rescore_num_samples = 5000
        np.testing.assert_array_equal(index.search(Q, k=50, rescore=True)[1], better)
        # More candidates than results.
        index.rescore_num_samples, index.k_factor = -1, 10
        assert recall(index.search(Q, k=10, rescore=True)[1]) > recall(better) - 1e-9


@KINDS
def test_padding(kind, indexes):
    """More places than vectors: -inf, and rescoring does not take it for the last vector."""
    index = indexes[kind]
    index.nprobe = 1
    for rescore in ([False] if kind is FastIVF else [False, True]):
        settings = {} if kind is FastIVF else {"rescore": rescore}
        scores, ids = index.search(Q, k=2000, **settings)
        assert ((ids < 0) == np.isneginf(scores)).all() and (ids < 0).any() and (ids >= 0).any()
    index.nprobe = 10


def test_the_best_is_kept_among_ties():
    rows = np.zeros((64, D), np.float32)
    rows[:, 0] = 1
    rows[:, 1] = np.repeat([0.9, 0], [1, 63])
    index = FastIVF(D, nlist=1, metric="ip")
    index.train(rows)
    query = np.zeros((1, D), np.float32)
    query[0, :2] = 1
    assert index.search(query, k=2)[1][0, 0] == 0


def test_other_metrics():
    rows, queries = clustered(2000, D, 42), clustered(30, D, 42, part=1)
    for metric, code in (("l2", theirs.METRIC_L2), ("ip", theirs.METRIC_INNER_PRODUCT)):
        flat = theirs.IndexFlat(D, code)
        flat.add(rows)
        wanted = flat.search(queries, 10)
        for kind in (FastIVF, FastIVFPQ, CompressedFastIVF):
            settings = {} if kind is FastIVF else {
                FastIVFPQ: {"pq_num_subvectors": 8}, CompressedFastIVF: {"compression_ndim": 16}}[kind]
            index = kind(D, nlist=8, metric=metric, nprobe=8, ratio_threshold=0, **settings)
            index.train(rows)
            more = {} if kind is FastIVF else {"rescore": True}
            if more:
                index.k_factor = 30
            scores, ids = index.search(queries, 10, **more)
            share = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(ids, wanted[1])])
            assert share > 0.95, (metric, kind)
            same = ids == wanted[1]
            factor = -1 if metric == "l2" else 1
            np.testing.assert_allclose(
                scores[same], factor * wanted[0][same], rtol=1e-3, atol=1e-3)


def test_input_is_normalised_and_converted():
    index = FastIVF(D, nlist=NLIST)
    index.train((7 * X).astype(np.float64))
    scores, ids = index.search((3 * Q).astype(np.float64), k=5)
    assert scores.max() <= 1.0001
    reference = made(FastIVF).search(Q, k=5)
    assert (ids == reference[1]).mean() > 0.95


@pytest.mark.parametrize("scale", [1e-25, 1e20, 1e-200, 1e200, 1.0005])
def test_any_scale_is_normalised(scale):
    kind = np.float32 if 1e-30 < scale < 1e30 else np.float64
    index = made(FastIVF, nprobe=NLIST, ratio_threshold=0)
    wanted = index.search(Q, k=5)
    scaled = FastIVF(D, nlist=NLIST, nprobe=NLIST, ratio_threshold=0)
    scaled.train(X.astype(kind) * kind(scale))
    scores, ids = scaled.search(Q.astype(kind) * kind(scale), k=5)
    assert (ids == wanted[1]).mean() > 0.99
    np.testing.assert_allclose(scores, wanted[0], rtol=1e-5)
    lengths = np.linalg.norm(core.normalize(X.astype(kind) * kind(scale)), axis=1)
    np.testing.assert_allclose(lengths, 1, rtol=1e-6)
    with pytest.raises((RuntimeError, ValueError), match="holds (nan|inf)"):
        scaled.train(np.where(np.arange(D) == 3, np.inf, X))


@KINDS
@pytest.mark.parametrize("mapped", [False, True])
def test_kept(kind, mapped, indexes, tmp_path):
    index = indexes[kind]
    path = tmp_path / "an.index"
    index.nprobe = 7
    index.save(path)
    settings = {} if kind is FastIVF else {"rescore": True}
    wanted = index.search(Q, k=9, **settings)
    copies = [kind.load(path, mapped=mapped)]
    if not mapped:
        copies.append(pickle.loads(pickle.dumps(index)))
    for other in copies:
        assert other.nprobe == 7 and other.num_vectors == N
        found = other.search(Q, k=9, **settings)
        np.testing.assert_array_equal(found[1], wanted[1])
        np.testing.assert_allclose(found[0], wanted[0], rtol=1e-6)
    # faiss reads it, and finds the same.
    reference = theirs.read_index(str(path))
    assert reference.ntotal == N
    if kind is FastIVF:
        index.ratio_threshold = 0
        D_, I_ = reference.search(Q, 9)
        assert (I_ == index.search(Q, k=9)[1]).mean() > 0.99
        index.ratio_threshold = 0.5
    with pytest.raises(ValueError, match="holds no"):
        (FastIVFPQ if kind is FastIVF else FastIVF).load(path)
    index.nprobe = 10


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_originals_stay_in_their_file(dtype, tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, X.astype(dtype))
    index = FastIVFPQ(D, nlist=NLIST, pq_num_subvectors=8, pq_num_centroids=64, nprobe=NLIST,
                      ratio_threshold=0, k_factor=10)
    index.train(path)
    scores, ids = index.search(Q, k=10, rescore=True)
    rows = X.astype(dtype).astype(np.float32)
    np.testing.assert_allclose(
        scores, np.einsum("qkd,qd->qk", rows[ids], Q), rtol=1e-3, atol=1e-4)
    assert recall(ids) > 0.95
    index.save(tmp_path / "index")
    assert (tmp_path / "index").stat().st_size < X.nbytes / 2
    again = FastIVFPQ.load(tmp_path / "index")
    np.testing.assert_array_equal(again.search(Q, k=10, rescore=True)[1], ids)
    with pytest.raises(RuntimeError, match="x.npy"):
        again.add(X)
    # A pickle holds the originals, whatever becomes of the file.
    copy = pickle.loads(pickle.dumps(index))
    np.testing.assert_array_equal(copy.search(Q, k=10, rescore=True)[1], ids)
    copy.add(X[:5])
    assert len(copy) == N + 5
    np.save(path, 2 * X)
    with pytest.raises(ValueError, match="length 1"):
        FastIVFPQ(D, nlist=NLIST).train(str(path))
    lists = FastIVF(D, nlist=NLIST)
    np.save(path, X)
    lists.train(str(path))
    assert len(lists) == N


@pytest.mark.parametrize("change", [
    lambda x: x.astype(np.float64), np.asfortranarray, lambda x: x.astype(">f4")])
def test_files_that_cannot_hold_originals(change, tmp_path):
    path = str(tmp_path / "x.npy")
    np.save(path, change(X))
    index = FastIVFPQ(D, nlist=NLIST, pq_num_subvectors=8)
    index.train(X)
    with pytest.raises(ValueError, match="float32 or float16 row by row"):
        index.train(path)
    assert len(index.search(Q, k=3)[1]) == len(Q)  # nothing has happened to it
    codes = FastIVFPQ(D, nlist=NLIST, pq_num_subvectors=8, keep_vectors=False)
    codes.train(path)
    assert len(codes) == N


def test_calibrated_results_that_are_all_compared():
    """Where there are no more results than samples, all are exact."""
    index = made(FastIVFPQ, nprobe=1, rescore_num_samples=300)
    scores, ids = index.search(Q, k=400, rescore=True)
    exact = Q @ X.T
    for row, (values, numbers) in enumerate(zip(scores, ids)):
        found = numbers >= 0
        assert 0 < found.sum() <= 300
        np.testing.assert_allclose(values[found], exact[row, numbers[found]], atol=1e-5)
        assert (np.diff(values[found]) <= 0).all()


def test_ratios_to_explore(indexes):
    space = ours.ParameterSpace()
    space.initialize(indexes[FastIVF].faiss)
    assert "ratio" not in [each.name for each in space.parameter_ranges]
    space.initialize(indexes[FastIVF].faiss, includes_ratio=True)
    assert space.parameter_ranges[-1].name == "ratio" and len(space.parameter_ranges[-1].values) > 3


def test_codes_alone():
    index = made(FastIVFPQ, keep_vectors=False)
    assert index.search(Q, k=3)[1].shape == (60, 3)
    with pytest.raises(RuntimeError, match="keep_vectors"):
        index.search(Q, k=3, rescore=True)


@pytest.mark.parametrize("compressor", ["pca", "autoencoder", "classifier"])
def test_compressors(compressor, tmp_path):
    index = made(CompressedFastIVF, compressor=compressor, nprobe=NLIST, ratio_threshold=0,
                 compressor_epochs=5)
    plain = recall(index.search(Q, k=10)[1])
    assert plain > 0.25
    index.k_factor = 20
    assert recall(index.search(Q, k=10, rescore=True)[1]) > 0.9
    # The encoder is a linear transform for faiss.
    transform = index.faiss.base_index.chain.at(0)
    ours.write_VectorTransform(transform, str(tmp_path / "encoder"))
    reference = theirs.read_VectorTransform(str(tmp_path / "encoder"))
    assert isinstance(theirs.downcast_VectorTransform(reference), theirs.LinearTransform)
    np.testing.assert_allclose(reference.apply(X[:50]), transform.apply(X[:50]), rtol=1e-3, atol=1e-4)
    again = made(CompressedFastIVF, compressor=compressor, nprobe=NLIST, ratio_threshold=0,
                 compressor_epochs=5)
    np.testing.assert_array_equal(again.search(Q, k=10)[1], made(
        CompressedFastIVF, compressor=compressor, nprobe=NLIST, ratio_threshold=0,
        compressor_epochs=5).search(Q, k=10)[1])


@pytest.mark.parametrize("word", ["AE8", "CC8x32"])
def test_encoders_stand_before_any_index(word, tmp_path):
    for key in (f"{word},Flat", f"{word},L2norm,IVF16,SQ8", f"{word},HNSW8", f"IDMap,{word},PQ4"):
        index = vicinal.Index(D, key.removeprefix("IDMap,"), metric="ip")
        index.train(X)
        index.add(X)
        index.save(str(tmp_path / "index"))
        reference = theirs.read_index(str(tmp_path / "index"))
        found = index.search(Q, k=5)[1]
        assert (reference.search(Q, 5)[1] == found).mean() > 0.9, key


def test_added_later_and_trained_apart():
    index = FastIVF(D, nlist=NLIST)
    index.train(X[:2000], add=False)
    assert index.is_trained and len(index) == 0
    for part in np.array_split(X, 3):
        index.add(part)
    assert len(index) == N and recall(index.search(Q, k=10)[1]) > 0.5
    refined = FastIVFPQ(D, nlist=NLIST, pq_num_subvectors=8)
    refined.train(X[:2000], add=False)
    refined.add(X)
    assert recall(refined.search(Q, k=100, rescore=True)[1]) > 0.5


@pytest.mark.parametrize("count, bits", [(2, 4), (16, 4), (17, 8), (100, 8), (256, 8), (300, 16)])
def test_codes_are_of_as_many_centroids_as_asked_for(count, bits):
    index = FastIVFPQ(D, nlist=NLIST, pq_num_centroids=count, pq_num_subvectors=8, nprobe=NLIST,
                      ratio_threshold=0)
    index.train(X)
    lists = index._lists(index.faiss)
    assert lists.pq.nbits == bits and not lists.by_residual
    centroids = lists.pq.centroids.reshape(8, 1 << bits, -1)
    assert all(len(np.unique(part, axis=0)) <= count for part in centroids)
    assert len(np.unique(centroids[0], axis=0)) > 0.9 * count
    # Scores are those of unit vectors at the distance of what the codes stand for.
    scores, ids = index.search(Q, k=10)
    decoded = lists.reconstruct_batch(ids.ravel()).reshape(*ids.shape, D)
    np.testing.assert_allclose(
        scores, 1 - ((decoded - Q[:, None]) ** 2).sum(-1) / 2, rtol=1e-4, atol=1e-4)


def test_wrong_arguments():
    with pytest.raises(RuntimeError, match="train"):
        FastIVF(D, nlist=4).search(Q)
    with pytest.raises(ValueError, match="5000"):
        FastIVF(D, nlist=5000).train(X)
    for settings in ({"nprobe": 0}, {"ratio_threshold": 1.5}, {"metric": "l1"},
                     {"kmeans_batch_size": 0}, {"kmeans_max_steps": 0}):
        with pytest.raises(ValueError):
            FastIVF(D, nlist=4, **settings)
    with pytest.raises(ValueError, match="2 … 65536"):
        FastIVFPQ(D, nlist=4, pq_num_centroids=1)
    with pytest.raises(ValueError, match="100 centroids"):
        FastIVFPQ(D, nlist=4, pq_num_centroids=100, pq_num_subvectors=8).train(X[:99])
    with pytest.raises(ValueError, match="equal parts"):
        FastIVFPQ(D, nlist=4, pq_num_subvectors=5)
    for name in ("kmeans_batch_size", "kmeans_max_steps", "kmeans_pq_batch_size", "kmeans_pq_max_steps"):
        with pytest.raises(ValueError, match=f"{name} must be at least 1"):
            FastIVFPQ(D, nlist=4, **{name: 0})
    for name in ("kmeans_batch_size", "kmeans_max_steps", "compressor_batch_size", "compressor_epochs"):
        with pytest.raises(ValueError, match=f"{name} must be at least 1"):
            CompressedFastIVF(D, nlist=4, compression_ndim=8, **{name: 0})
    with pytest.raises(ValueError, match="compressor"):
        CompressedFastIVF(D, nlist=4, compression_ndim=8, compressor="zip")
    with pytest.raises(ValueError, match="columns"):
        made(FastIVF).search(Q[:, :4])


def test_ratio_by_its_name():
    """`vicinal.Index` and texts of parameters have it, too."""
    index = vicinal.Index(D, f"IVF{NLIST},Flat", metric="ip")
    index.train(X)
    index.add(X)
    one = index.search(Q, 5, nprobe=1)[1]
    np.testing.assert_array_equal(index.search(Q, 5, nprobe=NLIST, ratio=1)[1], one)
    index.set(nprobe=NLIST, ratio=1)
    assert index.get("ratio") == 1
    np.testing.assert_array_equal(index.search(Q, 5)[1], one)
    space = ours.ParameterSpace()
    space.set_index_parameters(index.faiss, "nprobe=8,ratio=0.5")
    assert index.get("ratio") == 0.5


def test_another_file_in_the_place_of_the_originals(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, X)
    index = FastIVFPQ(D, nlist=NLIST, pq_num_subvectors=8)
    index.train(path)
    index.save(tmp_path / "index")
    FastIVFPQ.load(tmp_path / "index")
    np.save(path, np.roll(X, 1, axis=0))
    with pytest.raises(ValueError, match="x.npy is not the file"):
        FastIVFPQ.load(tmp_path / "index")


def test_what_fails_changes_nothing():
    index = made(FastIVFPQ)
    wanted = index.search(Q, k=5)
    with pytest.raises((RuntimeError, ValueError)):
        index.train(np.where(np.arange(D) == 3, np.nan, X))
    np.testing.assert_array_equal(index.search(Q, k=5)[1], wanted[1])
    scores, ids = index.search(np.full((1, D), np.nan, np.float32), k=3)
    assert (ids == -1).all() and np.isneginf(scores).all()
    # As many samples as results mean all of them, ranked as with -1.
    index.k_factor, index.rescore_num_samples = 20, 5
    few = index.search(Q, k=5, rescore=True)
    index.rescore_num_samples = -1
    np.testing.assert_array_equal(few[1], index.search(Q, k=5, rescore=True)[1])
