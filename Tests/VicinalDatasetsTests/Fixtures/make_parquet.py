"""Writes vectors.parquet: 1000 rows in row groups of 130, number j of vector i is 3 i + j."""

import pathlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROWS, COLUMNS = 1000, 3

values = pa.array(np.arange(ROWS * COLUMNS, dtype="f4"))
offsets = pa.array(np.arange(ROWS + 1, dtype="i4") * COLUMNS)
table = pa.table({
    "id": pa.array(np.arange(ROWS) * 10),
    "embedding": pa.ListArray.from_arrays(offsets, values),
})
path = pathlib.Path(__file__).parent / "vectors.parquet"
pq.write_table(table, path, row_group_size=130, use_dictionary=False, data_page_size=500)
