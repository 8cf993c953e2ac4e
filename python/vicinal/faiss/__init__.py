"""faiss's names over Vicinal: `from vicinal import faiss` instead of `import faiss`."""

from .._native import lib as _lib
from . import autotune as _autotune, binary as _binary, clustering as _clustering
from . import constants as _constants, factory as _factory, functions as _functions, io as _io
from . import missing as _missing, parameters as _parameters, quantizers as _quantizers
from . import selectors as _selectors, streams as _streams, transforms as _transforms
from .arrays import bits as _bits, random as _random, results as _results, vectors as _vectors
from .indexes import base as _base, composite as _composite, flat as _flat, inverted as _inverted

_MODULES = (
    _constants, _base, _flat, _inverted, _composite, _binary, _quantizers, _transforms, _selectors,
    _parameters, _streams, _io, _factory, _functions, _clustering, _autotune, _bits, _random,
    _results, _vectors)

# What the modules share, and faiss does not have.
_SHARED = {
    "Graph", "HasQuantizer", "block_word", "rabitq_word", "InvertedLists", "array", "description", "Knobs", "ListClustering", "Polysemous", "Strict",
    "DirectMapped", "FastScan", "QuantizerClustering", "Sequence", "checked", "cluster", "coarse_word", "compose", "describe", "face", "floats", "from_bytes", "knob",
    "options_of", "product_quantizer", "product_word", "read_only", "fixed", "register", "require_memory", "scalar_codes", "scalar_handle",
    "scalar_word", "text", "transform_face", "view"}


def _names(module):
    return {
        name: value for name, value in vars(module).items()
        if not name.startswith("_") and name not in _SHARED
        and getattr(value, "__module__", "").startswith(__name__)
        or name.startswith(("METRIC_", "IO_FLAG_"))}


__all__ = []
for _module in _MODULES:
    _found = _names(_module)
    globals().update(_found)
    __all__ += [_name for _name in _found if _name not in __all__]

__version__ = "vicinal " + _lib.vicinal_version().decode()


def __dir__():
    return sorted([*__all__, "__all__", "__doc__", "__name__", "__version__"])


def __getattr__(name):
    raise _missing.error(name)
