"""How good results are."""

import numpy as np

from ..arrays.results import eval_intersection
from .exhaustive_search import threshold_radius


def knn_intersection_measure(I1, I2):
    """The share of ids that two results have in common, 0 … 1."""
    assert I1.shape == I2.shape
    return eval_intersection(I1, I2) / I1.size


def filter_range_results(lims, D, I, thresh):
    """The results of a range search that a smaller radius would give."""
    return threshold_radius(lims, D, I, thresh)


def range_PR(lims_ref, Iref, lims_new, Inew, mode="overall"):
    """Precision and recall of results of range searches: of all pairs together, or the average of all
    queries."""
    wanted, found = (np.split(ids, np.asarray(lims[1:-1], np.int64))
                     for ids, lims in ((Iref, lims_ref), (Inew, lims_new)))
    shared = [len(np.intersect1d(a, b)) for a, b in zip(wanted, found)]
    sizes = [np.array([len(each) for each in ids]) for ids in (wanted, found)]
    return counts_to_PR(*sizes, np.array(shared), mode)


def counts_to_PR(ngt, nres, ninter, mode="overall"):
    """Precision and recall from how many results each query has, has got and shares. Where nothing
    was found, nothing found was wrong; where nothing was to be found, finding nothing is right."""
    if mode not in ("overall", "average"):
        raise AssertionError(f"mode is 'overall' or 'average', not {mode!r}")
    ngt, nres, ninter = (np.asarray(each, float) for each in (ngt, nres, ninter))
    if mode == "overall":
        ngt, nres, ninter = (each.sum(keepdims=True) for each in (ngt, nres, ninter))
    precision = np.where(nres > 0, ninter / np.maximum(nres, 1), 1.0)
    recall = np.where(ngt > 0, ninter / np.maximum(ngt, 1), (nres == 0).astype(float))
    return float(precision.mean()), float(recall.mean())


def check_ref_knn_with_draws(Dref, Iref, Dnew, Inew, rtol=1e-5, atol=0):
    """Asserts that two results are the same but for the order of equal distances, of which the last
    may be others."""
    np.testing.assert_allclose(Dref, Dnew, rtol=rtol, atol=atol)
    for distances, wanted, found in zip(Dref, Iref, Inew):
        ties = np.flatnonzero(np.isclose(distances, distances[-1], rtol=rtol, atol=atol))
        start = 0
        while start < ties[0]:
            end = start + 1
            while end < ties[0] and np.isclose(
                    distances[end - 1], distances[end], rtol=rtol, atol=atol):
                end += 1
            assert set(wanted[start:end]) == set(found[start:end])
            start = end


def check_ref_range_results(Lref, Dref, Iref, Lnew, Dnew, Inew):
    """Asserts that the results of two range searches are the same, in any order."""
    np.testing.assert_array_equal(Lref, Lnew)
    for start, end in zip(Lref[:-1], Lref[1:]):
        one, other = (
            (ids[start:end][order], D[start:end][order]) for ids, D in ((Iref, Dref), (Inew, Dnew))
            for order in [np.argsort(ids[start:end], kind="stable")])
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_allclose(one[1], other[1], rtol=1e-5, atol=1e-5)
