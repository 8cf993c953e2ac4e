"""Factory strings and the indexes that they make."""

from ..factory import index_factory
from ..indexes.composite import IndexIDMap, IndexIDMap2, IndexPreTransform, IndexRefine, IndexRefineFlat
from ..indexes.flat import (
    IndexFlat, IndexHNSW, IndexPQ, IndexPQFastScan, IndexScalarQuantizer)
from ..indexes.inverted import (
    IndexIVF, IndexIVFFlat, IndexIVFPQ, IndexIVFPQFastScan, IndexIVFPQR, IndexIVFScalarQuantizer,
    MultiIndexQuantizer)
from ..quantizers import scalar_word
from ..transforms import PCAMatrix


def get_code_size(d, indexkey):
    """Bytes that a vector takes in an index of a factory string, without its id; of graphs with the
    links of the lowest level."""
    return _bytes(index_factory(d, indexkey))


def _bytes(index):
    if isinstance(index, (IndexIDMap, IndexPreTransform)):
        return _bytes(index.index)
    if isinstance(index, IndexRefine):
        return _bytes(index.base_index) + _bytes(index.refine_index)
    if isinstance(index, IndexIVFPQR):
        raise NotImplementedError("the size of the codes that compare again is not known")
    if isinstance(index, IndexHNSW):
        return _bytes(index.storage) + 8 * get_hnsw_M(index)
    return index.code_size


def get_hnsw_M(index):
    """Links of a vector on the upper levels of a graph; on the lowest there are twice as many."""
    return int(index.hnsw.cum_nneighbor_per_level[1]) // 2


def reverse_index_factory(index):
    """The factory string that makes such an index. NotImplementedError where none is known."""
    for kinds, describe in _DESCRIBED:
        if isinstance(index, kinds):
            return describe(index)
    raise NotImplementedError(f"no factory string is known for {type(index).__name__}")


def _graph(index):
    inside = reverse_index_factory(index.storage)
    return f"HNSW{get_hnsw_M(index)}" + ("" if inside == "Flat" else f",{inside}")


def _transformed(index):
    words = []
    for transform in index.chain:
        if not isinstance(transform, PCAMatrix) or transform.eigen_power not in (0, -0.5):
            raise NotImplementedError(
                f"no factory string is known for {type(transform).__name__} once it is in an index")
        words.append("PCA" + ("W" if transform.eigen_power else "")
                     + ("R" if transform.random_rotation else "") + str(transform.d_out))
    return ",".join([*words, reverse_index_factory(index.index)])


def _lists(index):
    quantizer = index.quantizer
    if isinstance(quantizer, MultiIndexQuantizer):
        return f"IMI{quantizer.pq.M}x{quantizer.pq.nbits}"
    if isinstance(quantizer, IndexFlat):
        return f"IVF{index.nlist}"
    if isinstance(quantizer, IndexHNSW):
        return f"IVF{index.nlist}_HNSW{get_hnsw_M(quantizer)}"
    return f"IVF{index.nlist}({reverse_index_factory(quantizer)})"


def _scalar(index):
    word = scalar_word(index.sq.qtype)
    if word is None:
        raise NotImplementedError(f"factory strings cannot name the type {index.sq.qtype}")
    return word


def _product(index):
    return f"PQ{index.pq.M}x{index.pq.nbits}"


# In the order in which they are tried.
_DESCRIBED = (
    (IndexFlat, lambda index: "Flat"),
    (IndexIVFFlat, lambda index: f"{_lists(index)},Flat"),
    (IndexIVFPQ, lambda index: f"{_lists(index)},{_product(index)}"),
    (IndexIVFScalarQuantizer, lambda index: f"{_lists(index)},{_scalar(index)}"),
    (IndexIVFPQFastScan, lambda index: f"{_lists(index)},PQ{index.code_size * 2}x4fs"),
    (IndexHNSW, _graph),
    (IndexPreTransform, _transformed),
    (IndexIDMap2, lambda index: f"IDMap2,{reverse_index_factory(index.index)}"),
    (IndexIDMap, lambda index: f"IDMap,{reverse_index_factory(index.index)}"),
    (IndexRefineFlat, lambda index: f"{reverse_index_factory(index.base_index)},RFlat"),
    (IndexRefine, lambda index: f"{reverse_index_factory(index.base_index)},"
                                f"Refine({reverse_index_factory(index.refine_index)})"),
    (IndexPQ, _product),
    (IndexPQFastScan, lambda index: f"PQ{index.code_size * 2}x4fs"),
    (IndexScalarQuantizer, _scalar),
)
