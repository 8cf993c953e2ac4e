"""k-means that sees a batch at a time, of whole vectors and of parts of them."""

import ctypes

import numpy as np

from .._native import check, lib
from .._native.arguments import positive, whole
from .._native.arrays import address, contiguous
from .._native.interrupts import run
from .._native.objects import bytes_of, make
from .._native.signatures import MiniBatchInfo, MiniBatchOptions
from .core import seed_of

__all__ = ["MiniBatchKMeans", "SubspaceMiniBatchKMeans", "SubvectorsMiniBatchKMeans"]

_METRICS = {"cosine": 0, "l2": 1}
_STARTS = ("sample", "k-means++")


class _Clusters:
    """What both have: the settings, the clusters of the library, and what was added."""

    _parts = 1

    def _set_up(self, num_centroids, batch_size, history_size, max_steps, tol,
                min_max_ratio_threshold, metric, seed, init, passes, final_passes):
        if metric not in _METRICS:
            raise ValueError(f"metric must be 'cosine' or 'l2', got {metric!r}")
        if init not in _STARTS:
            raise ValueError(f"init must be one of {_STARTS}, got {init!r}")
        self.num_centroids = positive(num_centroids, "num_centroids")
        self.batch_size = whole(batch_size, "batch_size")
        self.history_size = positive(history_size, "history_size")
        self.max_steps = positive(max_steps, "max_steps")
        self.tol = float(tol)
        self.min_max_ratio_threshold = float(min_max_ratio_threshold)
        self.metric, self.seed, self.init = metric, seed_of(seed), init
        self.passes = whole(passes, "passes")
        self.final_passes = whole(final_passes, "final_passes")
        self._handle = self._dimension = None
        self._forget()

    def _forget(self):
        self.labels = self.vectors = None

    def _open(self, dimension):
        """The clusters of the library, made when the dimension is known."""
        if self._handle is None:
            options = MiniBatchOptions(
                self.batch_size, self.passes, self.max_steps, self.history_size, self.tol,
                self.final_passes, self.min_max_ratio_threshold, self.seed,
                _STARTS.index(self.init), _METRICS[self.metric])
            self._handle = make(
                lib.vicinal_minibatch_create, self.num_centroids, dimension, self._parts,
                ctypes.addressof(options))
            self._dimension = dimension
        return self._handle.number

    def _matrix(self, data, name):
        array = contiguous(data, np.float32)
        if array.ndim != 2:
            raise ValueError(f"{name} must be a matrix with a vector in each row, got shape "
                             f"{array.shape}")
        if self._dimension is not None and array.shape[1] != self._dimension:
            raise ValueError(f"{name} must have {self._dimension} columns, got {array.shape[1]}")
        return array

    def _info(self):
        info = MiniBatchInfo()
        check(lib.vicinal_minibatch_get_info(self._trained(), ctypes.addressof(info)))
        return info

    def _trained(self):
        if self._handle is None:
            raise RuntimeError("there are no clusters yet; call train first")
        return self._handle.number

    def train(self, data):
        """Finds the centroids of an array, or of batches that come one after the other.

        An array, or a map of a file (`numpy.load(…, mmap_mode="r")` of float32 is not copied), is gone
        through `passes` times in random order and `final_passes` times as a whole. Other iterables give
        batches, arrays of any number of rows, until `max_steps`, until there is nothing to gain, or
        until they end. Returns the mean distance (similarity) of each step.
        """
        self._handle = self._dimension = None
        self._forget()
        try:
            return self._learnt(data)
        except BaseException:
            # Clusters that are not there can neither be asked nor kept.
            self._handle = self._dimension = None
            raise

    def _learnt(self, data):
        if isinstance(data, (np.ndarray, list, tuple)):
            rows = self._matrix(data, "data")
            run(lib.vicinal_minibatch_train, self._open(rows.shape[1]), len(rows), address(rows), None)
            return self.history
        for batch in data:
            rows = self._matrix(batch, "a batch")
            run(lib.vicinal_minibatch_update, self._open(rows.shape[1]), len(rows), address(rows),
                None)
            info = self._info()
            if info.is_converged or info.steps >= self.max_steps:
                break
        if self._handle is None:
            raise ValueError("there are no batches to train on")
        check(lib.vicinal_minibatch_finish(self._handle.number))
        return self.history

    @property
    def history(self):
        """For each step the mean distance (similarity) of its vectors to their centroids."""
        data = bytes_of(lib.vicinal_minibatch_array, self._trained(), b"history")
        return np.frombuffer(data, np.float32).tolist()

    @property
    def is_converged(self):
        """Whether more steps would bring nothing, as far as `tol` tells."""
        return bool(self._info().is_converged)

    @property
    def num_repairs(self):
        """Clusters that took over half of another because they held nearly nothing."""
        return self._info().repairs

    def _centroids(self):
        data = bytes_of(lib.vicinal_minibatch_array, self._trained(), b"centroids")
        return np.frombuffer(data, np.float32)

    def _assigned(self, vectors):
        self._trained()
        rows = self._matrix(vectors, "vectors")
        labels = np.empty((len(rows), self._parts), np.int64)
        run(lib.vicinal_minibatch_assign, self._handle.number, len(rows), address(rows),
            address(labels), None)
        return labels

    def _compared(self, vectors):
        self._trained()
        rows = self._matrix(vectors, "vectors")
        values = np.empty((self._parts, len(rows), self.num_centroids), np.float32)
        run(lib.vicinal_minibatch_compare, self._handle.number, len(rows), address(rows),
            address(values))
        return values

    def _added(self, data, labels):
        data = np.asarray(data)
        if self.vectors is None:
            self.vectors, self.labels = data, labels
        else:
            self.vectors = np.concatenate([self.vectors, data])
            self.labels = np.concatenate([self.labels, labels])

    @property
    def num_vectors(self):
        """Vectors added."""
        return 0 if self.vectors is None else len(self.vectors)

    def get_vectors(self, indices):
        """Some of the vectors that were added."""
        if self.vectors is None:
            raise RuntimeError("no vectors were added; call add first")
        return self.vectors[indices]

    def get_dataset_iterator(self, batch_size=32):
        """Pairs of vectors that were added and their labels, some at a time, in order."""
        for first in range(0, self.num_vectors, whole(batch_size, "batch_size")):
            rows = slice(first, first + batch_size)
            yield self.vectors[rows], self.labels[rows]

    def save(self, path):
        """Writes centroids and settings, not the vectors that were added, as an .npz file."""
        centroids = self._centroids()
        with open(path, "wb") as file:
            np.savez(
                file, kind=type(self).__name__, dimension=self._dimension, centroids=centroids,
                **self._settings())

    @classmethod
    def load(cls, path):
        """Opens what `save` wrote."""
        with np.load(path, allow_pickle=False) as saved:
            values = {name: saved[name] for name in saved.files}
        if str(values.pop("kind", "")) != cls.__name__:
            raise ValueError(f"{path} holds no {cls.__name__}")
        dimension, centroids = int(values.pop("dimension")), values.pop("centroids")
        self = cls(**{name: value.item() for name, value in values.items()})
        return self._begun(dimension, centroids)

    def _begun(self, dimension, centroids):
        centroids = contiguous(centroids, np.float32)
        if centroids.size != self.num_centroids * dimension:
            raise ValueError(f"{self.num_centroids} centroids of {dimension} floats are not "
                             f"{centroids.size} floats")
        number = self._open(dimension)
        check(lib.vicinal_minibatch_set_centroids(number, address(centroids)))
        return self

    def _settings(self):
        return {
            "num_centroids": self.num_centroids, "batch_size": self.batch_size,
            "history_size": self.history_size, "max_steps": self.max_steps, "tol": self.tol,
            "min_max_ratio_threshold": self.min_max_ratio_threshold, "metric": self.metric,
            "seed": self.seed, "init": self.init, "passes": self.passes,
            "final_passes": self.final_passes}

    def __getstate__(self):
        state = dict(self.__dict__, _handle=None)
        if self._handle is not None:
            state["_kept"] = self._centroids()
        return state

    def __setstate__(self, state):
        kept = state.pop("_kept", None)
        self.__dict__.update(state)
        if kept is not None:
            self._begun(self._dimension, kept)


