"""`--current-memory-available` holds for parquet files, however large their row groups are."""

import numpy as np
import pytest
from parquet_files import vectors, write
from support import clustered, peak_of

MIB = 1 << 20


@pytest.fixture(scope="module")
def rows():
    return clustered(40_000, 128, seed=9)


@pytest.mark.parametrize(("element", "kind", "options"), [
    ("float64", "fixed-size list", {}),
    ("float16", "large list", {"compression": "zstd"}),
    ("float32", "list", {"dictionary_pagesize_limit": 8 * MIB}),
], ids=["float64", "float16", "dictionary"])
def test_one_row_group_is_read_page_by_page(binary, rows, tmp_path, element, kind, options):
    # Few different numbers, so that one dictionary has them all.
    values = np.round(rows, 1) if "dictionary_pagesize_limit" in options else rows
    path = write(
        tmp_path / "x.parquet", {"embedding": vectors(values, element, kind)},
        row_group_size=len(rows), **options)
    bound = 105 * MIB
    peak, infos = peak_of([
        binary, "build-index", "--embeddings", path, "--no-save-on-disk", "--index-key",
        "IVF16,SQ8", "--index-param", "nprobe=4", "--metric-type", "l2",
        "--current-memory-available", f"{bound}B", "--json", "--verbose", 40])
    assert infos["nb vectors"] == len(rows)
    assert peak <= bound, f"{peak / MIB:.1f} MiB"
    assert not any("resident memory" in warning for warning in infos["warnings"])
