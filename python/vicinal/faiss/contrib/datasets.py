"""Data for experiments."""

import pathlib

import numpy as np

from ..arrays.results import ResultHeap
from ..constants import METRIC_INNER_PRODUCT, METRIC_L2
from ..functions import knn
from .vecs_io import fvecs_read, ivecs_read

# Where the folders of downloaded data sets are; see set_dataset_basedir.
dataset_basedir = "datasets"


class Dataset:
    """Training vectors, vectors and queries of dimension d: nt, nb and nq of them."""

    def __init__(self):
        self.d = self.nt = self.nb = self.nq = -1
        self.metric = "L2"

    def get_queries(self):
        """The queries, (nq, d)."""
        raise NotImplementedError

    def get_train(self, maxtrain=None):
        """The training vectors, or the first of them."""
        raise NotImplementedError

    def get_database(self):
        """The vectors, (nb, d)."""
        raise NotImplementedError

    def database_iterator(self, bs=128, split=(1, 0)):
        """The vectors in pieces of bs, or of part split[1] of split[0] parts of them."""
        vectors = self.get_database()
        parts, part = split
        first, end = (self.nb * edge // parts for edge in (part, part + 1))
        for start in range(first, end, bs):
            yield vectors[start:min(end, start + bs)]

    def get_groundtruth(self, k=100):
        """The ids of the k nearest vectors of each query."""
        metric = METRIC_L2 if self.metric == "L2" else METRIC_INNER_PRODUCT
        heap = ResultHeap(self.nq, k, keep_max=metric == METRIC_INNER_PRODUCT)
        first = 0
        for vectors in self.database_iterator(bs=65536):
            D, I = knn(self.get_queries(), vectors, k, metric)
            heap.add_result(D, np.where(I < 0, -1, I + first))
            first += len(vectors)
        return heap.I

    def __str__(self):
        return (f"{type(self).__name__}: d = {self.d}, metric {self.metric}, {self.nt} to train, "
                f"{self.nb} vectors, {self.nq} queries")

    def check_sizes(self):
        """Asserts that the vectors are as many as the numbers say."""
        for vectors, count in ((self.get_queries(), self.nq), (self.get_database(), self.nb)):
            assert vectors.shape == (count, self.d)
        if self.nt > 0:
            assert self.get_train(123).shape == (min(123, self.nt), self.d)


class SyntheticDataset(Dataset):
    """Random vectors that lie near a surface of 10 dimensions: those of faiss for the same seed."""

    def __init__(self, d, nt, nb, nq, metric="L2", seed=1338):
        super().__init__()
        self.d, self.nt, self.nb, self.nq, self.metric = d, nt, nb, nq, metric
        draws = np.random.RandomState(seed)
        inner = draws.normal(size=(nt + nb + nq, 10))
        outer = inner @ draws.rand(10, d)
        vectors = np.sin(outer * (draws.rand(d) * 4 + 0.1)).astype(np.float32)
        self.xt, self.xb, self.xq = np.split(vectors, [nt, nt + nb])

    def get_queries(self):
        """The queries, (nq, d)."""
        return self.xq

    def get_train(self, maxtrain=None):
        """The training vectors, or the first of them."""
        return self.xt[:maxtrain]

    def get_database(self):
        """The vectors, (nb, d)."""
        return self.xb


def set_dataset_basedir(path):
    """Says where the folders of downloaded data sets are."""
    global dataset_basedir
    dataset_basedir = path


class _TexmexDataset(Dataset):
    """Files of vectors as http://corpus-texmex.irisa.fr has them."""

    _folder = _name = None

    def _read(self, part, read=fvecs_read):
        kind = "ivecs" if read is ivecs_read else "fvecs"
        path = pathlib.Path(dataset_basedir) / self._folder / f"{self._name}_{part}.{kind}"
        if not path.is_file():
            raise FileNotFoundError(
                f"{path} is missing: unpack {self._name}.tar.gz of http://corpus-texmex.irisa.fr into "
                f"{path.parent}, or say where it is with set_dataset_basedir")
        return read(path)

    def get_queries(self):
        """The queries, (nq, d)."""
        return self._read("query")

    def get_train(self, maxtrain=None):
        """The training vectors, or the first of them."""
        return self._read("learn")[:maxtrain]

    def get_database(self):
        """The vectors, (nb, d)."""
        return self._read("base")

    def get_groundtruth(self, k=None):
        """The ids of the k nearest vectors of each query; 100 at most."""
        found = self._read("groundtruth", ivecs_read)
        assert k is None or k <= found.shape[1]
        return found[:, :k]


class DatasetSIFT1M(_TexmexDataset):
    """A million SIFT descriptors, in the folder sift1M."""

    _folder, _name = "sift1M", "sift"

    def __init__(self):
        super().__init__()
        self.d, self.nt, self.nb, self.nq = 128, 100_000, 1_000_000, 10_000


class DatasetGIST1M(_TexmexDataset):
    """A million GIST descriptors, in the folder gist1M."""

    _folder, _name = "gist1M", "gist"

    def __init__(self):
        super().__init__()
        self.d, self.nt, self.nb, self.nq = 960, 500_000, 1_000_000, 1000


def dataset_from_name(dataset="deep1M", download=False):
    """A data set by faiss's name: "sift1M" and "gist1M", whose files must be there already."""
    kinds = {"sift1M": DatasetSIFT1M, "gist1M": DatasetGIST1M}
    if dataset not in kinds:
        raise RuntimeError(
            f"there is no data set {dataset!r} here, only {', '.join(kinds)}; read others with "
            "contrib.vecs_io or numpy")
    if download:
        raise RuntimeError(f"{dataset} is not downloaded from here; make its files and call this again")
    return kinds[dataset]()
