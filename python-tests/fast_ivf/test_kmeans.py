"""Mini-batch k-means: as good as full k-means, in batches of any origin, saved and pickled."""

import pickle

import numpy as np
import pytest

from support import clustered, unit
from under_test import ours, theirs
from vicinal.fast_ivf.kmeans import (
    MiniBatchKMeans, SubspaceMiniBatchKMeans, SubvectorsMiniBatchKMeans)

D = 24
X = clustered(6000, D, 31)


def objective(x, centroids, metric):
    index = theirs.IndexFlat(x.shape[1], theirs.METRIC_L2 if metric == "l2" else 0)
    index.add(centroids)
    return float(index.search(x, 1)[0].sum())


@pytest.mark.parametrize("metric", ["cosine", "l2"])
@pytest.mark.parametrize("init", ["sample", "k-means++"])
def test_objective_is_near_that_of_faiss(metric, init):
    x = unit(X) if metric == "cosine" else X
    mine = wanted = 0
    # Where clusters lie apart, a start decides over some percent.
    for seed in range(4):
        kmeans = MiniBatchKMeans(60, 500, metric=metric, init=init, seed=seed)
        history = kmeans.train(x)
        assert kmeans.centroids.shape == (60, D) and len(history) > 5
        reference = theirs.Kmeans(D, 60, niter=25, spherical=metric == "cosine", seed=seed)
        reference.train(x)
        mine += objective(x, kmeans.centroids, metric)
        wanted += objective(x, reference.centroids, metric)
    assert mine < 1.02 * wanted if metric == "l2" else mine > 0.98 * wanted


def test_predictions():
    for metric, factor in (("cosine", -1), ("l2", 1)):
        kmeans = MiniBatchKMeans(num_centroids=20, batch_size=256, metric=metric)
        kmeans.train(X)
        labels, scores = kmeans.predict(X), kmeans.predict_scores(X)
        assert labels.dtype == np.int64 and scores.shape == (6000, 20)
        exact = X @ kmeans.centroids.T if metric == "cosine" else (
            (X[:, None] - kmeans.centroids) ** 2).sum(2)
        np.testing.assert_allclose(scores, exact, rtol=1e-3, atol=1e-3)
        assert ((factor * exact).argmin(1) == labels).mean() > 0.999
        if metric == "cosine":
            np.testing.assert_allclose(np.linalg.norm(kmeans.centroids, axis=1), 1, rtol=1e-5)


def test_vectors_that_are_added():
    kmeans = MiniBatchKMeans(20, 256)
    with pytest.raises(RuntimeError, match="train"):
        kmeans.predict(X)
    kmeans.train(X)
    kmeans.add(X[:100])
    assert kmeans.vectors.base is X
    kmeans.add(X[100:250])
    assert kmeans.num_vectors == 250
    lists = kmeans.centroids_indices
    assert len(lists) == 20
    for number, rows in enumerate(lists):
        assert (kmeans.labels[rows] == number).all()
    assert sorted(np.concatenate(lists)) == list(range(250))
    batches = list(kmeans.get_dataset_iterator(100))
    assert [len(each) for each, _ in batches] == [100, 100, 50]
    np.testing.assert_array_equal(np.concatenate([each for each, _ in batches]), X[:250])
    np.testing.assert_array_equal(kmeans.get_vectors([3, 5]), X[[3, 5]])


def batches(rng):
    while True:
        yield X[rng.integers(0, len(X), 300)]


def test_streams(tmp_path):
    """Endless batches, batches that end, and a file that is mapped."""
    wanted = MiniBatchKMeans(40, 300, metric="l2")
    wanted.train(X)
    least = objective(X, wanted.centroids, "l2")
    endless = MiniBatchKMeans(40, 300, max_steps=60, metric="l2", tol=-1)
    assert len(endless.train(batches(np.random.default_rng(1)))) == 60
    assert objective(X, endless.centroids, "l2") < 1.1 * least
    few = MiniBatchKMeans(40, 300, metric="l2")
    few.train(X[first:first + 150] for first in range(0, 1500, 150))
    assert objective(X, few.centroids, "l2") < 1.5 * least
    np.save(tmp_path / "x.npy", X)
    mapped = MiniBatchKMeans(40, 300, metric="l2")
    mapped.train(np.load(tmp_path / "x.npy", mmap_mode="r"))
    np.testing.assert_array_equal(mapped.centroids, wanted.centroids)
    with pytest.raises(RuntimeError, match="40"):
        MiniBatchKMeans(40, 300).train(iter([X[:10]]))
    with pytest.raises(ValueError, match="no batches"):
        MiniBatchKMeans(40, 300).train(iter([]))


