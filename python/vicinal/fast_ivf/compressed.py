"""Lists of vectors that are compressed to fewer dimensions first."""

from .. import faiss
from .._native.arguments import positive, whole
from .product import Rescoring

__all__ = ["CompressedFastIVF"]

_COMPRESSORS = {"pca": "PCA{c}", "autoencoder": "AE{c}", "classifier": "CC{c}x{n}"}


class CompressedFastIVF(Rescoring):
    """Vectors projected to `compression_ndim` dimensions, in lists, and the original vectors to compare
    the best again.

    compressor: "pca", which is found at once and keeps neighbours nearly as well
    (docs/fastivf.md has the figures), "autoencoder", or "classifier" of cells, which is what FastIVF
    trains; compressor_… are of the latter two, which go through the vectors compressor_epochs times, in
    compressor_steps_per_epoch steps at most.
    """

    _kept = (*Rescoring._kept, "compression_ndim", "compressor_batch_size",
             "compressor_steps_per_epoch", "compressor_epochs", "compressor")

    def __init__(self, ndim, nlist, compression_ndim, nprobe=10, ratio_threshold=0.5,
                 kmeans_batch_size=1024, kmeans_tol=5e-5, kmeans_max_steps=1000,
                 compressor_batch_size=128, compressor_steps_per_epoch=2000,
                 compressor_epochs=10, rescore_num_samples=-1, *, compressor="pca", k_factor=1,
                 keep_vectors=True, metric="cosine", seed=1234):
        self._set_up(ndim, nlist, nprobe, ratio_threshold, kmeans_batch_size, kmeans_tol,
                     kmeans_max_steps, metric, seed)
        self._set_up_rescoring(rescore_num_samples, k_factor, keep_vectors)
        if compressor not in _COMPRESSORS:
            raise ValueError(
                f"compressor must be one of {', '.join(_COMPRESSORS)}, got {compressor!r}")
        self.compressor = compressor
        self.compression_ndim = whole(compression_ndim, "compression_ndim")
        if not 1 <= self.compression_ndim <= self.ndim:
            raise ValueError(
                f"compression_ndim must be 1 … {self.ndim}, got {self.compression_ndim}")
        self.compressor_batch_size = positive(compressor_batch_size, "compressor_batch_size")
        self.compressor_steps_per_epoch = whole(
            compressor_steps_per_epoch, "compressor_steps_per_epoch")
        self.compressor_epochs = positive(compressor_epochs, "compressor_epochs")

    def _made(self, rows):
        transform = self._compressor(rows)
        chain = [transform]
        small = transform.apply(rows)
        if self.metric == "cosine":
            norm = faiss.NormalizationTransform(self.compression_ndim)
            chain.append(norm)
            small = norm.apply(small)
        lists = faiss.IndexIVFFlat(
            self._cells(small), self.compression_ndim, self.nlist, self._faiss_metric())
        lists.train(small)
        index = faiss.IndexPreTransform(lists)
        for each in reversed(chain):
            index.prepend_transform(each)
        return index

    def _compressor(self, rows):
        word = _COMPRESSORS[self.compressor].format(
            c=self.compression_ndim, n=min(self.nlist, len(rows)))
        transform = faiss.VectorTransform(word, self.ndim)
        if self.compressor != "pca":
            steps = self.compressor_steps_per_epoch
            transform._set_option("epochs", self.compressor_epochs)
            transform._set_option("batch_size", self.compressor_batch_size)
            transform._set_option("seed", self.seed)
            if steps > 0:
                transform._set_option("max_steps", steps * self.compressor_epochs)
        transform.train(rows)
        if self.compressor == "pca" and self.metric != "l2":
            # Taking the mean off would change angles: the directions alone keep them better.
            return faiss.LinearTransform(self.ndim, self.compression_ndim, A=transform._matrix())
        return transform
