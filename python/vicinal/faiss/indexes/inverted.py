"""Inverted files."""

import ctypes

import numpy as np

from ..._native import check, lib
from ..._native.arguments import whole, word
from ..._native.arrays import address, contiguous
from ..._native.interrupts import run_if_long
from ..._native.objects import json_of, make
from ..._native.signatures import SearchOptions
from ..constants import METRIC_INNER_PRODUCT, METRIC_L2
from ..parameters import SearchParameters
from ..quantizers import ProductQuantizer, ScalarQuantizer, scalar_handle, scalar_word
from .base import Index, floats
from .codes import FastScan, HasQuantizer, Polysemous, block_word, product_word, rabitq_word
from .faces import _inside
from .flat import IndexFlat, IndexFlatIP, IndexFlatL2
from .knobs import fixed, knob
from .lists import DirectMapped, InvertedLists, ListClustering


class MultiIndexQuantizer(HasQuantizer, Index):
    """Finds the lists of an inverted file by parts of the vectors."""

    _quantizer_class = ProductQuantizer

    _shape = None

    def __init__(self, d, M, nbits):
        M, nbits = self._shape = (whole(M, "M"), whole(nbits, "nbits"))
        around = make(
            lib.vicinal_index_create, f"IMI{M}x{nbits},Flat".encode(), whole(d, "d"),
            METRIC_L2, 0.0)
        self._adopt(make(lib.vicinal_index_part, around.number, b"quantizer"))

    @property
    def pq(self):
        """A copy of the centroids of the parts, as a product quantizer."""
        return self._quantizer()


def coarse_word(quantizer, nlist):
    """The part of a factory string in front of the codes, and whether it says all about the
    quantizer."""
    nlist = whole(nlist, "nlist")
    if isinstance(quantizer, MultiIndexQuantizer):
        if quantizer._shape is None:
            raise RuntimeError(
                "the MultiIndexQuantizer of another index cannot be put into a second one; make a "
                "new one of the same M and nbits")
        M, nbits = quantizer._shape
        if nlist != 1 << (M * nbits):
            raise RuntimeError(f"a {M} x {nbits} multi-index has {1 << (M * nbits)} lists, "
                               f"not {nlist}")
        return f"IMI{M}x{nbits}", not quantizer.is_trained
    count = quantizer.ntotal
    if count not in (0, nlist):
        raise RuntimeError(f"a quantizer must be empty or hold {nlist} centroids, one for each "
                           f"list, not {count}")
    is_plain = type(quantizer) in (IndexFlat, IndexFlatL2, IndexFlatIP)
    return f"IVF{nlist}", is_plain and not count