def test_early_stop_and_repairs():
    kmeans = MiniBatchKMeans(8, 500, passes=1000, metric="l2", tol=1e-3)
    kmeans.train(X)
    assert kmeans.is_converged and len(kmeans.history) < 190
    # Many centroids on few different points.
    kmeans = MiniBatchKMeans(30, 200, metric="l2")
    kmeans.train(np.repeat(X[:40], 50, axis=0))
    assert np.isfinite(kmeans.centroids).all() and len(set(kmeans.predict(X[:40]))) > 20


def test_parts():
    assert SubspaceMiniBatchKMeans is SubvectorsMiniBatchKMeans
    kmeans = SubspaceMiniBatchKMeans(16, 4, 300, metric="l2")
    kmeans.train(X)
    assert kmeans.centroids.shape == (4, 16, 6)
    parts, (scores, labels) = kmeans.predict_all(X[:50])
    assert parts.shape == (4, 50, 6) and scores.shape == (4, 50, 16) and labels.shape == (50, 4)
    assert (scores.argmin(2).T == labels).mean() > 0.99
    np.testing.assert_array_equal(kmeans.predict_labels(X[:50]), labels)
    kmeans.add(X[:50])
    kmeans.add(X[50:60])
    assert kmeans.labels.shape == (60, 4)
    quantizer = theirs.ProductQuantizer(D, 4, 4)
    quantizer.train(X)
    mine = ((X - np.concatenate(
        [kmeans.centroids[m][kmeans.predict(X)[:, m]] for m in range(4)], 1)) ** 2).sum()
    reference = ((X - quantizer.decode(quantizer.compute_codes(X))) ** 2).sum()
    assert mine < 1.02 * reference
    with pytest.raises(RuntimeError, match="5"):
        SubspaceMiniBatchKMeans(16, 5, 300).train(X)


@pytest.mark.parametrize("kind, arguments", [
    (MiniBatchKMeans, (20, 256)), (SubvectorsMiniBatchKMeans, (16, 4, 256))])
def test_kept(kind, arguments, tmp_path):
    kmeans = kind(*arguments, metric="l2", seed=77)
    kmeans.train(X)
    kmeans.save(tmp_path / "kmeans")
    for other in (kind.load(tmp_path / "kmeans"), pickle.loads(pickle.dumps(kmeans))):
        np.testing.assert_array_equal(other.centroids, kmeans.centroids)
        np.testing.assert_array_equal(other.predict(X), kmeans.predict(X))
        assert other.seed == 77 and other.metric == "l2"
    other = MiniBatchKMeans if kind is SubvectorsMiniBatchKMeans else SubvectorsMiniBatchKMeans
    with pytest.raises(ValueError, match="holds no"):
        other.load(tmp_path / "kmeans")


def test_wrong_arguments():
    for settings in ({"metric": "ip"}, {"init": "random"}):
        with pytest.raises(ValueError):
            MiniBatchKMeans(4, 32, **settings)
    with pytest.raises(RuntimeError, match="clusters"):
        MiniBatchKMeans(100, 32).train(X[:50])
    with pytest.raises(TypeError):
        MiniBatchKMeans(4.5, 32)
    kmeans = MiniBatchKMeans(4, 32)
    kmeans.train(X)
    with pytest.raises(ValueError, match="24"):
        kmeans.predict(X[:, :5])
    with pytest.raises(RuntimeError, match="row 1"):
        kmeans.predict(np.array([[0] * D, [np.nan] * D]))


