"""Lists of product codes, and comparing their results with the original vectors."""

from .. import faiss
from .._native.arguments import positive, whole
from .indexes import Base

__all__ = ["FastIVFPQ"]

# Vectors from which on 256 centroids are learnt where fewer would do.
_ENOUGH = 2048


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
        if rescore and samples < 1:
            return self._search(query, k, {"refine_factor": self.k_factor})
        return self._search(query, k, {"refine_samples": samples})


class FastIVFPQ(Rescoring):
    """Product codes of residuals in lists, and the original vectors to compare the best again.

    pq_num_centroids: 2 to the power of the bits of each part's code; but 32, 64 and 128 become 256, a
    byte each, where there are 2048 vectors or more to train on. keep_vectors=False: codes alone, a small
    part of the memory; without rescoring.
    """

    _kept = (*Rescoring._kept, "pq_num_centroids", "pq_num_subvectors", "kmeans_pq_batch_size",
             "kmeans_pq_max_steps")

    def __init__(self, ndim, nlist, pq_num_centroids=128, pq_num_subvectors=32, nprobe=10,
                 ratio_threshold=0.5, kmeans_batch_size=1024, kmeans_pq_batch_size=128,
                 kmeans_tol=5e-5, kmeans_max_steps=1000, kmeans_pq_max_steps=1000,
                 rescore_num_samples=-1, *, k_factor=1, keep_vectors=True, metric="cosine",
                 seed=1234):
        self._set_up(ndim, nlist, nprobe, ratio_threshold, kmeans_batch_size, kmeans_tol,
                     kmeans_max_steps, metric, seed)
        self._set_up_rescoring(rescore_num_samples, k_factor, keep_vectors)
        self.pq_num_centroids = whole(pq_num_centroids, "pq_num_centroids")
        if self.pq_num_centroids < 2 or self.pq_num_centroids & (self.pq_num_centroids - 1):
            raise ValueError(
                f"pq_num_centroids must be a power of two, got {pq_num_centroids}")
        self.pq_num_subvectors = whole(pq_num_subvectors, "pq_num_subvectors")
        if self.pq_num_subvectors < 1 or self.ndim % self.pq_num_subvectors:
            raise ValueError(
                f"{ndim} dimensions cannot be cut into {pq_num_subvectors} equal parts")
        self.kmeans_pq_batch_size = positive(kmeans_pq_batch_size, "kmeans_pq_batch_size")
        self.kmeans_pq_max_steps = positive(kmeans_pq_max_steps, "kmeans_pq_max_steps")

    def _made(self, rows):
        bits = self.pq_num_centroids.bit_length() - 1
        if 4 < bits < 8 and len(rows) >= _ENOUGH:
            bits = 8  # whole bytes are scanned faster, and more centroids find more
        index = faiss.IndexIVFPQ(
            self._cells(rows), self.ndim, self.nlist, self.pq_num_subvectors, bits,
            self._faiss_metric())
        # Parts are learnt in batches, too: twice as many rows as a step of k-means has clusters.
        index.cp.batch_size = max(self.kmeans_pq_batch_size, 1024)
        steps = self.kmeans_pq_max_steps * self.kmeans_pq_batch_size
        index.cp.max_points_per_centroid = max(39, min(256, steps // self.pq_num_centroids))
        index.cp.seed = self.seed
        index.train(rows)
        return index
