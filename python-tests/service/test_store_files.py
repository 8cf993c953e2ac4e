"""`vicinal store`: in from what the original saved, out to .npy."""

import json
import pickle
import zlib

import numpy as np
import pytest
from plain_client import Client


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