class MiniBatchKMeans(_Clusters):
    """k-means that sees a batch at a time.

    history_size: steps whose mean is compared with that of as many before; tol: learning ends when it is
    not better by this part; min_max_ratio_threshold: clusters that hold less than this part of the
    largest take over half of another; metric: "cosine" or "l2"; init: "sample" or "k-means++".
    """

    def __init__(self, num_centroids, batch_size, history_size=10, max_steps=5000, tol=5e-5,
                 min_max_ratio_threshold=0.005, metric="cosine", *, seed=1234, init="sample",
                 passes=2, final_passes=1):
        self._set_up(num_centroids, batch_size, history_size, max_steps, tol,
                     min_max_ratio_threshold, metric, seed, init, passes, final_passes)

    @property
    def centroids(self):
        """The centroids, (num_centroids, d)."""
        return self._centroids().reshape(self.num_centroids, -1)

    @property
    def centroids_indices(self):
        """For each centroid the numbers of the vectors added that lie in its cluster."""
        if self.labels is None:
            raise RuntimeError("no vectors were added; call add first")
        order = np.argsort(self.labels, kind="stable")
        ends = np.cumsum(np.bincount(self.labels, minlength=self.num_centroids))
        return np.split(order, ends[:-1])

    def add(self, vectors):
        """Assigns vectors and keeps them (the array itself, not a copy, as long as it is alone)."""
        self._added(vectors, self.predict(vectors))

    def predict(self, vectors):
        """The number of the nearest centroid of each row."""
        return self._assigned(vectors)[:, 0]

    def predict_scores(self, vectors):
        """Similarities (cosine) or squared distances (l2) to all centroids, (n, num_centroids)."""
        return self._compared(vectors)[0]


