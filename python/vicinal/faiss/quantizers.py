"""Quantizers on their own."""

import ctypes

import numpy as np

from .._native import check, lib
from .._native.arguments import whole, word
from .._native.arrays import address, contiguous
from .._native.interrupts import run, run_if_long
from .._native.objects import make
from .._native.signatures import QuantizerInfo
from .indexes.contents import read_only
from .indexes.knobs import Strict

# faiss's ScalarQuantizer::QuantizerType, with the words of factory strings.
_SCALAR = {
    0: ("QT_8bit", "SQ8"), 1: ("QT_4bit", "SQ4"), 2: ("QT_8bit_uniform", None),
    3: ("QT_4bit_uniform", None), 4: ("QT_fp16", "SQfp16"),
    5: ("QT_8bit_direct", "SQ8_direct"), 6: ("QT_6bit", "SQ6"), 7: ("QT_bf16", "SQbf16"),
    8: ("QT_8bit_direct_signed", "SQ8_direct_signed"), 9: ("QT_0bit", "SQ0"),
    10: ("QT_1bit_tqmse", "SQtqmse1"), 11: ("QT_2bit_tqmse", "SQtqmse2"),
    12: ("QT_3bit_tqmse", "SQtqmse3"), 13: ("QT_4bit_tqmse", "SQtqmse4"),
    14: ("QT_8bit_tqmse", "SQtqmse8"),
    **{18 + bits: (f"QT_{bits}bit_eden", None) for bits in range(1, 9)}}


def scalar_word(qtype):
    """The word of a quantizer type in factory strings, or None if they cannot name it."""
    return _SCALAR.get(qtype, (None, None))[1]


def scalar_handle(d, qtype):
    """An untrained scalar quantizer of the library."""
    return make(lib.vicinal_quantizer_create_scalar, whole(d, "d"), whole(qtype, "qtype"))


class _Quantizer(Strict):
    """Vectors to codes and back."""

    verbose = False
    _is_copy = False

    def __init__(self, word, d, metric=1):
        self._adopt(make(lib.vicinal_quantizer_create, word.encode(), whole(d, "d"), metric))

    @classmethod
    def _of(cls, handle):
        self = cls.__new__(cls)
        self._adopt(handle)
        return self

    def _adopt(self, handle):
        self._handle = handle

    def _info(self):
        info = QuantizerInfo()
        check(lib.vicinal_quantizer_get_info(self._handle.number, ctypes.addressof(info)))
        return info

    d = property(lambda self: self._info().dimension, doc="Floats per vector.")
    code_size = property(lambda self: self._info().code_size, doc="Bytes of a code.")

    def _rows(self, x):
        n, d = x.shape
        x = contiguous(x, dtype="float32")
        assert d == self.d
        return n, x

    def train(self, x):
        """Learns from vectors, (n, d)."""
        n, x = self._rows(x)
        run(lib.vicinal_quantizer_train, self._handle.number, n, address(x), None)

    def compute_codes(self, x):
        """Codes of vectors, (n, code_size), of dtype uint8."""
        n, x = self._rows(x)
        codes = np.empty((n, self.code_size), "uint8")
        run_if_long(
            x.size, lib.vicinal_quantizer_encode, self._handle.number, n, address(x),
            address(codes))
        return codes

    def decode(self, codes):
        """Vectors that codes stand for, (n, d)."""
        n, width = codes.shape
        if codes.dtype != np.uint8:
            raise TypeError(f"codes must be of dtype uint8, but found {codes.dtype}")
        codes = contiguous(codes)
        assert width == self.code_size
        x = np.empty((n, self.d), "float32")
        check(lib.vicinal_quantizer_decode(self._handle.number, n, address(codes), address(x)))
        return x


class ProductQuantizer(_Quantizer):
    """Parts of the vectors by the nearest of 2^nbits centroids."""

    def __init__(self, d, M, nbits):
        super().__init__(word("PQ{M}x{nbits}", M=M, nbits=nbits), d)

    M = property(lambda self: self._info().parts, doc="Parts.")
    nbits = property(lambda self: self._info().bits, doc="Bits per part.")
    ksub = property(lambda self: 1 << self.nbits, doc="Centroids per part.")
    dsub = property(lambda self: self.d // self.M, doc="Floats per part.")

    @property
    def cp(self):
        """How the parts are found by `train`; settings take effect at once."""
        from .indexes.lists import QuantizerClustering
        return QuantizerClustering(self)

    @property
    def centroids(self):
        """All centroids one after the other, as a copy: .reshape(M, ksub, dsub)."""
        return read_only(
            lib.vicinal_quantizer_centroids, self._handle.number, dtype=np.float32)

    def __reduce__(self):
        return product_quantizer, (self.d, self.M, self.nbits, self.centroids)


def product_quantizer(d, M, nbits, centroids):
    """A trained quantizer with these centroids, (M, 2^nbits, d / M)."""
    centroids = contiguous(centroids, np.float32)
    return ProductQuantizer._of(make(
        lib.vicinal_quantizer_create_product, d, M, nbits, address(centroids)))


def write_ProductQuantizer(quantizer, path):
    """Writes a trained product quantizer as faiss does."""
    head = np.array([quantizer.d, quantizer.M, quantizer.nbits, quantizer.centroids.size], "<u8")
    with open(path, "wb") as file:
        file.write(head.tobytes() + quantizer.centroids.astype("<f4").tobytes())


def read_ProductQuantizer(path):
    """Opens what `write_ProductQuantizer`, of faiss or of this module, wrote."""
    with open(path, "rb") as file:
        data = file.read()
    if len(data) < 32:
        raise RuntimeError(f"{path} is too short for a product quantizer")
    d, M, nbits, count = (int(value) for value in np.frombuffer(data[:32], "<u8"))
    if not 1 <= d < 1 << 31 or not 1 <= nbits <= 24 or count != d << nbits \
            or len(data) != 32 + 4 * count:
        raise RuntimeError(f"{path} does not hold a product quantizer")
    return product_quantizer(d, M, nbits, np.frombuffer(data[32:], "<f4"))


class ScalarQuantizer(_Quantizer):
    """Each coordinate rounded on its own."""

    def __init__(self, d, qtype):
        self._adopt(scalar_handle(d, qtype))

    @property
    def qtype(self):
        """How coordinates are rounded: one of QT_…."""
        found = ctypes.c_int32()
        check(lib.vicinal_quantizer_get_type(self._handle.number, ctypes.addressof(found)))
        return found.value

    @property
    def trained(self):
        """What training found, as a copy: faiss's numbers in faiss's order."""
        return read_only(lib.vicinal_quantizer_trained, self._handle.number, dtype=np.float32)


for _number, (_name, _) in _SCALAR.items():
    setattr(ScalarQuantizer, _name, _number)
