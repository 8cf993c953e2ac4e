"""Arguments of all functions of the C interface, declared once so that calls are quick.

Addresses are declared as void pointers, for which ctypes takes a plain number.
"""

import ctypes
from ctypes import c_char_p, c_double, c_float, c_int32, c_int64, c_uint64, c_void_p

ABI_VERSION = 1

PROGRESS = ctypes.CFUNCTYPE(c_int32, c_void_p, c_char_p, c_int64, c_int64)


class Work(ctypes.Structure):
    """vicinal_work."""
    _fields_ = [("threads", c_int32), ("cancellation", c_uint64), ("progress", PROGRESS),
                ("context", c_void_p)]


class SearchOptions(ctypes.Structure):
    """vicinal_search_options."""
    _fields_ = [
        ("filter", c_uint64), ("nprobe", c_int64), ("ef_search", c_int64),
        ("coarse_ef_search", c_int64), ("coarse_nprobe", c_int64), ("max_codes", c_int64),
        ("hamming_threshold", c_int64), ("query_bits", c_int64), ("refine_factor", c_float),
        ("threads", c_int32), ("finite_padding", c_int32), ("cell_ratio", c_float),
        ("refine_samples", c_int64)]

    def __init__(self, **settings):
        unset = dict.fromkeys(
            ("nprobe", "ef_search", "coarse_ef_search", "coarse_nprobe", "max_codes",
             "hamming_threshold", "query_bits", "cell_ratio", "refine_samples"), -1)
        super().__init__(**{**unset, **settings})


class IndexInfo(ctypes.Structure):
    """vicinal_index_info."""
    _fields_ = [
        ("dimension", c_int64), ("count", c_int64), ("memory_bytes", c_int64),
        ("code_size", c_int64), ("metric", c_int32), ("metric_argument", c_float),
        ("is_trained", c_int32), ("is_binary", c_int32)]


class TransformInfo(ctypes.Structure):
    """vicinal_transform_info."""
    _fields_ = [("input_dimension", c_int64), ("output_dimension", c_int64),
                ("is_trained", c_int32), ("is_reversible", c_int32)]


class QuantizerInfo(ctypes.Structure):
    """vicinal_quantizer_info."""
    _fields_ = [("dimension", c_int64), ("code_size", c_int64), ("parts", c_int64),
                ("bits", c_int64), ("is_trained", c_int32)]


class KMeansOptions(ctypes.Structure):
    """vicinal_kmeans_options."""
    _fields_ = [
        ("niter", c_int64), ("nredo", c_int64), ("max_points_per_centroid", c_int64),
        ("min_points_per_centroid", c_int64), ("seed", c_uint64), ("spherical", c_int32),
        ("frozen_centroids", c_int32), ("metric", c_int32), ("batch_size", c_int64)]


class KMeansRound(ctypes.Structure):
    """vicinal_kmeans_round."""
    _fields_ = [("objective", c_double), ("imbalance", c_double), ("splits", c_int64)]


class MiniBatchOptions(ctypes.Structure):
    """vicinal_minibatch_options."""
    _fields_ = [
        ("batch_size", c_int64), ("passes", c_int64), ("max_steps", c_int64),
        ("patience", c_int64), ("tolerance", c_double), ("final_passes", c_int64),
        ("least_share", c_double), ("seed", c_uint64), ("start", c_int32), ("metric", c_int32)]


class MiniBatchInfo(ctypes.Structure):
    """vicinal_minibatch_info."""
    _fields_ = [("batch_size", c_int64), ("steps", c_int64), ("repairs", c_int64),
                ("is_trained", c_int32), ("is_converged", c_int32)]


# One letter an argument: h handle, n count, i 32-bit number, f float, d double, p address, s text.
_LETTERS = {"h": c_uint64, "n": c_int64, "i": c_int32, "f": c_float, "d": c_double, "p": c_void_p, "s": c_char_p}

