"""Vector search: `vicinal.Index`, `vicinal.build_index`, and faiss's names in `vicinal.faiss`."""

_NAMES = {
    "Index": "index", "build_index": "autofaiss", "tune_index": "autofaiss",
    "score_index": "autofaiss", "build_partitioned_indexes": "spark",
    "VicinalError": "_native"}
_MODULES = ("client", "faiss", "fast_ivf", "spark")

__all__ = [*_NAMES, *_MODULES]


def __getattr__(name):
    """Loads the library when it is first needed: `vicinal.spark` runs without it."""
    import importlib
    if name in _NAMES:
        value = getattr(importlib.import_module(f".{_NAMES[name]}", __name__), name)
    elif name in _MODULES or name == "_native":
        value = importlib.import_module(f".{name}", __name__)
    elif name == "__version__":
        value = importlib.import_module("._native", __name__).lib.vicinal_version().decode()
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value
