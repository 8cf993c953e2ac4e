"""Setting and exploring parameters."""

import time

import numpy as np

from .._native import json_of, lib
from .arrays.results import eval_intersection
from .arrays.sequence import Sequence
from .indexes.knobs import Strict, text


# From the fastest to the most accurate.
_RATIOS = (0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.3, 0.0)


class ParameterRange:
    """A parameter and the values worth trying."""

    def __init__(self, name, values):
        self.name, self.values = name, values


class ParameterSpace(Strict):
    """The parameters of an index."""

    parameter_ranges = None
    verbose = 0
    n_experiments = 500

    def __init__(self):
        self.parameter_ranges = []

    def initialize(self, index, *, includes_ratio=False):
        """Finds out what an index has; includes_ratio: `ratio` too, which inverted lists have here."""
        handle = index._here()
        found = json_of(lib.vicinal_index_parameters, handle.number)
        self.parameter_ranges = [
            ParameterRange(knob["name"], [float(step) for step in knob["steps"]])
            for knob in found if knob["steps"]]
        if includes_ratio and any(knob["name"] == "ratio" for knob in found):
            self.parameter_ranges.append(ParameterRange("ratio", list(_RATIOS)))

    def set_index_parameters(self, index, description):
        """Sets "nprobe=16,ht=40"."""
        index._set_parameters(description)

    def set_index_parameter(self, index, name, value):
        """Sets one parameter."""
        index._set_parameters(f"{name}={text(value)}")

    def n_combinations(self):
        """How many settings there are in all."""
        return int(np.prod([len(each.values) for each in self.parameter_ranges], dtype=object))

    def combination_name(self, number):
        """The text of one setting."""
        parts = []
        for each in self.parameter_ranges:
            parts.append(f"{each.name}={text(each.values[number % len(each.values)])}")
            number //= len(each.values)
        return ",".join(parts)

    def explore(self, index, xq, crit):
        """Measures settings; returns OperatingPoints."""
        points = OperatingPoints()
        order = range(self.n_combinations())
        if 0 < self.n_experiments < len(order):
            rng = np.random.default_rng(1234)
            inner = rng.choice(np.arange(1, len(order) - 1), self.n_experiments - 2, replace=False)
            order = [0, len(order) - 1, *inner.tolist()]
        for number in order:
            key = self.combination_name(number)
            self.set_index_parameters(index, key)
            start = time.perf_counter()
            D, I = index.search(xq, crit.nnn)
            seconds = time.perf_counter() - start
            points.add(crit.evaluate(D, I), seconds, key, number)
        return points


class OperatingPoint:
    """Accuracy, time and setting of a measurement."""

    def __init__(self, perf, t, key, cno):
        self.perf, self.t, self.key, self.cno = perf, t, key, cno


class OperatingPoints:
    """Measurements, and those of them that no other beats in both accuracy and time."""

    def __init__(self):
        self.clear()

    def clear(self):
        """Forgets all."""
        self.all_pts, self.optimal_pts = Sequence(), Sequence()

    def add(self, perf, t, key, cno=0):
        """Takes a measurement in; returns whether it is among the best."""
        self.all_pts.append(OperatingPoint(perf, t, key, cno))
        self.optimal_pts = Sequence()
        for point in sorted(self.all_pts, key=lambda each: (each.t, -each.perf)):
            if not self.optimal_pts or point.perf > self.optimal_pts[-1].perf:
                self.optimal_pts.append(point)
        return any(each is self.all_pts[-1] for each in self.optimal_pts)

    def merge_with(self, other, prefix=""):
        """Takes the measurements of another in, with a prefix for their keys; returns how many are among
        the best when they come."""
        return sum(self.add(each.perf, each.t, prefix + each.key, each.cno)
                   for each in list(other.all_pts))

    def t_for_perf(self, perf):
        """The least time for an accuracy."""
        return next((each.t for each in self.optimal_pts if each.perf >= perf), 1e50)

    def display(self, only_optimal=True):
        """Prints the measurements."""
        for each in self.optimal_pts if only_optimal else self.all_pts:
            print(f"cno={each.cno} key={each.key} perf={each.perf:.4f} t={each.t:.3f}")


class AutoTuneCriterion:
    """How good results are, against the true ones."""

    def __init__(self, nq, nnn):
        self.nq, self.nnn = nq, nnn
        self.gt_D = self.gt_I = None

    def set_groundtruth(self, D, I):
        """Sets the true results; D may be None."""
        self.gt_D, self.gt_I = D, np.asarray(I)

    def evaluate(self, D, I):
        """The measure, 0 … 1."""
        raise NotImplementedError


class OneRecallAtRCriterion(AutoTuneCriterion):
    """How often the true nearest is among the first R."""

    def __init__(self, nq, R):
        super().__init__(nq, R)
        self.R = R

    def evaluate(self, D, I):
        """The share of queries."""
        return float((np.asarray(I)[:, :self.R] == self.gt_I[:, :1]).any(axis=1).mean())


class IntersectionCriterion(AutoTuneCriterion):
    """The share of the true R among the first R."""

    def __init__(self, nq, R):
        super().__init__(nq, R)
        self.R = R

    def evaluate(self, D, I):
        """The share."""
        return eval_intersection(self.gt_I[:, :self.R], np.asarray(I)[:, :self.R]) / (
            self.nq * self.R)