_FUNCTIONS = {
    "set_threads": "i", "release": "h", "cancellation_create": "p", "cancellation_cancel": "h", "cancellation_enter": "h",
    "bytes_view": "hpp",
    "filter_range": "nnp", "filter_ids": "npp", "filter_bitmap": "npp", "filter_not": "hp",
    "filter_and": "npp", "filter_or": "npp", "filter_xor": "hhp", "filter_contains": "hnp",
    "index_create": "snifp", "index_get_info": "hp", "index_clone": "hp", "index_train": "hnpp",
    "index_add": "hnpp", "index_add_with_ids": "hnppp", "index_search": "hnpnppp",
    "index_search_lists": "hnpnppnppp", "index_set_direct_map": "hi",
    "index_search_and_reconstruct": "hnpnpppp", "index_range_search": "hnpfpp",
    "range_view": "hpppp", "index_reconstruct": "hnpp", "index_reconstruct_range": "hnnp",
    "index_residuals": "hnppp", "index_encode": "hnpp", "index_decode": "hnpp",
    "index_remove": "hhp", "index_remove_ids": "hnpp", "index_update": "hnppp",
    "index_reset": "h", "index_copy_subset": "hinnh", "index_merge": "hhn", "index_set_parameters": "hs",
    "index_get_parameter": "hsp", "index_parameters": "hp", "index_make_direct_map": "h",
    "index_compose": "inpp", "index_compose_codes": "hinp",
    "index_compose_lists": "hhhip", "index_part": "hsp", "index_list_ids": "hnp",
    "index_list_codes": "hnp", "index_array": "hsp", "index_get_clustering": "hp",
    "index_set_clustering": "hp", "index_get_quantizer": "hp",
    "index_get_transform": "hnp", "index_describe": "hp",
    "binary_create": "snp", "binary_train": "hnpp", "binary_add": "hnpp",
    "binary_add_with_ids": "hnppp", "binary_search": "hnpnppp", "binary_range_search": "hnpipp",
    "binary_reconstruct": "hnpp",
    "index_save": "hsp", "index_load": "sipp", "index_serialize": "hp",
    "index_deserialize": "pnip", "file_describe": "sp", "bytes_describe": "pnp",
    "minibatch_create": "nnnpp", "minibatch_update": "hnpp", "minibatch_finish": "h",
    "minibatch_train": "hnpp", "minibatch_set_centroids": "hp", "minibatch_assign": "hnppp",
    "minibatch_compare": "hnpp", "minibatch_get_info": "hp", "minibatch_array": "hsp",
    "index_map_vectors": "sip", "kmeans": "nnppnpnppppp", "knn": "npnpnnifpp",
    "transform_create": "snp", "transform_create_map": "nnpp",
    "transform_create_linear": "nnppp", "transform_get_info": "hp", "transform_train": "hnpp",
    "transform_apply": "hnpp", "transform_reverse": "hnpp", "transform_save": "hs",
    "transform_load": "sp", "transform_serialize": "hp", "transform_deserialize": "pnp",
    "transform_array": "hsp", "transform_get_option": "hsp", "transform_set_option": "hsd",
    "quantizer_trained": "hp", "quantizer_get_type": "hp", "quantizer_get_clustering": "hp",
    "quantizer_set_clustering": "hp",
    "quantizer_create": "snip", "quantizer_create_scalar": "nip",
    "quantizer_create_product": "nnnpp", "quantizer_get_info": "hp",
    "quantizer_train": "hnpp", "quantizer_encode": "hnpp", "quantizer_decode": "hnpp",
    "quantizer_centroids": "hp",
    "build": "snnpppp", "build_from_files": "snpppp", "build_files": "snppp", "plan": "snnp", "tune": "hsnppp",
    "score": "hnpnpp"}


def declare(library):
    """Declares all functions of a loaded library."""
    for name, letters in _FUNCTIONS.items():
        function = getattr(library, "vicinal_" + name)
        function.argtypes = [_LETTERS[letter] for letter in letters]
        function.restype = c_int32
    for name in ("version", "instruction_set", "last_error"):
        getattr(library, "vicinal_" + name).restype = c_char_p
    library.vicinal_get_threads.restype = c_int32
    library.vicinal_live_handles.restype = c_int64
