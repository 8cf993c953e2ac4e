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


class OperatingPoints:
    """Measurements (key, perf, t) of settings: those that no other beats in both, `operating_points`,
    and the others, `suboptimal_points`. What comparing two keys means, a subclass says."""

    def __init__(self):
        self.operating_points, self.suboptimal_points = [], []

    def compare_keys(self, k1, k2):
        """1 if k1 is at least as accurate and slow as k2, -1 if k2 is, 0 if that is not known."""
        raise NotImplementedError

    def is_pareto_optimal(self, perf_new, t_new):
        """Whether no measurement is at least as good in both."""
        return not any(perf >= perf_new and t <= t_new for _, perf, t in self.operating_points)

    def predict_bounds(self, key):
        """The most accuracy and the least time that a setting can have after those measured."""
        most, least = 1.0, 0.0
        for other, perf, t in self.operating_points + self.suboptimal_points:
            order = self.compare_keys(key, other)
            if order > 0:
                least = max(least, t)
            elif order < 0:
                most = min(most, perf)
        return most, least

    def should_run_experiment(self, key):
        """Whether a setting may turn out to be among the best."""
        return self.is_pareto_optimal(*self.predict_bounds(key))

    def add_operating_point(self, key, perf, t):
        """Takes a measurement in; returns whether it is among the best."""
        if not self.is_pareto_optimal(perf, t):
            self.suboptimal_points.append((key, perf, t))
            return False
        beaten = [each for each in self.operating_points if perf >= each[1] and t <= each[2]]
        self.suboptimal_points += beaten
        self.operating_points = [
            each for each in self.operating_points if not any(each is other for other in beaten)]
        self.operating_points.append((key, perf, t))
        return True


class OperatingPointsWithRanges(OperatingPoints):
    """The same for settings of several parameters, each of a list of values of which later ones are
    slower and more accurate. A key holds the place of each parameter's value."""

    def __init__(self):
        super().__init__()
        self.ranges = []

    def add_range(self, name, values):
        """Adds a parameter."""
        self.ranges.append((name, values))

    def compare_keys(self, k1, k2):
        """1, -1 or 0, as of OperatingPoints."""
        return 1 if np.all(k1 >= k2) else -1 if np.all(k2 >= k1) else 0

    def do_nothing_key(self):
        """The fastest setting."""
        return np.zeros(len(self.ranges), int)

    def num_experiments(self):
        """How many settings there are."""
        return int(np.prod([len(values) for _, values in self.ranges]))

    def sample_experiments(self, n_autotune, rs=None):
        """Numbers of settings in random order, at most n_autotune unless that is 0; the first two are
        the fastest and the most accurate."""
        assert n_autotune == 0 or n_autotune >= 2
        inner = max(0, self.num_experiments() - 2)
        wanted = inner if n_autotune == 0 else min(inner, n_autotune - 2)
        chosen = np.random.RandomState(123).choice(inner, wanted, replace=False) if inner else []
        return [0, self.num_experiments() - 1, *(int(number) + 1 for number in chosen)]

    def cno_to_key(self, cno):
        """The key of the setting with a number."""
        sizes = [len(values) for _, values in self.ranges]
        assert 0 <= cno < self.num_experiments()
        return np.array(np.unravel_index(cno, sizes, order="F"), int)

    def get_parameters(self, k):
        """The values of a key by their names."""
        return {name: values[place] for (name, values), place in zip(self.ranges, k)}

    def restrict_range(self, name, max_val):
        """Leaves only the values of a parameter that are below one."""
        for other, values in self.ranges:
            if other == name:
                values[:] = [value for value in values if value < max_val]
                return
        raise RuntimeError(f"there is no parameter {name!r}")
