"""What faiss has and this module has not, with what to use instead."""

import re

_POINTERS = ("takes addresses of C arrays, which this module never needs: indexes, quantizers and "
             "functions take NumPy arrays")
_FACTORY = "make it with index_factory(d, …) or read_index; all methods of Index work"
_STATISTICS = "there are no statistics; measure with time.perf_counter, or the command score-index"

# Patterns of whole names, in the order in which they are tried.
_INSTEAD = {
    r"MatrixStats": "pandas.DataFrame(x).describe() and numpy.isfinite(x).all() say what is in data, and "
                    "build_index reports on it",
    r".*[gG]pu.*|knn_gpu|Standard.*Resources|.*Cagra.*":
        "there is no GPU support; indexes are searched by all processors",
    r"swig_ptr|rev_swig_ptr|cast_integer_to_.*|memcpy|SwigPyIterator|.*_c|fvec_.*|fvecs?_?2bitvecs?"
    r"|bit?vec.*|float_(rand|randn)|int64_rand.*|byte_rand|rand_perm.*|hamming.*|crosshamming.*"
    r"|knn_(L2sqr|inner_product).*|pairwise_.*|range_search_(L2sqr|inner_product)|.*heap_array_t"
    r"|.*checksums?|ivec_.*|beam_search_.*|(real|binary)_to_(real|binary)|.*hammings_knn.*"
    r"|bucket_sort|matrix_bucket_sort_inplace|ranklist_.*|inner_product_to_L2sqr|smawk|reflection":
        _POINTERS,
    r"RangeSearchPartialResult|RangeQueryResult|BufferList":
        "range_search returns arrays: lims, D, I",
    r"(IVF|PQ)?Index.*Stats|.*Stats|cvar|.*Timer.*|get_cycles|getmillisecs|get_mem_usage_kb":
        _STATISTICS,
    r"Index(IVF)?(Local.*|Residual|Residual.*|Product.*|Additive.*)|.*(Residual|LocalSearch|Additive)"
    r".*Quantizer":
        "make it with index_factory: 'RQ4x8', 'LSQ4x8', 'PRQ2x4x8', 'IVF1024,RQ4x8' …; all methods "
        "of Index work",
    r"Index(NSG|NNDescent).*|NSG.*|NNDescent|Nhood":
        "graphs are IndexHNSWFlat and its kin, which need no other graph to be built from",
    r"IndexBinary(FromFloat|Shards|Replicas)|Index.*Panorama|Index(IVF)?SpectralHash|IndexIVFFlatDedup"
    r"|IndexRowwiseMinMax.*|IndexHNSWRaBitQ|Index(IVF)?EDEN|Index2Layer|IndexFlatCodes|IndexFastScan"
    r"|IndexFlat1D|IndexIVF(FastScan|Interface|SpectralHash)|IndexLattice|Index.*FastScan":
        _FACTORY,
    r"(Array|OnDisk|Block|Concatenated|HStack|VStack|Masked|Slice|StopWords|Capped|ReadOnly)?"
    r"InvertedLists.*|(read|write)_InvertedLists|OnDiskOneList.*|downcast_InvertedLists"
    r"|(get|set)_invlist_range":
        "lists belong to their index: index.invlists shows them, copy_subset_to and merge_from move "
        "vectors, read_index(path, IO_FLAG_MMAP) leaves them on disk",
    r"DirectMap.*": "index.make_direct_map() keeps where ids are",
    r"(PyCallback|.*Translated|.*Context.*)IDSelector.*|PyCallbackIDSelector|IDSelector.*|IDScanContext":
        "IDSelectorBitmap and IDSelectorBatch take any set of ids",
    r"SIMDConfig|SIMDLevel.*|.*simd_?levels?.*|.*instruction_sets|has_(AVX|SVE).*|SINGLE_SIMD_LEVEL.*":
        "the instruction set is chosen when the library is loaded: the environment variable "
        "VICINAL_KERNELS chooses another, get_compile_options() tells which",
    r"(Python)?InterruptCallback|Timeout.*":
        "Ctrl-C and signal handlers that raise end long calls; signal.alarm limits their time",
    r"CenteringTransform|ITQMatrix": "PCAMatrix centres; ITQTransform rotates",
    r"(Progressive.*)?Clustering1D|ProgressiveDim.*|Super[kK]means.*|SuperKMeans.*|kmeans1d"
    r"|ClusteringI.*|imbalance_factor|Embedding|Linear|FFN|QINCo.*|IndexQINCo|NeuralNetCodec"
    r"|IndexNeuralNetCodec":
        "Kmeans and Clustering find centroids; vectors are coded by product, scalar, additive and "
        "RaBitQ quantizers",
    r"merge_into|shard_.*_centroids|check_compatible_for_merge":
        "index.merge_from(other) and index.copy_subset_to(other, …)",
    r"(File|Buffered|Mapped|ZeroCopy|MmappedFile).*(IO|Owner|Reader|Writer).*|MaybeOwned.*":
        "read_index and write_index take paths and the readers and writers of this module",
    r"AlignedTable.*|.*AlignedTable|.*Vector|Repeats?.*|Int32Tensor2D|Tensor2D|Matrix.*|Bitstring.*":
        "NumPy arrays, and the vectors of numbers of this module",
}


def error(name):
    """The AttributeError for a name."""
    hint = next((said for names, said in _INSTEAD.items() if re.fullmatch(names, name)), None)
    return AttributeError(
        f"module 'vicinal.faiss' has no attribute '{name}'" + (f": {hint}" if hint else ""))
