"""faiss's functions on arrays."""

import numpy as np

from .._native import check, lib
from .._native.arguments import whole
from .._native.arrays import address, contiguous
from .._native.errors import NOT_FINITE
from .._native.interrupts import attempt
from .constants import FLOAT_MAX, METRIC_INNER_PRODUCT, METRIC_L2, is_similarity_metric


def knn(xq, xb, k, metric=METRIC_L2, metric_arg=0.0):
    """The k nearest rows of xb of each row of xq: D and I, without an index.

    Rows with NaN or infinities are not compared, unless the metric takes them: as a query they find
    nothing (ids of -1), and nothing finds them.
    """
    xq = contiguous(xq, dtype="float32")
    xb = contiguous(xb, dtype="float32")
    (nq, d), (nb, d2) = xq.shape, xb.shape
    assert d == d2
    k, metric = whole(k, "k"), whole(metric, "metric")
    if k == 0:
        return np.empty((nq, 0), "float32"), np.empty((nq, 0), "int64")
    D, I = np.empty((nq, k), "float32"), np.empty((nq, k), "int64")
    problem = attempt(
        lib.vicinal_knn, nq, address(xq), nb, address(xb), d, k, metric, metric_arg, address(D),
        address(I))
    if problem is not None:
        _knn_of_finite_rows(problem, xq, xb, metric, metric_arg, D, I)
    worst = -FLOAT_MAX if is_similarity_metric(metric) else FLOAT_MAX
    D[I < 0] = worst
    return D, I


def _knn_of_finite_rows(problem, xq, xb, metric, metric_arg, D, I):
    """The same where some row was refused because it is not finite."""
    asked, there = (np.isfinite(x).all(axis=1) for x in (xq, xb))
    if problem.code != NOT_FINITE or asked.all() and there.all():
        raise problem
    I[...] = -1
    if asked.any() and there.any():
        found, ids = knn(xq[asked], xb[there], I.shape[1], metric, metric_arg)
        D[asked] = found
        I[asked] = np.where(ids < 0, -1, np.flatnonzero(there)[ids])


def pairwise_distances(xq, xb, metric=METRIC_L2, metric_arg=0):
    """All distances, (nq, nb); NaN for rows with NaN."""
    xq = contiguous(xq, dtype="float32")
    xb = contiguous(xb, dtype="float32")
    assert xq.shape[1] == xb.shape[1]
    if metric == METRIC_INNER_PRODUCT:
        return xq @ xb.T
    D, I = knn(xq, xb, len(xb), metric, metric_arg)
    # Pairs without a distance are not found: 0 / 0 of some metrics, and rows with NaN.
    found = np.full_like(D, np.nan)
    rows, places = np.nonzero(I >= 0)
    found[rows, I[rows, places]] = D[rows, places]
    if metric == METRIC_L2 and len(rows) < found.size:
        # Sums that are too large, and what lies at an infinite place.
        is_number = ~np.isnan(xq).any(axis=1)[:, None] & ~np.isnan(xb).any(axis=1)
        found[np.isnan(found) & is_number] = np.inf
    return found


def normalize_L2(x):
    """Scales each row to length 1, in place."""
    if x.dtype != np.float32 or x.ndim != 2 or not x.flags.c_contiguous:
        raise TypeError("normalize_L2 changes a contiguous float32 matrix in place")
    norms = np.sqrt(np.einsum("ij,ij->i", x, x))
    np.divide(x, norms[:, None], out=x, where=norms[:, None] > 0)


def omp_set_num_threads(n):
    """Threads that a call uses."""
    check(lib.vicinal_set_threads(whole(n, "n")))


def omp_get_max_threads():
    """Threads that a call uses."""
    return lib.vicinal_get_threads()


def get_num_gpus():
    """There is no GPU support."""
    return 0


def get_compile_options():
    """The instruction set of the kernels in use."""
    return "VICINAL " + lib.vicinal_instruction_set().decode().upper() + " "


def search_with_parameters(index, x, k, params=None, output_stats=False):
    """`index.search` with parameters; there are no statistics."""
    _require_no_statistics(output_stats)
    return index.search(x, k, params=params)


def range_search_with_parameters(index, x, radius, params=None, output_stats=False):
    """`index.range_search` with parameters; there are no statistics."""
    _require_no_statistics(output_stats)
    return index.range_search(x, radius, params=params)


def _require_no_statistics(output_stats):
    if output_stats:
        raise RuntimeError("output_stats is not supported: the library keeps no statistics")