class IndexIVF(DirectMapped, Index):
    """Vectors in lists, of which a search visits `nprobe`."""

    def _make(self, quantizer, d, nlist, codes, metric, qtype=None, by_residual=None):
        """Codes of a factory string, or of a type of scalar quantizer; residual or not, or as
        usual."""
        if quantizer._d != d:
            raise RuntimeError(f"the quantizer has dimension {quantizer._d}, the index {d}")
        coarse, is_whole = coarse_word(quantizer, nlist)
        is_whole = is_whole and (
            isinstance(quantizer, MultiIndexQuantizer) or quantizer.metric_type == metric)
        cells = None if is_whole else quantizer._here()

        def create(codes):
            made = make(
                lib.vicinal_index_create, f"{coarse},{codes}".encode(), whole(d, "d"),
                whole(metric, "metric"), 0.0)
            if cells is None and qtype is None and by_residual is None:
                return made
            scalar = None if qtype is None else scalar_handle(d, qtype)
            residual = -1 if by_residual is None else int(bool(by_residual))
            return make(
                lib.vicinal_index_compose_lists, made.number, cells.number if cells else 0,
                scalar.number if scalar else 0, residual)

        self._adopt(create(codes))
        self._nlist = nlist
        type(self).quantizer.take(self, quantizer)
        return create

    @property
    def cp(self):
        """How the lists are found when the index is trained; settings take effect at once."""
        return ListClustering(self)

    @property
    def by_residual(self):
        """Whether codes are of what is left of a vector after its centroid; can be set until the
        index is trained, for product and scalar quantizers."""
        handle = self._here()
        return json_of(lib.vicinal_index_describe, handle.number)["isResidual"]

    @by_residual.setter
    def by_residual(self, value):
        value = bool(value)
        if value == self.by_residual:
            return
        if not isinstance(self, (IndexIVFPQ, IndexIVFScalarQuantizer)) or self.is_trained:
            raise RuntimeError("by_residual of this index cannot be changed any more, or at all")
        self._adopt(make(
            lib.vicinal_index_compose_lists, self._writable(), 0, 0, int(value)))

    parallel_mode = fixed(0, "queries and lists are divided among threads as is best for a search")
    max_codes = knob("max_codes", lambda value: 0 if value == float("inf") else int(value),
                     doc="Codes that a search looks at, at most; 0 for all.")

    quantizer = _inside("quantizer", "quantizer_", "The index that finds the lists, as a view.")

    @property
    def code_size(self):
        """Bytes of a code in a list; `sa_code_size` counts the number of the list too."""
        number = ((self.nlist - 1).bit_length() + 7) // 8
        return super().code_size - number

    @property
    def quantizer_trains_alone(self):
        """What trains the quantizer; kept for faiss's sake."""
        return isinstance(self.quantizer, MultiIndexQuantizer)

    @quantizer_trains_alone.setter
    def quantizer_trains_alone(self, value):
        if bool(value) != self.quantizer_trains_alone:
            raise RuntimeError("who trains the quantizer follows from its kind and cannot be set")

    own_fields = property(lambda self: True, lambda self, value: None,
                          doc="Kept for faiss's sake: nothing has to be freed.")
    own_invlists = own_fields

    @property
    def invlists(self):
        """The lists, to look at."""
        return InvertedLists(self)

    def get_list_size(self, list_no):
        """Vectors in a list."""
        return self.invlists.list_size(list_no)

    def reconstruct_from_offset(self, list_no, offset):
        """The vector at a place of a list, (d,)."""
        return self.reconstruct(int(self.invlists.get_ids(list_no)[offset]))

    def copy_subset_to(self, other, subset_type, a1, a2):
        """Adds some vectors, with their ids, to another index of the same training: ids a1 … a2
        (subset_type 0), ids i with i % a1 == a2 (1), part a2 of a1 parts of each list (3)."""
        if subset_type not in (0, 1, 3):
            raise RuntimeError(f"subset_type {subset_type} is not supported; 0, 1 and 3 are")
        handle = self._here()
        check(lib.vicinal_index_copy_subset(
            handle.number, subset_type, whole(a1, "a1"), whole(a2, "a2"), other._writable()))

    def search_preassigned(self, x, k, Iq, Dq, *, params=None, D=None, I=None):
        """`search` among lists that were found before, Iq of shape (n, nprobe): -1 for none, and what
        the quantizer says of each of them, Dq; None is computed anew."""
        n, x = floats(x, self._d)
        assert k > 0
        Iq = contiguous(Iq, "int64")
        assert Iq.ndim == 2 and len(Iq) == n
        Dq = self._list_distances(x, Iq) if Dq is None else contiguous(Dq, "float32")
        assert Dq.shape == Iq.shape
        distances, ids = np.empty((n, k), "float32"), np.empty((n, k), "int64")
        fields = (params or SearchParameters())._fields()
        # How many lists are visited is settled, whatever the parameters say.
        fields.pop("nprobe", None)
        options = SearchOptions(**fields)
        handle = self._here()
        run_if_long(
            x.size, lib.vicinal_index_search_lists, handle.number, n, address(x), Iq.shape[1],
            address(Iq), address(Dq), k, ctypes.addressof(options), address(distances), address(ids))
        for given, result in ((D, distances), (I, ids)):
            if given is not None:
                assert given.shape == result.shape
                given[...] = result
        return (distances if D is None else D), (ids if I is None else I)

    def _list_distances(self, x, Iq):
        """How far queries are from the centroids of lists."""
        if Iq.size and Iq.max() >= self.nlist:
            raise ValueError(f"lists must be below {self.nlist}, got {Iq.max()}")
        known = Iq >= 0
        centroids = np.zeros((*Iq.shape, self._d), "float32")
        centroids[known] = self.quantizer.reconstruct_batch(Iq[known])
        if self.quantizer.metric_type == METRIC_INNER_PRODUCT:
            return np.einsum("nd,npd->np", x, centroids)
        return ((x[:, None] - centroids) ** 2).sum(axis=2)


