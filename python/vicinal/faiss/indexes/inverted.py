"""Inverted files."""

from ..._native import check, lib
from ..._native.objects import json_of, make
from ..constants import METRIC_L2
from ..quantizers import ProductQuantizer, ScalarQuantizer, scalar_handle, scalar_word
from .base import Index
from .codes import HasQuantizer, Polysemous, product_word
from .faces import _inside
from .flat import IndexFlat, IndexFlatIP, IndexFlatL2
from .knobs import knob
from .lists import InvertedLists, ListClustering


class MultiIndexQuantizer(Index):
    """Finds the lists of an inverted file by parts of the vectors."""

    _shape = None

    def __init__(self, d, M, nbits):
        self._shape = (M, nbits)
        around = make(
            lib.vicinal_index_create, f"IMI{M}x{nbits},Flat".encode(), int(d), METRIC_L2, 0.0)
        self._adopt(make(lib.vicinal_index_part, around.number, b"quantizer"))


def coarse_word(quantizer, nlist):
    """The part of a factory string in front of the codes, and whether it says all about the
    quantizer."""
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


class IndexIVF(Index):
    """Vectors in lists, of which a search visits `nprobe`."""

    _nlist = None

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
                lib.vicinal_index_create, f"{coarse},{codes}".encode(), int(d), int(metric), 0.0)
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

    nprobe = knob("nprobe", doc="Lists that a search visits.")
    max_codes = knob("max_codes", lambda value: 0 if value == float("inf") else int(value),
                     doc="Codes that a search looks at, at most; 0 for all.")

    @property
    def nlist(self):
        """How many lists there are."""
        if self._nlist is None:
            handle = self._here()
            self._nlist = json_of(lib.vicinal_index_describe, handle.number)["listCount"]
        return self._nlist

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
            handle.number, int(subset_type), int(a1), int(a2), other._writable()))

    def make_direct_map(self, new_maintain_direct_map=True):
        """Keeps where each id is, so that `reconstruct` needs no search."""
        if new_maintain_direct_map:
            check(lib.vicinal_index_make_direct_map(self._writable()))


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

    @property
    def polysemous_ht(self):
        """Codes whose Hamming distance from the query's is not below this are passed over."""
        return int(self._get_parameter("ht"))

    @polysemous_ht.setter
    def polysemous_ht(self, value):
        self._set_parameters(f"ht={int(value)}")


class IndexIVFPQR(IndexIVF):
    """The same, with further codes for comparing the best again."""

    def __init__(self, quantizer, d, nlist, M, nbits, M_refine, nbits_refine, metric=METRIC_L2):
        if nbits != 8 or nbits_refine != 8:
            raise RuntimeError("IndexIVFPQR has codes of 8 bits")
        self._make(quantizer, d, nlist, f"PQ{M}+{M_refine}", metric)

    k_factor = knob("k_factor", float, doc="How many times k candidates are compared again.")


class IndexIVFScalarQuantizer(HasQuantizer, IndexIVF):
    """Lists of codes of a scalar quantizer."""

    _quantizer_class = ScalarQuantizer

    def __init__(self, quantizer, d, nlist, qtype, metric=METRIC_L2, by_residual=True):
        word = scalar_word(qtype)
        self._make(
            quantizer, d, nlist, word or "SQ8", metric, None if word else qtype,
            None if by_residual else False)

    @property
    def sq(self):
        """A copy of the quantizer."""
        return self._quantizer()


class IndexIVFPQFastScan(IndexIVF):
    """Lists of 4-bit codes, laid out for fast scanning."""

    def __init__(self, quantizer, d, nlist, M, nbits=4, metric=METRIC_L2, bbs=32):
        if nbits != 4:
            raise RuntimeError(f"fast-scan codes have 4 bits, not {nbits}")
        self._make(quantizer, d, nlist, f"PQ{M}x4fsr" + (f"_{bbs}" if bbs != 32 else ""), metric)


class IndexIVFRaBitQ(IndexIVF):
    """Lists of signs with factors that correct for what they lose."""

    def __init__(self, quantizer, d, nlist, metric=METRIC_L2, nb_bits=1):
        self._make(quantizer, d, nlist, "RaBitQ" + (str(nb_bits) if nb_bits > 1 else ""), metric)


class IndexIVFRaBitQFastScan(IndexIVF):
    """The same, laid out for fast scanning."""

    def __init__(self, quantizer, d, nlist, metric=METRIC_L2, bbs=32, nb_bits=1):
        word = "RaBitQfs" + (str(nb_bits) if nb_bits > 1 else "")
        self._make(quantizer, d, nlist, word + (f"_{bbs}" if bbs != 32 else ""), metric)
