"""Steps, parts and partitions: --resume, --append, --nb-indices-to-keep, build-partitioned-indexes."""

import fcntl
import hashlib
import json
import random
import signal
import subprocess
import time

import faiss
import numpy as np
import pytest
from support import clustered, parameters, save

KEYS = (
    "IVF64,Flat", "IVF64_HNSW16,SQ8", "IVF64,PQ8x4fs", "PCA16,IVF32,PQ8", "Flat", "HNSW16",
    "IDMap2,IVF64,Flat", "OPQ8,PQ8",
)


def digest(path):
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def exact(vectors, queries, k):
    """The ids of the nearest vectors by L2."""
    index = faiss.IndexFlatL2(vectors.shape[1])
    index.add(vectors)
    return index.search(queries, k)[1]


@pytest.mark.parametrize("key", KEYS)
def test_steps_give_the_bytes_of_a_build_in_one_go(build, data_path, tmp_path, key):
    options = ("--index-key", key, "--metric-type", "l2", *parameters(key))
    build(data_path, tmp_path / "one", *options)
    build(data_path, tmp_path / "steps", *options, "--resume", "--checkpoint-vectors", 1300)
    assert digest(tmp_path / "one") == digest(tmp_path / "steps")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "one", "one.html", "one.json", "steps", "steps.html", "steps.json"]


