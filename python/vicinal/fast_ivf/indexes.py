"""Lists of vectors, and what all indexes here have in common."""

import json
import os

import numpy as np

from .. import faiss
from .._native import lib
from .._native.arguments import encoded, positive, whole
from .._native.arrays import contiguous
from .._native.objects import make
from .core import blocks, fingerprint, is_unit, opened, seed_of, unit
from .kmeans import MiniBatchKMeans

__all__ = ["FastIVF"]


class _Parameters(faiss.SearchParameters):
    """Those of one search; where there is no result, scores are minus infinity."""

    _names = {"nprobe": "nprobe", "cell_ratio": "cell_ratio", "refine_factor": "refine_factor",
              "refine_samples": "refine_samples"}

    def _fields(self):
        fields = super()._fields()
        del fields["finite_padding"]
        return fields


class Base:
    """Cells found by mini-batch k-means, and the settings that say how many of them are searched."""

    # What `save` keeps beside the index itself.
    _kept = ("ndim", "nlist", "nprobe", "ratio_threshold", "kmeans_batch_size", "kmeans_tol",
             "kmeans_max_steps", "metric", "seed")
    # Whether `search` can compare the original vectors again.
    _rescores = False
    # Whether distances stand for the similarities of unit vectors: of codes they are more accurate, since
    # what a code stands for is not of length 1.
    _is_by_distance = False
    # Where they are, if they stayed in a file, and whether they are anywhere.
    _source = None
    keep_vectors = False

    def _set_up(self, ndim, nlist, nprobe, ratio_threshold, kmeans_batch_size, kmeans_tol,
                kmeans_max_steps, metric, seed):
        if metric not in ("cosine", "ip", "l2"):
            raise ValueError(f"metric must be 'cosine', 'ip' or 'l2', got {metric!r}")
        self.ndim, self.nlist = positive(ndim, "ndim"), positive(nlist, "nlist")
        self.nprobe, self.ratio_threshold = nprobe, ratio_threshold
        self.kmeans_batch_size = positive(kmeans_batch_size, "kmeans_batch_size")
        self.kmeans_tol = float(kmeans_tol)
        self.kmeans_max_steps = positive(kmeans_max_steps, "kmeans_max_steps")
        self.metric, self.seed = metric, seed_of(seed)
        self._index = None

    @property
    def nprobe(self):
        """Cells that a search visits at most; more than there are mean all."""
        return self._nprobe

    @nprobe.setter
    def nprobe(self, value):
        self._nprobe = positive(value, "nprobe")

    @property
    def ratio_threshold(self):
        """Cells are visited only if they are at least this part as good as the best, 0 … 1; 0 for all.

        The best cell is always visited. Scores s and s1 of a cell and of the best are compared as
        s / s1, as s1 / s where both are negative, and squared distances as s1 / s.
        """
        return self._ratio_threshold

    @ratio_threshold.setter
    def ratio_threshold(self, value):
        value = float(value)
        if not 0 <= value <= 1:
            raise ValueError(f"ratio_threshold must be 0 … 1, got {value}")
        self._ratio_threshold = value

    @property
    def faiss(self):
        """The index with faiss's names."""
        if self._index is None:
            raise RuntimeError("the index is not trained yet; call train first")
        return self._index

    @property
    def is_trained(self):
        """Whether vectors can be added."""
        return self._index is not None

    @property
    def num_vectors(self):
        """Vectors held."""
        return 0 if self._index is None else self._index.ntotal

    def __len__(self):
        return self.num_vectors

    def __repr__(self):
        return (f"<vicinal.fast_ivf.{type(self).__name__}: {len(self)} vectors, ndim = {self.ndim}, "
                f"nlist = {self.nlist}>")

    @property
    def centroids(self):
        """The cells, (nlist, d); of compressed vectors where those are searched."""
        return self._lists(self.faiss).quantizer.reconstruct_n()

    # --- filling --------------------------------------------------------------------------------

    def _faiss_metric(self):
        """How vectors are compared."""
        by_distance = self.metric == "l2" or self.metric == "cosine" and self._is_by_distance
        return faiss.METRIC_L2 if by_distance else faiss.METRIC_INNER_PRODUCT

    def _rows(self, vectors, name="vectors"):
        # Where they are scaled, in the precision they have: float32 may not hold them.
        rows = np.asarray(vectors) if self.metric == "cosine" else contiguous(vectors, np.float32)
        if rows.ndim != 2 or rows.shape[1] != self.ndim:
            raise ValueError(
                f"{name} must be a matrix of {self.ndim} columns, got shape {rows.shape}")
        return unit(rows) if self.metric == "cosine" else rows

    def _check(self, array, path):
        if array.shape[1] != self.ndim:
            raise ValueError(
                f"vectors must be a matrix of {self.ndim} columns, got shape {array.shape}")
        if path is None:
            return
        if self._rescores and self.keep_vectors and not (
                array.dtype in (np.dtype("<f4"), np.dtype("<f2")) and array.flags.c_contiguous):
            order = "row by row" if array.flags.c_contiguous else "column by column"
            raise ValueError(
                f"{path} holds {array.dtype.str} {order}, and originals that stay in a file must be "
                "float32 or float16 row by row, of this machine's byte order; write "
                "numpy.ascontiguousarray(vectors, numpy.float32) to a file, give an array, or make the "
                "index with keep_vectors=False")
        if self.metric != "cosine":
            return
        for rows in blocks(array):
            if not is_unit(rows):
                raise ValueError(
                    f"the vectors of {path} are not of length 1, but stay as the file has them; write "
                    "normalize(vectors) to a file, or give an array")

    def train(self, data, *, add=True):
        """Finds the cells and adds the vectors, as FastIVF does; add=False leaves them out.

        data: an array, or the path of an .npy file. Where originals are compared again, those of a
        file stay there. Training again begins anew.
        """
        array, path = opened(data)
        self._check(array, path if add else None)
        if len(array) < self.nlist:
            raise ValueError(
                f"{self.nlist} cells need at least as many vectors to train on, got {len(array)}")
        rows = self._sample(array)
        # What was there stays until the new index is whole.
        index, source, originals = self._made(rows), None, None
        if add and path is None:
            originals = rows if len(rows) == len(array) else self._rows(array)
            index.add(originals)
        elif add:
            for part in blocks(array):
                index.add(part)
            if self._rescores and self.keep_vectors:
                source = originals = os.path.abspath(path)
        self._index, self._source = self._joined(index, originals), source

    def add(self, vectors):
        """Adds vectors; their ids follow on."""
        if self._source is not None:
            raise RuntimeError(
                f"the original vectors of this index stay in {self._source}, which is not written to; "
                "train on a file of all of them, or on an array, which more can be added to")
        self.faiss.add(self._rows(vectors))

    def _sample(self, array):
        """The rows to train on: all, or as many as max_steps steps of k-means see."""
        most = max(self.nlist, self.kmeans_max_steps * self.kmeans_batch_size)
        if len(array) > most:
            chosen = np.random.default_rng(self.seed).choice(len(array), most, replace=False)
            array = array[np.sort(chosen)]
        return self._rows(array)

    def _cells(self, rows):
        """An index of the centroids of the cells."""
        metric = "l2" if self.metric == "l2" else "cosine"
        kmeans = MiniBatchKMeans(
            self.nlist, self.kmeans_batch_size, max_steps=self.kmeans_max_steps,
            tol=self.kmeans_tol, metric=metric, seed=self.seed)
        kmeans.train(rows)
        cells = faiss.IndexFlat(
            rows.shape[1], faiss.METRIC_L2 if metric == "l2" else faiss.METRIC_INNER_PRODUCT)
        cells.add(kmeans.centroids)
        return cells

    def _made(self, rows):
        """The trained index, still empty."""
        raise NotImplementedError

    def _joined(self, index, originals):
        """The index with the original vectors behind it, where they are compared again.

        originals: an array, the path of a file, or None for none yet.
        """
        if not self._rescores or not self.keep_vectors:
            return index
        if isinstance(originals, str):
            metric = self._faiss_metric()
            flat = faiss.Index._of(make(
                lib.vicinal_index_map_vectors, encoded(originals, "the path"), metric))
        else:
            flat = faiss.IndexFlat(self.ndim, self._faiss_metric())
            if originals is not None:
                flat.add(originals)
        return faiss.IndexRefine(index, flat)

    def _lists(self, index):
        """The inverted lists inside an index."""
        return faiss.extract_index_ivf(index)

    # --- searching ------------------------------------------------------------------------------

    def search(self, query, k=100):
        """The k best of each query: scores and ids, (n, k), best first; -inf and -1 where there is none.

        Scores are similarities: inner products, of normalised vectors under "cosine", or squared
        distances below 0 under "l2".
        """
        return self._search(query, k, {})

    def _search(self, query, k, settings):
        rows = self._rows(query, "queries")
        parameters = _Parameters(
            nprobe=self.nprobe, cell_ratio=self.ratio_threshold, **settings)
        scores, ids = self.faiss.search(rows, whole(k, "k"), params=parameters)
        if self.faiss.metric_type == faiss.METRIC_L2:
            scores = -scores if self.metric == "l2" else 1 - scores / 2
        # Also for queries that are not numbers, whose distances are finite in faiss.
        scores[ids < 0] = -np.inf
        return scores, ids

    # --- keeping --------------------------------------------------------------------------------

    def save(self, path):
        """Writes the index as a file that faiss reads, and the settings beside it, as path + ".json"."""
        index = self.faiss
        if self._source is not None:
            index = index.base_index
        settings = {name: getattr(self, name) for name in self._kept}
        settings.update(kind=type(self).__name__, source=self._source)
        if self._source is not None:
            settings["source_check"] = fingerprint(self._source)
        # faiss's files hold it.
        index._set_parameters(f"nprobe={min(self.nprobe, self.nlist)}")
        faiss.write_index(index, os.fspath(path))
        temporary = f"{os.fspath(path)}.json.tmp{os.getpid()}"
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(settings, file, indent=1)
        os.replace(temporary, f"{os.fspath(path)}.json")

    def __getstate__(self):
        # A pickle holds the original vectors, also those that are in a file here.
        return {**self.__dict__, "_source": None}

    @classmethod
    def load(cls, path, *, mapped=False):
        """Opens what `save` wrote; mapped: vectors stay in the file."""
        with open(f"{os.fspath(path)}.json", encoding="utf-8") as file:
            settings = json.load(file)
        if settings.pop("kind", None) != cls.__name__:
            raise ValueError(f"{path} holds no {cls.__name__}")
        source, check = settings.pop("source", None), settings.pop("source_check", None)
        if source is not None and check != fingerprint(source):
            raise ValueError(
                f"{source} is not the file that {path} was made from: some of its rows differ; the "
                "original vectors must be there as they were")
        self = cls(**settings)
        index = faiss.read_index(os.fspath(path), faiss.IO_FLAG_MMAP if mapped else 0)
        self._source = source
        self._index = index if source is None else self._joined(index, source)
        return self


class FastIVF(Base):
    """Vectors in lists, of which a search visits those of the `nprobe` cells that are nearest.

    Vectors and queries are normalised here if metric is "cosine"; "ip" and "l2" take them as they are.
    """

    def __init__(self, ndim, nlist, nprobe=10, ratio_threshold=0.5, kmeans_batch_size=1024,
                 kmeans_tol=5e-5, kmeans_max_steps=1000, *, metric="cosine", seed=1234):
        self._set_up(ndim, nlist, nprobe, ratio_threshold, kmeans_batch_size, kmeans_tol,
                     kmeans_max_steps, metric, seed)

    def _made(self, rows):
        cells = self._cells(rows)
        index = faiss.IndexIVFFlat(cells, self.ndim, self.nlist, self._faiss_metric())
        index.train(rows)
        return index
