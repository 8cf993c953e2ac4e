"""Indexes that keep vectors or codes one after the other, and graphs."""

from ..._native import lib
from ..._native.arguments import whole, word
from ..._native.objects import make
from ..constants import METRIC_INNER_PRODUCT, METRIC_L2, METRIC_Lp
from ..quantizers import ProductQuantizer, ScalarQuantizer
from .base import Index
from .codes import (
    FastScan, HasQuantizer, Polysemous, block_word, product_word, rabitq_word, scalar_codes)
from .contents import codes
from .faces import _inside
from .knobs import Graph, fixed, knob


class IndexFlat(Index):
    """Exact search over the vectors themselves."""

    def __init__(self, d, metric=METRIC_L2, metric_arg=0.0):
        # faiss sets the p of METRIC_Lp afterwards; until then it is 2 here.
        if metric == METRIC_Lp and metric_arg == 0:
            metric_arg = 2.0
        super().__init__("Flat", d, metric, metric_arg)

    @property
    def metric_arg(self):
        """p of METRIC_Lp; can be set while the index is empty."""
        return self._info().metric_argument

    @metric_arg.setter
    def metric_arg(self, value):
        if self.ntotal or self._parent is not None:
            raise RuntimeError("metric_arg must be set while the index is empty and on its own")
        Index.__init__(self, "Flat", self._d, self.metric_type, value)

    codes = codes

    def get_xb(self):
        """All vectors, (ntotal, d), as a copy."""
        return self.reconstruct_n()


class IndexFlatL2(IndexFlat):
    """Exact search by squared Euclidean distance."""

    def __init__(self, d):
        super().__init__(d, METRIC_L2)


class IndexFlatIP(IndexFlat):
    """Exact search by inner product."""

    def __init__(self, d):
        super().__init__(d, METRIC_INNER_PRODUCT)


class IndexPQ(Polysemous, HasQuantizer, Index):
    """Codes of a product quantizer."""

    _quantizer_class = ProductQuantizer

    def __init__(self, d, M, nbits, metric=METRIC_L2):
        def create(codes):
            return make(lib.vicinal_index_create, codes.encode(), whole(d, "d"), whole(metric, "metric"),
                0.0)

        self._adopt(create(product_word(M, nbits)))
        self._recipe = (create, M, nbits)

    codes = codes

    @property
    def pq(self):
        """A copy of the quantizer."""
        return self._quantizer()


class IndexPQFastScan(FastScan, Index):
    """Codes of a product quantizer of 4 bits, laid out for fast scanning."""

    def __init__(self, d, M, nbits=4, metric=METRIC_L2, bbs=32):
        if nbits != 4:
            raise RuntimeError(f"fast-scan codes have 4 bits, not {nbits}")
        super().__init__(word("PQ{M}x4fs", M=M) + block_word(bbs), d, metric)


class IndexScalarQuantizer(HasQuantizer, Index):
    """Each coordinate rounded on its own."""

    _quantizer_class = ScalarQuantizer

    def __init__(self, d, qtype, metric=METRIC_L2):
        self._adopt(scalar_codes(d, qtype, metric))

    codes = codes

    @property
    def sq(self):
        """A copy of the quantizer."""
        return self._quantizer()


class IndexLSH(Index):
    """Signs of coordinates, by default rotated."""

    def __init__(self, d, nbits, rotate_data=True, train_thresholds=False):
        key = word("LSH{nbits}", nbits=nbits)
        key += ("r" if rotate_data else "") + ("t" if train_thresholds else "")
        super().__init__(key, d, METRIC_L2)

    codes = codes
    nbits = property(lambda self: self.code_size * 8, doc="Bits of a code, rounded up to bytes.")


class IndexRaBitQ(Index):
    """Signs with factors that correct for what they lose."""

    codes = codes
    qb = knob("qb", doc="Bits of each coordinate of a query, 0 for floats.")
    centered = fixed(False, "queries are rounded over the range that they have")

    def __init__(self, d, metric=METRIC_L2, nb_bits=1):
        super().__init__(rabitq_word("RaBitQ", nb_bits), d, metric)


class IndexRaBitQFastScan(FastScan, Index):
    """The same, laid out for fast scanning."""

    def __init__(self, d, metric=METRIC_L2, bbs=32, nb_bits=1):
        super().__init__(rabitq_word("RaBitQfs", nb_bits) + block_word(bbs), d, metric)


class IndexHNSW(Index):
    """A navigable graph."""

    _links = None  # M, where it is known

    storage = _inside("storage", "", "The vectors or their codes, as a view of a flat index.")

    @property
    def hnsw(self):
        """The settings of the graph."""
        return Graph(self)


class IndexHNSWFlat(IndexHNSW):
    """A graph over the vectors themselves."""

    def __init__(self, d, M=32, metric=METRIC_L2):
        super().__init__(word("HNSW{M},Flat", M=M), d, metric)
        self._links = M


class IndexHNSWSQ(IndexHNSW):
    """A graph over codes of a scalar quantizer."""

    def __init__(self, d, qtype, M, metric=METRIC_L2):
        self._adopt(scalar_codes(d, qtype, metric, M))


class IndexHNSWPQ(IndexHNSW):
    """A graph over codes of a product quantizer."""

    def __init__(self, d, pq_m, M, pq_nbits=8, metric=METRIC_L2):
        super().__init__(word("HNSW{M},", M=M) + product_word(pq_m, pq_nbits), d, metric)