class IndexIVFFlat(IndexIVF):
    """Lists of vectors."""

    def __init__(self, quantizer, d, nlist, metric=METRIC_L2):
        self._make(quantizer, d, nlist, "Flat", metric)


class IndexIVFPQ(Polysemous, HasQuantizer, IndexIVF):
    """Lists of codes of a product quantizer, of what is left of a vector after its centroid."""

    _quantizer_class = ProductQuantizer

    def __init__(self, quantizer, d, nlist, M, nbits, metric=METRIC_L2):
        self._recipe = (
            self._make(quantizer, d, nlist, product_word(M, nbits), metric), M, nbits)

    @property
    def pq(self):
        """A copy of the quantizer."""
        return self._quantizer()

    use_precomputed_table = fixed(
        0, "tables are made where they make searches faster, and left out where memory is short")
    scan_table_threshold = fixed(0, "how lists are scanned follows from their lengths")

    def precompute_table(self):
        """Nothing is left to do: tables are made with the index."""

    @property
    def polysemous_ht(self):
        """Codes whose Hamming distance from the query's is not below this are passed over."""
        return int(self._get_parameter("ht"))

    @polysemous_ht.setter
    def polysemous_ht(self, value):
        self._set_parameters(f"ht={whole(value, 'polysemous_ht')}")


class IndexIVFPQR(IndexIVF):
    """The same, with further codes for comparing the best again."""

    def __init__(self, quantizer, d, nlist, M, nbits, M_refine, nbits_refine, metric=METRIC_L2):
        if nbits != 8 or nbits_refine != 8:
            raise RuntimeError("IndexIVFPQR has codes of 8 bits")
        self._make(quantizer, d, nlist, word("PQ{M}+{M_refine}", M=M, M_refine=M_refine), metric)

    k_factor = knob("k_factor", float, doc="How many times k candidates are compared again.")


class IndexIVFScalarQuantizer(HasQuantizer, IndexIVF):
    """Lists of codes of a scalar quantizer."""

    _quantizer_class = ScalarQuantizer

    def __init__(self, quantizer, d, nlist, qtype, metric=METRIC_L2, by_residual=True):
        named = scalar_word(qtype)
        self._make(
            quantizer, d, nlist, named or "SQ8", metric, None if named else qtype,
            None if by_residual else False)

    @property
    def sq(self):
        """A copy of the quantizer."""
        return self._quantizer()


class IndexIVFPQFastScan(FastScan, IndexIVF):
    """Lists of 4-bit codes, laid out for fast scanning."""

    def __init__(self, quantizer, d, nlist, M, nbits=4, metric=METRIC_L2, bbs=32):
        if nbits != 4:
            raise RuntimeError(f"fast-scan codes have 4 bits, not {nbits}")
        self._make(quantizer, d, nlist, word("PQ{M}x4fsr", M=M) + block_word(bbs), metric)


class IndexIVFRaBitQ(IndexIVF):
    """Lists of signs with factors that correct for what they lose."""

    qb = knob("qb", doc="Bits of each coordinate of a query, 0 for floats.")

    def __init__(self, quantizer, d, nlist, metric=METRIC_L2, nb_bits=1):
        self._make(quantizer, d, nlist, rabitq_word("RaBitQ", nb_bits), metric)


class IndexIVFRaBitQFastScan(FastScan, IndexIVF):
    """The same, laid out for fast scanning."""

    def __init__(self, quantizer, d, nlist, metric=METRIC_L2, bbs=32, nb_bits=1):
        self._make(quantizer, d, nlist, rabitq_word("RaBitQfs", nb_bits) + block_word(bbs), metric)
