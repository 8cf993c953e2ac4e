"""AutoFaiss's functions, with its parameters, defaults and return values."""

import ctypes
import json
import logging
import os
import pathlib

import numpy as np

from . import faiss
from ._native import Handle, check, json_of, lib
from ._native.arguments import encoded, whole
from ._native.arrays import address, rows
from ._native.interrupts import run
from ._native.work import WorkOptions
from .faiss.io import face
from .parquet import read_parquet, write_ids

logger = logging.getLogger("vicinal")

_METRICS = {"ip": "ip", "l2": "l2", "cosine": "cosine", 0: "ip", 1: "l2"}


def build_index(
    embeddings, index_path="knn.index", index_infos_path="index_infos.json", ids_path=None,
    save_on_disk=True, file_format="npy", embedding_column_name="embedding", id_columns=None,
    index_key=None, index_param=None, max_index_query_time_ms=10.0,
    max_index_memory_usage="16G", min_nearest_neighbors_to_retrieve=20,
    current_memory_available="32G", use_gpu=False, metric_type="ip", nb_cores=None,
    make_direct_map=False, should_be_memory_mappable=False, distributed=None,
    temporary_indices_folder=None, verbose=logging.INFO, nb_indices_to_keep=1, *,
    target_recall=None, selection=None, seed=None, progress=None, append=False, resume=False,
):
    """Builds the best index for embeddings: an array (n, d), a folder, or a list of folders.

    Returns (index, infos); the index is one of `vicinal.faiss`. Files of format "parquet" are
    read with pyarrow, which must be installed, into memory. With distributed="pyspark" the build
    is `vicinal.spark.build_index`. `progress(step, done, total)` is told
    how far it is; if it returns something true, the build ends with a VicinalError.

    From files, several indexes can be built (nb_indices_to_keep), whose return value is
    (None, {path: infos}) as on Spark; vectors can be added to the index that is there (append),
    and a build that was interrupted goes on where it was if it was begun with resume=True.
    """
    if distributed is not None:
        given = dict(locals())
        return _distributed({
            name: value for name, value in given.items()
            if value is not None and name not in ("progress", "selection")
            and not (name in ("append", "resume") and value is False)})
    _set_logging(verbose)
    _refuse(use_gpu=use_gpu)
    if (ids_path is not None or id_columns) and (_is_array(embeddings) or file_format != "parquet"):
        raise ValueError(
            "ids_path and id_columns are for embeddings in parquet files, whose other columns hold the "
            "ids; leave them out: here a vector's id is its row")
    if seed is not None and whole(seed, "seed") < 0:
        raise ValueError(f"seed must be 0 or larger, not {seed}")
    options = dict(
        metric_type=_metric(metric_type), index_key=index_key, index_param=index_param,
        max_index_memory_usage=str(max_index_memory_usage),
        current_memory_available=str(current_memory_available),
        max_index_query_time_ms=max_index_query_time_ms,
        min_nearest_neighbors_to_retrieve=min_nearest_neighbors_to_retrieve,
        should_be_memory_mappable=should_be_memory_mappable, make_direct_map=make_direct_map,
        target_recall=target_recall, selection=selection, seed=seed)
    if nb_indices_to_keep != 1 or append or resume:
        if _is_array(embeddings) or not save_on_disk:
            raise ValueError("nb_indices_to_keep, append and resume are for embeddings in files, "
                             "and for indexes that are saved")
        return _build_files(
            embeddings, WorkOptions(nb_cores or 0, progress), file_format=file_format,
            embedding_column_name=embedding_column_name, index_path=os.fspath(index_path),
            index_infos_path=os.fspath(index_infos_path),
            ids_path=None if ids_path is None else os.fspath(ids_path), id_columns=id_columns,
            nb_indices_to_keep=nb_indices_to_keep, append=append, resume=resume, **options)
    options = _options(**options)
    vectors, ids = _vectors(embeddings, file_format, embedding_column_name, id_columns)
    work = WorkOptions(nb_cores or 0, progress)
    index, infos = ctypes.c_uint64(), ctypes.c_uint64()
    out = ctypes.addressof(index), ctypes.addressof(infos)
    if vectors is None:
        paths = [encoded(path, "a path") for path in _paths(embeddings)]
        array = (ctypes.c_char_p * len(paths))(*paths)
        work.run(
            lib.vicinal_build_from_files, options, len(paths), ctypes.addressof(array),
            work.address, *out)
    else:
        work.run(
            lib.vicinal_build, options, len(vectors), vectors.shape[1], address(vectors),
            work.address, *out)
    built = face(Handle(index.value))
    report = _json(Handle(infos.value))
    for warning in report.get("warnings", []):
        logger.warning("%s", warning)
    if save_on_disk:
        report["index_path"] = str(index_path)
        pathlib.Path(index_path).absolute().parent.mkdir(parents=True, exist_ok=True)
        faiss.write_index(built, index_path)
        _write(index_infos_path, report)
    if ids is not None and ids_path is not None:
        write_ids(ids, ids_path)
    return built, report


def _build_files(embeddings, work, **options):
    """A build whose files the library writes itself."""
    paths = [encoded(path, "a path") for path in _paths(embeddings)]
    array = (ctypes.c_char_p * len(paths))(*paths)
    infos = ctypes.c_uint64()
    work.run(
        lib.vicinal_build_files, _options(**options), len(paths), ctypes.addressof(array),
        work.address, ctypes.addressof(infos))
    reports = _json(Handle(infos.value))
    for warning in reports[0].get("warnings", []):
        logger.warning("%s", warning)
    if len(reports) > 1:
        return None, {report["index_path"]: report for report in reports}
    return faiss.read_index(reports[0]["index_path"]), reports[0]


