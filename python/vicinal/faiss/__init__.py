"""faiss's names over Vicinal: `from vicinal import faiss` instead of `import faiss`."""

from . import autotune, binary, clustering, constants, factory, functions, io
from . import parameters, quantizers, selectors, transforms
from .indexes import base, composite, flat, inverted


_MODULES = (
    constants, base, flat, inverted, composite, binary, quantizers, transforms, selectors,
    parameters, io, factory, functions, clustering, autotune)


def _names(module):
    return {
        name: value for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", "").startswith(__name__)
        or name.startswith(("METRIC_", "IO_FLAG_"))}


for _module in _MODULES:
    globals().update(_names(_module))

from .._native import lib as _lib

__version__ = "vicinal " + _lib.vicinal_version().decode()
