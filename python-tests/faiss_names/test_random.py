"""Random numbers are those of faiss."""

import numpy as np
import pytest

from under_test import ours, theirs


@pytest.mark.parametrize("size", [0, 1, 7, 1023, 1024, 5000, (300, 20)], ids=str)
def test_same_numbers(size):
    for seed in (12345, 1, -3, (1 << 33) + 5):
        for name in ("rand", "randn", "randint", "lrand"):
            np.testing.assert_array_equal(
                getattr(ours, name)(size, seed), getattr(theirs, name)(size, seed), name)
        np.testing.assert_array_equal(
            ours.randint(size, seed, 17), theirs.randint(size, seed, vmax=17))


def test_smooth_vectors():
    for n, d in ((50, 8), (1500, 32)):
        # The product of two matrices may add in another order.
        np.testing.assert_allclose(
            ours.rand_smooth_vectors(n, d), theirs.rand_smooth_vectors(n, d), atol=1e-5)
    assert ours.rand_smooth_vectors(3, 4, seed=9).dtype == np.float32
