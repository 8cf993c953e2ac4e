"""Distributed builds give the indexes of builds on one machine: byte for byte, answer for answer."""

import json
import re
import threading

import faiss
import numpy as np
import pytest
from pyarrow import parquet
from spark_tools import program, wait_until
from support import brute_force


def same_options(key, training):
    """Options that leave nothing to chance or time."""
    return {
        "index_key": key, "metric_type": "l2", "index_param": "nprobe=7", "verbose": 40,
        "trained_index": str(training(key))}


def as_arguments(options):
    return [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]


def paths(folder, parts):
    return [folder / f"knn.index{part}" for part in (range(parts) if parts > 1 else [""])]


@pytest.fixture
def one_machine(vicinal, folders, tmp_path, training):
    """Builds on one machine in a folder of its own."""

    def run(key, kind, parts):
        folder = tmp_path / "one"
        folder.mkdir()
        ids = ("--id-columns", "url", "even", "--ids-path", "ids") if kind == "parquet" else ()
        vicinal(
            "build-index", "--embeddings", folders[kind], *as_arguments(same_options(key, training)),
            "--nb-indices-to-keep", parts, *ids, cwd=folder)
        return folder

    return run


@pytest.mark.parametrize(("key", "kind", "parts", "rows"), [
    ("IVF64,Flat", "npy", 1, 700), ("IVF64,PQ12", "parquet", 1, 1300),
    ("IVF64,Flat", "parquet", 3, 400), ("IVF64,PQ12", "npy", 3, 5003),
])
def test_local_mode(
        context, one_machine, search, folders, training, queries, tmp_path, key, kind, parts, rows):
    import vicinal.spark

    expected = one_machine(key, kind, parts)
    folder = tmp_path / "spark"
    ids = {"id_columns": ["url", "even"], "ids_path": folder / "ids"} if kind == "parquet" else {}
    path, infos = vicinal.spark.build_index(
        folders[kind], index_path=folder / "knn.index", index_infos_path=folder / "infos.json",
        nb_indices_to_keep=parts, vectors_per_task=rows,
        temporary_indices_folder=tmp_path / "temporary", **same_options(key, training), **ids)
    for made, wanted in zip(paths(folder, parts), paths(expected, parts), strict=True):
        assert made.read_bytes() == wanted.read_bytes(), made.name
    found, wanted = (search(place / "knn.index", queries, 10) for place in (folder, expected))
    assert (found[0] == wanted[0]).all() and (found[1] == wanted[1]).all()
    assert list((tmp_path / "temporary").iterdir()) == []
    if parts == 1:
        assert path == str(folder / "knn.index") and infos["nb vectors"] == 5003
        assert infos == json.loads((folder / "infos.json").read_text())
    else:
        assert path is None and list(infos) == [str(made) for made in paths(folder, parts)]
        assert [part["nb vectors"] for part in infos.values()] == [1668, 1668, 1667]
        assert json.loads((folder / "infos.json2").read_text()) == infos[f"{folder}/knn.index2"]
    if ids:
        made, wanted = (parquet.read_table(place / "ids") for place in (folder, expected))
        assert made.equals(wanted) and made.column_names == ["url", "even", "i"]
        assert made["i"].to_pylist() == list(range(5003))


def test_the_command_on_a_cluster_that_loses_an_executor(
        standalone, binary, distributed, one_machine, folders, training, tmp_path):
    key = "IVF64,PQ12"
    expected = one_machine(key, "parquet", 3)
    folder = tmp_path / "spark"
    folder.mkdir()
    # A step takes as long as if there were more vectors, so that the executor dies inside one.
    slow = program(tmp_path / "slow", f'[ "$2" = add ] && sleep 0.7\nexec {binary} "$@"')
    outcome = {}

    def build():
        # Relative paths are relative to where the command was started, also on the executors.
        outcome["done"] = distributed(
            "--embeddings", folders["parquet"], *as_arguments(same_options(key, training)),
            "--nb-indices-to-keep=3", "--vectors-per-task=400", "--id-columns", "url", "even",
            "--ids-path=ids", "--json", f"--spark-master={standalone.master}",
            "--temporary-indices-folder=work", code=None, cwd=folder, VICINAL_BINARY=str(slow))

    thread = threading.Thread(target=build)
    thread.start()
    wait_until(lambda: len(list(folder.glob("work/*/stage-1/index_*"))) >= 3)
    before = set(standalone.executors())
    killed = standalone.kill_an_executor()
    assert len(before) == 2 and not (folder / "knn.index0").exists()
    # Its worker starts another one.
    wait_until(lambda: set(standalone.executors()) - before)
    assert killed not in standalone.executors()
    thread.join()
    assert outcome["done"].returncode == 0, outcome["done"].stderr[-4000:]
    infos = json.loads(outcome["done"].stdout)
    assert [part["index_path"] for part in infos] == [f"knn.index{part}" for part in range(3)]
    for made, wanted in zip(paths(folder, 3), paths(expected, 3), strict=True):
        assert made.read_bytes() == wanted.read_bytes()
    assert parquet.read_table(folder / "ids").equals(parquet.read_table(expected / "ids"))
    # Nothing of the work is left.
    stems = {re.sub(r"\d", "", path.name) for path in folder.iterdir()}
    assert stems == {"knn.index", "index_infos.json", "index_report.html", "ids", "work"}
    assert list((folder / "work").iterdir()) == []


def test_parts_are_tuned_together_on_queries_of_their_own_vectors(
        context, vectors, queries, folders, tmp_path):
    # AutoFaiss tunes each part with vectors that it does not hold (D8).
    import vicinal.spark

    _, infos = vicinal.spark.build_index(
        folders["npy"], index_path=tmp_path / "knn.index", index_infos_path=tmp_path / "infos.json",
        index_key="IVF64,Flat", metric_type="l2", nb_indices_to_keep=3, verbose=40)
    parts = [faiss.read_index(path) for path in infos]
    assert len({part.nprobe for part in parts}) == 1 and 1 <= parts[0].nprobe < 64
    found = [part.search(queries, 10) for part in parts]
    distances, ids = (np.hstack([pair[place] for pair in found]) for place in range(2))
    best = np.take_along_axis(ids, np.argsort(distances, axis=1)[:, :10], axis=1)
    truth = brute_force(vectors, queries, "l2", 10)
    true_recall = np.mean([np.isin(a, b).mean() for a, b in zip(best, truth)])
    for part in infos.values():
        assert part["index_param"] == f"nprobe={parts[0].nprobe}"
        assert part["10-recall@10"] >= 0.95 and abs(part["10-recall@10"] - true_recall) < 0.05
