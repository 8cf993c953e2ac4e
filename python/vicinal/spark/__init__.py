"""Vicinal's builds on a Spark cluster, with the names and results of AutoFaiss.

    import vicinal.spark

    path, infos = vicinal.spark.build_index(
        "s3://bucket/embeddings", index_path="s3://bucket/knn.index",
        index_infos_path="s3://bucket/index_infos.json", temporary_indices_folder="s3://bucket/tmp")

The session that is active is used; without one, Spark's local mode. All work on vectors is done by the
program `vicinal`, which the driver and the executors need. docs/distributed.md says more.
"""

import contextlib
import os
import sys

from . import arguments, tasks
from .build import Build
from .cluster import Cluster, Driver, context
from .errors import VicinalError
from .partitions import as_autofaiss, build_partitions

__all__ = ["VicinalError", "build_index", "build_partitioned_indexes"]


@contextlib.contextmanager
def _system(options, spark, ship):
    """The cluster and the driver for a build with these options."""
    program = tasks.find_program()
    if program is None:
        raise VicinalError(
            "there is no program vicinal on this machine; install it, or name it with VICINAL_BINARY",
            69)
    verbose = int(arguments.value_of(options, "--verbose") or 20)

    def say(text):
        if verbose <= 20:
            print(text, file=sys.stderr, flush=True)

    made, is_own = context(spark, arguments.value_of(options, "--spark-master"))
    try:
        # Relative paths are relative to the same folder everywhere.
        cluster = Cluster(made, program, os.getcwd(), say)
        if ship:
            cluster.ship(program)
        cluster.check()
        yield cluster, Driver(program, verbose, cluster.cancelled)
    finally:
        if is_own:
            made.stop()


def run_build_index(options, spark=None, ship=False):
    """Runs `vicinal build-index` with options as on the command line; the infos of every index."""
    with _system(options, spark, ship) as (cluster, driver):
        return Build(cluster, driver, options).run()


def run_build_partitioned_indexes(options, spark=None, ship=False):
    """Runs `vicinal build-partitioned-indexes` likewise; a list of infos for each partition."""
    with _system(options, spark, ship) as (cluster, driver):
        return build_partitions(cluster, driver, options)


def build_index(
    embeddings, index_path="knn.index", index_infos_path="index_infos.json", ids_path=None,
    save_on_disk=True, file_format=None, embedding_column_name="embedding", id_columns=None,
    index_key=None, index_param=None, max_index_query_time_ms=10.0, max_index_memory_usage="16G",
    min_nearest_neighbors_to_retrieve=20, current_memory_available="32G", use_gpu=False,
    metric_type="ip", nb_cores=None, make_direct_map=False, should_be_memory_mappable=False,
    distributed="pyspark", temporary_indices_folder=None, verbose=20, nb_indices_to_keep=1, *,
    spark=None, ship_program=False, **more,
):
    """Builds an index of all vectors in files and folders on a Spark cluster.

    Parameters are AutoFaiss's; `more` are other options of `vicinal build-index` with underscores, such
    as `queries`, `target_recall`, `seed`, `vectors_per_task`, `spark_master`. `spark` is a session or
    context to use instead of the active one. `ship_program` sends the driver's program to the
    executors.

    Returns `(index_path, infos)`, or `(None, {path: infos})` if several indexes are kept. Raises
    `VicinalError`.
    """
    if distributed != "pyspark":
        raise ValueError(f"distributed must be 'pyspark' here, got {distributed!r}")
    options = arguments.options(
        embeddings=[embeddings] if not isinstance(embeddings, (list, tuple)) else embeddings,
        index_path=index_path, index_infos_path=index_infos_path, ids_path=ids_path,
        no_save_on_disk=not save_on_disk, file_format=file_format,
        embedding_column_name=embedding_column_name, id_columns=id_columns, index_key=index_key,
        index_param=index_param, max_index_query_time_ms=max_index_query_time_ms,
        max_index_memory_usage=max_index_memory_usage,
        min_nearest_neighbors_to_retrieve=min_nearest_neighbors_to_retrieve,
        current_memory_available=current_memory_available, use_gpu=use_gpu,
        metric_type=arguments.metric(metric_type), nb_cores=nb_cores,
        make_direct_map=make_direct_map, should_be_memory_mappable=should_be_memory_mappable,
        distributed=distributed, temporary_indices_folder=temporary_indices_folder,
        verbose=verbose, nb_indices_to_keep=nb_indices_to_keep, **more)
    infos = run_build_index(options, spark, ship_program)
    if len(infos) == 1:
        return infos[0]["index_path"], infos[0]
    return None, {part["index_path"]: part for part in infos}


def build_partitioned_indexes(
    partitions, output_root_dir, embedding_column_name="embedding", index_key=None,
    index_path=None, id_columns=None, max_index_query_time_ms=10.0, max_index_memory_usage="16G",
    min_nearest_neighbors_to_retrieve=20, current_memory_available="32G", use_gpu=False,
    metric_type="ip", nb_cores=None, make_direct_map=False, should_be_memory_mappable=False,
    temp_root_dir=None, verbose=20, nb_splits_per_big_index=1, big_index_threshold=5_000_000,
    maximum_nb_threads=256, *, file_format=None, spark=None, ship_program=False, **more,
):
    """Builds an index for each of several folders on a Spark cluster.

    Returns for each partition, in their order, its infos, or `{path: infos}` where it is divided among
    several indexes. Parameters are AutoFaiss's, and as for `build_index`.
    """
    options = arguments.options(
        partitions=list(partitions), output_root_dir=output_root_dir, file_format=file_format,
        embedding_column_name=embedding_column_name, index_key=index_key, index_path=index_path,
        id_columns=id_columns, max_index_query_time_ms=max_index_query_time_ms,
        max_index_memory_usage=max_index_memory_usage,
        min_nearest_neighbors_to_retrieve=min_nearest_neighbors_to_retrieve,
        current_memory_available=current_memory_available, use_gpu=use_gpu,
        metric_type=arguments.metric(metric_type), nb_cores=nb_cores,
        make_direct_map=make_direct_map, should_be_memory_mappable=should_be_memory_mappable,
        temp_root_dir=temp_root_dir, verbose=verbose,
        nb_splits_per_big_index=nb_splits_per_big_index, big_index_threshold=big_index_threshold,
        maximum_nb_threads=maximum_nb_threads, distributed="pyspark", **more)
    found = run_build_partitioned_indexes(options, spark, ship_program)
    return [as_autofaiss(infos) for infos in found]
