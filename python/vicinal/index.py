"""An index as Python programmers would ask for it."""

import numpy as np

from . import faiss
from ._native.arrays import ids as id_list, rows

_METRICS = {
    "ip": faiss.METRIC_INNER_PRODUCT, "l2": faiss.METRIC_L2, "l1": faiss.METRIC_L1,
    "linf": faiss.METRIC_Linf, "canberra": faiss.METRIC_Canberra,
    "braycurtis": faiss.METRIC_BrayCurtis, "jensenshannon": faiss.METRIC_JensenShannon,
    "jaccard": faiss.METRIC_Jaccard}


class Index:
    """Vectors that can be searched.

    >>> index = Index(2)
    >>> index.add([[0, 0], [3, 4]], ids=[10, 20])
    >>> index.search([[3, 3]], k=1)
    (array([[1.]], dtype=float32), array([[20]]))
    """

    def __init__(self, dimension, factory="Flat", metric="l2"):
        """An empty index. factory: as faiss's index_factory; metric: "l2", "ip", "cosine", "l1" …

        Ids of your own work with every factory string.
        """
        if metric == "cosine":
            factory, metric = f"L2norm,{factory}", "ip"
        if metric not in _METRICS:
            raise ValueError(f"metric must be cosine or one of {', '.join(_METRICS)}")
        self._inner = faiss.index_factory(dimension, f"IDMap2,{factory}", _METRICS[metric])

    @classmethod
    def load(cls, path, *, mapped=False):
        """Opens an index file, of this package or of faiss; mapped: vectors stay in the file."""
        self = cls.__new__(cls)
        self._inner = faiss.read_index(path, faiss.IO_FLAG_MMAP if mapped else 0)
        return self

    def save(self, path):
        """Writes the index, in faiss's format."""
        faiss.write_index(self._inner, path)

    def __len__(self):
        return self._inner.ntotal

    def __repr__(self):
        return f"<vicinal.Index: {len(self)} vectors of dimension {self.dimension}>"

    def __reduce__(self):
        return _unpickled, (self._inner,)

    dimension = property(lambda self: self._inner.d, doc="Floats per vector.")
    is_trained = property(lambda self: self._inner.is_trained, doc="Whether vectors can be added.")
    faiss = property(lambda self: self._inner, doc="The same index with faiss's names.")

    def train(self, sample):
        """Learns from vectors; indexes that learn nothing return at once."""
        self._inner.train(rows(sample, np.float32, self.dimension))

    def add(self, vectors, ids=None):
        """Adds vectors, (n, dimension), trains first if need be; ids: n numbers, else the next."""
        vectors = rows(vectors, np.float32, self.dimension)
        if not self.is_trained:
            self.train(vectors)
        if ids is None:
            first = len(self)
            ids = np.arange(first, first + len(vectors))
        self._inner.add_with_ids(vectors, id_list(ids, len(vectors)))

    def search(self, queries, k=10, *, among=None, **parameters):
        """The k nearest vectors of each query: distances and ids, (n, k), −1 for none.

        among: ids that may be found, an array or an IDSelector of vicinal.faiss; parameters: of
        this search only, for example nprobe=16.
        """
        queries = rows(queries, np.float32, self.dimension, "queries")
        return self._inner.search(queries, k, params=_search_parameters(among, parameters))

    def remove(self, ids):
        """Removes vectors by an array of ids or an IDSelector; returns how many."""
        return self._inner.remove_ids(ids if hasattr(ids, "_filter") else id_list(ids))

    def __getitem__(self, ids):
        """The vectors with an id or with several, decoded if codes are kept."""
        if np.ndim(ids) == 0:
            return self._inner.reconstruct(int(ids))
        return self._inner.reconstruct_batch(id_list(ids))

    def set(self, **parameters):
        """Sets search parameters that stay, for example set(nprobe=16)."""
        from .faiss.indexes.knobs import text
        self._inner._set_parameters(",".join(
            f"{name}={text(value)}" for name, value in parameters.items()))

    def get(self, parameter):
        """The value of a search parameter."""
        return self._inner._get_parameter(parameter)


_FIELDS = {
    "nprobe": "nprobe", "efSearch": "ef_search", "max_codes": "max_codes",
    "quantizer_efSearch": "coarse_ef_search", "quantizer_nprobe": "coarse_nprobe",
    "ht": "hamming_threshold", "k_factor_rf": "refine_factor", "qb": "query_bits", "ratio": "cell_ratio",
    "rescore_num_samples": "refine_samples"}


class _Parameters(faiss.SearchParameters):
    _names = {name: name for name in _FIELDS.values()}


def _search_parameters(among, parameters):
    if among is None and not parameters:
        return None
    unknown = [name for name in parameters if name not in _FIELDS]
    if unknown:
        raise TypeError(f"'{unknown[0]}' is no search parameter; there are {', '.join(_FIELDS)}")
    if among is not None and not hasattr(among, "_filter"):
        among = faiss.IDSelectorBatch(among)
    return _Parameters(among, **{_FIELDS[name]: value for name, value in parameters.items()})


def _unpickled(inner):
    self = Index.__new__(Index)
    self._inner = inner
    return self
