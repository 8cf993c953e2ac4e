"""Indexes of several folders at once, on Spark."""

import json

import faiss
import numpy as np
import pyarrow as arrow
import pytest
from pyarrow import parquet
from support import clustered


@pytest.fixture
def partitions(tmp_path):
    """Three folders of parquet files: of 1, 2 and 300 vectors."""
    places = []
    for name, count in (("tiny", 1), ("large", 300), ("small", 2)):
        place = tmp_path / "in" / name
        place.mkdir(parents=True)
        rows = clustered(count, 8, seed=count)
        table = arrow.table({"id": [f"{name}{row}" for row in range(count)], "vec": list(rows)})
        parquet.write_table(table, place / "0.parquet")
        places.append(str(place))
    return places


def test_small_and_big_partitions(context, partitions, tmp_path):
    # AutoFaiss's test_build_partitioned_indexes; with its default options it crashes (D11).
    import vicinal.spark

    found = vicinal.spark.build_partitioned_indexes(
        partitions, tmp_path / "out", embedding_column_name="vec", id_columns=["id"],
        nb_splits_per_big_index=2, big_index_threshold=3, metric_type="l2", verbose=40,
        temp_root_dir=tmp_path / "temporary", vectors_per_task=40)
    tiny, large, small = found
    out = tmp_path / "out"
    # In the order of the partitions, with those of a divided one by path.
    assert (tiny["nb vectors"], small["nb vectors"]) == (1, 2)
    assert list(large) == [f"{out}/large/knn.index{part}" for part in range(2)]
    assert [part["nb vectors"] for part in large.values()] == [150, 150]
    for name, count in (("tiny", 1), ("small", 2)):
        assert faiss.read_index(str(out / name / "knn.index")).ntotal == count
        infos = json.loads((out / name / "index_infos.json").read_text())
        assert infos["nb vectors"] == count
    parts = [faiss.read_index(path) for path in large]
    rows = clustered(300, 8, seed=300)
    for query, row in ((0, rows[0]), (299, rows[299])):
        hits = [part.search(row[None], 1) for part in parts]
        nearest = min(hits, key=lambda hit: hit[0][0, 0])
        assert nearest[1][0, 0] == query
    for name, count in (("tiny", 1), ("large", 300), ("small", 2)):
        ids = parquet.read_table(out / name / "ids")
        assert ids["i"].to_pylist() == list(range(count))
        assert ids["id"].to_pylist() == [f"{name}{row}" for row in range(count)]
    assert list((tmp_path / "temporary").iterdir()) == []


def test_one_training_for_all(context, vicinal, partitions, training, tmp_path):
    from vicinal.spark import run_build_partitioned_indexes

    trained = tmp_path / "work/trained.index"
    vicinal(
        "distributed", "train", "--scratch", tmp_path / "work", "--embeddings", partitions[1],
        "--embedding-column-name", "vec", "--index-key", "IVF4,Flat", "--distributed", "pyspark",
        cwd=tmp_path)
    found = run_build_partitioned_indexes([
        "--partitions", partitions[1], partitions[2], f"--output-root-dir={tmp_path}/out",
        "--embedding-column-name=vec", f"--index-path={trained}", "--index-key=IVF4,Flat",
        "--big-index-threshold=3", "--distributed=pyspark", "--verbose=40"])
    assert [len(infos) for infos in found] == [1, 1]
    model = faiss.read_index(str(trained))
    cells = model.quantizer.reconstruct_n(0, 4)
    for name in ("large", "small"):
        index = faiss.read_index(str(tmp_path / "out" / name / "knn.index"))
        np.testing.assert_array_equal(index.quantizer.reconstruct_n(0, 4), cells)


def test_a_partition_that_fails_ends_the_others(context, partitions, tmp_path):
    import vicinal.spark

    with pytest.raises(vicinal.spark.VicinalError, match="no vectors|column") as caught:
        vicinal.spark.build_partitioned_indexes(
            partitions, tmp_path / "out", embedding_column_name="no_such_column", verbose=40)
    assert caught.value.code in (64, 65, 66)
    with pytest.raises(vicinal.spark.VicinalError, match="small partitions"):
        vicinal.spark.build_partitioned_indexes(
            partitions, tmp_path / "out", embedding_column_name="vec", verbose=40,
            big_index_threshold=3, index_key="IVF300,Flat")
    assert list((tmp_path / "out").rglob("*.parts-*")) == []


def test_what_the_command_prints(context, partitions, tmp_path, monkeypatch):
    from vicinal.spark import __main__ as command

    # Relative paths are relative to the driver's folder, also where Python workers were started before.
    monkeypatch.chdir(tmp_path)
    arguments = [
        "--partitions", *partitions, "--output-root-dir=out", "--embedding-column-name", "vec",
        "--nb-splits-per-big-index=2", "--big-index-threshold=100", "--verbose=40",
        "--distributed", "pyspark"]
    lines = command.build_partitioned_indexes(arguments).splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "out/tiny/knn.index", "out/large/knn.index0", "out/large/knn.index1", "out/small/knn.index"]
    tiny, large, small = json.loads(command.build_partitioned_indexes([*arguments, "--json"]))
    assert (tiny["nb vectors"], small["nb vectors"]) == (1, 2)
    assert list(large) == ["out/large/knn.index0", "out/large/knn.index1"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]
