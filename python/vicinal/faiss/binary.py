"""Indexes over binary vectors: rows of d / 8 bytes, compared by differing bits."""

import ctypes

import numpy as np

from .._native import check, lib
from .._native.arguments import whole, word
from .._native.arrays import address, contiguous
from .._native.interrupts import run, run_if_long
from .._native.objects import make
from .._native.ranges import range_arrays
from .indexes.base import MANY, Index, options_of
from .indexes.composite import ID_MAP, ID_MAP_2, compose
from .indexes.contents import array
from .indexes.faces import _inside
from .indexes.knobs import Graph, knob
from .indexes.lists import DirectMapped, ListClustering


class IndexBinary(Index):
    """An index over binary vectors."""

    def __init__(self, key, d):
        self._adopt(make(lib.vicinal_binary_create, key.encode(), whole(d, "d")))

    def _rows(self, x):
        x = np.asarray(x)
        if x.dtype != np.uint8:
            raise TypeError(f"binary vectors must be of dtype uint8, but found {x.dtype}")
        n, width = x.shape
        assert width * 8 == self._d
        return n, contiguous(x)

    def train(self, x):
        """Learns from vectors, (n, d / 8)."""
        n, x = self._rows(x)
        run(lib.vicinal_binary_train, self._writable(), n, address(x), None)

    def add(self, x):
        """Adds vectors, (n, d / 8), numbered on."""
        n, x = self._rows(x)
        run_if_long(x.size, lib.vicinal_binary_add, self._writable(), n, address(x), None)

    def add_with_ids(self, x, ids):
        """Adds vectors, (n, d / 8), under ids, (n,)."""
        n, x = self._rows(x)
        ids = contiguous(ids, np.int64)
        assert ids.shape == (n,), "not same nb of vectors as ids"
        run_if_long(
            x.size, lib.vicinal_binary_add_with_ids, self._writable(), n, address(x), address(ids),
            None)

    def search(self, x, k, *, params=None, D=None, I=None):
        """The k nearest vectors of each query: D, of dtype int32, and I, (n, k)."""
        n, x = self._rows(x)
        assert k > 0
        distances, ids = np.empty((n, k), "int32"), np.empty((n, k), "int64")
        options = options_of(params)
        handle = self._here()
        arguments = (
            handle.number, n, address(x), k, ctypes.addressof(options), address(distances),
            address(ids))
        if n < MANY:
            check(lib.vicinal_binary_search(*arguments))
        else:
            run(lib.vicinal_binary_search, *arguments)
        for given, result in ((D, distances), (I, ids)):
            if given is not None:
                assert given.shape == result.shape
                given[...] = result
        return (distances if D is None else D), (ids if I is None else I)

    def range_search(self, x, thresh, *, params=None):
        """All vectors that differ in fewer than thresh bits: lims, D, I."""
        n, x = self._rows(x)
        options = options_of(params)
        handle = self._here()
        limits, distances, ids = range_arrays(
            lib.vicinal_binary_range_search, handle.number, n, address(x), whole(thresh, "thresh"),
            ctypes.addressof(options))
        return limits.view(np.uint64), distances, ids

    def reconstruct_batch(self, key, x=None):
        """The vectors with ids, (n, d / 8)."""
        ids = contiguous(key, np.int64)
        result = np.empty((len(ids), self._d // 8), np.uint8)
        handle = self._here()
        check(lib.vicinal_binary_reconstruct(
            handle.number, len(ids), address(ids), address(result)))
        if x is not None:
            x[...] = result
        return result

    def reconstruct_n(self, n0=0, ni=-1, x=None):
        """The vectors with the ids n0 … n0 + ni - 1."""
        return self.reconstruct_batch(
            np.arange(n0, self.ntotal if ni == -1 else n0 + ni), x)


class IndexBinaryFlat(IndexBinary):
    """Exact search."""

    def __init__(self, d):
        super().__init__("BFlat", d)


class IndexBinaryIVF(DirectMapped, IndexBinary):
    """Vectors in lists. The quantizer is an index over as many bits, empty or with a vector for
    each list."""

    def __init__(self, quantizer, d, nlist):
        if quantizer.ntotal not in (0, nlist):
            raise RuntimeError(f"a quantizer must be empty or hold {nlist} centroids, one for each "
                               f"list, not {quantizer.ntotal}")
        made = make(lib.vicinal_binary_create, word("BIVF{nlist}", nlist=nlist).encode(), whole(d, "d"))
        cells = quantizer._here()
        self._adopt(make(lib.vicinal_index_compose_lists, made.number, cells.number, 0, -1))
        type(self).quantizer.take(self, quantizer)

    quantizer = _inside("quantizer", "quantizer_", "The index that finds the lists, as a view.")

    @property
    def cp(self):
        """How the lists are found when the index is trained; settings take effect at once."""
        return ListClustering(self)


class IndexBinaryIDMap(IndexBinary):
    """Ids of the caller's own for any binary index."""

    _kind = ID_MAP
    id_map = array("id_map", "int64", "The id of each vector inside, as a copy.")

    def __init__(self, index):
        if index.ntotal:
            raise RuntimeError("the index must be empty on input")
        self._adopt(compose(self._kind, [index._here()]))
        type(self).index.take(self, index)

    index = _inside("inner", "", "What is inside, as a view.")


class IndexBinaryIDMap2(IndexBinaryIDMap):
    """The same, and vectors are given back by id."""

    _kind = ID_MAP_2


class IndexBinaryHNSW(IndexBinary):
    """A navigable graph."""

    def __init__(self, d, M=32):
        super().__init__(word("BHNSW{M}", M=M), d)

    @property
    def hnsw(self):
        """The settings of the graph."""
        return Graph(self)


_nflip = knob("nflip", doc="Bits in which hashes that a search visits may differ from the query's.")


class IndexBinaryHash(IndexBinary):
    """Vectors in a hash table by their first bits."""

    nflip = _nflip

    def __init__(self, d, b):
        super().__init__(word("BHash{b}", b=b), d)


class IndexBinaryMultiHash(IndexBinary):
    """Vectors in several hash tables, by bits of their own."""

    nflip = _nflip

    def __init__(self, d, nhash, b):
        super().__init__(word("BHash{nhash}x{b}", nhash=nhash, b=b), d)
