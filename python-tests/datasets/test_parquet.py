"""Vectors from parquet files: every type, and what is refused."""

import datetime
import json
import subprocess

import faiss
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from parquet_files import ELEMENTS, LISTS, vectors, write
from support import clustered, save

FLAT = ("--file-format", "parquet", "--index-key", "Flat", "--metric-type", "l2")


@pytest.fixture
def stored(build, tmp_path):
    """The vectors of a flat index that was built from parquet files."""

    def run(embeddings, *options):
        build(embeddings, tmp_path / "x.index", *FLAT, *options)
        index = faiss.read_index(str(tmp_path / "x.index"))
        return index.reconstruct_n(0, index.ntotal)

    return run


@pytest.fixture
def refused(vicinal, tmp_path):
    """Runs a build that must fail and gives what it says."""

    def run(code, embeddings, *options):
        done = vicinal("build-index", "--embeddings", embeddings, *FLAT, *options, "--index-path",
                       tmp_path / "no.index", "--index-infos-path", tmp_path / "no.json", code=code)
        assert not (tmp_path / "no.index").exists() and not (tmp_path / "no.json").exists()
        return done.stderr

    return run


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("element", ELEMENTS)
def test_every_type_of_vectors(stored, tmp_path, element, kind):
    rows = (clustered(500, 12, seed=3) * 4).round(3)
    rows = np.abs(rows) if element.startswith("u") else rows
    file = write(tmp_path / "a.parquet", {"embedding": vectors(rows, element, kind)},
                 row_group_size=70)
    np.testing.assert_array_equal(stored(file), rows.astype(element).astype("f4"))


@pytest.mark.parametrize("options", [
    {"compression": "zstd"}, {"compression": "gzip"}, {"compression": "none"},
    {"use_dictionary": False, "data_page_version": "2.0", "data_page_size": 300},
    {"use_byte_stream_split": ["embedding.list.element"], "use_dictionary": False}, {"row_group_size": 1},
    {"version": "1.0", "store_schema": False},
], ids=str)
def test_every_way_of_writing(stored, tmp_path, options):
    rows = clustered(300, 9, seed=3)
    columns = {"before": np.arange(300), "embedding": vectors(rows), "after": ["x"] * 300}
    np.testing.assert_array_equal(stored(write(tmp_path / "a.parquet", columns, **options)), rows)


def test_files_and_folders_in_the_order_of_paths(stored, tmp_path):
    rows = clustered(600, 8, seed=4)
    names = ["10.parquet", "9.parquet", "b.parquet", "b/1.parquet"]
    for name, part in zip(names, np.split(rows, 4), strict=True):
        write(tmp_path / "in" / name, {"vec": vectors(part, kind="fixed-size list")})
    write(tmp_path / "in/empty.parquet", {"vec": vectors(rows[:0])})
    save(tmp_path / "in/ignored.npy", rows)
    (tmp_path / "in/.hidden.parquet").write_text("not read")
    np.testing.assert_array_equal(stored(tmp_path / "in", "--embedding-column-name", "vec"), rows)


def test_tensors_are_vectors(stored, tmp_path):
    rows = clustered(50, 6, seed=4)
    tensors = pa.FixedShapeTensorArray.from_numpy_ndarray(rows.reshape(50, 6))
    file = write(tmp_path / "a.parquet", {"embedding": tensors})
    np.testing.assert_array_equal(stored(file), rows)


@pytest.mark.parametrize("key", ["HNSW8,Flat", "IVF16,Flat", "IVF8,PQ4x4"])
def test_the_same_index_as_from_numpy_files(build, tmp_path, key):
    rows = clustered(3000, 16, seed=5)
    write(tmp_path / "in/a.parquet", {"embedding": vectors(rows[:1700])}, row_group_size=450)
    write(tmp_path / "in/b.parquet", {"embedding": vectors(rows[1700:], kind="large list")})
    options = ("--metric-type", "l2", "--index-key", key, "--index-param",
               "efSearch=20" if "HNSW" in key else "nprobe=4")
    build(tmp_path / "in", tmp_path / "p.index", "--file-format", "parquet", *options)
    build(save(tmp_path / "a.npy", rows), tmp_path / "n.index", *options)
    assert (tmp_path / "p.index").read_bytes() == (tmp_path / "n.index").read_bytes()


def test_search_and_score_read_parquet_too(vicinal, build, tmp_path):
    rows = clustered(400, 8, seed=6)
    file = write(tmp_path / "a.parquet", {"v": vectors(rows, "float64")})
    build(file, tmp_path / "x.index", *FLAT, "--embedding-column-name", "v")
    column = ("--embedding-column-name", "v")
    found = vicinal("search", "--index-path", tmp_path / "x.index", "--queries", file, *column,
                    "-k", 1, "--output-ids", tmp_path / "ids.npy", "--limit", 50)
    assert found.returncode == 0
    np.testing.assert_array_equal(np.load(tmp_path / "ids.npy").ravel(), np.arange(50))
    scored = vicinal("score-index", "--index-path", tmp_path / "x.index", "--embeddings", file,
                     *column, "--no-save-on-disk")
    assert "20-recall@20: 1.0" in scored.stdout


def test_a_column_that_is_missing_or_holds_no_vectors(refused, tmp_path):
    rows = clustered(20, 4, seed=1)
    columns = {"id": np.arange(20), "vec": vectors(rows), "text": [["a"]] * 20,
               "nested": [[[1.0]]] * 20, "when": [datetime.date(2020, 1, 1)] * 20}
    file = write(tmp_path / "a.parquet", columns)
    message = refused(64, file)
    assert "a.parquet" in message and "'embedding'" in message and "id, vec, text" in message
    for name, type_name in [("id", "int64"), ("text", "list<"), ("nested", "list<list<"),
                            ("when", "date32")]:
        message = refused(69, file, "--embedding-column-name", name)
        assert "a.parquet" in message and f"'{name}'" in message, message
        assert type_name in message.replace("element: ", "").replace("item: ", ""), message


