"""Indexes by description."""

from .._native import lib
from .._native.arguments import encoded, whole
from .._native.objects import make
from .constants import METRIC_L2
from .io import face


def index_factory(d, description, metric=METRIC_L2):
    """An empty index, for example index_factory(128, "IVF1024,PQ16")."""
    return face(make(lib.vicinal_index_create, encoded(description, "the description"), whole(d, "d"),
        whole(metric, "metric"), 0.0))


def index_binary_factory(d, description):
    """An empty index over binary vectors of d bits, for example "BIVF1024"."""
    return face(make(lib.vicinal_binary_create, encoded(description, "the description"), whole(d, "d")))
