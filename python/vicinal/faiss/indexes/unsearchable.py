"""Queries that are not numbers, which find nothing, as in faiss."""

import numpy as np

from ..._native import VicinalError, check
from ..._native.errors import NOT_FINITE
from ..constants import FLOAT_MAX, is_similarity_metric


def finite_rows(problem, x):
    """Which queries hold numbers only, where a search refused one that does not: such queries find
    nothing, as in faiss. Raises what else was the matter: an error, or the status of a call."""
    finite = np.isfinite(x).all(axis=1)
    status = problem.code if isinstance(problem, VicinalError) else problem
    if status != NOT_FINITE or finite.all():
        if isinstance(problem, VicinalError):
            raise problem
        check(status)
    return finite


def find_nothing(index, D, I):
    """Fills results with padding."""
    D[...] = -FLOAT_MAX if is_similarity_metric(index.metric_type) else FLOAT_MAX
    I[...] = -1
