"""The files that say which vector has which id."""

import datetime
import decimal
import re

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from parquet_files import read_ids, vectors, write
from support import clustered, save

FLAT = ("--file-format", "parquet", "--index-key", "Flat", "--metric-type", "l2")


@pytest.fixture
def mapped(vicinal, tmp_path):
    """Builds from in/ and gives the rows of ids/."""

    def run(*columns, code=0, options=FLAT):
        done = vicinal("build-index", "--embeddings", "in", "--id-columns", *columns, "--ids-path",
                       "ids", *options, code=code, cwd=tmp_path)
        return read_ids(tmp_path / "ids") if code == 0 else done.stderr

    return run


def columns_of_every_type(n, start=0):
    """Columns as people have them, with gaps."""
    numbers = range(start, start + n)
    when = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
    values = {
        "int16": pa.array(numbers, pa.int16()),
        "uint64": pa.array([2**63 + i for i in numbers], pa.uint64()),
        "text": pa.array([f"t{i}é" if i % 7 else None for i in numbers]),
        "large text": pa.array([f"t{i}" for i in numbers], pa.large_string()),
        "binary": pa.array([bytes([i % 256, 0]) for i in numbers]),
        "bool": pa.array([i % 3 == 0 for i in numbers]),
        "when": pa.array([when + datetime.timedelta(days=i) for i in numbers],
                         pa.timestamp("us", "UTC")),
        "money": pa.array([decimal.Decimal(i) / 100 for i in numbers], pa.decimal128(12, 2)),
        "list": pa.array([[i] * (i % 4) for i in numbers], pa.list_(pa.int32())),
        "struct": pa.array([{"a": i, "b": {"c": str(i)}} for i in numbers]),
        "category": pa.array([f"c{i % 5}" for i in numbers]).dictionary_encode(),
    }
    return values


def test_columns_of_every_type_come_back_in_the_order_asked_for(mapped, tmp_path):
    rows = clustered(900, 5, seed=1)
    parts = [columns_of_every_type(500), columns_of_every_type(400, 500)]
    write(tmp_path / "in/a.parquet", {"embedding": vectors(rows[:500]), **parts[0]},
          row_group_size=130)
    # The same columns in another order, with another layout.
    write(tmp_path / "in/b.parquet", {**dict(reversed(parts[1].items())),
                                      "embedding": vectors(rows[500:], "float16")})
    names = ["text", *sorted(set(parts[0]) - {"text"})]
    ids = mapped(*names)
    assert ids.column_names == [*names, "i"]
    assert ids["i"].to_pylist() == list(range(900)) and ids["i"].type == pa.int64()
    for name in names:
        wanted = parts[0][name].to_pylist() + parts[1][name].to_pylist()
        assert ids[name].to_pylist() == wanted, name
        assert ids[name].type == parts[0][name].type, name


def test_autofaiss_spelling_and_file_names(vicinal, tmp_path):
    rows = clustered(40, 5, seed=1)
    write(tmp_path / "in/a.parquet", {"vec": vectors(rows), "id": np.arange(40) * 2})
    vicinal("build_index", "--embeddings=in", "--file_format=parquet", "--embedding_column_name",
            "vec", '--id_columns=["id"]', "--ids_path=ids", "--metric_type=l2", cwd=tmp_path)
    [file] = (tmp_path / "ids").iterdir()
    assert re.fullmatch(r"part-00000000-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.parquet",
                        file.name)
    ids = pq.read_table(file)
    assert ids.schema.names == ["id", "i"] and "pandas" not in (ids.schema.metadata or {})
    assert ids["id"].to_pylist() == [2 * i for i in ids["i"].to_pylist()]


def test_a_second_build_replaces_the_first_and_nothing_else(mapped, tmp_path):
    for n in (50, 30):
        write(tmp_path / "in/a.parquet", {"embedding": vectors(clustered(n, 4, seed=1)),
                                          "id": np.arange(n)})
        assert len(mapped("id")) == n
        (tmp_path / "ids/README.txt").write_text("mine")
    assert (tmp_path / "ids/README.txt").read_text() == "mine"
    assert len(list((tmp_path / "ids").iterdir())) == 2


@pytest.mark.parametrize("name", [
    "mine.parquet", "sub/mine.parquet",
    "part-00000000-11111111-2222-3333-4444-555555555555.parquet",
])
def test_parquet_files_of_others_are_not_touched(mapped, tmp_path, name):
    columns = {"embedding": vectors(clustered(20, 4, seed=1)), "id": np.arange(20)}
    write(tmp_path / "in/a.parquet", columns)
    file = write(tmp_path / "ids" / name, {"precious": [1, 2]})
    message = mapped("id", code=74)
    assert name in message and "building" not in message, "noticed only after the whole build"
    assert pq.read_table(file).to_pydict() == {"precious": [1, 2]}
    assert not (tmp_path / "knn.index").exists()


