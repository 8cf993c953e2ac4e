"""Modules of bench, whose folders have files of the same name."""

import importlib.util
import pathlib
import sys

import pytest

BENCH = pathlib.Path(__file__).resolve().parent.parent.parent / "bench"


@pytest.fixture(scope="session")
def module():
    """Loads a file of bench by its path there, with what lies beside it in reach while it is loaded."""

    def load(path):
        file = BENCH / path
        spec = importlib.util.spec_from_file_location(path.replace("/", "_").removesuffix(".py"), file)
        loaded = importlib.util.module_from_spec(spec)
        before, known = list(sys.path), set(sys.modules)
        sys.path[:0] = [str(file.parent), str(BENCH)]
        try:
            spec.loader.exec_module(loaded)
        finally:
            sys.path[:] = before
            for name in set(sys.modules) - known:
                if str(getattr(sys.modules[name], "__file__", "")).startswith(str(BENCH)):
                    del sys.modules[name]
        return loaded

    return load
