"""Parquet files that the tests share."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ELEMENTS = {
    "float16": pa.float16(), "float32": pa.float32(), "float64": pa.float64(), "int8": pa.int8(),
    "uint16": pa.uint16(), "int64": pa.int64(),
}
LISTS = {
    "list": lambda element, d: pa.list_(element),
    "large list": lambda element, d: pa.large_list(element),
    "fixed-size list": pa.list_,
}


def vectors(rows, element="float32", kind="list"):
    """A column with one vector per row; numbers are rounded to what the type holds."""
    rows = np.asarray(rows)
    kept = rows.astype(element)
    numbers = pa.array(kept.ravel(), type=ELEMENTS[element])
    n, d = rows.shape
    if kind == "fixed-size list":
        return pa.FixedSizeListArray.from_arrays(numbers, d)
    large = kind == "large list"
    offsets = pa.array(np.arange(n + 1) * d, type=pa.int64() if large else pa.int32())
    return (pa.LargeListArray if large else pa.ListArray).from_arrays(offsets, numbers)


def write(path, columns, **options):
    """Writes a parquet file, and its folder, and returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path, **options)
    return path


def read_ids(folder):
    """The rows of an ids folder in the order of file names."""
    return pa.concat_tables([pq.read_table(path) for path in sorted(folder.glob("*.parquet"))])
