"""faiss's functions on arrays."""

import numpy as np

from .._native import check, lib
from .._native.arrays import address, contiguous
from .constants import METRIC_INNER_PRODUCT, METRIC_L2, FLOAT_MAX


def knn(xq, xb, k, metric=METRIC_L2, metric_arg=0.0):
    """The k nearest rows of xb of each row of xq: D and I, without an index."""
    xq = contiguous(xq, dtype="float32")
    xb = contiguous(xb, dtype="float32")
    nq, d = xq.shape
    nb, d2 = xb.shape
    assert d == d2
    D, I = np.empty((nq, k), "float32"), np.empty((nq, k), "int64")
    check(lib.vicinal_knn(
        nq, address(xq), nb, address(xb), d, k, metric, metric_arg, address(D), address(I)))
    if k > nb:
        D[I < 0] = np.sign(D[I < 0]) * FLOAT_MAX
    return D, I


def pairwise_distances(xq, xb, metric=METRIC_L2, metric_arg=0):
    """All distances, (nq, nb)."""
    xq = contiguous(xq, dtype="float32")
    xb = contiguous(xb, dtype="float32")
    assert xq.shape[1] == xb.shape[1]
    if metric == METRIC_INNER_PRODUCT:
        return xq @ xb.T
    D, I = knn(xq, xb, len(xb), metric, metric_arg)
    # Pairs without a distance are not found: 0 / 0 of some metrics.
    found = np.full_like(D, np.nan)
    rows, places = np.nonzero(I >= 0)
    found[rows, I[rows, places]] = D[rows, places]
    if metric == METRIC_L2 and len(rows) < found.size:
        # Sums that are too large.
        found[np.isnan(found)] = np.inf
    return found


def normalize_L2(x):
    """Scales each row to length 1, in place."""
    if x.dtype != np.float32 or x.ndim != 2 or not x.flags.c_contiguous:
        raise TypeError("normalize_L2 changes a contiguous float32 matrix in place")
    norms = np.sqrt(np.einsum("ij,ij->i", x, x))
    np.divide(x, norms[:, None], out=x, where=norms[:, None] > 0)


def eval_intersection(I1, I2):
    """How many ids the rows of two results share."""
    assert len(I1) == len(I2)
    return sum(len(np.intersect1d(a, b)) for a, b in zip(I1, I2))


def kmin(array, k):
    """The k smallest values of each row, and where they are."""
    order = np.argsort(array, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(np.asarray(array, np.float32), order, axis=1), order


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


def omp_set_num_threads(n):
    """Threads that a call uses."""
    check(lib.vicinal_set_threads(int(n)))


def omp_get_max_threads():
    """Threads that a call uses."""
    return lib.vicinal_get_threads()


def get_num_gpus():
    """There is no GPU support."""
    return 0


def get_compile_options():
    """The instruction set of the kernels in use."""
    return "VICINAL " + lib.vicinal_instruction_set().decode().upper() + " "


def vector_to_array(v):
    """Vectors of the library are arrays already; this is a copy."""
    return np.array(v)


vector_float_to_array = vector_to_array


def copy_array_to_vector(a, v):
    """Copies into an array of the same size."""
    v[...] = np.asarray(a).reshape(np.shape(v))
