"""Graphs over vectors that lie too close together for their byte codes to tell them apart."""

import numpy as np
import pytest

from under_test import ours

# Name: dimension, vectors, clusters, their width (as a part of the distance between them), links.
SHAPES = {
    "wide": (64, 6000, 12, 0.1, 32),
    "close": (64, 6000, 12, 0.05, 32),
    "closer": (64, 6000, 12, 0.01, 32),
    "long vectors": (384, 3000, 12, 0.05, 32),
    "closest": (24, 6000, 10, 0.001, 16),
    "few": (24, 6000, 3, 0.001, 16),
}


def clusters(name, seed, is_similarity):
    d, n, many, width, links = SHAPES[name]
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((many, d))
    rows = centres[rng.integers(0, many, n + 100)] + width * rng.standard_normal((n + 100, d))
    if is_similarity:
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows = rows.astype("float32")
    return rows[:n], rows[n:], links


def recall(index, base, queries, ef, is_similarity):
    index.hnsw.efSearch = ef
    exact = 2 * queries.astype("float64") @ base.T.astype("float64")
    if not is_similarity:
        exact -= (base.astype("float64") ** 2).sum(1)
    tenth = np.sort(exact, axis=1)[:, -10]
    found = np.take_along_axis(exact, index.search(queries, 10)[1], axis=1)
    return (found >= tenth[:, None] - 1e-8).mean()


@pytest.mark.parametrize("metric", ["inner product", "L2"])
@pytest.mark.parametrize("thoroughness", [40, 200])
@pytest.mark.parametrize("name", SHAPES)
def test_neighbours_are_found(name, thoroughness, metric):
    is_similarity = metric != "L2"
    if is_similarity and SHAPES[name][3] < 0.01:
        pytest.skip("products of such vectors differ by no more than floats are rounded")
    seed = np.random.SeedSequence().entropy % 1_000_000
    base, queries, links = clusters(name, seed, is_similarity)
    index = ours.IndexHNSWFlat(
        base.shape[1], links, ours.METRIC_INNER_PRODUCT if is_similarity else ours.METRIC_L2)
    index.hnsw.efConstruction = thoroughness
    index.add(base)
    # faiss finds .99 and more; links chosen by codes alone found .1 to .9. In one seed of ten a part of one of the
    # closest clusters is out of reach.
    least = 0.8 if SHAPES[name][3] < 0.01 else 0.95
    assert recall(index, base, queries, 64, is_similarity) > least, f"seed {seed}"


def test_the_graph_does_not_depend_on_threads_or_batches():
    base, queries, links = clusters("close", 3, True)
    graphs = []
    before = ours.omp_get_max_threads()
    try:
        for threads in (1, 2, 3):
            ours.omp_set_num_threads(threads)
            index = ours.IndexHNSWFlat(64, links, ours.METRIC_INNER_PRODUCT)
            index.add(base)
            graphs.append(np.asarray(index.hnsw.neighbors))
    finally:
        ours.omp_set_num_threads(before)
    np.testing.assert_array_equal(graphs[0], graphs[1])
    np.testing.assert_array_equal(graphs[0], graphs[2])
    index = ours.IndexHNSWFlat(64, links, ours.METRIC_INNER_PRODUCT)
    for first in range(0, len(base), 500):
        index.add(base[first:first + 500])
    assert recall(index, base, queries, 64, True) > 0.95
