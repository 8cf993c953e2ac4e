"""Every public name of faiss is here, or says what to use instead."""

import inspect

import pytest

from support import ROOT
from under_test import ours, theirs

# Modules that faiss happens to import, and what SWIG leaves behind.
_NOT_FAISS = {"np", "os", "sys", "inspect", "platform", "subprocess", "logging", "typing", "warnings",
              "array", "logger", "loader", "loaded", "symbol", "obj", "the_class", "this_module",
              "base_prefix", "depr_prefix", "swigfaiss", "instruction_sets", "opt_level",
              "opt_env_variable_name", "array_conversions", "class_wrappers", "extra_wrappers",
              "gpu_wrappers", "contrib", "deprecated_name_map", "vector_name_map", "sizeof_long"}


def public(module):
    return {name for name in dir(module) if not name.startswith("_")}


def test_nothing_leaks_into_the_names():
    names = public(ours)
    assert not [name for name in names if inspect.ismodule(getattr(ours, name))]
    # Newer and older names of the same.
    own = {"SearchParametersIVFPQ", "SearchParametersIDMap", "deserialize_VectorTransform",
           "vector_float_to_array", "kmeans_clustering", "UInt64Vector", "downcast_IndexBinary"}
    assert {name for name in names if not hasattr(theirs, name)} <= own
    assert names == set(ours.__all__) and len(names) > 170


def test_star_import():
    names = {}
    exec("from vicinal.faiss import *", names)
    assert "IndexFlatL2" in names and "autotune" not in names


@pytest.mark.parametrize("name, hint", [
    ("swig_ptr", "NumPy"), ("rev_swig_ptr", "NumPy"), ("StandardGpuResources", "GPU"),
    ("index_cpu_to_all_gpus", "GPU"), ("IndexNSGFlat", "IndexHNSWFlat"),
    ("IndexResidualQuantizer", "RQ4x8"), ("OnDiskInvertedLists", "IO_FLAG_MMAP"),
    ("RangeSearchPartialResult", "lims"), ("cvar", "statistics"), ("SIMDConfig", "VICINAL_KERNELS"),
    ("TimeoutGuard", "signal"), ("merge_into", "merge_from"), ("IndexIVFSpectralHash", "factory"),
    ("PyCallbackIDSelector", "IDSelectorBatch")])
def test_missing_names_say_what_to_use(name, hint):
    with pytest.raises(AttributeError, match=hint):
        getattr(ours, name)
    assert not hasattr(ours, name)


def test_misspelt_names():
    with pytest.raises(AttributeError, match="no attribute 'IndexFlatL3'$"):
        ours.IndexFlatL3


def counts():
    """Names of faiss: in all, here, not here but with advice, and the others."""
    names = public(theirs) - _NOT_FAISS
    here = {name for name in names if hasattr(ours, name)}
    advised = set()
    for name in names - here:
        with pytest.raises(AttributeError) as caught:
            getattr(ours, name)
        if f"'{name}': " in str(caught.value):
            advised.add(name)
    return names, here, advised


def test_the_documentation_counts_the_names():
    names, here, advised = counts()
    text = " ".join((ROOT / "docs/python.md").read_text(encoding="utf-8").split())
    assert (f"Of the {len(names)} public names of faiss {theirs.__version__} {len(here)} are here, "
            f"{len(advised)} say what to use instead, and the others are of its inside") in text, sorted(names - here - advised)