@pytest.mark.parametrize("key", ["IVF1024,Flat", "IVF256,PQ4", "HNSW16", "OPQ4,IVF128,PQ4"])
def test_a_killed_build_goes_on_to_the_same_bytes(binary, tmp_path, key):
    # Enough for many steps, and for so many lists.
    n = 60_000 if key.startswith("IVF1024") else 12_000
    save(tmp_path / "vectors.npy", clustered(n, 32, seed=8))
    seconds = random.Random(f"killed {key}")

    def command(name):
        return [
            binary, "build-index", "--embeddings", tmp_path / "vectors.npy", "--index-path",
            tmp_path / name, "--index-infos-path", tmp_path / f"{name}.json", "--index-key", key,
            *parameters(key), "--resume", "--checkpoint-vectors", str(n // 8), "--verbose", "40"]

    started = time.monotonic()
    subprocess.run(command("whole"), check=True, capture_output=True, timeout=300)
    length = time.monotonic() - started
    kills = 0
    for _ in range(4):
        running = subprocess.Popen(
            command("killed"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            running.wait(timeout=seconds.uniform(0.05, 0.6) * length)
        except subprocess.TimeoutExpired:
            running.send_signal(signal.SIGKILL)
            running.wait()
            kills += 1
    assert kills, "nothing was interrupted"
    subprocess.run(command("killed"), check=True, capture_output=True, timeout=300)
    assert digest(tmp_path / "whole") == digest(tmp_path / "killed")
    assert not (tmp_path / "killed.work").exists()


def test_steps_of_another_build_are_not_used(vicinal, data_path, tmp_path):
    work = tmp_path / "x.index.work"
    work.mkdir()
    (work / "job").write_text("vicinal build 1 0123456789abcdef")
    (work / "notes.txt").write_text("mine")
    options = (
        "build-index", "--embeddings", data_path, "--index-path", tmp_path / "x.index",
        "--index-infos-path", tmp_path / "x.json", "--index-key", "IVF64,Flat", "--resume",
        "--index-param", "nprobe=4")
    done = vicinal(*options, code=64)
    assert "x.index.work" in done.stderr
    (work / "job").unlink()
    vicinal(*options)
    assert [path.name for path in work.iterdir()] == ["notes.txt"]


def test_two_builds_do_not_work_in_one_folder(vicinal, data_path, tmp_path):
    work = tmp_path / "x.index.work"
    work.mkdir()
    options = (
        "build-index", "--embeddings", data_path, "--index-path", tmp_path / "x.index",
        "--index-infos-path", tmp_path / "x.json", "--index-key", "IVF64,Flat", "--resume",
        "--index-param", "nprobe=4")
    with (work / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = vicinal(*options, code=74)
        assert "x.index.work" in done.stderr and "another build" in done.stderr
        assert [path.name for path in work.iterdir()] == ["lock"]
    vicinal(*options)
    assert not work.exists() and (tmp_path / "x.index").exists()


@pytest.mark.parametrize("key", ["IVF64,Flat", "IVF64,SQ8", "Flat", "HNSW16", "IDMap,HNSW16"])
def test_parts_hold_global_ids_and_are_searched_as_one(build, search, data, tmp_path, key):
    vectors, queries = data
    path = save(tmp_path / "vectors.npy", vectors)
    param = ("--index-param", "nprobe=64") if "IVF" in key else (
        ("--index-param", "efSearch=400") if "HNSW" in key else ())
    infos = build(
        path, tmp_path / "knn.index", "--index-key", key, "--metric-type", "l2",
        "--nb-indices-to-keep", 3, *param)
    assert [part["nb vectors"] for part in infos] == [1667, 1667, 1666]
    names = [f"knn.index{number}" for number in range(3)]
    assert [part["index_path"] for part in infos] == [str(tmp_path / name) for name in names]
    parts = [faiss.read_index(str(tmp_path / name)) for name in names]
    found = [part.search(queries, 10) for part in parts]
    for (_, ids), low, high in zip(found, (0, 1667, 3334), (1667, 3334, 5000)):
        assert ids.min() >= low and ids.max() < high
    truth = exact(vectors, queries, 10)
    # By the path that was given, by its folder after other files are gone, and by all names.
    (tmp_path / "only").mkdir()
    for name in names:
        (tmp_path / "only" / name).write_bytes((tmp_path / name).read_bytes())
        assert json.loads((tmp_path / name.replace("index", "index.json")).read_text())
    for given in (
        [tmp_path / "knn.index"], [tmp_path / "only"], [tmp_path / name for name in names]):
        for mapped in ((), ("--memory-map",)):
            ids, _ = search(given[0], queries, 10, *(
                ("--index-path", *given[1:]) if len(given) > 1 else ()), *mapped)
            hits = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(ids, truth)])
            assert hits > (0.9 if "SQ8" in key else 0.995)


@pytest.mark.parametrize(("count", "parts", "names"), [
    (25, 10, [f"{number:02}" for number in range(10)]), (3, 3, ["0", "1", "2"])])
def test_suffixes_are_autofaiss_s(build, tmp_path, count, parts, names):
    path = save(tmp_path / "vectors.npy", clustered(count, 4, seed=2))
    infos = build(path, tmp_path / "k", "--nb-indices-to-keep", parts, "--index-key", "Flat")
    assert [part["index_path"][-len(names[0]):] for part in infos] == names
    assert sum(part["nb vectors"] for part in infos) == count


@pytest.mark.parametrize("key", ["IVF64,Flat", "Flat", "HNSW16", "IVF64,SQ8", "IDMap2,Flat"])
@pytest.mark.parametrize("metric", ["l2", "cosine"])
def test_appended_vectors_are_found_under_following_ids(build, search, data, tmp_path, key, metric):
    if metric == "cosine" and key.startswith("IDMap"):
        pytest.skip("one kind of id map is enough")
    vectors, _ = data
    first = save(tmp_path / "first.npy", vectors[:4000])
    second = save(tmp_path / "second.npy", vectors[4000:])
    path = tmp_path / "x.index"
    param = ("--index-param", "nprobe=64") if "IVF" in key else ()
    build(first, path, "--index-key", key, "--metric-type", metric, *param)
    before = json.loads((tmp_path / "x.index.json").read_text())
    infos = build(second, path, "--append", "--metric-type", metric)
    assert infos["nb vectors"] == 5000 and infos["index_param"] == before["index_param"]
    assert infos["size in bytes"] == path.stat().st_size > before["size in bytes"]
    assert json.loads((tmp_path / "x.index.json").read_text()) == infos
    ids, _ = search(path, vectors[3990:4010], 1)
    assert (ids[:, 0] == np.arange(3990, 4010)).mean() > 0.9
    assert faiss.read_index(str(path)).ntotal == 5000


def test_appending_what_does_not_fit_changes_nothing(vicinal, build, data, tmp_path):
    vectors, _ = data
    path = tmp_path / "x.index"
    build(save(tmp_path / "a.npy", vectors), path, "--index-key", "Flat", "--metric-type", "l2")
    before = digest(path)
    narrow = save(tmp_path / "b.npy", vectors[:, :7])
    broken = vectors[:50].copy()
    broken[30, 2] = np.nan
    cases = (
        (narrow, "l2", 65, "dimension"), (tmp_path / "a.npy", "ip", 64, "l2"),
        (tmp_path / "a.npy", "cosine", 64, "l2"), (save(tmp_path / "c.npy", broken), "l2", 65, "30"))
    for embeddings, metric, code, word in cases:
        done = vicinal(
            "build-index", "--append", "--embeddings", embeddings, "--index-path", path,
            "--index-infos-path", f"{path}.json", "--metric-type", metric, code=code)
        assert word in done.stderr
        assert digest(path) == before
    vicinal(
        "build-index", "--append", "--embeddings", narrow, "--index-path", tmp_path / "no.index",
        code=74)


def test_partitions_get_an_index_each_in_their_order(vicinal, tmp_path):
    sizes = {"b": 400, "a": 30, "c": 1200}
    for name, size in sizes.items():
        (tmp_path / "in" / name).mkdir(parents=True)
        save(tmp_path / "in" / name / "0.npy", clustered(size, 8, seed=size))
    done = vicinal(
        "build_partitioned_indexes",
        f"--partitions={[str(tmp_path / 'in' / name) for name in sizes]}",
        f"--output_root_dir={tmp_path / 'out'}", "--file_format=npy", "--metric_type=l2",
        "--nb_splits_per_big_index=2", "--big_index_threshold=1000", "--json", "--verbose=40")
    # As in AutoFaiss, the indexes of a divided partition come as an object, by their paths.
    *whole, divided = json.loads(done.stdout)
    infos = [*whole, *divided.values()]
    assert list(divided) == [part["index_path"] for part in divided.values()]
    assert [(part["nb vectors"], part["index_path"].split("/out/")[1]) for part in infos] == [
        (400, "b/knn.index"), (30, "a/knn.index"), (600, "c/knn.index0"), (600, "c/knn.index1")]
    for part in infos:
        assert faiss.read_index(part["index_path"]).ntotal == part["nb vectors"]


def test_partitions_share_a_training(vicinal, tmp_path):
    vectors = clustered(4000, 8, seed=3)
    trained = faiss.index_factory(8, "IVF16,Flat")
    trained.train(vectors)
    faiss.write_index(trained, str(tmp_path / "trained.index"))
    for name in "xy":
        (tmp_path / name).mkdir()
        save(tmp_path / name / "0.npy", vectors[:2000] if name == "x" else vectors[2000:])
    options = (
        "build-partitioned-indexes", "--partitions", tmp_path / "x", tmp_path / "y",
        "--output-root-dir", tmp_path / "out", "--file-format", "npy", "--metric-type", "l2")
    vicinal(*options, "--index-key", "IVF16,Flat", "--index-path", tmp_path / "trained.index")
    indexes = [faiss.read_index(str(tmp_path / "out" / name / "knn.index")) for name in "xy"]
    cells = [index.quantizer.reconstruct_n(0, 16) for index in indexes]
    assert (cells[0] == cells[1]).all()
    assert (cells[0] == trained.quantizer.reconstruct_n(0, 16)).all()
    vicinal(*options, "--index-path", tmp_path / "trained.index", code=64)
    done = vicinal(
        *options, "--index-key", "IVF8,Flat", "--index-path", tmp_path / "trained.index", code=64)
    assert "trained.index" in done.stderr


def test_partitions_of_one_name_are_refused(vicinal, tmp_path):
    for folder in ("p/x", "q/x"):
        (tmp_path / folder).mkdir(parents=True)
        save(tmp_path / folder / "0.npy", clustered(10, 4, seed=1))
    done = vicinal(
        "build-partitioned-indexes", "--partitions", tmp_path / "p/x", tmp_path / "q/x",
        "--output-root-dir", tmp_path / "out", "--file-format", "npy", code=64)
    assert "p/x" in done.stderr and "q/x" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("options", [
    ("--append", "--resume"), ("--append", "--nb-indices-to-keep", 2),
    ("--resume", "--no-save-on-disk"), ("--nb-indices-to-keep", 0),
    ("--nb-indices-to-keep", 2, "--no-save-on-disk"), ("--checkpoint-vectors", 0),
])
def test_contradicting_options_are_refused(vicinal, data_path, options):
    vicinal("build-index", "--embeddings", data_path, *options, code=64)
