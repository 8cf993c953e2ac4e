"""Random numbers: those that faiss draws from the same seed, so that data made here and there are the
same. The generator is the Mersenne Twister; long arrays are drawn in 1024 parts with seeds of their
own, as faiss does to draw them in parallel.
"""

import math

import numpy as np

from ..._native.arguments import require_memory, whole

_PARTS = 1024


class _Draws:
    """The 32-bit numbers of one seed after the other: making a generator takes longer than most parts
    of an array."""

    def __init__(self):
        self._state = np.random.RandomState(0)

    def begin(self, seed):
        """Goes on with the numbers of a seed."""
        self._state.seed(seed & 0xFFFFFFFF)
        return self

    def raw(self, count):
        """The next numbers."""
        return self._state.randint(0, 1 << 32, count, dtype=np.uint32)


def _in_parts(size, seed, draw):
    """Numbers drawn by draw(draws, count), part by part."""
    draws = _Draws()
    first, step = (int(each) for each in draws.begin(seed).raw(2) & 0x7FFFFFFF)
    parts = 1 if size < _PARTS else _PARTS
    ends = [part * size // parts for part in range(parts + 1)]
    return np.concatenate([
        draw(draws.begin(first + part * step), ends[part + 1] - ends[part])
        for part in range(parts)])


def _uniform(draws, count):
    return draws.raw(count).astype(np.float32) / np.float32(2 ** 32)


def _normal(draws, count):
    """Marsaglia's polar method: pairs of numbers in a square, of which those in the circle count."""
    found = []
    missing = (count + 1) // 2
    while missing > 0:
        pairs = draws.raw(2 * (missing * 4 // 3 + 8)).astype(np.float64) / (2 ** 32 - 1)
        pairs = 2 * pairs.reshape(-1, 2) - 1
        lengths = (pairs ** 2).sum(axis=1)
        inside = lengths < 1
        lengths = lengths[inside][:missing, None]
        found.append(pairs[inside][:missing] * np.sqrt(-2 * np.log(lengths) / lengths))
        missing -= len(lengths)
    return np.concatenate(found or [np.empty((0, 2))]).ravel()[:count].astype(np.float32)


def _integers(draws, count):
    raw = (draws.raw(2 * count) & 0x7FFFFFFF).astype(np.int64).reshape(-1, 2)
    return raw[:, 0] | raw[:, 1] << 31


def _shaped(n, seed, draw):
    shape = tuple(whole(size, "n") for size in ((n,) if np.ndim(n) == 0 else n))
    # Twice the numbers, of which there are copies while they are put together.
    require_memory(math.prod(shape), 8)
    return _in_parts(math.prod(shape), whole(seed, "seed"), draw).reshape(shape)


def rand(n, seed=12345):
    """n numbers, or a shape of them, from 0 to 1, of dtype float32."""
    return _shaped(n, seed, _uniform)


def randn(n, seed=12345):
    """Normally distributed numbers, of dtype float32."""
    return _shaped(n, seed, _normal)


def randint(n, seed=12345, vmax=None):
    """Whole numbers below vmax, or below 2^62, of dtype int64."""
    found = _shaped(n, seed, _integers)
    return found if vmax is None else found % vmax


lrand = randint


def rand_smooth_vectors(n, d, seed=1234):
    """Vectors, (n, d), that lie near a surface of 10 dimensions, as real ones do."""
    require_memory(whole(n, "n") * whole(d, "d"), 8)
    inner = randn((n, 10), seed)
    outer = inner @ rand((10, d), seed + 1)
    return np.sin(outer * (rand(d, seed + 2) * np.float32(4) + np.float32(0.1)))
