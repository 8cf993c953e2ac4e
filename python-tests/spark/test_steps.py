"""The steps of a distributed build, one after the other on this machine: no Spark is needed."""

import json
import sys
import threading

import faiss
import numpy as np
import pytest
from support import assert_same_neighbours, brute_force, recall


class OneAfterTheOther:
    """What spreads steps, without a cluster; every step runs twice, as a speculative one does."""

    def __init__(self, binary, executors=1, times=1):
        from vicinal.spark.cluster import Driver

        self.driver = Driver(str(binary), 40, threading.Event())
        self.count, self.times = executors, times
        self.steps = []

    def executors(self):
        return self.count

    def run(self, name, steps):
        self.steps.append((name, len(steps)))
        for _ in range(self.times - 1):
            for step in steps:
                self.driver.run(name, step)
        return [self.driver.run(name, step) for step in steps]


@pytest.fixture
def build(binary, folders, tmp_path):
    """Builds in steps; returns the infos of every index, and what was spread."""

    def run(*options, executors=1, times=1, embeddings=None):
        from vicinal.spark.build import Build

        system = OneAfterTheOther(binary, executors, times)
        infos = Build(system, system.driver, [
            "--embeddings", str(embeddings or folders["npy"]), "--distributed=pyspark",
            "--verbose=40", f"--index-path={tmp_path}/knn.index",
            f"--index-infos-path={tmp_path}/infos.json", *map(str, options)]).run()
        return infos, system.steps

    return run


def same(tmp_path, vicinal, folders, *options):
    """The index of one machine with these options."""
    (tmp_path / "one").mkdir()
    vicinal(
        "build-index", "--embeddings", folders["npy"], *options, "--index-path",
        tmp_path / "one/knn.index", "--index-infos-path", tmp_path / "one/infos.json")
    return tmp_path / "one/knn.index"


def test_more_than_a_hundred_files_are_merged_in_two_levels(
        build, vicinal, folders, tmp_path):
    options = ("--index-key=IVF16,SQ8", "--metric-type=l2", "--index-param=nprobe=3")
    _, steps = build(*options, "--vectors-per-task=45")
    assert steps == [("add", 112), ("merge", 2), ("merge", 1)]
    wanted = same(tmp_path, vicinal, folders, *options)
    assert (tmp_path / "knn.index").read_bytes() == wanted.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "infos.json", "knn.index", "one", "report.html"]


def test_steps_may_run_twice(build, vicinal, folders, tmp_path):
    options = ("--index-key=OPQ12,IVF16,PQ12x4fs", "--index-param=nprobe=3", "--metric-type=cosine")
    _, steps = build(*options, executors=6, times=2)
    assert steps == [("add", 5), ("merge", 1)]
    wanted = same(tmp_path, vicinal, folders, *options)
    assert (tmp_path / "knn.index").read_bytes() == wanted.read_bytes()


def test_the_number_of_tasks_is_that_of_autofaiss(build):
    for executors, parts, wanted in ((1, 1, 1), (4, 1, 3), (3, 5, 5)):
        _, steps = build(
            "--index-key=IVF4,Flat", f"--nb-indices-to-keep={parts}", "--index-param=nprobe=1",
            executors=executors)
        assert steps[0] == ("add", wanted)


@pytest.mark.parametrize(("key", "parts"), [("HNSW16", 2), ("Flat", 3), ("IDMap2,HNSW8", 1)])
def test_what_cannot_be_merged_is_one_task_for_each_index(
        build, vectors, queries, tmp_path, key, parts):
    infos, steps = build(
        f"--index-key={key}", "--metric-type=l2", f"--nb-indices-to-keep={parts}",
        "--vectors-per-task=100", *(("--index-param=efSearch=200",) if "HNSW" in key else ()))
    assert steps[0] == ("add", parts)
    assert all("cannot be put together" in part["warnings"][0] for part in infos)
    found = [faiss.read_index(part["index_path"]).search(queries, 10) for part in infos]
    distances, ids = (np.hstack([pair[place] for pair in found]) for place in range(2))
    best = np.take_along_axis(ids, np.argsort(distances, axis=1)[:, :10], axis=1)
    assert recall(best, brute_force(vectors, queries, "l2", 10)) > 0.97


