"""k-means."""

import ctypes

import numpy as np

from .._native import lib
from .._native.arguments import whole
from .._native.arrays import address, contiguous
from .._native.interrupts import run
from .._native.signatures import KMeansOptions, KMeansRound
from .arrays.sequence import Sequence
from .constants import METRIC_INNER_PRODUCT, METRIC_L2
from .indexes.flat import IndexFlat, IndexFlatIP, IndexFlatL2
from .indexes.knobs import Strict

SEEDS = (1 << 64) - 1  # those below 0 are taken as the numbers that they are in 64 bits

# Parameters of faiss that can only have one value here.
FIXED = {"int_centroids": False, "init_method": 0, "early_stop_threshold": 0.0}


def checked(name, value):
    """The value of a parameter of k-means, if it is of the right kind and supported."""
    default = getattr(ClusteringParameters, name, None)
    if isinstance(default, bool):
        if not isinstance(value, (bool, np.bool_)) and value not in (0, 1):
            raise TypeError(f"{name} must be True or False, not {value!r}")
        value = bool(value)
    elif isinstance(default, int):
        value = whole(value, name)
    if name in FIXED and value != FIXED[name]:
        raise RuntimeError(f"{name} must be {FIXED[name]}, other values are not supported")
    return value


class ClusteringParameters(Strict):
    """How k-means runs. `verbose`, `update_index` and what only makes it faster in faiss can be set and
    change nothing; what would change the result and is not supported cannot be set."""

    niter = 25
    nredo = 1
    spherical = False
    frozen_centroids = False
    min_points_per_centroid = 39
    max_points_per_centroid = 256
    seed = 1234
    int_centroids = False
    init_method = 0
    early_stop_threshold = 0.0
    verbose = False
    update_index = False
    check_input_data_for_NaNs = True
    decode_block_size = 32768
    use_faster_subsampling = False
    use_super_kmeans = False
    afkmc2_chain_length = 50
    # Not of faiss: goes through the points in batches of so many rows, -1 for a good number.
    batch_size = 0

    def __setattr__(self, name, value):
        super().__setattr__(name, checked(name, value))

    def _options(self, metric):
        return KMeansOptions(
            self.niter, self.nredo, self.max_points_per_centroid, self.min_points_per_centroid,
            self.seed & SEEDS, bool(self.spherical), bool(self.frozen_centroids), metric,
            self.batch_size)


def cluster(x, k, parameters, metric=METRIC_L2, weights=None, initial=None):
    """Centroids, (k, d), and what each round did."""
    n, d = x.shape
    x = contiguous(x, dtype="float32")
    if weights is not None:
        weights = contiguous(weights, dtype="float32")
        assert weights.shape == (n,)
    count = 0
    if initial is not None:
        initial = contiguous(initial, dtype="float32")
        count, width = initial.shape
        assert width == d
    options = parameters._options(metric)
    centroids = np.empty((k, d), "float32")
    rounds = (KMeansRound * max(1, parameters.niter))()
    done = ctypes.c_int64()
    run(
        lib.vicinal_kmeans, n, d, address(x), None if weights is None else address(weights), k,
        ctypes.addressof(options), count, None if initial is None else address(initial), None,
        address(centroids), ctypes.addressof(rounds), ctypes.addressof(done))
    return centroids, list(rounds[:done.value])


class ClusteringIterationStats:
    """What a round of k-means did. Times are not measured."""

    def __init__(self, round):
        self.obj, self.imbalance_factor = round.objective, round.imbalance
        self.nsplit = round.splits


class Kmeans(Strict):
    """k-means as an object: `train`, then `centroids`, `obj`, `index`, `assign`."""

    d = k = cp = centroids = obj = iteration_stats = index = None

    def __init__(self, d, k, niter=25, verbose=False, spherical=False, nredo=1, gpu=False,
                 **settings):
        if gpu:
            raise RuntimeError("there is no GPU support")
        self.d, self.k = whole(d, "d"), whole(k, "k")
        self.cp = ClusteringParameters()
        self.cp.niter, self.cp.nredo = niter, nredo
        self.cp.verbose, self.cp.spherical = verbose, spherical
        for name, value in settings.items():
            if not hasattr(self.cp, name):
                raise AttributeError(f"k-means has no parameter '{name}'")
            setattr(self.cp, name, value)

    def set_index(self):
        """The index over the centroids, still empty."""
        self.index = IndexFlatIP(self.d) if self.cp.spherical else IndexFlatL2(self.d)

    def train(self, x, weights=None, init_centroids=None):
        """Finds the centroids; returns the last objective."""
        n, d = x.shape
        assert d == self.d
        metric = METRIC_INNER_PRODUCT if self.cp.spherical else METRIC_L2
        self.centroids, rounds = cluster(x, self.k, self.cp, metric, weights, init_centroids)
        self.obj = np.array([each.objective for each in rounds])
        self.iteration_stats = [
            {"obj": each.objective, "imbalance_factor": each.imbalance, "nsplit": each.splits}
            for each in rounds]
        self.set_index()
        self.index.add(self.centroids)
        return self.obj[-1] if self.obj.size else 0.0

    def assign(self, x):
        """Distance and number of the nearest centroid of each row of x."""
        assert self.centroids is not None, "should train before assigning"
        D, I = self.index.search(x, 1)
        return D.ravel(), I.ravel()


class Clustering(ClusteringParameters):
    """k-means over an index that gets the centroids."""

    d = k = centroids = iteration_stats = None

    def __init__(self, d, k, cp=None):
        if cp is not None:
            vars(self).update(vars(cp))
        self.d, self.k = whole(d, "d"), whole(k, "k")
        self.centroids = None
        self.iteration_stats = Sequence()

    def train(self, x, index, weights=None):
        """Finds the centroids and puts them into the index, which must be flat."""
        if not isinstance(index, IndexFlat):
            raise RuntimeError("k-means assigns exactly; give an IndexFlat")
        n, d = x.shape
        assert d == self.d
        found, rounds = cluster(x, self.k, self, index.metric_type, weights)
        self.iteration_stats = Sequence(map(ClusteringIterationStats, rounds))
        self.centroids = found.ravel()
        index.reset()
        index.add(found)


def kmeans_clustering(d, n, k, x):
    """Centroids, (k, d), of n points."""
    return cluster(np.asarray(x).reshape(n, d), k, ClusteringParameters())[0]
