import os
from typing import Tuple, Type, TypeVar, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import faiss as _faiss
from . import core as core, kmeans as kmeans

_Scores = NDArray[np.float32]
_Ids = NDArray[np.int64]
_Path = Union[str, "os.PathLike[str]"]
_Data = Union[ArrayLike, _Path]
_Self = TypeVar("_Self")

class _Base:
    ndim: int
    nlist: int
    kmeans_batch_size: int
    kmeans_tol: float
    kmeans_max_steps: int
    metric: str
    seed: int
    keep_vectors: bool
    @property
    def nprobe(self) -> int: ...
    @nprobe.setter
    def nprobe(self, value: int) -> None: ...
    @property
    def ratio_threshold(self) -> float: ...
    @ratio_threshold.setter
    def ratio_threshold(self, value: float) -> None: ...
    @property
    def faiss(self) -> _faiss.Index: ...
    @property
    def is_trained(self) -> bool: ...
    @property
    def num_vectors(self) -> int: ...
    @property
    def centroids(self) -> NDArray[np.float32]: ...
    def __len__(self) -> int: ...
    def train(self, data: _Data, *, add: bool = ...) -> None: ...
    def add(self, vectors: ArrayLike) -> None: ...
    def save(self, path: _Path) -> None: ...
    @classmethod
    def load(cls: Type[_Self], path: _Path, *, mapped: bool = ...) -> _Self: ...

class FastIVF(_Base):
    def __init__(
        self, ndim: int, nlist: int, nprobe: int = ..., ratio_threshold: float = ...,
        kmeans_batch_size: int = ..., kmeans_tol: float = ..., kmeans_max_steps: int = ..., *,
        metric: str = ..., seed: int = ...,
    ) -> None: ...
    def search(self, query: ArrayLike, k: int = ...) -> Tuple[_Scores, _Ids]: ...

class _Rescoring(_Base):
    @property
    def rescore_num_samples(self) -> int: ...
    @rescore_num_samples.setter
    def rescore_num_samples(self, value: int) -> None: ...
    @property
    def k_factor(self) -> float: ...
    @k_factor.setter
    def k_factor(self, value: float) -> None: ...
    def search(
        self, query: ArrayLike, k: int = ..., rescore: bool = ..., sort: bool = ...,
    ) -> Tuple[_Scores, _Ids]: ...

class FastIVFPQ(_Rescoring):
    pq_num_centroids: int
    pq_num_subvectors: int
    kmeans_pq_batch_size: int
    kmeans_pq_max_steps: int
    def __init__(
        self, ndim: int, nlist: int, pq_num_centroids: int = ..., pq_num_subvectors: int = ...,
        nprobe: int = ..., ratio_threshold: float = ..., kmeans_batch_size: int = ...,
        kmeans_pq_batch_size: int = ..., kmeans_tol: float = ..., kmeans_max_steps: int = ...,
        kmeans_pq_max_steps: int = ..., rescore_num_samples: int = ..., *, k_factor: float = ...,
        keep_vectors: bool = ..., metric: str = ..., seed: int = ...,
    ) -> None: ...

class CompressedFastIVF(_Rescoring):
    compression_ndim: int
    compressor: str
    compressor_batch_size: int
    compressor_steps_per_epoch: int
    compressor_epochs: int
    def __init__(
        self, ndim: int, nlist: int, compression_ndim: int, nprobe: int = ...,
        ratio_threshold: float = ..., kmeans_batch_size: int = ..., kmeans_tol: float = ...,
        kmeans_max_steps: int = ..., compressor_batch_size: int = ...,
        compressor_steps_per_epoch: int = ..., compressor_epochs: int = ...,
        rescore_num_samples: int = ..., *, compressor: str = ..., k_factor: float = ...,
        keep_vectors: bool = ..., metric: str = ..., seed: int = ...,
    ) -> None: ...