def _distributed(given):
    """A build on a Spark cluster; the index is opened if it is one and here."""
    from .spark import build_index as build
    found, infos = build(**given)
    if isinstance(found, (str, os.PathLike)) and os.path.isfile(found):
        found = faiss.read_index(found)
    return found, infos


def tune_index(
    index_path, index_key=None, index_param=None, output_index_path="tuned_knn.index",
    save_on_disk=True, min_nearest_neighbors_to_retrieve=20, max_index_query_time_ms=10.0,
    use_gpu=False, verbose=logging.INFO, *, embeddings=None, target_recall=None,
):
    """Finds other search parameters for an index, given by path or itself; returns the index.

    With `embeddings`, the vectors of the index in its order, recall is measured against them.
    """
    _set_logging(verbose)
    _refuse(use_gpu=use_gpu)
    index = _index(index_path)
    if index_key is not None:
        _require_settings(index, index_key)
    options = _options(
        index_param=index_param, max_index_query_time_ms=max_index_query_time_ms,
        min_nearest_neighbors_to_retrieve=min_nearest_neighbors_to_retrieve,
        target_recall=target_recall)
    vectors = None if embeddings is None else _loaded(embeddings, index.d)
    run(
        lib.vicinal_tune, index._writable(), options, 0 if vectors is None else len(vectors),
        None if vectors is None else address(vectors), None, None)
    if save_on_disk:
        faiss.write_index(index, output_index_path)
    return index


def score_index(
    index_path, embeddings, save_on_disk=True, output_index_info_path="infos.json",
    current_memory_available="32G", verbose=logging.INFO, *, query_count=500,
):
    """Measures an index, given by path or itself, against exact neighbours among its vectors,
    which must come in the same order; returns what was measured."""
    _set_logging(verbose)
    index = _index(index_path)
    vectors = _loaded(embeddings, index.d)
    handle, out = index._here(), ctypes.c_uint64()
    run(
        lib.vicinal_score, handle.number, len(vectors), address(vectors), query_count, None,
        ctypes.addressof(out))
    scores = _json(Handle(out.value))
    if save_on_disk:
        _write(output_index_info_path, scores)
    return scores


def _set_logging(verbose):
    logger.setLevel(verbose)


def _refuse(use_gpu):
    if use_gpu:
        raise ValueError("there is no GPU support; leave use_gpu out")


def _metric(name):
    key = name.lower() if isinstance(name, str) else name
    if key not in _METRICS:
        raise ValueError(f"metric_type must be ip, l2 or cosine, not {name!r}")
    return _METRICS[key]


def _options(**given):
    options = {name: value for name, value in given.items() if value is not None}
    for name, value in options.items():
        if isinstance(value, str):
            encoded(value, name)
    if "min_nearest_neighbors_to_retrieve" in options:
        name = "min_nearest_neighbors_to_retrieve"
        options[name] = whole(options[name], name)
    return json.dumps(options).encode()


def _require_settings(index, key):
    """In AutoFaiss the key says which settings are tuned; here the index knows them itself."""
    named = faiss.index_factory(index.d, key, index.metric_type)
    wanted, found = (
        [each["name"] for each in json_of(lib.vicinal_index_parameters, part._here().number)
         if each["steps"]] for part in (named, index))
    if wanted != found:
        raise ValueError(
            f"index_key {key!r} has the settings {', '.join(wanted) or 'none'}, but the index has "
            f"{', '.join(found) or 'none'}; give the key that it was built with, or leave it out")


def _paths(embeddings):
    if isinstance(embeddings, (str, os.PathLike)):
        return [embeddings]
    paths = list(embeddings)
    for path in paths:
        if not isinstance(path, (str, bytes, os.PathLike)):
            raise TypeError(
                "embeddings must be an array, (n, d), a folder or file, or a list of those; got a list "
                f"of {type(path).__name__}, which numpy.array or numpy.concatenate makes an array of")
    return paths


def _is_array(embeddings):
    return hasattr(embeddings, "shape") and hasattr(embeddings, "dtype")


def _vectors(embeddings, file_format, column, id_columns):
    """The embeddings as an array, with the ids that come along; None for files that the library
    reads itself."""
    if _is_array(embeddings):
        if len(embeddings) == 0:
            raise ValueError("there are no embeddings")
        return rows(embeddings, np.float32, what="embeddings"), None
    if file_format == "parquet":
        return read_parquet(_paths(embeddings), column, id_columns or [])
    if file_format != "npy":
        raise ValueError(f"file_format must be npy or parquet, not {file_format!r}")
    return None, None


def _loaded(embeddings, dimension):
    """The vectors of .npy files, or of an array, which must have this dimension."""
    found = _rows_of(embeddings)
    if found.shape[1] != dimension:
        raise ValueError(
            f"the embeddings have dimension {found.shape[1]}, the index {dimension}")
    return found


def _rows_of(embeddings):
    if _is_array(embeddings):
        return rows(embeddings, np.float32, what="embeddings")
    files = []
    for path in map(pathlib.Path, _paths(embeddings)):
        files += sorted(path.rglob("*.npy")) if path.is_dir() else [path]
    if not files:
        raise ValueError(f"there are no .npy files in {embeddings}")
    return rows(np.concatenate([np.load(file) for file in files]), np.float32)


def _index(given):
    return faiss.read_index(given) if isinstance(given, (str, os.PathLike)) else given


def _json(handle):
    data, size = ctypes.c_void_p(), ctypes.c_int64()
    check(lib.vicinal_bytes_view(
        handle.number, ctypes.addressof(data), ctypes.addressof(size)))
    return json.loads(ctypes.string_at(data.value, size.value))


def _write(path, value):
    path = pathlib.Path(path).absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(value, indent=2) + "\n")
    part.replace(path)
