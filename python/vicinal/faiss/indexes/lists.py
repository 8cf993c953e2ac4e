"""The lists of an inverted file, and how they are found."""

import ctypes

import numpy as np

from ..._native import check, lib
from ..._native.objects import bytes_of
from ..._native.signatures import KMeansOptions
from ..clustering import FIXED, ClusteringParameters
from .knobs import Strict


class InvertedLists:
    """The `invlists` of an index, to look at."""

    def __init__(self, index):
        self._index = index

    @property
    def nlist(self):
        """How many lists there are."""
        return self._index.nlist

    def list_size(self, list_no):
        """Vectors in a list."""
        return len(self.get_ids(list_no))

    def get_ids(self, list_no):
        """The ids in a list, as an array."""
        handle = self._index._here()
        return np.frombuffer(
            bytes_of(lib.vicinal_index_list_ids, handle.number, int(list_no)), np.int64)

    def get_codes(self, list_no):
        """The codes in a list, (its length, code_size), as the quantizer makes them; in lists without
        codes the bytes of the vectors."""
        handle = self._index._here()
        codes = np.frombuffer(
            bytes_of(lib.vicinal_index_list_codes, handle.number, int(list_no)), np.uint8)
        return codes.reshape(self.list_size(list_no), -1) if codes.size else codes.reshape(0, 0)

    def compute_ntotal(self):
        """Vectors in all lists."""
        return self._index.ntotal

    def imbalance_factor(self):
        """1 if all lists are equally long."""
        sizes = np.array([self.list_size(i) for i in range(self.nlist)], float)
        return float((sizes ** 2).sum() * len(sizes) / max(1.0, sizes.sum() ** 2))


class ListClustering(Strict):
    """How the lists are found when the index is trained, with the names of ClusteringParameters.
    Reading asks the index, setting sets it there."""

    def __init__(self, index):
        self._index = index

    def _read(self):
        options = KMeansOptions()
        handle = self._index._here()
        check(lib.vicinal_index_get_clustering(handle.number, ctypes.addressof(options)))
        return options

    def _write(self, name, value):
        options = self._read()
        setattr(options, name, value)
        index = self._index
        while index._parent is not None:
            index, part, prefix = index._parent
            if prefix:
                raise RuntimeError(
                    f"the {part} of an index has been made for it; set cp before, on the index alone")
        check(lib.vicinal_index_set_clustering(index._handle.number, ctypes.addressof(options)))


def _option(name, kind):
    return property(
        lambda self: kind(getattr(self._read(), name)),
        lambda self, value: self._write(name, kind(value)), doc="As of ClusteringParameters.")


def _constant(name, default):
    def put(self, value):
        if name in FIXED and value != default:
            raise RuntimeError(f"{name} must be {default}, other values are not supported")

    return property(lambda self: default, put, doc="As of ClusteringParameters, without effect.")


for _name, _field in vars(ClusteringParameters).items():
    if not _name.startswith("_"):
        _is_option = _name in dict(KMeansOptions._fields_)
        setattr(ListClustering, _name, _option(_name, type(_field)) if _is_option
                else _constant(_name, _field))
