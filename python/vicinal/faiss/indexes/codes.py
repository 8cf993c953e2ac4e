"""What indexes of product-quantizer codes share."""

from ..._native import lib
from ..._native.objects import make
from ..quantizers import scalar_handle
from .knobs import text


def product_word(M, nbits, is_polysemous=False):
    """A product quantizer in factory strings; renumbering for polysemous search only if wanted."""
    return f"PQ{M}x{nbits}" + ("np" if nbits == 8 and not is_polysemous else "")


def scalar_codes(d, qtype, metric, links=0):
    """An index of codes of a scalar quantizer, with links a graph."""
    quantizer = scalar_handle(d, qtype)
    return make(
        lib.vicinal_index_compose_codes, quantizer.number, int(metric), int(links))


class HasQuantizer:
    """An index whose quantizer can be had."""

    _quantizer_class = None

    def _quantizer(self):
        handle = self._here()
        return self._quantizer_class._of(make(
            lib.vicinal_index_get_quantizer, handle.number))


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
        self._threshold = int(value)
        self._apply_threshold()

    def _apply_threshold(self):
        if self._threshold is not None:
            is_on = self._search_type == self.ST_polysemous
            self._set_parameters(f"ht={text(self._threshold if is_on else 0)}")