def test_the_embeddings_as_the_folder_for_ids(mapped, tmp_path):
    file = write(tmp_path / "ids/a.parquet", {"embedding": vectors(np.ones((3, 2))), "id": [1, 2, 3]})
    (tmp_path / "in").symlink_to("ids")
    assert "a.parquet" in mapped("id", code=74)
    assert file.exists()


def test_columns_that_cannot_be_taken(mapped, tmp_path):
    columns = {"embedding": vectors(np.ones((3, 2))), "id": [1, 2, 3], "i": [4, 5, 6]}
    write(tmp_path / "in/a.parquet", columns)
    write(tmp_path / "in/b.parquet", columns)
    for names, word in [(["nothing"], "'nothing'"), (["i"], "'i'"), (["id", "id"], "'id'")]:
        message = mapped(*names, code=64)
        assert word in message and "building" not in message, message
    write(tmp_path / "in/b.parquet", {"embedding": vectors(np.ones((3, 2)))})
    message = mapped("id", code=64)
    assert "b.parquet" in message and "building" not in message
    write(tmp_path / "in/b.parquet", {**columns, "id": ["1", "2", "3"]})
    message = mapped("id", code=64)
    assert "b.parquet" in message and "string" in message and "int64" in message
    assert not list((tmp_path / "ids").glob("*.parquet"))
    assert not (tmp_path / "knn.index").exists()


def test_one_option_without_the_other(vicinal, tmp_path):
    write(tmp_path / "in/a.parquet", {"embedding": vectors(np.eye(3)), "id": [1, 2, 3]})
    for options, word in [(("--id-columns", "id"), "--ids-path"), (("--ids-path", "ids"), "--id-columns")]:
        done = vicinal("build-index", "--embeddings", "in", *FLAT, *options, cwd=tmp_path)
        assert f"no effect without {word[2:]}" in done.stderr
        assert not (tmp_path / "ids").exists()


def test_numpy_files_have_only_numbers(mapped, tmp_path):
    (tmp_path / "in").mkdir()
    save(tmp_path / "in/a.npy", clustered(30, 4, seed=1))
    ids = mapped("id", options=("--metric-type", "l2"))
    assert ids.to_pydict() == {"i": list(range(30))}


def test_many_rows_in_parts(mapped, tmp_path):
    n = (1 << 20) + 5000
    rows = np.random.default_rng(1).normal(size=(n, 8)).astype("f4")
    write(tmp_path / "in/a.parquet", {"embedding": vectors(rows[:700_000]),
                                      "id": np.arange(700_000) * 2})
    write(tmp_path / "in/b.parquet", {"embedding": vectors(rows[700_000:]),
                                      "id": np.arange(700_000, n) * 2})
    # Measuring is not what this is about.
    np.save(tmp_path / "few.npy", rows[:20])
    ids = mapped("id", options=("--file-format", "parquet", "--index-key", "LSH", "--metric-type",
                                "l2", "--queries", tmp_path / "few.npy"))
    parts = sorted((tmp_path / "ids").iterdir())
    assert [pq.ParquetFile(part).metadata.num_rows for part in parts] == [1 << 20, 5000]
    np.testing.assert_array_equal(ids["i"], np.arange(n))
    np.testing.assert_array_equal(ids["id"], np.arange(n) * 2)


def test_ids_inside_of_the_embeddings_are_refused(vicinal, tmp_path):
    rows = clustered(100, 8, seed=2)
    write(tmp_path / "in/x.parquet", {"embedding": vectors(rows), "url": [str(i) for i in range(100)]})
    done = vicinal(
        "build-index", "--embeddings", tmp_path / "in", "--ids-path", tmp_path / "in/ids",
        "--id-columns", "url", "--index-key", "Flat", code=64, cwd=tmp_path)
    assert "--ids-path" in done.stderr and not (tmp_path / "in/ids").exists()


def test_long_ids_are_written_in_small_pieces(vicinal, tmp_path):
    rows = clustered(20_000, 4, seed=2)
    urls = [f"{i:06}" * 200 for i in range(len(rows))]
    write(tmp_path / "in/x.parquet", {"embedding": vectors(rows), "url": urls})
    vicinal(
        "build-index", "--embeddings", tmp_path / "in", "--ids-path", tmp_path / "ids",
        "--id-columns", "url", "--index-key", "Flat", "--verbose", 40, cwd=tmp_path)
    written = read_ids(tmp_path / "ids")
    assert written["url"].to_pylist() == urls and written["i"].to_pylist() == list(range(len(rows)))
    part, = (tmp_path / "ids").glob("*.parquet")
    footer = pq.ParquetFile(part).metadata
    # 1200 bytes each: about 7000 rows are 8 MiB.
    groups = [footer.row_group(i).num_rows for i in range(footer.num_row_groups)]
    assert len(groups) == 3 and max(groups) < 8300
