"""`vicinal store`: in from what the original saved, out to .npy and parquet."""

import json
import os
import pickle
import zlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from plain_client import Client
from support import peak_of


@pytest.fixture(scope="module")
def rows():
    return np.random.default_rng(4).normal(size=(50, 6)).astype(np.float32)


def saved(rows, shape):
    ids = range(10, 60)
    return {
        "by id": lambda: pickle.dumps(dict(zip(ids, rows))),
        "by numpy id": lambda: pickle.dumps(
            dict(zip(map(np.int64, ids), rows.astype(np.float64))), protocol=2),
        "columns": lambda: pickle.dumps({"ids": list(ids), "vectors": rows}),
        "items": lambda: zlib.compress(pickle.dumps(
            [{"vector": row[None], "id": id} for id, row in zip(ids, rows)])),
        "request": lambda: json.dumps({"requests": ["create"], "create": [
            {"vector": row.tolist(), "id": id} for id, row in zip(ids, rows)]}).encode(),
    }[shape]()


@pytest.mark.parametrize("shape", ["by id", "by numpy id", "columns", "items", "request"])
def test_there_and_back(vicinal, serve, tmp_path, rows, shape):
    (tmp_path / "saved").write_bytes(saved(rows, shape))
    folder = tmp_path / "data"
    done = vicinal("store", "import", "--data-dir", folder, tmp_path / "saved")
    assert "50 vectors" in done.stdout
    with Client(serve(folder=folder).address) as client:
        found = client.search(rows[7:8])["result"]
        assert found[0, 0, 0] == 17 and found[1, 0, 0] == 0
        client.change(delete=[10])
        refused = vicinal(
            "store", "export", "--data-dir", folder, "--vectors", tmp_path / "v.npy",
            "--ids", tmp_path / "i.npy", code=74)
        assert "in use" in refused.stderr


