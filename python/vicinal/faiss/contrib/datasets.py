"""Data for experiments."""

import numpy as np

from ..arrays.results import ResultHeap
from ..constants import METRIC_INNER_PRODUCT, METRIC_L2
from ..functions import knn


class Dataset:
    """Training vectors, vectors and queries of dimension d: nt, nb and nq of them."""

    def __init__(self):
        self.d = self.nt = self.nb = self.nq = -1
        self.metric = "L2"

    def get_queries(self):
        """The queries, (nq, d)."""
        raise NotImplementedError

    def get_train(self, maxtrain=None):
        """The training vectors, or the first of them."""
        raise NotImplementedError

    def get_database(self):
        """The vectors, (nb, d)."""
        raise NotImplementedError

    def database_iterator(self, bs=128, split=(1, 0)):
        """The vectors in pieces of bs, or of part split[1] of split[0] parts of them."""
        vectors = self.get_database()
        parts, part = split
        first, end = (self.nb * edge // parts for edge in (part, part + 1))
        for start in range(first, end, bs):
            yield vectors[start:min(end, start + bs)]

    def get_groundtruth(self, k=100):
        """The ids of the k nearest vectors of each query."""
        metric = METRIC_L2 if self.metric == "L2" else METRIC_INNER_PRODUCT
        heap = ResultHeap(self.nq, k, keep_max=metric == METRIC_INNER_PRODUCT)
        first = 0
        for vectors in self.database_iterator(bs=65536):
            D, I = knn(self.get_queries(), vectors, k, metric)
            heap.add_result(D, np.where(I < 0, -1, I + first))
            first += len(vectors)
        return heap.I

    def __str__(self):
        return (f"{type(self).__name__}: d = {self.d}, metric {self.metric}, {self.nt} to train, "
                f"{self.nb} vectors, {self.nq} queries")

    def check_sizes(self):
        """Asserts that the vectors are as many as the numbers say."""
        for vectors, count in ((self.get_queries(), self.nq), (self.get_database(), self.nb)):
            assert vectors.shape == (count, self.d)
        if self.nt > 0:
            assert self.get_train(123).shape == (min(123, self.nt), self.d)


class SyntheticDataset(Dataset):
    """Random vectors that lie near a surface of 10 dimensions: those of faiss for the same seed."""

    def __init__(self, d, nt, nb, nq, metric="L2", seed=1338):
        super().__init__()
        self.d, self.nt, self.nb, self.nq, self.metric = d, nt, nb, nq, metric
        draws = np.random.RandomState(seed)
        inner = draws.normal(size=(nt + nb + nq, 10))
        outer = inner @ draws.rand(10, d)
        vectors = np.sin(outer * (draws.rand(d) * 4 + 0.1)).astype(np.float32)
        self.xt, self.xb, self.xq = np.split(vectors, [nt, nt + nb])

    def get_queries(self):
        """The queries, (nq, d)."""
        return self.xq

    def get_train(self, maxtrain=None):
        """The training vectors, or the first of them."""
        return self.xt[:maxtrain]

    def get_database(self):
        """The vectors, (nb, d)."""
        return self.xb
