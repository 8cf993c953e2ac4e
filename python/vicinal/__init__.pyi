import logging
import os
from typing import Any, Callable, Optional, Sequence, Tuple, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import client as client, faiss as faiss, fast_ivf as fast_ivf, spark as spark

__version__: str

_Path = Union[str, "os.PathLike[str]"]
_Embeddings = Union[_Path, Sequence[_Path], NDArray[Any]]

class VicinalError(RuntimeError):
    code: int
    @property
    def kind(self) -> str: ...

class Index:
    def __init__(self, dimension: int, factory: str = ..., metric: str = ...) -> None: ...
    @classmethod
    def load(cls, path: _Path, *, mapped: bool = ...) -> Index: ...
    def save(self, path: _Path) -> None: ...
    def __len__(self) -> int: ...
    @property
    def dimension(self) -> int: ...
    @property
    def is_trained(self) -> bool: ...
    @property
    def faiss(self) -> Any: ...
    def train(self, sample: ArrayLike) -> None: ...
    def add(self, vectors: ArrayLike, ids: Optional[ArrayLike] = ...) -> None: ...
    def search(
        self, queries: ArrayLike, k: int = ..., *, among: Any = ..., **parameters: float
    ) -> Tuple[NDArray[np.float32], NDArray[np.int64]]: ...
    def remove(self, ids: Any) -> int: ...
    def __getitem__(self, ids: Any) -> NDArray[np.float32]: ...
    def set(self, **parameters: float) -> None: ...
    def get(self, parameter: str) -> float: ...

def build_index(
    embeddings: _Embeddings, index_path: _Path = ..., index_infos_path: _Path = ...,
    ids_path: Optional[_Path] = ..., save_on_disk: bool = ..., file_format: str = ...,
    embedding_column_name: str = ..., id_columns: Optional[Sequence[str]] = ...,
    index_key: Optional[str] = ..., index_param: Optional[str] = ...,
    max_index_query_time_ms: float = ..., max_index_memory_usage: str = ...,
    min_nearest_neighbors_to_retrieve: int = ..., current_memory_available: str = ...,
    use_gpu: bool = ..., metric_type: Union[str, int] = ..., nb_cores: Optional[int] = ...,
    make_direct_map: bool = ..., should_be_memory_mappable: bool = ...,
    distributed: Optional[str] = ..., temporary_indices_folder: Optional[str] = ...,
    verbose: int = ..., nb_indices_to_keep: int = ..., *, target_recall: Optional[float] = ...,
    selection: Optional[str] = ..., seed: Optional[int] = ...,
    progress: Optional[Callable[[str, int, int], Any]] = ..., append: bool = ...,
    resume: bool = ...,
) -> Tuple[Any, dict[str, Any]]: ...
def tune_index(
    index_path: Any, index_key: Optional[str] = ..., index_param: Optional[str] = ...,
    output_index_path: _Path = ..., save_on_disk: bool = ...,
    min_nearest_neighbors_to_retrieve: int = ..., max_index_query_time_ms: float = ...,
    use_gpu: bool = ..., verbose: int = ..., *, embeddings: Optional[_Embeddings] = ...,
    target_recall: Optional[float] = ...,
) -> Any: ...
def score_index(
    index_path: Any, embeddings: _Embeddings, save_on_disk: bool = ...,
    output_index_info_path: _Path = ..., current_memory_available: str = ...,
    verbose: int = ..., *, query_count: int = ...,
) -> dict[str, Any]: ...
def build_partitioned_indexes(
    partitions: Sequence[_Path], output_root_dir: _Path, embedding_column_name: str = ...,
    index_key: Optional[str] = ..., index_path: Optional[_Path] = ...,
    id_columns: Optional[Sequence[str]] = ..., max_index_query_time_ms: float = ...,
    max_index_memory_usage: str = ..., min_nearest_neighbors_to_retrieve: int = ...,
    current_memory_available: str = ..., use_gpu: bool = ..., metric_type: Union[str, int] = ...,
    nb_cores: Optional[int] = ..., make_direct_map: bool = ...,
    should_be_memory_mappable: bool = ..., temp_root_dir: Optional[str] = ..., verbose: int = ...,
    nb_splits_per_big_index: int = ..., big_index_threshold: int = ...,
    maximum_nb_threads: int = ..., *, file_format: Optional[str] = ..., spark: Any = ...,
    ship_program: bool = ..., **more: Any,
) -> list[dict[str, Any]]: ...
