"""The lists of an inverted file, and how they are found."""

import ctypes

import numpy as np

from ..._native import check, lib
from ..._native.arguments import whole
from ..._native.objects import bytes_of, json_of
from ..._native.signatures import KMeansOptions
from ..clustering import SEEDS, ClusteringParameters, checked
from .knobs import Strict, knob


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
            bytes_of(lib.vicinal_index_list_ids, handle.number, whole(list_no, "list_no")), np.int64)

    def get_codes(self, list_no):
        """The codes in a list, (its length, code_size), as the quantizer makes them; in lists without
        codes the bytes of the vectors."""
        handle = self._index._here()
        codes = np.frombuffer(
            bytes_of(lib.vicinal_index_list_codes, handle.number, whole(list_no, "list_no")), np.uint8)
        return codes.reshape(self.list_size(list_no), -1) if codes.size else codes.reshape(0, 0)

    def compute_ntotal(self):
        """Vectors in all lists."""
        return self._index.ntotal

    def imbalance_factor(self):
        """1 if all lists are equally long."""
        sizes = np.array([self.list_size(i) for i in range(self.nlist)], float)
        return float((sizes ** 2).sum() * len(sizes) / max(1.0, sizes.sum() ** 2))


class DirectMapped:
    """What inverted files of floats and of binary vectors share."""

    _nlist = None

    nprobe = knob("nprobe", doc="Lists that a search visits.")

    @property
    def nlist(self):
        """How many lists there are."""
        if self._nlist is None:
            handle = self._here()
            self._nlist = json_of(lib.vicinal_index_describe, handle.number)["listCount"]
        return self._nlist

    def set_direct_map_type(self, type):
        """Keeps where each id is: 0 not at all, 1 in an array, for the ids 0, 1, 2 …, 2 in a hash table,
        for any ids."""
        check(lib.vicinal_index_set_direct_map(self._writable(), whole(type, "type")))

    def make_direct_map(self, new_maintain_direct_map=True):
        """Keeps where each id is, so that `reconstruct` needs no search; False lets go of it."""
        self.set_direct_map_type(1 if new_maintain_direct_map else 0)


class _Clustering(Strict):
    """How something is trained by k-means, with the names of ClusteringParameters. Reading asks it,
    setting sets it there."""


class ListClustering(_Clustering):
    """How the lists of an index are found when it is trained."""

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


class QuantizerClustering(_Clustering):
    """How the parts of a product quantizer are found when it is trained."""

    def __init__(self, quantizer):
        self._quantizer = quantizer

    def _read(self):
        options = KMeansOptions()
        check(lib.vicinal_quantizer_get_clustering(
            self._quantizer._handle.number, ctypes.addressof(options)))
        return options

    def _write(self, name, value):
        if self._quantizer._is_copy:
            raise RuntimeError(
                "this quantizer is a copy of the one of an index, whose training it does not change; "
                "train a ProductQuantizer on its own")
        options = self._read()
        setattr(options, name, value)
        check(lib.vicinal_quantizer_set_clustering(
            self._quantizer._handle.number, ctypes.addressof(options)))


def _option(name, kind):
    def get(self):
        value = kind(getattr(self._read(), name))
        # Seeds below 0 are there as large ones.
        return value - SEEDS - 1 if name == "seed" and value > SEEDS >> 1 else value

    def put(self, value):
        value = checked(name, value)
        self._write(name, value & SEEDS if name == "seed" else value)

    return property(get, put, doc="As of ClusteringParameters.")


def _constant(name, default):
    def put(self, value):
        checked(name, value)

    return property(lambda self: default, put, doc="As of ClusteringParameters, without effect.")


for _name, _field in vars(ClusteringParameters).items():
    if not _name.startswith("_"):
        _is_option = _name in dict(KMeansOptions._fields_)
        setattr(_Clustering, _name, _option(_name, type(_field)) if _is_option
                else _constant(_name, _field))
