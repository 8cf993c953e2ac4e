"""faiss's numbers."""

import numpy as np

METRIC_INNER_PRODUCT = 0
METRIC_L2 = 1
METRIC_L1 = 2
METRIC_Linf = 3
METRIC_Lp = 4
METRIC_Canberra = 20
METRIC_BrayCurtis = 21
METRIC_JensenShannon = 22
METRIC_Jaccard = 23
METRIC_NaNEuclidean = 24
METRIC_GOWER = 25

IO_FLAG_SKIP_STORAGE = 1
IO_FLAG_READ_ONLY = 2
IO_FLAG_ONDISK_SAME_DIR = 4
IO_FLAG_SKIP_IVF_DATA = 8
IO_FLAG_SKIP_PRECOMPUTE_TABLE = 16
IO_FLAG_PQ_SKIP_SDC_TABLE = 32
IO_FLAG_MMAP_IFC = 1 << 9
IO_FLAG_MMAP = IO_FLAG_SKIP_IVF_DATA | 0x646F0000

FLOAT_MAX = np.finfo(np.float32).max


def is_similarity_metric(metric):
    """Whether a larger value means nearer."""
    return metric in (METRIC_INNER_PRODUCT, METRIC_Jaccard)
