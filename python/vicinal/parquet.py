"""Embeddings and ids in parquet files, through pyarrow."""

import pathlib

import numpy as np


def _pyarrow():
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise ImportError("parquet files are read with pyarrow: pip install pyarrow") from error
    return pyarrow


def read_parquet(paths, column, id_columns):
    """The vectors of a column, (n, d), and a table of the id columns, or None without any."""
    pyarrow = _pyarrow()
    files = []
    for path in map(pathlib.Path, paths):
        files += sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    matrices, tables = [], []
    for file in files:
        table = pyarrow.parquet.read_table(file, columns=[column, *id_columns])
        if len(table) == 0:
            continue
        lists = table[column].combine_chunks()
        if isinstance(lists, pyarrow.ChunkedArray):
            lists = pyarrow.concat_arrays(lists.chunks)
        flat = lists.flatten().to_numpy(zero_copy_only=False)
        if len(flat) % len(lists) or lists.null_count:
            raise ValueError(f"the vectors of {file} are not all of the same length")
        matrices.append(flat.reshape(len(lists), -1).astype(np.float32, copy=False))
        if matrices[0].shape[1] != matrices[-1].shape[1]:
            raise ValueError(f"{file} has vectors of another dimension than the files before")
        tables.append(table.select(id_columns))
    if not matrices:
        raise ValueError("there are no embeddings")
    ids = pyarrow.concat_tables(tables) if id_columns else None
    return np.ascontiguousarray(np.concatenate(matrices)), ids


def write_ids(ids, folder):
    """Writes id columns with i, the number of each vector."""
    pyarrow = _pyarrow()
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    numbered = ids.append_column("i", pyarrow.array(np.arange(len(ids), dtype=np.int64)))
    pyarrow.parquet.write_table(numbered, folder / "part-00000.parquet")