class SubvectorsMiniBatchKMeans(_Clusters):
    """The same for each of num_subvectors equal parts of the vectors: the centroids of product codes."""

    def __init__(self, num_centroids, num_subvectors, batch_size, history_size=10,
                 max_steps=1000, tol=5e-5, min_max_ratio_threshold=0.005, metric="cosine", *,
                 seed=1234, init="sample", passes=2, final_passes=1):
        self._parts = self.num_subvectors = whole(num_subvectors, "num_subvectors")
        self._set_up(num_centroids, batch_size, history_size, max_steps, tol,
                     min_max_ratio_threshold, metric, seed, init, passes, final_passes)

    def _settings(self):
        return {**super()._settings(), "num_subvectors": self.num_subvectors}

    @property
    def centroids(self):
        """The centroids, (num_subvectors, num_centroids, d / num_subvectors)."""
        return self._centroids().reshape(self._parts, self.num_centroids, -1)

    def add(self, vectors):
        """Assigns vectors and keeps them."""
        self._added(vectors, self.predict(vectors))

    def predict(self, vectors):
        """The number of the nearest centroid of each part of each row, (n, num_subvectors)."""
        return self._assigned(vectors)

    predict_labels = predict

    def predict_scores(self, vectors):
        """Similarities (cosine) or squared distances (l2), (num_subvectors, n, num_centroids)."""
        return self._compared(vectors)

    def predict_all(self, vectors):
        """The parts of the rows, (num_subvectors, n, d / num_subvectors), and a pair of what
        `predict_scores` and `predict` say."""
        rows = self._matrix(vectors, "vectors")
        parts = rows.reshape(len(rows), self._parts, -1).swapaxes(0, 1)
        return parts, (self.predict_scores(rows), self.predict(rows))


SubspaceMiniBatchKMeans = SubvectorsMiniBatchKMeans