def test_rows_that_are_no_vectors(refused, tmp_path):
    rows = [[float(i), 1.0, 2.0] for i in range(40)]
    for bad, code, words in [
        (None, 65, "null"), ([1.0, 2.0], 65, "2 numbers"), ([1.0, None, 2.0], 65, "number 1"),
        ([], 65, "0 numbers"), ([1.0, 2.0, 3.0, 4.0], 65, "4 numbers"),
        ([1.0, float("nan"), 2.0], 65, "nan"), ([1.0, 2.0, 1e300], 65, "inf"),
    ]:
        for kind in (pa.list_(pa.float64()), pa.large_list(pa.float64())):
            mixed = [*rows[:33], bad, *rows[34:]]
            write(tmp_path / "in/a.parquet", {"embedding": pa.array(rows, type=kind)})
            write(tmp_path / "in/b.parquet", {"embedding": pa.array(mixed, type=kind)},
                  row_group_size=7)
            message = refused(code, tmp_path / "in")
            assert "row 33 of" in message and "b.parquet" in message and words in message, message
    fixed = pa.array([[1.0, 2.0], None], type=pa.list_(pa.float32(), 2))
    assert "row 1 of" in refused(65, write(tmp_path / "f.parquet", {"embedding": fixed}))
    for first in (None, []):
        column = pa.array([first, [1.0]], type=pa.list_(pa.float32()))
        file = write(tmp_path / "g.parquet", {"embedding": column})
        assert "row 0 of" in refused(65, file)


def test_files_of_different_dimensions(refused, tmp_path):
    for kind in LISTS:
        write(tmp_path / "in/a.parquet", {"embedding": vectors(np.ones((5, 3)), kind=kind)})
        write(tmp_path / "in/b.parquet", {"embedding": vectors(np.ones((5, 4)), kind=kind)})
        message = refused(65, tmp_path / "in")
        assert "a.parquet" in message and "b.parquet" in message and "4" in message


def test_files_that_are_damaged_or_something_else(refused, tmp_path):
    rows = clustered(300, 8, seed=1)
    file = write(tmp_path / "a.parquet", {"embedding": vectors(rows)}, compression="none",
                 use_dictionary=False)
    whole = file.read_bytes()
    for bytes_there in (b"", b"PAR1", b"x" * 100, whole[:-1], whole[: len(whole) // 2]):
        file.write_bytes(bytes_there)
        assert "a.parquet" in refused(65, file)
    # The middle of the data is gone, the footer is there.
    file.write_bytes(whole[:200] + b"\xff" * 900 + whole[1100:])
    message = refused((65, 74), file)
    assert "a.parquet" in message
    assert "missing.parquet" in refused(74, tmp_path / "missing.parquet")
    assert "no embeddings" in refused(
        66, write(tmp_path / "z.parquet", {"embedding": vectors(rows[:0])}))


def test_any_damage_is_an_error_and_no_crash(vicinal, tmp_path):
    rows = clustered(60, 4, seed=1)
    file = write(tmp_path / "a.parquet", {"embedding": vectors(rows)}, row_group_size=25)
    whole = file.read_bytes()
    rng = np.random.default_rng(11)
    for _ in range(30):
        damaged = bytearray(whole)
        for place in rng.integers(len(whole), size=rng.integers(1, 4)):
            damaged[place] = rng.integers(256)
        file.write_bytes(damaged)
        done = vicinal("build-index", "--embeddings", file, *FLAT, "--no-save-on-disk", code=None)
        assert done.returncode in (0, 64, 65, 66, 69, 74, 78), (done.returncode, done.stderr)


def test_a_row_group_larger_than_the_memory_that_reading_takes(binary, tmp_path):
    # 128 MB of vectors in one row group, as codes of 8 bytes. A build from .npy takes 125 MB.
    rows = np.random.default_rng(2).normal(size=(500_000, 64)).astype("f4")
    file = write(tmp_path / "a.parquet", {"embedding": vectors(rows, kind="fixed-size list")},
                 row_group_size=len(rows), use_dictionary=False, compression="none")
    assert pq.ParquetFile(file).num_row_groups == 1
    # From a small process: Linux counts the memory of who started another one as its own.
    done = subprocess.run(
        ["sh", "-c", '"$@"; exit $?', "sh", binary, "build-index", "--embeddings", file,
         "--file-format", "parquet", "--metric-type", "l2", "--index-key", "LSH", "--json",
         "--no-save-on-disk", "--verbose", "40", "--current-memory-available", "160M"],
        stdout=subprocess.PIPE, timeout=120, check=True)
    infos = json.loads(done.stdout)
    assert infos["nb vectors"] == len(rows)
    assert infos["peak memory in bytes"] < 125e6 + 128e6 / 2


def test_parquet_files_beside_others_are_not_embeddings(vicinal, tmp_path):
    # As img2dataset and clip-retrieval leave them: vectors in .npy files, descriptions beside them.
    rows = clustered(60, 4, seed=1)
    (tmp_path / "in").mkdir()
    save(tmp_path / "in/0.npy", rows)
    write(tmp_path / "in/0.parquet", {"caption": ["x"] * 60})
    options = ("build-index", "--embeddings", tmp_path / "in", "--index-key", "Flat",
               "--no-save-on-disk", "--json")
    assert json.loads(vicinal(*options).stdout)["nb vectors"] == 60
    assert "embedding" in vicinal(*options, "--file-format", "parquet", code=None).stderr
