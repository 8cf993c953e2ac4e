"""Lists of product codes, and comparing their results with the original vectors."""

import numpy as np

from .. import faiss
from .._native import lib
from .._native.arguments import positive, whole
from .._native.objects import make
from ..faiss.quantizers import product_quantizer
from .indexes import Base
from .kmeans import SubvectorsMiniBatchKMeans

__all__ = ["FastIVFPQ"]


class Rescoring(Base):
    """An index whose results can be compared with the original vectors again."""

    _rescores = True
    _kept = (*Base._kept, "rescore_num_samples", "k_factor", "keep_vectors")

    def _set_up_rescoring(self, rescore_num_samples, k_factor, keep_vectors):
        self.rescore_num_samples = rescore_num_samples
        self.k_factor, self.keep_vectors = k_factor, bool(keep_vectors)

    @property
    def rescore_num_samples(self):
        """With rescore: how many of the k results are compared exactly. All scores then lie on the line
        that fits these best, also those of the compared ones, so that the order stays that of the first
        search. Where a query has no more results than these, and below 1, all are compared, and ranked
        anew by exact scores."""
        return self._rescore_num_samples

    @rescore_num_samples.setter
    def rescore_num_samples(self, value):
        self._rescore_num_samples = whole(value, "rescore_num_samples")

    @property
    def k_factor(self):
        """With rescore of all: k_factor * k results of the first search are compared, at least k."""
        return self._k_factor

    @k_factor.setter
    def k_factor(self, value):
        value = float(value)
        if not 1 <= value <= 1000:
            raise ValueError(f"k_factor must be 1 … 1000, got {value}")
        self._k_factor = value

    def search(self, query, k=100, rescore=False, sort=True):
        """The k best of each query: scores and ids, (n, k), best first; -inf and -1 where there is none.

        rescore: whether the best are compared with the original vectors again; see
        `rescore_num_samples` and `k_factor`. Scores are similarities either way: of what the codes stand
        for, or of the vectors. Results are in order whatever sort says.
        """
        if not self.keep_vectors:
            if rescore:
                raise RuntimeError(
                    "this index was made with keep_vectors=False and has nothing to compare again")
            return self._search(query, k, {})
        samples = self.rescore_num_samples if rescore else 0
        if rescore and not 1 <= samples < whole(k, "k"):
            return self._search(query, k, {"refine_factor": self.k_factor})
        return self._search(query, k, {"refine_samples": samples})


class FastIVFPQ(Rescoring):
    """Product codes in lists, and the original vectors to compare the best again.

    pq_num_centroids: for each part; up to 16 take half a byte of each code, up to 256 a byte. Codes are
    of the vectors themselves, as in fast-ivf, and "cosine" compares the squared distances d of unit
    vectors: scores are 1 - d / 2. keep_vectors=False: codes alone, a small part of the memory; without rescoring.
    """

    _kept = (*Rescoring._kept, "pq_num_centroids", "pq_num_subvectors", "kmeans_pq_batch_size",
             "kmeans_pq_max_steps")
    _is_by_distance = True

    def __init__(self, ndim, nlist, pq_num_centroids=128, pq_num_subvectors=32, nprobe=10,
                 ratio_threshold=0.5, kmeans_batch_size=1024, kmeans_pq_batch_size=128,
                 kmeans_tol=5e-5, kmeans_max_steps=1000, kmeans_pq_max_steps=1000,
                 rescore_num_samples=-1, *, k_factor=1, keep_vectors=True, metric="cosine",
                 seed=1234):
        self._set_up(ndim, nlist, nprobe, ratio_threshold, kmeans_batch_size, kmeans_tol,
                     kmeans_max_steps, metric, seed)
        self._set_up_rescoring(rescore_num_samples, k_factor, keep_vectors)
        self.pq_num_centroids = whole(pq_num_centroids, "pq_num_centroids")
        if not 2 <= self.pq_num_centroids <= 1 << 16:
            raise ValueError(f"pq_num_centroids must be 2 … 65536, got {pq_num_centroids}")
        self.pq_num_subvectors = whole(pq_num_subvectors, "pq_num_subvectors")
        if self.pq_num_subvectors < 1 or self.ndim % self.pq_num_subvectors:
            raise ValueError(
                f"{ndim} dimensions cannot be cut into {pq_num_subvectors} equal parts")
        self.kmeans_pq_batch_size = positive(kmeans_pq_batch_size, "kmeans_pq_batch_size")
        self.kmeans_pq_max_steps = positive(kmeans_pq_max_steps, "kmeans_pq_max_steps")

    def _made(self, rows):
        cells, quantizer = self._cells(rows)._here(), self._quantizer(rows)
        key = f"IVF{self.nlist},PQ{quantizer.M}x{quantizer.nbits}"
        lists = make(
            lib.vicinal_index_create, key.encode(), self.ndim, self._faiss_metric(), 0.0)
        return faiss.IndexIVFPQ._of(make(
            lib.vicinal_index_compose_lists, lists.number, cells.number, quantizer._handle.number, 0))

    def _quantizer(self, rows):
        """The codebooks, learnt from as many rows as the steps see."""
        most = max(self.pq_num_centroids, self.kmeans_pq_max_steps * self.kmeans_pq_batch_size)
        if len(rows) < self.pq_num_centroids:
            raise ValueError(f"{self.pq_num_centroids} centroids for each part need at least as many "
                             f"vectors to train on, got {len(rows)}")
        if len(rows) > most:
            chosen = np.random.default_rng(self.seed).choice(len(rows), most, replace=False)
            rows = rows[np.sort(chosen)]
        kmeans = SubvectorsMiniBatchKMeans(
            self.pq_num_centroids, self.pq_num_subvectors, self.kmeans_pq_batch_size,
            max_steps=self.kmeans_pq_max_steps, tol=self.kmeans_tol, metric="l2", seed=self.seed)
        kmeans.train(rows)
        # Codes of whole and half bytes are scanned fastest. Copies of a centroid are never the nearest.
        bits = next(each for each in (4, 8, 16) if self.pq_num_centroids <= 1 << each)
        centroids = np.repeat(kmeans.centroids[:, :1], 1 << bits, axis=1)
        centroids[:, :self.pq_num_centroids] = kmeans.centroids
        return product_quantizer(self.ndim, self.pq_num_subvectors, bits, centroids)
