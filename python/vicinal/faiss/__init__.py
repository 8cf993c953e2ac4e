"""faiss's names over Vicinal: `from vicinal import faiss` instead of `import faiss`."""

from . import autotune, binary, clustering, constants, factory, functions, io
from . import parameters, quantizers, selectors, transforms
from .indexes import base, composite, flat, inverted


_MODULES = (
    constants, base, flat, inverted, composite, binary, quantizers, transforms, selectors,
    parameters, io, factory, functions, clustering, autotune)


# What the modules share, and faiss does not have.
_SHARED = {
    "Graph", "HasQuantizer", "InvertedLists", "Knobs", "Polysemous", "cluster", "coarse_word",
    "compose", "describe", "face", "floats", "from_bytes", "is_similarity_metric", "knob",
    "options_of", "product_word", "register", "scalar_codes", "scalar_handle", "scalar_word",
    "text", "view"}


def _names(module):
    return {
        name: value for name, value in vars(module).items()
        if not name.startswith("_") and name not in _SHARED
        and getattr(value, "__module__", "").startswith(__name__)
        or name.startswith(("METRIC_", "IO_FLAG_"))}


for _module in _MODULES:
    globals().update(_names(_module))

from .._native import lib as _lib

__version__ = "vicinal " + _lib.vicinal_version().decode()