def test_k_means_of_indexes_in_batches():
    """The option of faiss's parameters: cells and product codes."""
    found = {}
    for rows in (0, -1, 700):
        found[rows] = 0
        for seed in range(4):
            kmeans = ours.Kmeans(D, 40, niter=25, batch_size=rows, seed=seed)
            kmeans.train(X)
            found[rows] += objective(X, kmeans.centroids, "l2")
    assert max(found.values()) < 1.02 * found[0] and found[-1] != found[0]
    recall = {}
    truth = theirs.knn(X[:200], X, 10)[1]
    for rows in (0, -1):
        index = ours.index_factory(D, "IVF40,PQ6x8")
        index.cp.batch_size = rows
        assert index.cp.batch_size == rows
        index.train(X)
        index.add(X)
        index.nprobe = 10
        ids = index.search(X[:200], 10)[1]
        recall[rows] = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(ids, truth)])
    assert recall[-1] > recall[0] - 0.02


@pytest.mark.parametrize("clusters, batch_size", [(16, 32), (100, 64), (100, 0)])
def test_no_cluster_stays_empty(clusters, batch_size):
    """Where vectors are far from each other, a cluster that began anew at one would stay empty."""
    x = np.random.default_rng(0).random((5000, 64), dtype=np.float32)
    reference = theirs.Kmeans(64, clusters, niter=10, max_points_per_centroid=10**6)
    reference.train(x)
    wanted = objective(x, reference.centroids, "l2")
    kmeans = MiniBatchKMeans(clusters, batch_size, metric="l2")
    kmeans.train(x)
    assert objective(x, kmeans.centroids, "l2") < 1.02 * wanted
    sizes = np.bincount(kmeans.predict(x), minlength=clusters)
    assert (sizes <= 1).sum() <= clusters / 10
    parts = SubspaceMiniBatchKMeans(clusters, 2, batch_size, metric="l2")
    parts.train(x)
    for part in range(2):
        sizes = np.bincount(parts.predict(x)[:, part], minlength=clusters)
        assert (sizes <= 1).sum() <= clusters / 10


def test_after_training_failed_there_is_nothing_to_keep(tmp_path):
    kmeans = MiniBatchKMeans(30, 32)
    kmeans.train(X)
    with pytest.raises(RuntimeError, match="clusters"):
        kmeans.train(X[:20])
    with pytest.raises(RuntimeError, match="train"):
        kmeans.save(tmp_path / "kmeans")
    assert not (tmp_path / "kmeans").exists()
    with pytest.raises(RuntimeError, match="train"):
        pickle.loads(pickle.dumps(kmeans)).predict(X)
    with pytest.raises(ValueError, match="max_steps must be at least 1"):
        MiniBatchKMeans(30, 32, max_steps=0)


def test_a_few_far_vectors_keep_their_clusters():
    """They make most of the error; giving their clusters up would cost more than dividing others brings."""
    x = np.random.default_rng(5).lognormal(0, 1.5, (30_000, 16)).astype(np.float32)
    reference = theirs.Kmeans(16, 256, niter=25, max_points_per_centroid=10**6, seed=1)
    reference.train(x)
    kmeans = MiniBatchKMeans(256, 1024, metric="l2")
    kmeans.train(x)
    assert objective(x, kmeans.centroids, "l2") < 2.5 * objective(x, reference.centroids, "l2")


@pytest.mark.parametrize("clusters, batch", [(16, 32), (256, 32), (1024, 64)])
def test_streams_are_looked_at_long_enough(clusters, batch):
    x = clustered(20_000, 16, seed=6)
    random = np.random.default_rng(7)

    def endless():
        while True:
            yield x[random.integers(len(x), size=batch)]

    stream, array = (MiniBatchKMeans(clusters, batch, metric="l2") for _ in range(2))
    steps = len(stream.train(endless()))
    array.train(x)
    assert steps * batch >= 256 * clusters or steps == 5000
    assert objective(x, stream.centroids, "l2") < 1.1 * objective(x, array.centroids, "l2")


def test_seeds_and_counts_are_checked():
    for settings in ({"seed": -1}, {"seed": 1 << 63}, {"history_size": 0}, {"max_steps": 0}):
        with pytest.raises(ValueError, match=next(iter(settings))):
            MiniBatchKMeans(4, 32, **settings)
