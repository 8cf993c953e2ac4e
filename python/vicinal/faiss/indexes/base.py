"""What all indexes over floats can do, with faiss's names and call shapes."""

import ctypes

import numpy as np

from ..._native import Handle, VicinalError, check, lib
from ..._native.arguments import encoded, whole
from ..._native.arrays import View, address, contiguous, view as _view
from ..._native.interrupts import attempt, run, run_if_long
from ..._native.objects import bytes_of, make
from ..._native.ranges import range_arrays
from ..._native.signatures import IndexInfo, SearchOptions
from .faces import from_bytes, register
from .knobs import Knobs, Strict
from .unsearchable import find_nothing as _find_nothing, finite_rows as _finite_rows

_search = lib.vicinal_index_search
# The same where all arrays are views: ctypes takes them faster as what they are than as addresses, by a
# tenth of a small search.
_search_views = lib["vicinal_index_search"]
_search_views.argtypes = [View if place in (2, 5, 6) else kind
                          for place, kind in enumerate(_search.argtypes)]
_search_views.restype = _search.restype
_ascontiguous, _row_major = contiguous, np.ascontiguousarray
_empty = np.empty
_FLOAT, _INT = np.dtype(np.float32), np.dtype(np.int64)
MANY = 64  # queries: searching them takes longer than waking a thread
# Padding is finite, as in faiss.
_PLAIN_OPTIONS = SearchOptions(finite_padding=1)
_PLAIN = ctypes.addressof(_PLAIN_OPTIONS)


def options_of(params):
    """The search options of faiss's parameters, which may be None."""
    return _PLAIN_OPTIONS if params is None else params._options()


def floats(x, width):
    """A contiguous matrix of so many columns; other types are converted as in faiss."""
    n, d = x.shape
    x = _ascontiguous(x, dtype="float32")
    assert d == width
    return n, x


