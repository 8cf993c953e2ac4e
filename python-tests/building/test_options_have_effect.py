"""Options that would have no effect are refused, and what fails says where."""

import json

import numpy as np
import pytest
from support import clustered, save

RAW = ("--metric-type", "l2", "--verbose", 40)


@pytest.fixture(scope="module")
def vectors():
    return clustered(2000, 16, seed=31)


@pytest.fixture
def path(tmp_path, vectors):
    return save(tmp_path / "in.npy", vectors)


@pytest.mark.parametrize("option", [
    ("--queries", "in.npy"), ("--target-recall", "0.9"), ("--max-build-time", "10"), ("--k", "5"),
    ("--seed", "1"), ("--max-index-query-time-ms", "1"), ("--should-be-memory-mappable",),
    ("--min-nearest-neighbors-to-retrieve", "5"),
], ids=lambda option: option[0])
def test_an_append_refuses_what_it_would_ignore(vicinal, build, path, tmp_path, option):
    build(path, tmp_path / "knn.index", "--index-key", "Flat", "--metric-type", "l2")
    before = (tmp_path / "knn.index").read_bytes()
    done = vicinal("build-index", "--embeddings", path, "--append", "--index-path", "knn.index",
                   *option, *RAW, code=64, cwd=tmp_path)
    assert f"{option[0]} has no effect with --append" in done.stderr
    assert (tmp_path / "knn.index").read_bytes() == before


def test_an_append_makes_a_direct_map(vicinal, build, path, tmp_path):
    index = tmp_path / "knn.index"
    build(path, index, "--index-key", "IVF16,Flat", "--index-param", "nprobe=2", "--metric-type", "l2")
    without = index.stat().st_size
    vicinal("build-index", "--embeddings", path, "--append", "--make-direct-map", "--index-path", index,
            "--index-infos-path", f"{index}.json", *RAW)
    # 4000 vectors with ids, and 8 bytes for each in the map.
    assert index.stat().st_size == without + 2000 * (16 * 4 + 8) + 4000 * 8


def test_what_was_added_is_measured_where_vectors_are_kept(vicinal, build, path, tmp_path):
    index = tmp_path / "knn.index"
    build(path, index, "--index-key", "IVF16,PQ4x4fs,RFlat", "--index-param", "nprobe=16,k_factor_rf=1",
          "--metric-type", "l2")
    done = vicinal("build-index", "--embeddings", path, "--append", "--index-path", index,
                   "--index-infos-path", f"{index}.json", "--index-param", "nprobe=16,k_factor_rf=64",
                   "--json", *RAW)
    infos = json.loads(done.stdout)
    assert not infos["warnings"] and infos["nb vectors"] == 4000
    assert infos["10-recall@10"] > 0.95


@pytest.mark.parametrize("switches", [
    ("--save_on_disk=True", "--no-save-on-disk"), ("--no-save-on-disk", "--save-on-disk"),
    ("--save_on_disk", "False", "--save_on_disk", "True"),
])
def test_a_switch_that_is_on_and_off(vicinal, path, tmp_path, switches):
    done = vicinal("build-index", "--embeddings", path, *switches, *RAW, code=64, cwd=tmp_path)
    assert "--save-on-disk is given twice" in done.stderr


def test_a_plan_by_the_table_looks_at_memory(vicinal, path):
    done = vicinal("plan", "--embeddings", path, "--selection", "table", "--current-memory-available",
                   "20M", *RAW, code=78)
    assert "current-memory-available is 20.0MB" in done.stderr


@pytest.mark.parametrize(("name", "break_it", "code"), [
    ("empty", lambda place: place.mkdir(), 74),
    ("infinite", lambda place: np.save(place, np.full((50, 16), np.inf, np.float32)), 65),
])
def test_errors_name_the_partition(vicinal, path, tmp_path, name, break_it, code):
    break_it(tmp_path / name if name == "empty" else tmp_path / f"{name}.npy")
    broken = name if name == "empty" else f"{name}.npy"
    done = vicinal("build-partitioned-indexes", "--partitions", path, tmp_path / broken,
                   "--output-root-dir", tmp_path / "out", "--index-key", "Flat", *RAW, code=None)
    assert done.returncode != 0
    assert f"error: partition {broken}: " in done.stderr


def test_a_big_partition_of_few_vectors(vicinal, tmp_path, vectors):
    path = save(tmp_path / "few.npy", vectors[:3])
    vicinal("build-partitioned-indexes", "--partitions", path, "--output-root-dir", tmp_path / "out",
            "--index-key", "Flat", "--big-index-threshold", 2, "--nb-splits-per-big-index", 10, *RAW)
    names = sorted(each.name for each in (tmp_path / "out/few.npy").glob("knn.index*"))
    assert names == ["knn.index0", "knn.index1", "knn.index2"]


def test_vectors_whose_distances_are_lost(vicinal, tmp_path, vectors):
    path = save(tmp_path / "tiny.npy", vectors * np.float32(1e-30))
    done = vicinal("build-index", "--embeddings", path, "--no-save-on-disk", *RAW, code=65)
    assert "scale the vectors" in done.stderr


def test_parts_are_scored_as_one_index(vicinal, build, path, tmp_path):
    scores = {}
    for parts in (1, 3):
        index = tmp_path / f"{parts}" / "knn.index"
        vicinal("build-index", "--embeddings", path, "--index-path", index, "--index-infos-path",
                f"{index}.json", "--index-key", "IVF8,Flat", "--index-param", "nprobe=8",
                "--nb-indices-to-keep", parts, *RAW)
        done = vicinal("score-index", "--index-path", index, "--embeddings", path,
                       "--no-save-on-disk", "--json")
        scores[parts] = json.loads(done.stdout)
    assert scores[3]["10-recall@10"] == scores[1]["10-recall@10"] == 1
    assert scores[3]["nb vectors"] == 2000
    assert scores[3]["size in bytes"] > scores[1]["size in bytes"]


def test_parts_in_the_wrong_order_are_not_scored(vicinal, path, tmp_path):
    index = tmp_path / "knn.index"
    vicinal("build-index", "--embeddings", path, "--index-path", index, "--index-key", "IVF8,Flat",
            "--index-param", "nprobe=8", "--nb-indices-to-keep", 2, *RAW, cwd=tmp_path)
    done = vicinal("score-index", "--index-path", f"{index}1", f"{index}0", "--embeddings", path,
                   "--no-save-on-disk", code=69)
    assert "are not the numbers of its vectors" in done.stderr