def test_an_index_is_chosen_among_those_that_can_be_merged(build, tmp_path):
    infos, steps = build("--metric-type=l2", executors=4)
    assert infos[0]["index_key"].startswith("IVF") and infos[0]["10-recall@10"] >= 0.9
    assert steps == [("add", 3), ("merge", 1)]
    tried = [candidate["key"] for candidate in infos[0]["selection"]["candidates"]]
    assert len(tried) > 3 and all("IVF" in key and "RFlat" not in key for key in tried)


@pytest.mark.parametrize("parts", [1, 2])
def test_a_direct_map(build, vectors, tmp_path, parts):
    infos, _ = build(
        "--index-key=IVF16,Flat", "--make-direct-map", "--vectors-per-task=1500",
        f"--nb-indices-to-keep={parts}")
    last = faiss.read_index(infos[-1]["index_path"])
    np.testing.assert_array_equal(last.reconstruct(5002), vectors[5002])


def test_memory_for_a_part_of_the_index(build, vicinal, folders, search, queries, tmp_path):
    # The finished index is much larger than what may be used beside the process itself.
    rows = np.random.default_rng(3).standard_normal((60_000, 128), dtype="f4")
    np.save(tmp_path / "x.npy", rows)
    infos, steps = build(
        "--index-key=IVF64,Flat", "--metric-type=l2", "--current-memory-available=106M",
        "--index-param=nprobe=8",
        embeddings=tmp_path / "x.npy")
    assert steps[0][1] >= 3 and any("in the file" in text for text in infos[0]["warnings"])
    assert infos[0]["size in bytes"] > 30_000_000
    assert infos[0]["peak memory in bytes"] < 106 << 20
    found = search(tmp_path / "knn.index", rows[:20], 1, "--index-param", "nprobe=64")
    assert (found[0].ravel() == np.arange(20)).all()


def test_another_version_or_other_data_is_refused(vicinal, folders, tmp_path):
    options = (
        "--embeddings", folders["npy"], "--index-key=IVF4,Flat", "--distributed=pyspark",
        "--scratch", tmp_path / "work")
    vicinal("distributed", "train", *options, cwd=tmp_path)
    other = [folders["npy"] / "0.npy" if option is folders["npy"] else option for option in options]
    done = vicinal("distributed", "add", "--number=0", *other, code=64, cwd=tmp_path)
    assert "1.npy is not among" in done.stderr
    done = vicinal("distributed", "tune", *other, code=64, cwd=tmp_path)
    assert "1999 vectors" in done.stderr and "5003" in done.stderr
    plan = json.loads((tmp_path / "work/plan.json").read_text())
    (tmp_path / "work/plan.json").write_text(json.dumps({**plan, "version": "0.0.1"}))
    done = vicinal("distributed", "add", "--number=0", *options, code=64, cwd=tmp_path)
    assert "0.0.1" in done.stderr
    vicinal("distributed", "clean", "--scratch", tmp_path / "work")
    assert not (tmp_path / "work").exists()


def test_the_package_needs_nothing_but_python():
    from vicinal.spark import arguments, tasks

    assert arguments.options(a=None, b=True, c=False, d=[1 and "x", "y"], e=2.5) == [
        "--b", "--d", "x", "--d", "y", "--e=2.5"]
    with pytest.raises(TypeError, match="saved to files"):
        arguments.options(embeddings=np.zeros((2, 2)))
    given = ["--a=1", "--embeddings", "x", "y", "--json", "--b", "2", "--c"]
    assert arguments.without(given, "--embeddings", "--b") == ["--a=1", "--json", "--c"]
    assert arguments.value_of(given, "--b") == "2" and arguments.value_of(given, "--d") is None
    uri = "s3://k:s@b/t/?endpoint_override=h:1&scheme=http"
    assert arguments.inside(uri, "n") == "s3://k:s@b/t/n?endpoint_override=h:1&scheme=http"
    assert arguments.beside("a?b/c", ".x") == "a?b/c.x"
    assert tasks.message_of("building\nerror: no space\n") == "no space\n"
    done = [name for name in ("numpy", "pyspark") if name in vars(sys.modules["vicinal.spark"])]
    assert done == []


def test_answers_are_those_of_an_exact_index(build, vectors, queries, tmp_path):
    # AutoFaiss's test_index_correctness_in_distributed_mode.
    build("--index-key=IVF1,Flat", "--metric-type=l2", executors=5)
    index = faiss.read_index(str(tmp_path / "knn.index"))
    exact = faiss.IndexFlatL2(vectors.shape[1])
    exact.add(vectors)
    found, wanted = (made.search(queries, 9)[::-1] for made in (index, exact))
    assert_same_neighbours(found, wanted)
