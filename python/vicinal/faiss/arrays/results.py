"""Results of searches, put together from parts."""

import numpy as np

from ..._native.arguments import require_memory
from ..constants import FLOAT_MAX


class RangeSearchResult:
    """Room for the results of a range search of nq queries, as faiss's functions fill it: lims, and once
    they are set and memory is asked for, labels and distances."""

    def __init__(self, nq, alloc_lims=True):
        self.nq = nq
        self.lims = np.zeros(nq + 1, np.uint64) if alloc_lims else None
        self.labels, self.distances = np.empty(0, np.int64), np.empty(0, np.float32)

    def do_allocation(self):
        """Makes room for as many results as each query has, which is what lims holds before: counts
        become places."""
        counts = self.lims[:-1].astype(np.int64)
        self.lims[:] = np.concatenate([[0], np.cumsum(counts)])
        total = int(self.lims[-1])
        require_memory(total, 12)
        self.labels, self.distances = np.full(total, -1, np.int64), np.zeros(total, np.float32)


class ResultHeap:
    """The k best of each of nq queries over data that is searched part by part: `D` and `I`, in order
    after `finalize`."""

    def __init__(self, nq, k, keep_max=False):
        self.nq, self.k = nq, k
        self._sign = -1 if keep_max else 1
        self.D = np.full((nq, k), self._sign * FLOAT_MAX, np.float32)
        self.I = np.full((nq, k), -1, np.int64)

    def add_result(self, D, I):
        """Takes results of all queries in, (nq, any number), in any order."""
        assert len(D) == self.nq
        self._add(slice(None), D, I)

    def add_result_subset(self, subset, D, I):
        """Takes results of some queries in; ids may be the same for all of them, (any number,)."""
        assert len(D) == len(subset)
        I = np.asarray(I)
        self._add(np.asarray(subset), D, np.broadcast_to(I, D.shape) if I.ndim == 1 else I)

    def _add(self, rows, D, I):
        assert D.shape == np.shape(I)
        D = np.concatenate([self.D[rows], np.asarray(D, np.float32)], axis=1)
        I = np.concatenate([self.I[rows], np.asarray(I, np.int64)], axis=1)
        best = np.argsort(self._sign * D, axis=1, kind="stable")[:, :self.k]
        self.D[rows] = np.take_along_axis(D, best, axis=1)
        self.I[rows] = np.take_along_axis(I, best, axis=1)

    def finalize(self):
        """Nothing is left to do: results are in order at any time."""


def kmin(array, k):
    """The k smallest values of each row, and where they are: -1, and the largest float, where there are
    fewer."""
    array = np.asarray(array, np.float32)
    order = np.argsort(array, axis=1, kind="stable")[:, :k]
    values = np.full((len(array), k), FLOAT_MAX, np.float32)
    places = np.full((len(array), k), -1, np.int64)
    values[:, :order.shape[1]] = np.take_along_axis(array, order, axis=1)
    places[:, :order.shape[1]] = order
    return values, places


def kmax(array, k):
    """The k largest values of each row, and where they are."""
    values, order = kmin(-np.asarray(array, np.float32), k)
    return -values, order


def merge_knn_results(Dall, Iall, keep_max=False):
    """The best of results of several shards, (shards, n, k)."""
    assert Dall.shape == Iall.shape
    shards, n, k = Dall.shape
    D = Dall.transpose(1, 0, 2).reshape(n, shards * k)
    I = Iall.transpose(1, 0, 2).reshape(n, shards * k)
    worst = -np.inf if keep_max else np.inf
    ranked = np.where(I < 0, worst, D)
    order = np.argsort(-ranked if keep_max else ranked, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(D, order, 1), np.take_along_axis(I, order, 1)


def eval_intersection(I1, I2):
    """How many ids the rows of two results share; the -1 of an empty place is no id."""
    assert len(I1) == len(I2)
    rows = ((np.asarray(a), np.asarray(b)) for a, b in zip(I1, I2))
    return sum(len(np.intersect1d(a[a >= 0], b)) for a, b in rows)