def test_export(vicinal, tmp_path, rows):
    (tmp_path / "saved").write_bytes(saved(rows, "by id"))
    folder = tmp_path / "data"
    vicinal("store", "import", "--data-dir", folder, tmp_path / "saved")
    vicinal("store", "export", "--data-dir", folder, "--vectors", tmp_path / "v.npy",
            "--ids", tmp_path / "i.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "v.npy"), rows)
    np.testing.assert_array_equal(np.load(tmp_path / "i.npy").ravel(), range(10, 60))
    again = vicinal("store", "import", "--data-dir", folder, tmp_path / "saved", code=64)
    assert "already" in again.stderr


@pytest.fixture
def store(vicinal, tmp_path, rows):
    (tmp_path / "saved").write_bytes(saved(rows, "by id"))
    vicinal("store", "import", "--data-dir", tmp_path / "data", tmp_path / "saved")
    return tmp_path / "data"


def test_export_to_parquet_and_an_index_of_it(vicinal, build, search, store, tmp_path, rows):
    folder = tmp_path / "out"
    folder.mkdir()
    done = vicinal("store", "export", "--data-dir", store, "--vectors", folder / "v.parquet")
    assert "50 vectors of dimension 6" in done.stdout
    assert os.listdir(folder) == ["v.parquet"]
    table = pq.read_table(folder / "v.parquet")
    assert table.schema.names == ["id", "embedding"]
    assert table.schema.types == [pa.int64(), pa.list_(pa.field("element", pa.float32(), False), 6)]
    assert table["id"].to_pylist() == list(range(10, 60))
    np.testing.assert_array_equal(np.array(table["embedding"].to_pylist(), np.float32), rows)
    # build-index finds the vectors, and tells which row has which id.
    vicinal(
        "build-index", "--embeddings", folder, "--file-format", "parquet", "--index-key", "Flat",
        "--index-path", tmp_path / "knn.index", "--index-infos-path", tmp_path / "infos.json",
        "--id-columns", "id", "--ids-path", tmp_path / "ids", "--metric-type", "l2")
    mapping = pq.read_table(tmp_path / "ids")
    assert dict(zip(mapping["i"].to_pylist(), mapping["id"].to_pylist())) == dict(
        enumerate(range(10, 60)))
    found, _ = search(tmp_path / "knn.index", rows[7:9], 1)
    assert found.ravel().tolist() == [7, 8]


def test_kinds_of_exported_files(vicinal, store, tmp_path, rows):
    """Each file is what its name says."""
    vicinal("store", "export", "--data-dir", store, "--vectors", tmp_path / "v.npy",
            "--ids", tmp_path / "i.parquet")
    np.testing.assert_array_equal(np.load(tmp_path / "v.npy"), rows)
    assert pq.read_table(tmp_path / "i.parquet").to_pydict() == {"id": list(range(10, 60))}
    vicinal("store", "export", "--data-dir", store, "--vectors", tmp_path / "v.PARQUET",
            "--ids", tmp_path / "i.npy")
    assert np.load(tmp_path / "i.npy").ravel().tolist() == list(range(10, 60))
    assert pq.read_table(tmp_path / "v.PARQUET").num_rows == 50
    refused = vicinal(
        "store", "export", "--data-dir", store, "--vectors", tmp_path / "w.npy", code=64)
    assert "--ids" in refused.stderr
    vicinal("store", "export", "--data-dir", store, "--vectors", tmp_path / "nowhere/v.parquet",
            code=None)
    same = tmp_path / "same.parquet"
    vicinal("store", "export", "--data-dir", store, "--vectors", same, "--ids", same, code=64)
    assert not same.exists()


def test_export_of_nothing(vicinal, serve, store, tmp_path):
    """A store that never held vectors has no dimension; one whose vectors are gone has."""
    files = ("--vectors", tmp_path / "v.parquet", "--ids", tmp_path / "i.npy")
    assert serve(folder=tmp_path / "new").stop() == 0
    refused = vicinal("store", "export", "--data-dir", tmp_path / "new", *files, code=66)
    assert "never held" in refused.stderr and not (tmp_path / "v.parquet").exists()
    service = serve(folder=store)
    with Client(service.address) as client:
        client.change(delete=range(10, 60))
    assert service.stop() == 0
    vicinal("store", "export", "--data-dir", store, *files)
    assert pq.read_table(tmp_path / "v.parquet").num_rows == 0
    assert pq.read_schema(tmp_path / "v.parquet").field("embedding").type.list_size == 6
    assert np.load(tmp_path / "i.npy").shape == (0, 1)


def test_a_large_export_needs_little_memory(binary, vicinal, tmp_path):
    """64 MB of vectors go through about 8 MB at a time, into several row groups."""
    rows = np.random.default_rng(7).normal(size=(16_000, 1_000)).astype(np.float32)
    (tmp_path / "saved").write_bytes(pickle.dumps({"ids": np.arange(16_000), "vectors": rows}))
    vicinal("store", "import", "--data-dir", tmp_path / "data", tmp_path / "saved")
    (tmp_path / "saved").unlink()
    peaks = []
    for vectors, ids in (("v.parquet", "j.npy"), ("v.npy", "i.npy")):
        peak, _ = peak_of(
            [binary, "store", "export", "--data-dir", tmp_path / "data", "--vectors",
             tmp_path / vectors, "--ids", tmp_path / ids], bytes)
        peaks.append(peak)
    # All vectors at once would be 64 MB and as much again while they are put together.
    assert max(peaks) < 150e6, peaks
    assert pq.ParquetFile(tmp_path / "v.parquet").num_row_groups == 8
    np.testing.assert_array_equal(np.load(tmp_path / "v.npy"), rows)
    table = pq.read_table(tmp_path / "v.parquet")
    flat = table["embedding"].combine_chunks().flatten().to_numpy()
    np.testing.assert_array_equal(flat, rows.ravel())


def test_what_is_no_store(vicinal, tmp_path):
    class Harm:
        def __reduce__(self):
            return (exec, ("raise SystemExit",))

    for name, data in (("harm", pickle.dumps(Harm())), ("text", b"hello"), ("none", b""),
                       ("names", pickle.dumps({"a": np.zeros(3)}))):
        (tmp_path / name).write_bytes(data)
        vicinal("store", "import", "--data-dir", tmp_path / "data", tmp_path / name, code=65)
    vicinal("store", "export", "--data-dir", tmp_path / "nowhere", "--vectors", tmp_path / "v.npy",
            "--ids", tmp_path / "i.npy", code=65)
