"""Exact results over data that comes piece by piece, and results within bounds."""

import numpy as np

from ..arrays.results import ResultHeap
from ..constants import METRIC_L2, is_similarity_metric
from ..functions import knn
from ..indexes.flat import IndexFlat

__all__ = ["apply_maxres", "exponential_query_iterator", "knn", "knn_ground_truth",
           "range_ground_truth", "range_search_max_results", "threshold_radius",
           "threshold_radius_nres"]


def knn_ground_truth(xq, db_iterator, k, metric_type=METRIC_L2, shard=False, ngpu=-1):
    """D and I of the k nearest of all rows of the arrays of an iterator; shard and ngpu are of GPUs and
    change nothing."""
    heap = ResultHeap(len(xq), k, keep_max=is_similarity_metric(metric_type))
    first = 0
    for vectors in db_iterator:
        D, I = knn(xq, vectors, k, metric_type)
        heap.add_result(D, np.where(I < 0, -1, I + first))
        first += len(vectors)
    return heap.D, heap.I


def range_ground_truth(xq, db_iterator, threshold, metric_type=METRIC_L2, shard=False, ngpu=-1):
    """lims, D and I of all rows of the arrays of an iterator that are nearer than threshold."""
    queries, distances, ids = [], [], []
    first = 0
    for vectors in db_iterator:
        index = IndexFlat(vectors.shape[1], metric_type)
        index.add(vectors)
        lims, D, I = index.range_search(xq, threshold)
        queries.append(np.repeat(np.arange(len(xq)), np.diff(lims.astype(np.int64))))
        distances.append(D)
        ids.append(I + first)
        first += len(vectors)
    queries = np.concatenate([np.empty(0, np.int64), *queries])
    order = np.argsort(queries, kind="stable")
    lims = np.zeros(len(xq) + 1, np.uint64)
    lims[1:] = np.cumsum(np.bincount(queries, minlength=len(xq)))
    return (lims, np.concatenate([np.empty(0, np.float32), *distances])[order],
            np.concatenate([np.empty(0, np.int64), *ids])[order])


def _within(dis, thresh, keep_max):
    return dis > thresh if keep_max else dis < thresh


def threshold_radius_nres(nres, dis, ids, thresh, keep_max=False):
    """Results within a smaller radius, where nres says how many each query has."""
    kept = _within(dis, thresh, keep_max)
    ends = np.cumsum(np.asarray(nres, np.int64))
    before = np.concatenate([[0], np.cumsum(kept)])
    return np.diff(before[np.concatenate([[0], ends])]).astype(nres.dtype), dis[kept], ids[kept]


def threshold_radius(lims, dis, ids, thresh, keep_max=False):
    """Results within a smaller radius, where lims says where each query's begin."""
    kept = _within(dis, thresh, keep_max)
    before = np.concatenate([[0], np.cumsum(kept)])
    return before[np.asarray(lims, np.int64)].astype(lims.dtype), dis[kept], ids[kept]


def apply_maxres(res_batches, target_nres, keep_max=False):
    """Shrinks batches of results (nres, dis, ids), a list that is changed, to a radius that leaves at
    most target_nres; returns the radius and how many are left."""
    dis = np.concatenate([batch[1] for batch in res_batches])
    assert len(dis) > target_nres
    place = len(dis) - 1 - target_nres if keep_max else target_nres
    radius = np.partition(dis, place)[place].item()
    for number, (nres, distances, ids) in enumerate(res_batches):
        res_batches[number] = threshold_radius_nres(nres, distances, ids, radius, keep_max)
    return radius, sum(len(batch[1]) for batch in res_batches)


def exponential_query_iterator(xq, start_bs=32, max_bs=20000):
    """Queries in batches that double in size."""
    start, size = 0, start_bs
    while start < len(xq):
        yield xq[start:start + size]
        start += size
        if size < max_bs:
            size *= 2


def range_search_max_results(index, query_iterator, radius, max_results=None, min_results=None,
                             shard=False, ngpu=0, clip_to_min=False):
    """Range search of all batches of queries. If more than max_results are found, the radius is made
    smaller so that min_results are left, four fifths of max_results unless given. clip_to_min leaves as
    many in the end too. Returns the radius, lims, D, I; shard and ngpu are of GPUs."""
    keep_max = is_similarity_metric(index.metric_type)
    if min_results is None and max_results is None:
        raise AssertionError("give max_results, min_results or both")
    min_results = int(0.8 * max_results) if min_results is None else min_results
    max_results = int(1.5 * min_results) if max_results is None else max_results
    batches, total = [], 0
    for queries in query_iterator:
        lims, D, I = index.range_search(queries, radius)
        batches.append((np.diff(lims.astype(np.int64)), D, I))
        total += len(D)
        if total > max_results:
            radius, total = apply_maxres(batches, min_results, keep_max)
    if clip_to_min and total > min_results:
        radius, total = apply_maxres(batches, min_results, keep_max)
    nres = np.concatenate([batch[0] for batch in batches])
    lims = np.concatenate([[0], np.cumsum(nres)]).astype(np.uint64)
    return (radius, lims, np.concatenate([batch[1] for batch in batches]),
            np.concatenate([batch[2] for batch in batches]))
