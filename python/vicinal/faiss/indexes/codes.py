"""What indexes of product-quantizer codes share."""

from ..._native import lib
from ..._native.arguments import whole, word
from ..._native.objects import make
from ..quantizers import scalar_handle
from .contents import description
from .knobs import fixed, text


def product_word(M, nbits, is_polysemous=False):
    """A product quantizer in factory strings; renumbering for polysemous search only if wanted."""
    return word("PQ{M}x{nbits}", M=M, nbits=nbits) + ("np" if nbits == 8 and not is_polysemous else "")


def block_word(bbs):
    """What factory strings say about the vectors of a block of fast-scan codes."""
    return word("_{bbs}", bbs=bbs) if bbs != 32 else ""


def rabitq_word(name, nb_bits):
    """RaBitQ with bits beyond the sign in factory strings."""
    return name + (word("{nb_bits}", nb_bits=nb_bits) if nb_bits > 1 else "")


def scalar_codes(d, qtype, metric, links=0):
    """An index of codes of a scalar quantizer, with links a graph."""
    quantizer = scalar_handle(d, qtype)
    return make(
        lib.vicinal_index_compose_codes, quantizer.number, whole(metric, "metric"), whole(links, "M"))


class HasQuantizer:
    """An index whose quantizer can be had."""

    _quantizer_class = None

    def _quantizer(self):
        handle = self._here()
        found = self._quantizer_class._of(make(
            lib.vicinal_index_get_quantizer, handle.number))
        found._is_copy = True
        return found


class FastScan:
    """Codes that lie together in blocks, of which each is compared at once."""

    bbs = description("blockVectors", "Codes of a block.")
    implem = fixed(0, "the way of scanning follows from the instruction set")
    skip = fixed(0, "no step of a search can be left out")
    qbs = fixed(0, "how many queries are compared at once follows from the instruction set")


class Polysemous:
    """`do_polysemous_training`, `search_type` and `polysemous_ht`.

    The first must be set before training; the others say which codes a search passes over.
    """

    ST_PQ = 0
    ST_polysemous = 4

    _recipe = None
    _is_polysemous = False
    _search_type = 0
    _threshold = None

    @property
    def do_polysemous_training(self):
        """Whether training ends with renumbering the centroids."""
        return self._is_polysemous

    @do_polysemous_training.setter
    def do_polysemous_training(self, value):
        value = bool(value)
        if value == self._is_polysemous:
            return
        if self._recipe is None or self.is_trained:
            raise RuntimeError("do_polysemous_training must be set before the index is trained")
        create, M, nbits = self._recipe
        if value and nbits != 8:
            raise RuntimeError(f"polysemous codes have 8 bits, not {nbits}")
        # Training is part of what an index is made of here, so it is made anew, still empty.
        self._is_polysemous = value
        is_residual = getattr(self, "by_residual", None)
        self._adopt(create(product_word(M, nbits, value)))
        if is_residual is not None:
            self.by_residual = is_residual

    @property
    def search_type(self):
        """ST_PQ or ST_polysemous."""
        return self._search_type

    @search_type.setter
    def search_type(self, value):
        if value not in (self.ST_PQ, self.ST_polysemous):
            raise RuntimeError(f"search_type {value} is not supported; ST_PQ, ST_polysemous are")
        self._search_type = value
        self._apply_threshold()

    @property
    def polysemous_ht(self):
        """Codes whose Hamming distance from the query's is not below this are passed over."""
        return self._threshold if self._threshold is not None else int(self._get_parameter("ht"))

    @polysemous_ht.setter
    def polysemous_ht(self, value):
        self._threshold = whole(value, "polysemous_ht")
        self._apply_threshold()

    def _apply_threshold(self):
        if self._threshold is not None:
            is_on = self._search_type == self.ST_polysemous
            self._set_parameters(f"ht={text(self._threshold if is_on else 0)}")
