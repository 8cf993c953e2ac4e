"""Numbers of few bits in bytes, and vectors of bits."""

import numpy as np

from ..binary import IndexBinaryFlat


def _widths(fields, nbit):
    """Bits of each field."""
    return np.full(fields, nbit) if np.ndim(nbit) == 0 else np.asarray(nbit)


def _places(widths):
    """For each bit of a row its field, and which bit of that it is."""
    fields = np.repeat(np.arange(len(widths)), widths)
    starts = np.cumsum(widths) - widths
    return fields, np.arange(len(fields)) - starts[fields]


def pack_bitstrings(a, nbit):
    """Rows of numbers, (n, M), as rows of bytes: nbit bits of each, or those of an array of M widths."""
    a = np.asarray(a)
    fields, bits = _places(_widths(a.shape[1], nbit))
    return np.packbits(
        (a[:, fields].astype(np.uint64) >> bits.astype(np.uint64) & np.uint64(1)).astype(np.uint8),
        axis=1, bitorder="little")


def unpack_bitstrings(b, M_or_nbits, nbit=None):
    """The numbers, (n, M) of dtype int32, in rows of bytes: M of nbit bits, or of an array of widths."""
    widths = np.asarray(M_or_nbits) if nbit is None else np.full(M_or_nbits, nbit)
    assert widths.ndim == 1, "give M and nbit, or an array of widths"
    fields, bits = _places(widths)
    rows = np.unpackbits(np.asarray(b, np.uint8), axis=1, bitorder="little")
    assert rows.shape[1] >= len(fields)
    values = rows[:, :len(fields)].astype(np.int64) << bits
    starts = np.cumsum(widths) - widths
    return np.add.reduceat(values, starts, axis=1).astype(np.int32)


def knn_hamming(xq, xb, k, variant="hc"):
    """The k rows of xb, of bytes, that differ in fewest bits from each row of xq: D, of dtype int32, and
    I. Both variants of faiss are one here."""
    if variant not in ("hc", "mc"):
        raise NotImplementedError(f"variant is 'hc' or 'mc', not {variant!r}")
    assert xq.shape[1] == xb.shape[1]
    index = IndexBinaryFlat(8 * xb.shape[1])
    index.add(xb)
    return index.search(xq, k)