class Index(Strict, Knobs):
    """An index over floats. What it cannot do raises RuntimeError, as in faiss.

    Once it is inside another index (IndexIDMap, IndexIVF as quantizer …) it is a view: it shows
    what is inside, and settings go there; add vectors through the outer index.
    """

    _key = None  # the factory string of its class
    _verbose = False
    _parent = None

    def __init_subclass__(cls, **settings):
        super().__init_subclass__(**settings)
        register(cls)

    def __init__(self, key=None, d=0, metric=1, metric_arg=0.0):
        if key is not None:
            self._adopt(make(
                lib.vicinal_index_create, encoded(key, "the key"), whole(d, "d"),
                whole(metric, "metric"), float(metric_arg)))

    @classmethod
    def _of(cls, handle):
        """Puts a face on an object of the library."""
        self = cls.__new__(cls)
        self._adopt(handle)
        return self

    def _adopt(self, handle):
        self._handle = handle
        self._d = self._info().dimension

    def _here(self):
        """The object of the library; of an index inside another, a copy as it is now."""
        if self._parent is None:
            return self._handle
        outer, name, _ = self._parent
        around = outer._here()
        return make(lib.vicinal_index_part, around.number, name.encode())

    def _enter(self, outer, name, prefix=""):
        """Becomes a view of a part of another index."""
        if self._parent is None:
            self._parent = (outer, name, prefix)
            self._handle = None

    def _writable(self):
        if self._parent is not None:
            raise RuntimeError(
                "this index is inside another one; change it through the outer index")
        return self._handle.number

    def _info(self):
        info = IndexInfo()
        handle = self._here()
        check(lib.vicinal_index_get_info(handle.number, ctypes.addressof(info)))
        return info

    def __reduce__(self):
        return from_bytes, (np.frombuffer(self._serialized(), np.uint8),)

    def _serialized(self):
        handle = self._here()
        return bytes_of(lib.vicinal_index_serialize, handle.number)

    def __repr__(self):
        return f"<vicinal.faiss.{type(self).__name__}: {self.ntotal} vectors, d = {self.d}>"

    # --- what it is -----------------------------------------------------------------------------

    d = property(lambda self: self._d, doc="Floats per vector.")
    ntotal = property(lambda self: self._info().count, doc="Vectors held.")
    is_trained = property(
        lambda self: bool(self._info().is_trained), doc="Whether vectors can be added.")
    metric_type = property(lambda self: self._info().metric, doc="One of METRIC_….")
    metric_arg = property(lambda self: self._info().metric_argument, doc="p of METRIC_Lp.")

    @property
    def verbose(self):
        """Kept for faiss's sake; nothing is printed."""
        return self._verbose

    @verbose.setter
    def verbose(self, value):
        self._verbose = bool(value)

    @property
    def code_size(self):
        """Bytes of a code."""
        size = self._info().code_size
        if size < 0:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute 'code_size'")
        return size

    def sa_code_size(self):
        """Bytes of a code of `sa_encode`."""
        size = self._info().code_size
        if size < 0:
            raise RuntimeError("this kind of index has no codes of its own")
        return size

    # --- filling --------------------------------------------------------------------------------

    def train(self, x):
        """Learns from vectors, (n, d)."""
        n, x = floats(x, self._d)
        run(lib.vicinal_index_train, self._writable(), n, address(x), None)

    def add(self, x):
        """Adds vectors, (n, d), numbered on."""
        n, x = floats(x, self._d)
        run_if_long(x.size, lib.vicinal_index_add, self._writable(), n, address(x), None)

    def add_with_ids(self, x, ids):
        """Adds vectors, (n, d), under ids, (n,)."""
        n, x = floats(x, self._d)
        assert ids.shape == (n,), "not same nb of vectors as ids"
        ids = _ascontiguous(ids, dtype="int64")
        run_if_long(
            x.size, lib.vicinal_index_add_with_ids, self._writable(), n, address(x), address(ids),
            None)

    def update_vectors(self, keys, x):
        """Puts other vectors, (n, d), in the place of those with the ids `keys`, (n,)."""
        n, x = floats(x, self._d)
        keys = _ascontiguous(keys, dtype="int64")
        assert keys.shape == (n,)
        check(lib.vicinal_index_update(self._writable(), n, address(keys), address(x), None))

    def remove_ids(self, x):
        """Removes the vectors of an IDSelector or of an array of ids; returns how many."""
        removed = ctypes.c_int64()
        out = ctypes.addressof(removed)
        if hasattr(x, "_filter"):
            check(lib.vicinal_index_remove(self._writable(), x._filter.number, out))
        else:
            x = np.asarray(x)
            assert x.ndim == 1
            ids = _ascontiguous(x, dtype="int64")
            check(lib.vicinal_index_remove_ids(self._writable(), len(ids), address(ids), out))
        return removed.value

    def reset(self):
        """Forgets all vectors; training and settings stay."""
        check(lib.vicinal_index_reset(self._writable()))

    def merge_from(self, other, add_id=0):
        """Moves the vectors of another index of the same kind behind those of this one."""
        check(lib.vicinal_index_merge(self._writable(), other._writable(), whole(add_id, "add_id")))

    # --- searching ------------------------------------------------------------------------------

    def search(self, x, k, *, params=None, D=None, I=None):
        """The k nearest vectors of each of the queries x, (n, d): D and I, (n, k)."""
        n, d = x.shape
        x = _row_major(x, _FLOAT)
        assert d == self._d
        assert k > 0
        if D is None and I is None:
            D, I = _empty((n, k), _FLOAT), _empty((n, k), _INT)
        elif D is None or I is None or not _usable(D, n, k, "float32") \
                or not _usable(I, n, k, "int64"):
            return self._search_into(x, k, params, D, I)
        if params is None:
            options = _PLAIN
        else:
            kept = params._options()
            options = ctypes.addressof(kept)
        handle = self._handle or self._here()
        try:
            queries, search = _view(x), _search_views
        except (TypeError, ValueError):  # not writable
            queries, search = x.ctypes.data, _search
        if n < MANY:
            status = search(handle.number, n, queries, k, options, _view(D), _view(I))
        else:
            status = attempt(
                search, handle.number, n, queries, k, options, _view(D), _view(I))
        if status:
            if not x.flags.aligned:  # asked for here, where it costs others nothing
                return self.search(x.copy(), k, params=params, D=D, I=I)
            finite = _finite_rows(status, x)
            _find_nothing(self, D, I)
            if finite.any():
                D[finite], I[finite] = self.search(x[finite], k, params=params)
        return D, I

    def _search_into(self, x, k, params, D, I):
        """Searches into arrays of other layouts, or with only one of them given."""
        found = self.search(x, k, params=params)
        given = []
        for wanted, result in zip((D, I), found):
            if wanted is None:
                wanted = result
            else:
                assert wanted.shape == result.shape
                wanted[...] = result
            given.append(wanted)
        return tuple(given)

    def assign(self, x, k=1, labels=None):
        """The ids of `search` alone, (n, k)."""
        found = self.search(x, k)[1]
        if labels is None:
            return found
        assert labels.shape == found.shape
        labels[...] = found
        return labels

    def range_search(self, x, thresh, *, params=None):
        """All vectors nearer than thresh: lims, D and I; those of query i are at
        lims[i]:lims[i + 1]."""
        n, x = floats(x, self._d)
        options = options_of(params)
        handle = self._here()
        try:
            limits, distances, ids = range_arrays(
                lib.vicinal_index_range_search, handle.number, n, address(x), float(thresh),
                ctypes.addressof(options))
        except VicinalError as error:
            finite = _finite_rows(error, x)
            found, distances, ids = self.range_search(x[finite], thresh, params=params)
            limits = np.zeros(n + 1, np.uint64)
            limits[1:][finite] = np.diff(found)
            limits = np.cumsum(limits, dtype=np.uint64)
        return limits.view(np.uint64), distances, ids

    def search_and_reconstruct(self, x, k, *, params=None, D=None, I=None, R=None):
        """D and I as of `search`, and the vectors found, (n, k, d)."""
        n, x = floats(x, self._d)
        assert k > 0
        found = (_empty((n, k), "float32"), _empty((n, k), "int64"),
                 _empty((n, k, self._d), "float32"))
        options = options_of(params)
        handle = self._here()
        problem = attempt(
            lib.vicinal_index_search_and_reconstruct, handle.number, n, address(x), k,
            ctypes.addressof(options), *map(address, found))
        if problem is not None:
            finite = _finite_rows(problem, x)
            _find_nothing(self, *found[:2])
            found[2][...] = np.nan
            if finite.any():
                some = self.search_and_reconstruct(x[finite], k, params=params)
                for whole, part in zip(found, some):
                    whole[finite] = part
        for given, result in zip((D, I, R), found):
            if given is not None:
                assert given.shape == result.shape
                given[...] = result
        return found

    # --- giving back ----------------------------------------------------------------------------

    def reconstruct(self, key, x=None):
        """The vector with an id, (d,)."""
        key = whole(key, "key")
        return self.reconstruct_batch([key], None if x is None else x.reshape(1, -1))[0]

    def reconstruct_batch(self, key, x=None):
        """The vectors with ids, (n, d)."""
        ids = _ascontiguous(key, dtype="int64")
        assert ids.ndim == 1
        return self._given(x, len(ids), lib.vicinal_index_reconstruct, len(ids), address(ids))

    def reconstruct_n(self, n0=0, ni=-1, x=None):
        """The vectors with the ids n0 … n0 + ni - 1; all that follow for ni = -1."""
        n0, ni = whole(n0, "n0"), whole(ni, "ni")
        if ni == -1:
            ni = self.ntotal - n0
        return self._given(x, ni, lib.vicinal_index_reconstruct_range, n0, ni)

    def _given(self, x, n, function, *arguments):
        result = _empty((max(0, n), self._d), "float32")
        handle = self._here()
        check(function(handle.number, *arguments, address(result)))
        if x is None:
            return result
        assert x.shape == result.shape
        x[...] = result
        return x

    def compute_residual_n(self, xs, keys):
        """Vectors less what is held under ids, (n, d)."""
        n, x = floats(xs, self._d)
        ids = _ascontiguous(keys, dtype="int64")
        assert ids.shape == (n,)
        return self._given(
            None, n, lib.vicinal_index_residuals, n, address(x), address(ids))

    def sa_encode(self, x, codes=None):
        """The codes of vectors, (n, code_size)."""
        n, x = floats(x, self._d)
        result = _empty((n, self.sa_code_size()), "uint8")
        handle = self._here()
        check(lib.vicinal_index_encode(handle.number, n, address(x), address(result)))
        if codes is None:
            return result
        assert codes.shape == result.shape
        codes[...] = result
        return codes

    def sa_decode(self, codes, x=None):
        """The vectors that codes stand for, (n, d)."""
        n, width = codes.shape
        if codes.dtype != np.uint8:
            raise TypeError(f"codes must be of dtype uint8, but found {codes.dtype}")
        codes = _ascontiguous(codes)
        assert width == self.sa_code_size()
        return self._given(x, n, lib.vicinal_index_decode, n, address(codes))

    # --- settings -------------------------------------------------------------------------------

    def _set_parameters(self, text):
        if self._parent is not None:
            outer, _, prefix = self._parent
            outer._set_parameters(prefix + text)
        else:
            check(lib.vicinal_index_set_parameters(self._handle.number, encoded(text, "settings")))

    def _get_parameter(self, name):
        value = ctypes.c_double()
        handle = self._here()
        check(lib.vicinal_index_get_parameter(
            handle.number, encoded(name, "the name"), ctypes.addressof(value)))
        return value.value


def _usable(array, n, k, dtype):
    """Whether results can be written to an array directly."""
    assert array.shape == (n, k)
    return array.dtype == dtype and array.flags.carray


register(Index)

__all__ = ["Handle", "Index", "floats", "options_of"]
