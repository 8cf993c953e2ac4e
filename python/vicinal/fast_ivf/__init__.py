"""FastIVF's names: lists of normalised vectors, of product codes and of compressed vectors.

Scores are similarities in every mode, best first, and minus infinity with id -1 where there is no
result. docs/fastivf.md says what differs from fast-ivf, and why.
"""

from . import core, kmeans
from .compressed import CompressedFastIVF
from .indexes import FastIVF
from .product import FastIVFPQ

__all__ = ["CompressedFastIVF", "FastIVF", "FastIVFPQ", "core", "kmeans"]
